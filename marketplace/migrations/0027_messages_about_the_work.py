# Concurrently: the messages are a large table, and are written by everybody.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('marketplace', '0026_event_kinds_have_labels'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('kind__in', ['progress_report', 'schedule_change', 'delivery'])), fields=['room', '-posted_at', '-id'], name='message_about_the_work'),
        ),
    ]
