"""Talk rooms: near misses are true, and nothing was put off."""

from collections.abc import Iterator

from marketplace.models import Event, Message

A_MICROSECOND = 1e-6


def wrong() -> Iterator[str]:
    """Say what is not as R7 wants it."""
    yield from _near_misses()
    put_off = Event.objects.filter(kind="settlement_put_off")
    yield from (f"put off although no row is bad: {event.data}" for event in put_off)


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
