"""Takes wake-ups that have nothing left to do out of the queue `deadlines`.

When thousands fall due at once, each wake-up takes others along. Theirs would be received one by one, and hold up
those behind them. Nothing is popped here: a message is removed by its own text after its row was seen settled, so
that none is lost, whoever receives meanwhile.
"""

import json

from celery import current_app

from marketplace import alarms, publishing
from marketplace.alarms import WakeUp
from marketplace.reads.deadlines import DEADLINES

AT_ONCE = 1000
"""How many messages one look reads, from the end that is received next."""
LOOK_EVERY = 200
"""Milliseconds between two looks of all processes together."""
TURN = "spent-wake-ups"


def clear() -> None:
    """Remove the messages whose rows no longer run from those that are received next. A courtesy: it may fail."""
    publishing.breaker.call(_clear, "spent wake-ups")


def _clear() -> None:
    with current_app.producer_or_acquire() as producer:
        channel = producer.channel
        if not channel.client.set(TURN, "", px=LOOK_EVERY, nx=True):
            return
        queue = channel.global_keyprefix + alarms.DEADLINES  # kombu's client prefixes neither of these commands
        spent = _spent(channel.client.lrange(queue, -AT_ONCE, -1))
        with channel.client.pipeline(transaction=False) as commands:
            for message in reversed(spent):
                commands.lrem(queue, -1, message)
            commands.execute()


def _spent(messages: list[bytes]) -> list[bytes]:
    """Return those that have nothing of their own to do: the deadline that each was set for no longer runs."""
    set_for = {message: wake_up for message in messages if (wake_up := _wake_up(message))}
    running = set[WakeUp]()
    for kind in {wake_up.kind for wake_up in set_for.values()}:
        keys = [wake_up.row for wake_up in set_for.values() if wake_up.kind is kind]
        found = DEADLINES[kind].running().filter(pk__in=keys).values_list("pk", "generation")
        running.update(WakeUp(kind, row, generation) for row, generation in found)
    return [message for message, wake_up in set_for.items() if wake_up not in running]


def _wake_up(message: bytes) -> WakeUp | None:
    """Return None for any other message: whatever cannot be read is the receiver's to refuse."""
    try:
        return WakeUp.of_task(json.loads(message)["headers"]["id"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
