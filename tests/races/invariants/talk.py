"""Talk rooms: the clocks are those of what was said, nothing is said after the end, near misses are true."""

from collections.abc import Iterator

from django.db.models import F

from marketplace.models import Event, Message, TalkRoom
from tests.races.invariants.grouping import contact_of_each_party

A_MICROSECOND = 1e-6


def wrong() -> Iterator[str]:
    """Say what is not as R6 and R7 want it."""
    yield from _contacts()
    after_the_end = Message.objects.exclude(sender=None).filter(posted_at__gt=F("room__deal__ended_at"))
    yield from (f"room {message.room_id}: {message.kind} after the end" for message in after_the_end)
    yield from _near_misses()
    put_off = Event.objects.filter(kind="settlement_put_off")
    yield from (f"put off although no row is bad: {event.data}" for event in put_off)


def _contacts() -> Iterator[str]:
    said = contact_of_each_party()
    for room in TalkRoom.objects.all():
        columns = {"buyer": room.buyer_last_contact_at, "seller": room.seller_last_contact_at}
        recounted = {party: max(said[room.pk, party], default=None) for party in columns}
        if columns != recounted:
            yield f"room {room.pk}: last contacts {columns}, in the messages {recounted}"
        latest = max((at, party) for party, at in recounted.items() if at)[1] if any(recounted.values()) else None
        if room.last_sender != latest:
            yield f"room {room.pk}: last sender {room.last_sender}, in the messages {latest}"


def _near_misses() -> Iterator[str]:
    """What was refused as late came after the deadline that ended the deal, and was not posted."""
    posted = set(Message.objects.exclude(sender=None).values_list("room", "sender", "posted_at"))
    for event in Event.objects.filter(kind="reply_refused_late").select_related("room__deal"):
        assert event.room
        ended_at, data = event.room.deal.ended_at, event.data
        late_by = (event.occurred_at - ended_at).total_seconds() if ended_at else -1
        if late_by <= 0 or abs(late_by - data["late_by_seconds"]) > A_MICROSECOND:
            yield f"near miss {event.pk}: {data['late_by_seconds']} s late, but the deal ended {late_by} s before"
        if data["waited_for_lock_seconds"] < 0:
            yield f"near miss {event.pk}: waited {data['waited_for_lock_seconds']} s"
        if (event.room_id, data["party"], event.occurred_at) in posted:
            yield f"near miss {event.pk}: posted all the same"
