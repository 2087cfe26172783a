"""What was written in a talk room."""

from uuid import UUID

from marketplace.models import Event, Message
from marketplace.vocabulary import EventKind, MessageKind, Party

NEAR_MISSES_SHOWN = 100


def near_misses(room_id: UUID) -> list[Event]:
    """Return the events of what was said in a room and refused as late, newest first (R7)."""
    late = Event.objects.filter(room=room_id, kind=EventKind.REPLY_REFUSED_LATE)
    return list(late.order_by("-id")[:NEAR_MISSES_SHOWN])


def last_by(sender: Party, kind: MessageKind, room_id: UUID) -> Message | None:
    """Return a party's last message of this kind in a room, None when there is none."""
    said = Message.objects.filter(room=room_id, sender=sender, kind=kind)
    return said.order_by("-posted_at", "-id").first()
