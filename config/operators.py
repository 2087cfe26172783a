"""The operators' start page: the parts of both apps in their order, and whether all runs."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import health
from marketplace.admin import contradictions, put_off, start, start_deadlines, start_verdicts
from marketplace.admin.start import Part, Signal
from marketplace.formats import exact_span, span
from marketplace.vocabulary import DeadlineKind
from notifications.admin import health as notices

ROLES = {
    "web": gettext_lazy("web"),
    "deadlines": gettext_lazy("worker for deadlines"),
    "rest": gettext_lazy("worker for the rest"),
    "beat": gettext_lazy("beat (the clock)"),
}


def begin() -> None:
    """Offer every part, in this order."""
    start.offer(part, start_deadlines.part, start_verdicts.part, notices.part, put_off.part, contradictions.part)


def part(request: HttpRequest, now: datetime) -> Part:
    """Show what `/readyz` checks of sweeps and processes, with the permission to view deadlines."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        return Part()
    seen = health.running()
    return Part(signals=[_sweeps(seen), _left(now), _processes(seen), _policy(seen)])


def _sweeps(seen: health.Running) -> Signal:
    name = _("The sweep")
    if seen.missing_sweeps:
        missing = ", ".join(str(DeadlineKind(kind).label) for kind in seen.missing_sweeps)
        text = _("late, for: {missing}").format(missing=missing)
        return Signal(tone="bad", name=name, text=text)
    text = _("comes every {interval}").format(interval=span(settings.SWEEP_INTERVAL))
    return Signal(tone="good", name=name, text=text)


def _left(now: datetime) -> Signal:
    name, address = _("Overdue, not settled"), f"{reverse('admin:due')}?state=overdue"
    found = health.left(now)
    if not found:
        return Signal(tone="good", name=name, text=_("nothing is late"), address=address)
    number = sum(each.number for each in found.values())
    shown = f"{number}+" if any(each.number >= health.COUNTED_TO for each in found.values()) else str(number)
    longest = exact_span(now - min(each.oldest for each in found.values()))
    text = _("{number}, the longest for {longest}").format(number=shown, longest=longest)
    return Signal(tone="bad", name=name, text=text, address=address)


def _processes(seen: health.Running) -> Signal:
    name = _("Processes")
    if seen.missing_roles:
        missing = ", ".join(str(ROLES[role]) for role in seen.missing_roles)
        return Signal(tone="bad", name=name, text=_("not seen: {missing}").format(missing=missing))
    return Signal(tone="good", name=name, text=_("all are seen"))


def _policy(seen: health.Running) -> Signal:
    name = _("The policy")
    if seen.others:
        others = ", ".join(seen.others)
        return Signal(tone="bad", name=name, text=_("another one: {others}").format(others=others))
    return Signal(tone="good", name=name, text=_("all agree"))
