"""Turns: of several processes one runs a round, at most once an interval, by the database's clock."""

from datetime import timedelta

from django.db.models import Q

from marketplace import clock
from marketplace.models import Turn


def take(name: str, every: timedelta) -> bool:
    """Take the turn `name` unless a process took it less than `every` ago. Returns whether the caller has it.

    A turn dated far in the future was taken before the clock was set back, and stops nobody.
    """
    now = clock.now()
    due = Q(taken_at__lte=now - every) | Q(taken_at__gt=now + every)
    if Turn.objects.filter(due, name=name).update(taken_at=now):
        return True
    if Turn.objects.filter(name=name).exists():
        return False
    made = Turn(name=name, taken_at=now)
    Turn.objects.bulk_create([made], ignore_conflicts=True)
    return Turn.objects.filter(name=name, taken_at=now).exists()


def due_in(name: str, every: timedelta) -> timedelta:
    """Return how long the turn is still taken; from zero to `every`."""
    turn = Turn.objects.filter(name=name).first()
    left = turn.taken_at + every - clock.now() if turn else timedelta()
    return min(max(left, timedelta()), every)
