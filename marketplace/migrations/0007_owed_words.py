from datetime import timedelta

from django.db import migrations, models

# Since when a word is owed in the deals that run: the last sender's first contact after the other's last one.
FIRST_UNANSWERED = """
    UPDATE marketplace_talkroom room
    SET first_unanswered_at = (
        SELECT min(message.posted_at)
        FROM marketplace_message message
        WHERE message.room_id = room.id AND message.sender = room.last_sender
          AND message.kind IN ('text', 'progress_report', 'schedule_change', 'delivery', 'send_back')
          AND message.posted_at > COALESCE(
            CASE room.last_sender WHEN 'buyer' THEN room.seller_last_contact_at ELSE room.buyer_last_contact_at END,
            '-infinity')
    )
    FROM marketplace_deal deal
    WHERE deal.id = room.deal_id AND deal.ended_at IS NULL AND room.last_sender IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0006_outbox'),
    ]

    operations = [
        migrations.AddField(
            model_name='deal',
            name='owed_before_request',
            field=models.DurationField(db_default=timedelta(0), default=timedelta(0)),
        ),
        migrations.AddField(
            model_name='talkroom',
            name='first_unanswered_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FIRST_UNANSWERED, migrations.RunSQL.noop),
    ]
