"""Reverse a verdict, after showing what that does: by the same recount and rules that will do it (R10)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from marketplace import errors, rules, window
from marketplace.actions import steering
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link, short
from marketplace.formats import points, rate, rating, yen
from marketplace.models import PenaltyPause, Service, User, Verdict
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import AtFault, ServiceStatus


@dataclass
class Hindrances:
    services: dict[UUID, str] = field(default_factory=dict)
    """Title by id, of those whose own state is accepting."""
    pauses: set[tuple[UUID, UUID]] = field(default_factory=set)
    """Unlifted ones: verdict and service."""
    open_verdicts: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.open_verdicts or self.pauses)

    def accepting(self, without: Collection[UUID] = ()) -> set[UUID]:
        """Return the services that accept when these verdicts are left out (R9)."""
        if self.open_verdicts - set(without):
            return set()
        held = {service for verdict, service in self.pauses if verdict not in without}
        return set(self.services) - held


def hindrances(sellers: Collection[UUID]) -> dict[UUID, Hindrances]:
    """Read what hinders these sellers, in three statements."""
    found: dict[UUID, Hindrances] = defaultdict(Hindrances)
    accepting = Service.objects.filter(seller__in=sellers, own_status=ServiceStatus.ACCEPTING)
    for seller, service, title in accepting.order_by("title", "pk").values_list("seller_id", "pk", "title"):
        found[seller].services[service] = title
    paused = PenaltyPause.objects.filter(service__seller__in=sellers, lifted_at=None)
    for seller, verdict, service in paused.values_list("service__seller_id", "verdict_id", "service_id"):
        found[seller].pauses.add((verdict, service))
    unacknowledged = Verdict.objects.unacknowledged().filter(seller__in=sellers)
    for seller, verdict in unacknowledged.values_list("seller_id", "pk"):
        found[seller].open_verdicts.add(verdict)
    return found


class Reverse(Button):
    name = "reverse"
    title = gettext_lazy("Reverse the verdict")
    done = pgettext_lazy("done", "Reversed")
    tone = "danger"
    permission = steering.MAY_REVERSE

    def rows(self, keys: Collection[UUID]) -> list[Verdict]:
        """Read the verdicts with deal, seller and review, in the order in which they will be reversed."""
        found = Verdict.objects.select_related("deal", "seller__user", "review").in_bulk(list(keys))
        return [found[key] for key in keys if key in found]

    def refusal(self, row: Verdict, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return errors.AlreadyReversed if row.reversed_at else None

    def foresee(self, rows: Sequence[Verdict], now: datetime, /, **_arguments: Any) -> list[Foreseen]:
        """Return what each reversal changes once those before it in the list are done."""
        hindered = hindrances({row.seller_id for row in rows})
        gone: dict[UUID, list[UUID]] = defaultdict(list)
        figures = {row.seller_id: row.seller.figures for row in rows}
        foreseen = []
        for row in rows:
            refusal, lines = self.refusal(row), []
            if refusal is None:
                before = figures[row.seller_id]
                earlier, gone[row.seller_id] = gone[row.seller_id], [*gone[row.seller_id], row.pk]
                counted = recount([row.seller_id], window.start(now), now, without=gone[row.seller_id])
                after = counted[row.seller_id].figures
                lines = consequences(row, hindered[row.seller_id], earlier, before, after)
                figures[row.seller_id] = after
            name = _("verdict {pk} on {seller}").format(pk=short(row.pk), seller=row.seller)
            foreseen.append(Foreseen(row=row, name=link(row, name), lines=lines, refusal=refusal))
        return foreseen

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        steering.reverse(verdict_id=key, staff=staff, reason=reason)


def consequences(
    verdict: Verdict, hindered: Hindrances, earlier: Collection[UUID], before: Figures, after: Figures
) -> list[str]:
    """Return what a reversal does to services, review and figures, and what stays."""
    lines = []
    if verdict.at_fault == AtFault.SELLER:
        lines += [*_services(verdict, hindered, earlier), *_review(verdict), *changes(before, after)]
    else:
        lines.append(_("It is taken out of the buyer's record; nothing changes for the seller."))
    stays = _("The deal stays cancelled, at nobody's fault; the refund of {price} stands. Both sides are told.")
    return [*lines, stays.format(price=yen(verdict.deal.price))]


def _services(verdict: Verdict, hindered: Hindrances, earlier: Collection[UUID]) -> list[str]:
    accepting = hindered.accepting([*earlier, verdict.pk])
    again = accepting - hindered.accepting(earlier)
    lifted = sum(by == verdict.pk for by, _service in hindered.pauses)
    still = len(hindered.services) - len(accepting)
    lines = [_("No service accepts again. Pauses lifted: {lifted}.").format(lifted=lifted)]
    if again:
        text = ngettext(
            "{number} service accepts again: {names}.", "{number} services accept again: {names}.", len(again)
        )
        names = ", ".join(title for key, title in hindered.services.items() if key in again)
        lines = [text.format(number=len(again), names=names)]
    if still:
        text = ngettext(
            "{number} service stays paused by other verdicts.",
            "{number} services stay paused by other verdicts.",
            still,
        )
        lines.append(text.format(number=still))
    return lines


def _review(verdict: Verdict) -> list[str]:
    review = getattr(verdict, "review", None)
    if review is None or review.hidden_at is not None:
        return []
    return [_("The automatic ★{rating} is hidden and counts for nothing.").format(rating=review.rating)]


def changes(before: Figures, after: Figures) -> list[str]:
    """Return the figures and ranks that change."""
    policy = settings.POLICY
    compared = (
        (_("Completion"), rate(before.delivery_completion_rate), rate(after.delivery_completion_rate)),
        (_("Rating"), rating(before.rating), rating(after.rating)),
        (_("Rank"), rules.rank(policy, before).label, rules.rank(policy, after).label),
        (_("Search rank"), points(rules.search_rank(policy, before)), points(rules.search_rank(policy, after))),
    )
    return [f"{name}: {was} → {will_be}" for name, was, will_be in compared if was != will_be]
