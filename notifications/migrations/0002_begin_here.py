"""Begins at the present: what happened before is not told now, and every running room is looked at once."""

from django.db import migrations

ALL_WAS_HEARD = "UPDATE marketplace_event SET heard_at = recorded_at WHERE heard_at IS NULL"

LOOK_AT_EVERY_RUNNING_ROOM = """
    INSERT INTO notifications_runningladder (room_id, ladder, subject, generation, told_up_to, next_step_at)
    SELECT room.id, 'silence', room.id, 0, 0, deal.purchased_at
    FROM marketplace_talkroom room
    JOIN marketplace_deal deal ON deal.id = room.deal_id
    WHERE deal.status IN ('in_progress', 'delivered')
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RunSQL(ALL_WAS_HEARD, migrations.RunSQL.noop),
        migrations.RunSQL(LOOK_AT_EVERY_RUNNING_ROOM, migrations.RunSQL.noop),
    ]
