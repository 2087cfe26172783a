"""The start page's part about verdicts: how many a day, how late, found by what, and the newest, to be undone."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import formats
from marketplace.admin import charts, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.columns import link, link_to
from marketplace.admin.reversal_button import Reverse
from marketplace.admin.start import Part, Signal, button_links
from marketplace.admin.verdicts import state_badge
from marketplace.formats import exact_moment, lateness
from marketplace.models import Event, Seller, TalkRoom, Verdict
from marketplace.reads import charted
from marketplace.vocabulary import AtFault, EventKind, WokenBy

SHOWN = 10
DAYS = 14
LAST = 500
"""How many of the newest verdicts the lateness is measured on."""
NEWEST = 50
NEAR_MISSES = 200
LOOKS = {
    AtFault.SELLER: Series(name="seller", title=gettext_lazy("the seller's silence"), look="solid", tone="calm"),
    AtFault.BUYER: Series(name="buyer", title=gettext_lazy("the buyer's silence"), look="hatched", tone="warn"),
    AtFault.NOBODY: Series(name="nobody", title=gettext_lazy("reversed since"), look="outlined", tone="quiet"),
}
FOUND_BY = {
    WokenBy.ETA: Series(name="eta", title=WokenBy.ETA.label, look="solid", tone="good"),
    WokenBy.SWEEP: Series(name="sweep", title=WokenBy.SWEEP.label, look="hatched", tone="warn"),
    WokenBy.VISIT: Series(name="visit", title=WokenBy.VISIT.label, look="crossed", tone="calm"),
    WokenBy.STAFF: Series(name="staff", title=WokenBy.STAFF.label, look="outlined", tone="quiet"),
}

REVERSE = (Reverse(), gettext_lazy("Reverse"))


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it with the permission to view the list."""
    if not request.user.has_perm("marketplace.view_verdict"):
        return Part()
    rows = Verdict.objects.order_by("-recorded_at", "-id")
    settled = rows.annotate(late=F("recorded_at") - F("effective_at"))
    last = list(settled.values_list("late", "woken_by", named=True)[:LAST])
    signals = [_lateness(last)]
    if request.user.has_perm("marketplace.view_event"):
        signals.append(_near_misses(now))
    return Part(signals=signals, panels=[_by_the_day(now), _newest(request), _found_by(last)])


def _lateness(last: Sequence[Any]) -> Signal:
    """Warn when the middle one had to wait for a sweep: wake-ups do not work then."""
    name, address = _("Lateness of verdicts"), reverse("admin:marketplace_verdict_changelist")
    if not last:
        return Signal(tone="quiet", name=name, text=_("no verdict yet"), address=address)
    late = [each.late for each in last]
    middle, worst = timedelta(seconds=median(each.total_seconds() for each in late)), max(late)
    text = _("p50 {middle}, at most {worst} (the last {last})").format(
        middle=lateness(middle), worst=lateness(worst), last=len(last)
    )
    tone = "warn" if middle > settings.SWEEP_INTERVAL else "good"
    return Signal(tone=tone, name=name, text=text, address=address)


def _near_misses(now: datetime) -> Signal:
    newest = Event.objects.filter(kind=EventKind.REPLY_REFUSED_LATE).order_by("-id")
    since = now - timedelta(hours=24)
    number = sum(at >= since for at in newest.values_list("recorded_at", flat=True)[:NEAR_MISSES])
    return Signal(
        tone="quiet",
        name=_("Replies that came too late"),
        text=_("{number} in 24 hours").format(number=formats.counted(number, NEAR_MISSES)),
        address=f"{reverse('admin:marketplace_event_changelist')}?kind={EventKind.REPLY_REFUSED_LATE.value}",
    )


def _by_the_day(now: datetime) -> panels.Panel:
    days = charted.last_days(now, ZoneInfo(settings.TIME_ZONE), DAYS)
    counts = charted.verdicts_in([span for _, span in days])
    bars = [
        Bar(
            title=formats.day(day),
            mark=formats.short_day(day),
            counts=[counts[place, fault] for fault in LOOKS],
        )
        for place, (day, _) in enumerate(days)
    ]
    numbers = Numbers(
        name="verdicts", heading=_("day"), series=[*LOOKS.values()], bars=bars, counted_to=charted.COUNTED_TO
    )
    return charts.columns(
        _("Verdicts of the last {DAYS} days").format(DAYS=DAYS),
        numbers,
        note=_("By the day they were written, in {TIME_ZONE}.").format(TIME_ZONE=settings.TIME_ZONE),
        empty=_("No verdict in {DAYS} days.").format(DAYS=DAYS),
    )


def _newest(request: HttpRequest) -> panels.Panel:
    found = Verdict.objects.select_related("deal__talk_room", "deal__buyer", "seller__user")
    rows = [
        (
            exact_moment(verdict.recorded_at),
            link(verdict),
            link_to(TalkRoom, verdict.deal.talk_room.pk),
            verdict.deal.buyer.username,
            link_to(Seller, verdict.seller_id, verdict.seller.user.username),
            verdict.get_at_fault_display(),
            verdict.get_woken_by_display(),
            lateness(verdict.recorded_at - verdict.effective_at),
            state_badge(verdict),
            button_links(request, Verdict, verdict.pk, [REVERSE] if REVERSE[0].applies_to(verdict) else []),
        )
        for verdict in found.order_by("-recorded_at", "-id")[:SHOWN]
    ]
    heads = [
        _("recorded"), _("verdict"), _("room"), _("buyer"), _("seller"), _("at fault"), _("found by"), _("late by"),
        _("state"), _("do"),
    ]  # fmt: skip
    more = (reverse("admin:marketplace_verdict_changelist"), _("See all"))
    return panels.table(_("Newest verdicts"), heads, rows, empty=_("There is none yet."), more=more)


def _found_by(last: Sequence[Any]) -> panels.Panel:
    bars = []
    for most in (NEWEST, LAST):
        counted = Counter(each.woken_by for each in last[:most])
        title = _("newest {most}").format(most=most)
        bars.append(Bar(title=title, mark=title, counts=[counted[by.value] for by in FOUND_BY]))
    return charts.shares(
        _("What found the verdicts"),
        Numbers(name="found", heading=_("verdicts"), series=[*FOUND_BY.values()], bars=bars),
        note=_("A wake-up comes at the deadline; the sweep finds what no wake-up found."),
        empty=_("There is none yet."),
    )
