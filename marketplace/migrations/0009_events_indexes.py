# Concurrently: the events are the largest table, and are written by every action.

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('marketplace', '0008_put_off_and_staff_log'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('heard_at', None)), fields=['put_off', 'id'], name='event_unheard_anew'),
        ),
        RemoveIndexConcurrently(
            model_name='event',
            name='event_unheard',
        ),
        migrations.RenameIndex(
            model_name='event',
            old_name='event_unheard_anew',
            new_name='event_unheard',
        ),
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor', 'id'], name='event_by_actor'),
        ),
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('person__isnull', False)), fields=['person', 'id'], name='event_about_a_person'),
        ),
    ]
