"""Whether people are told, on the operators' start page: what waits, what was given up, what nobody heard."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from marketplace.admin import charts, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.start import Part, Signal
from marketplace.admin.words import moment, said, span
from marketplace.models import Event
from notifications.admin import words
from notifications.vocabulary import Channel, State

SENT_OUT = (Channel.EMAIL, Channel.PUSH)
"""What waits for somebody else to take it; in-app ones are there at once."""
COUNTED_TO = 1_000
OF_A_DAY = 20_000
"""Of so many of the newest notices it is told what became of them."""
A_DAY = timedelta(hours=24)
TOO_LONG = timedelta(minutes=10)
"""What is due to be sent for so long: a mail server or push service does not answer, or nobody sends."""
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
    """What waits on one channel."""

    number: int
    oldest: datetime | None
    """Since when the oldest waits that is due, or was tried in vain."""


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it to who may see notifications."""
    if not request.user.has_perm("notifications.view_notification"):
        return Part()
    waiting = {row[0]: Waits(*row[1:]) for row in _rows(WAITING, now=now)}
    dead = dict(_rows(DEAD, channels=[channel.value for channel in SENT_OUT]))
    signals = [*(_sending(channel, waiting.get(channel), now) for channel in SENT_OUT), *_dead_letters(dead)]
    return Part(signals=[_unheard(now), *signals], panels=[_of_the_last_day(now)])


def _unheard(now: datetime) -> Signal:
    """Warn when an event waits longer than two rounds of those who hear."""
    unheard = Event.objects.filter(heard_at=None, put_off=False).order_by("pk")
    waiting = list(unheard.values_list("recorded_at", flat=True)[:COUNTED_TO])
    name = said("Events not passed on yet", "未通知のイベント")
    if not waiting:
        return Signal(tone="good", name=name, says=said("none", "なし"))
    age = now - min(waiting)
    tone = "bad" if age > 2 * settings.REMINDER_INTERVAL else "good"
    number = _number(len(waiting))
    return Signal(
        tone=tone,
        name=name,
        says=said(f"{number}, the oldest for {span(age)}", f"{number}件、最も古いもの {span(age)}"),
    )


def _sending(channel: Channel, waits: Waits | None, now: datetime) -> Signal:
    named = words.channel(channel)
    name, address = said(f"To be sent: {named}", f"送信待ち: {named}"), _address(State.WAITING)
    if waits is None or not waits.number:
        return Signal(tone="good", name=name, says=said("nothing waits", "なし"), address=address)
    number = _number(waits.number)
    if waits.oldest is None:
        told = said(f"{number}, none of them due yet", f"{number}件 (予定時刻前)")
        return Signal(tone="good", name=name, says=told, address=address)
    age = now - waits.oldest
    told = said(f"{number}, the oldest for {span(age)}", f"{number}件、最も古いもの {span(age)}")
    return Signal(tone="bad" if age > TOO_LONG else "good", name=name, says=told, address=address)


def _dead_letters(dead: dict[str, int]) -> Iterable[Signal]:
    for channel, number in dead.items():
        named = words.channel(channel)
        yield Signal(
            tone="warn" if number else "good",
            name=said(f"Given up: {named}", f"送信失敗: {named}"),
            says=said(_number(number), f"{_number(number)}件") if number else said("none", "なし"),
            address=_address(State.FAILED),
        )


def _of_the_last_day(now: datetime) -> panels.Panel:
    found = _rows(OF_THE_LAST_DAY, since=now - A_DAY)
    counts = Counter({(channel, state): number for channel, state, number, _ in found})
    oldest = min((row[3] for row in found), default=now)
    bars = [
        Bar(title=words.channel(channel), mark=words.channel(channel), counts=[counts[channel, each] for each in LOOKS])
        for channel in Channel
    ]
    series = [
        Series(name=each.value, title=words.state(each), look=look, tone=tone) for each, (look, tone) in LOOKS.items()
    ]
    cut = counts.total() >= OF_A_DAY
    return charts.shares(
        said("Notices made in the last 24 hours", "過去24時間以内に作成された通知"),
        Numbers(name="notices", heading=said("channel", "方法"), series=series, bars=bars),
        note=said(
            f"The newest {OF_A_DAY}, since {moment(oldest)}.", f"新しいものから{OF_A_DAY}件 ({moment(oldest)} 以降)。"
        )
        if cut
        else "",
        empty=said("None in 24 hours.", "過去24時間以内に作成された通知はありません。"),
    )


def _number(found: int) -> str:
    return f"{found}+" if found >= COUNTED_TO else str(found)


def _address(state: State) -> str:
    return f"{reverse('admin:notifications_notification_changelist')}?state={state.value}"


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
