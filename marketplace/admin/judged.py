"""Verdicts, on the operators' start page: how many a day, how late, found by what, and the newest, to be undone."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats

from marketplace.admin import charts, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.columns import link, link_to
from marketplace.admin.reversal import Reverse
from marketplace.admin.start import Part, Signal, ways_to_press
from marketplace.admin.verdicts import state
from marketplace.admin.words import WORDS, label, lateness, moment, said, word
from marketplace.models import Event, Seller, TalkRoom, Verdict
from marketplace.reads import charted
from marketplace.vocabulary import AtFault, EventKind, WokenBy

SHOWN = 10
DAYS = 14
LAST = 500
"""How many of the newest verdicts the lateness is told of."""
NEWEST = 50
NEAR_MISSES = 200
LOOKS = {
    AtFault.SELLER: ("solid", "calm", label("the seller's silence", "出品者の連絡なし")),
    AtFault.BUYER: ("hatched", "warn", label("the buyer's silence", "購入者の連絡なし")),
    AtFault.NOBODY: ("outlined", "quiet", label("reversed since", "取り消し済み")),
}
FOUND_BY = {
    WokenBy.ETA: ("solid", "good"),
    WokenBy.SWEEP: ("hatched", "warn"),
    WokenBy.VISIT: ("crossed", "calm"),
    WokenBy.STAFF: ("outlined", "quiet"),
}


class Settled(NamedTuple):
    """How a verdict came about."""

    effective_at: datetime
    recorded_at: datetime
    woken_by: str

    @property
    def late(self) -> timedelta:
        """How long after its deadline it was written."""
        return self.recorded_at - self.effective_at


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it to who may see verdicts."""
    if not request.user.has_perm("marketplace.view_verdict"):
        return Part()
    rows = Verdict.objects.order_by("-recorded_at", "-id")
    last = [Settled(*row) for row in rows.values_list("effective_at", "recorded_at", "woken_by")[:LAST]]
    signals = [_lateness(last)]
    if request.user.has_perm("marketplace.view_event"):
        signals.append(_near_misses(now))
    return Part(signals=signals, panels=[_by_the_day(now), _newest(request), _found_by(last)])


def _lateness(last: Sequence[Settled]) -> Signal:
    """Warn when the middle one had to wait for a sweep: wake-ups do not work then."""
    name, address = (
        said("Lateness of verdicts", "自動キャンセルの遅れ"),
        reverse("admin:marketplace_verdict_changelist"),
    )
    if not last:
        return Signal(tone="quiet", name=name, says=said("none yet", "まだありません"), address=address)
    late = [each.late for each in last]
    middle, worst = timedelta(seconds=median(each.total_seconds() for each in late)), max(late)
    told = said(
        f"p50 {lateness(middle)}, at most {lateness(worst)} (the last {len(last)})",
        f"中央値 {lateness(middle)}、最大 {lateness(worst)} (直近{len(last)}件)",
    )
    tone = "warn" if middle > settings.SWEEP_INTERVAL else "good"
    return Signal(tone=tone, name=name, says=told, address=address)


def _near_misses(now: datetime) -> Signal:
    newest = Event.objects.filter(kind=EventKind.REPLY_REFUSED_LATE).order_by("-id")
    since = now - timedelta(hours=24)
    number = sum(at >= since for at in newest.values_list("recorded_at", flat=True)[:NEAR_MISSES])
    shown = f"{number}+" if number == NEAR_MISSES else str(number)
    return Signal(
        tone="quiet",
        name=said("Replies that came too late", "間に合わなかった返信"),
        says=said(f"{shown} in 24 hours", f"24時間で{shown}件"),
        address=f"{reverse('admin:marketplace_event_changelist')}?kind={EventKind.REPLY_REFUSED_LATE.value}",
    )


def _by_the_day(now: datetime) -> panels.Panel:
    days = charted.last_days(now, ZoneInfo(settings.TIME_ZONE), DAYS)
    counts = charted.verdicts_in([span for _, span in days])
    bars = [
        Bar(
            title=formats.date_format(day, "Y-m-d (D)"),
            mark=f"{day.month}/{day.day}",
            counts=[counts[place, fault] for fault in LOOKS],
        )
        for place, (day, _) in enumerate(days)
    ]
    series = [
        Series(name=fault.value, title=str(title), look=look, tone=tone) for fault, (look, tone, title) in LOOKS.items()
    ]
    numbers = Numbers(
        name="verdicts", heading=said("day", "日"), series=series, bars=bars, counted_to=charted.COUNTED_TO
    )
    return charts.columns(
        said(f"Verdicts of the last {DAYS} days", f"過去{DAYS}日間の自動キャンセル"),
        numbers,
        note=said(f"By the day they were written, in {settings.TIME_ZONE}.", f"記録日ごと ({settings.TIME_ZONE})。"),
        empty=said(f"No verdict in {DAYS} days.", f"過去{DAYS}日間の自動キャンセルはありません。"),
    )


def _newest(request: HttpRequest) -> panels.Panel:
    found = Verdict.objects.select_related("deal__talk_room", "deal__buyer", "seller__user")
    rows = [_row(request, verdict) for verdict in found.order_by("-recorded_at", "-id")[:SHOWN]]
    heads = [
        said("recorded", "記録"),
        said("verdict", "自動キャンセル"),
        said("room", "ルーム"),
        said("buyer", "購入者"),
        said("seller", "出品者"),
        said("at fault", "責任"),
        said("found by", "検知"),
        said("late by", "遅れ"),
        said("state", "状態"),
        said("do", "操作"),
    ]
    return panels.table(
        said("Newest verdicts", "最近の自動キャンセル"),
        heads,
        rows,
        empty=said("There is none yet.", "まだありません。"),
        more=(reverse("admin:marketplace_verdict_changelist"), said("See all", "すべて見る")),
    )


def _row(request: HttpRequest, verdict: Verdict) -> list[Any]:
    reverse_it = [(Reverse(), label("Reverse", "取り消し"))] if Reverse().applies_to(verdict) else []
    return [
        moment(verdict.recorded_at),
        link(verdict),
        link_to(TalkRoom, verdict.deal.talk_room.pk),
        verdict.deal.buyer.username,
        link_to(Seller, verdict.seller_id, verdict.seller.user.username),
        word(verdict.at_fault),
        word(verdict.woken_by),
        lateness(verdict.recorded_at - verdict.effective_at),
        state(verdict),
        ways_to_press(request, Verdict, verdict.pk, reverse_it),
    ]


def _found_by(last: Sequence[Settled]) -> panels.Panel:
    bars = []
    for most in (NEWEST, LAST):
        counted = Counter(each.woken_by for each in last[:most])
        title = said(f"newest {most}", f"直近{most}件")
        bars.append(Bar(title=title, mark=title, counts=[counted[by.value] for by in FOUND_BY]))
    series = [
        Series(name=by.value, title=str(WORDS[by]), look=look, tone=tone) for by, (look, tone) in FOUND_BY.items()
    ]
    return charts.shares(
        said("What found the verdicts", "自動キャンセルを検知したもの"),
        Numbers(name="found", heading=said("verdicts", "自動キャンセル"), series=series, bars=bars),
        note=said(
            "A wake-up comes at the deadline; the sweep finds what no wake-up found.",
            "予約タスクは期限ちょうどに起動し、見つからなかったものは定期確認が拾います。",
        ),
        empty=said("There is none yet.", "まだありません。"),
    )
