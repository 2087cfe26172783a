# Concurrently: the events are the largest table, and are written by every action.

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('marketplace', '0015_reaches_database'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='person',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('kind__in', ['reply_refused_late', 'settlement_put_off', 'request_held', 'request_released', 'request_extended', 'verdict_reversed', 'message_hidden', 'retry_asked', 'restored_from_backup', 'notice_sent_again', 'account_changed', 'list_exported', 'service_taken_down', 'service_put_back', 'review_hidden', 'access_ended'])), fields=['kind', 'id'], name='event_for_operators_anew'),
        ),
        RemoveIndexConcurrently(
            model_name='event',
            name='event_for_operators',
        ),
        migrations.RenameIndex(
            model_name='event',
            old_name='event_for_operators_anew',
            new_name='event_for_operators',
        ),
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('kind__in', ['request_held', 'request_released', 'request_extended', 'verdict_reversed', 'message_hidden', 'seller_resumed', 'retry_asked', 'restored_from_backup', 'notice_sent_again', 'account_changed', 'list_exported', 'service_taken_down', 'service_put_back', 'review_hidden', 'access_ended'])), fields=['id'], name='event_by_staff'),
        ),
    ]
