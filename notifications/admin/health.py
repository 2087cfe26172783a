"""The start page's part about notices: what waits, what was given up, what was not passed on."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.admin import charts, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.start import Part, Signal, rows_counted
from marketplace.formats import counted, exact_moment, exact_span
from marketplace.models import Event
from notifications.vocabulary import Channel, State

SENT_OUT = (Channel.EMAIL, Channel.PUSH)
"""The channels that others take notices from; in-app ones are there at once."""
COUNTED_TO = 1_000
OF_A_DAY = 20_000
"""How many of the newest notices the chart counts."""
A_DAY = timedelta(hours=24)
TOO_LONG = timedelta(minutes=10)
"""Due for longer than this: a mail server or push service does not answer, or no worker sends."""
LOOKS = {
    State.SENT: ("solid", "good"),
    State.WAITING: ("hatched", "warn"),
    State.FAILED: ("crossed", "bad"),
    State.DROPPED: ("outlined", "quiet"),
}

# Along the index of what is to be sent, most urgent first: a million that wait cost what some thousand do.
WAITING = f"""
    SELECT channel, count(*),
           min(made_at) FILTER (WHERE next_attempt_at <= %(now)s OR attempts > 0)
    FROM (SELECT channel, made_at, next_attempt_at, attempts FROM notifications_notification
          WHERE state = 'waiting' ORDER BY next_attempt_at LIMIT {COUNTED_TO}) waiting
    GROUP BY channel
"""  # noqa: S608 - our own number
DEAD = f"""
    SELECT channel.name, (SELECT count(*) FROM (
        SELECT FROM notifications_notification dead
        WHERE state = 'failed' AND dead.channel = channel.name LIMIT {COUNTED_TO}) counted)
    FROM unnest(%(channels)s::text[]) channel (name)
"""  # noqa: S608 - as above
OF_THE_LAST_DAY = f"""
    SELECT channel, state, count(*), min(made_at)
    FROM (SELECT channel, state, made_at FROM notifications_notification
          WHERE made_at >= %(since)s ORDER BY made_at DESC, id DESC LIMIT {OF_A_DAY}) made
    GROUP BY channel, state
"""  # noqa: S608 - as above


class Waits(NamedTuple):
    number: int
    oldest: datetime | None
    """When the oldest was made that is due, or was tried in vain."""


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it with the permission to view the list."""
    if not request.user.has_perm("notifications.view_notification"):
        return Part()
    waiting = {row[0]: Waits(*row[1:]) for row in _rows(WAITING, now=now)}
    dead = dict(_rows(DEAD, channels=[channel.value for channel in SENT_OUT]))
    signals = [*(_sending(channel, waiting.get(channel), now) for channel in SENT_OUT), *_dead_letters(dead)]
    return Part(signals=[_unheard(now), *signals], panels=[_of_the_last_day(now)])


def _unheard(now: datetime) -> Signal:
    """Warn when an event waits longer than two rounds of the task that passes events on."""
    unheard = Event.objects.filter(heard_at=None, put_off=False).order_by("pk")
    waiting = list(unheard.values_list("recorded_at", flat=True)[:COUNTED_TO])
    name = _("Events not passed on yet")
    if not waiting:
        return Signal(tone="good", name=name, text=_("none"))
    age = now - min(waiting)
    tone = "bad" if age > 2 * settings.REMINDER_INTERVAL else "good"
    text = _("{number}, the oldest for {age}").format(number=counted(len(waiting), COUNTED_TO), age=exact_span(age))
    return Signal(tone=tone, name=name, text=text)


def _sending(channel: Channel, waits: Waits | None, now: datetime) -> Signal:
    name, address = _("To be sent: {named}").format(named=channel.label), _address(State.WAITING)
    if waits is None or not waits.number:
        return Signal(tone="good", name=name, text=_("nothing waits"), address=address)
    number = counted(waits.number, COUNTED_TO)
    if waits.oldest is None:
        text = _("{number}, none of them due yet").format(number=number)
        return Signal(tone="good", name=name, text=text, address=address)
    age = now - waits.oldest
    text = _("{number}, the oldest for {age}").format(number=number, age=exact_span(age))
    return Signal(tone="bad" if age > TOO_LONG else "good", name=name, text=text, address=address)


def _dead_letters(dead: dict[str, int]) -> Iterable[Signal]:
    for channel, number in dead.items():
        yield Signal(
            tone="warn" if number else "good",
            name=_("Given up: {named}").format(named=Channel(channel).label),
            text=rows_counted(number, COUNTED_TO) if number else _("none"),
            address=_address(State.FAILED),
        )


def _of_the_last_day(now: datetime) -> panels.Panel:
    found = _rows(OF_THE_LAST_DAY, since=now - A_DAY)
    counts = Counter({(channel, state): number for channel, state, number, _oldest in found})
    oldest = min((row[3] for row in found), default=now)
    bars = [
        Bar(title=str(channel.label), mark=str(channel.label), counts=[counts[channel, each] for each in LOOKS])
        for channel in Channel
    ]
    series = [
        Series(name=each.value, title=str(each.label), look=look, tone=tone) for each, (look, tone) in LOOKS.items()
    ]
    cut = counts.total() >= OF_A_DAY
    return charts.shares(
        _("Notices made in the last 24 hours"),
        Numbers(name="notices", heading=_("channel"), series=series, bars=bars),
        note=_("The newest {OF_A_DAY}, since {oldest}.").format(OF_A_DAY=OF_A_DAY, oldest=exact_moment(oldest))
        if cut
        else "",
        empty=_("None in 24 hours."),
    )


def _address(state: State) -> str:
    return f"{reverse('admin:notifications_notification_changelist')}?state={state.value}"


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
