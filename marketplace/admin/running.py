"""What runs toward a deadline, on the operators' start page: soonest first, and what falls due hour by hour."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from marketplace.admin import charts, due, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.due import Asked, Due
from marketplace.admin.start import Part, Signal, ways_to_press
from marketplace.admin.steering import Extend, Hold, Release
from marketplace.admin.words import label, moment, said, span
from marketplace.models import CancelRequest
from marketplace.reads import charted
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind

SHOWN = 10
COUNTED_TO = 1_000
LOOKS = {
    DeadlineKind.REPLY: ("solid", "calm", label("cancel request", "キャンセルリクエスト")),
    DeadlineKind.FIRST_CONTACT: ("hatched", "warn", label("first contact", "最初の連絡")),
    DeadlineKind.APPROVAL: ("outlined", "quiet", label("approval", "納品の承認")),
}
HOLD, RELEASE, EXTEND = (
    (Hold(), label("Hold", "保留")),
    (Release(), label("Release", "保留解除")),
    (Extend(), label("Extend", "延長")),
)


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it to who may see requests."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        return Part()
    return Part(signals=[_put_off(now), _held(now)], panels=[_soonest(request, now), _by_the_hour(now)])


def _put_off(now: datetime) -> Signal:
    """Look at the longest overdue of each kind: what failed alone is among them."""
    failed = 0
    for deadline in DEADLINES.values():
        passed = deadline.overdue(now).values_list("settle_failures", flat=True)[:COUNTED_TO]
        failed += sum(failures > 0 for failures in passed)
    name, address = said("Put off after an error", "エラーによる延期"), f"{reverse('admin:due')}?state=put_off"
    if not failed:
        return Signal(tone="good", name=name, says=said("nothing", "なし"), address=address)
    return Signal(tone="warn", name=name, says=_number(failed, COUNTED_TO), address=address)


def _held(now: datetime) -> Signal:
    rows = CancelRequest.objects.open().filter(reply_deadline=None).values_list("held_at", flat=True)[: COUNTED_TO + 1]
    since = [at for at in rows if at is not None]
    name, address = said("Held requests", "保留中のリクエスト"), f"{reverse('admin:due')}?state=held"
    if not since:
        return Signal(tone="quiet", name=name, says=said("none", "なし"), address=address)
    longest = span(now - min(since))
    number = _number(len(since), COUNTED_TO)
    told = said(f"{number}, the longest for {longest}", f"{number}、最長 {longest}")
    return Signal(tone="quiet", name=name, says=told, address=address)


def _number(found: int, most: int) -> str:
    shown = f"{most}+" if found >= most else str(found)
    return said(shown, f"{shown}件")


def _soonest(request: HttpRequest, now: datetime) -> panels.Panel:
    found = due.soonest(Asked(), now, SHOWN)
    shown = due.rows_of(found[:SHOWN], now)
    columns = [column for column in due.SHOWN if column.name != "kind"]
    rows = [[*(column(row) for column in columns), _kind(row), _ways(request, row)] for row in shown]
    heads = [*(str(column.title) for column in columns), said("deadline", "期限の種類"), said("do", "操作")]
    return panels.table(
        said("Due soonest", "期限の近い順"),
        heads,
        rows,
        empty=said("Nothing runs toward a deadline.", "進行中の期限はありません。"),
        more=(reverse("admin:due"), said("See all", "すべて見る")),
    )


def _kind(row: Due) -> str:
    return str(LOOKS[row.kind][2])


def _ways(request: HttpRequest, row: Due) -> str:
    """Offer what would not be refused now: nobody holds what is overdue."""
    if not row.is_request or row.state not in {"running", "held"}:
        return ""
    first = HOLD if row.state == "running" else RELEASE
    return ways_to_press(request, CancelRequest, row.key, [first, EXTEND])


def _by_the_hour(now: datetime) -> panels.Panel:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    spans = charted.next_hours(now, zone)
    counts = charted.due_in(spans)
    bars = [
        Bar(title=_hours(span, zone), mark=_mark(span, zone), counts=[counts[place, kind] for kind in DEADLINES])
        for place, span in enumerate(spans)
    ]
    series = [
        Series(name=kind.value, title=str(LOOKS[kind][2]), look=LOOKS[kind][0], tone=LOOKS[kind][1])
        for kind in DEADLINES
    ]
    numbers = Numbers(
        name="due", heading=said("hour", "時間帯"), series=series, bars=bars, counted_to=charted.COUNTED_TO
    )
    return charts.columns(
        said("Falls due in the next 24 hours", "今後24時間以内に期限を迎えるもの"),
        numbers,
        note=said(f"By the hour, from {moment(now)}.", f"1時間ごと。{moment(now)} から。"),
        empty=said("Nothing falls due in the next 24 hours.", "今後24時間以内に期限を迎えるものはありません。"),
    )


def _hours(span: charted.Span, zone: ZoneInfo) -> str:
    since, until = span.since.astimezone(zone), span.until.astimezone(zone)
    return f"{since:%m-%d %H:%M}–{until:%H:%M}"


def _mark(span: charted.Span, zone: ZoneInfo) -> str:
    """Name every third full hour."""
    since: Any = span.since.astimezone(zone)
    return f"{since.hour}" if since.minute == 0 and since.hour % 3 == 0 else ""
