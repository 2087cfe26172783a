"""Reverse a verdict, and say before what that will do: by the same recount and rules that will do it (R10)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace import errors, rules, window
from marketplace.actions import steering
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.words import label, percent, said, stars, word, yen
from marketplace.models import PenaltyPause, Seller, Service, User, Verdict
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import AtFault, ServiceStatus


@dataclass
class Hindered:
    """What keeps one seller's services from accepting."""

    services: dict[UUID, str] = field(default_factory=dict)
    """Title by id, of those whose own state is accepting."""
    pauses: set[tuple[UUID, UUID]] = field(default_factory=set)
    """Unlifted ones: verdict and service."""
    open_verdicts: set[UUID] = field(default_factory=set)

    def accepting(self, without: Collection[UUID] = ()) -> set[UUID]:
        """Return the services that accept when these verdicts are left out (R9)."""
        if self.open_verdicts - set(without):
            return set()
        held = {service for verdict, service in self.pauses if verdict not in without}
        return set(self.services) - held


def hindered(sellers: Collection[UUID]) -> dict[UUID, Hindered]:
    """Read what hinders these sellers, in three statements."""
    found: dict[UUID, Hindered] = defaultdict(Hindered)
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
    """Undo a verdict."""

    name = "reverse"
    title = label("Reverse the verdict", "自動キャンセルを取り消す")
    done = label("Reversed", "取り消しました")
    tone = "danger"
    permission = steering.MAY_REVERSE

    def rows(self, keys: Collection[UUID]) -> list[Verdict]:
        """Read the verdicts with deal, seller and review, in the order in which they will be reversed."""
        found = Verdict.objects.select_related("deal", "seller__user", "review").in_bulk(list(keys))
        return [found[key] for key in keys if key in found]

    def applies_to(self, row: Verdict) -> bool:
        """Show it on what stands."""
        return row.reversed_at is None

    def refusal(self, row: Verdict, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse the second time."""
        return errors.AlreadyReversed if row.reversed_at else None

    def foresee(self, rows: Sequence[Verdict], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say for each what its reversal changes, those before it in the list being reversed already."""
        hindrances = hindered({row.seller_id for row in rows})
        gone: dict[UUID, list[UUID]] = defaultdict(list)
        figures = {row.seller_id: row.seller.figures for row in rows}
        foreseen = []
        for row in rows:
            refusal, lines = self.refusal(row, now), []
            if refusal is None:
                before = figures[row.seller_id]
                earlier, gone[row.seller_id] = gone[row.seller_id], [*gone[row.seller_id], row.pk]
                after = without(row.seller_id, gone[row.seller_id], now)
                lines = consequences(row, hindrances[row.seller_id], earlier, before, after)
                figures[row.seller_id] = after
            name = said(
                f"verdict {str(row.pk)[:8]} on {row.seller}", f"{row.seller} への自動キャンセル {str(row.pk)[:8]}"
            )
            foreseen.append(Foreseen(row=row, name=link(row, name), lines=lines, refusal=refusal))
        return foreseen

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - reversed once
        """Reverse it."""
        steering.reverse(verdict_id=key, staff=staff, reason=reason)


def without(seller: UUID, verdicts: Collection[UUID], now: datetime) -> Figures:
    """Return the figures as they would be now if these verdicts had not been."""
    return recount([seller], window.start(now), now, without=verdicts)[seller].figures


def consequences(
    verdict: Verdict, hindrance: Hindered, earlier: Collection[UUID], before: Figures, after: Figures
) -> list[str]:
    """Say what a reversal does: services, review, figures, and what stays."""
    lines = []
    if verdict.at_fault == AtFault.SELLER:
        lines += [_services(verdict, hindrance, earlier), *_review(verdict), *changes(before, after)]
    else:
        lines.append(
            said(
                "It is taken out of the buyer's record; nothing changes for the seller.",
                "購入者の記録から除かれます。出品者への影響はありません。",
            )
        )
    price = yen(verdict.deal.price)
    lines.append(
        said(
            f"The deal stays cancelled, at nobody's fault; the refund of {price} stands. Both sides are told.",
            f"取引はキャンセルのまま、どちらの責任でもなくなります。返金 {price} は変わりません。双方に知らせます。",
        )
    )
    return lines


def _services(verdict: Verdict, hindrance: Hindered, earlier: Collection[UUID]) -> str:
    again = hindrance.accepting([*earlier, verdict.pk]) - hindrance.accepting(earlier)
    lifted = sum(by == verdict.pk for by, _ in hindrance.pauses)
    names = ", ".join(title for key, title in hindrance.services.items() if key in again)
    still = len(hindrance.services) - len(hindrance.accepting([*earlier, verdict.pk]))
    rest = (
        said(f"; {still} stay paused by other verdicts", f"、{still}件は別の自動キャンセルにより休止のまま")
        if still
        else ""
    )
    if not again:
        return said(
            f"No service accepts again{rest}. Pauses lifted: {lifted}.",
            f"受付を再開するサービスはありません{rest}。解除される休止: {lifted}件。",
        )
    number = said(
        "1 service accepts" if len(again) == 1 else f"{len(again)} services accept", f"{len(again)}件のサービス"
    )
    return said(f"{number} again: {names}{rest}.", f"{number}が受付を再開します: {names}{rest}。")


def _review(verdict: Verdict) -> list[str]:
    review = getattr(verdict, "review", None)
    if review is None or review.hidden_at is not None:
        return []
    return [
        said(
            f"The automatic ★{review.rating} is hidden and counts for nothing.",
            f"自動評価★{review.rating}は非表示になり、集計から除かれます。",
        )
    ]


def changes(before: Figures, after: Figures) -> list[str]:
    """Say which figures and ranks change."""
    policy = settings.POLICY
    compared = (
        (
            said("Completion", "納品完了率"),
            percent(before.delivery_completion_rate),
            percent(after.delivery_completion_rate),
        ),
        (said("Rating", "評価"), stars(before.rating), stars(after.rating)),
        (said("Rank", "ランク"), word(rules.rank(policy, before)), word(rules.rank(policy, after))),
        (
            said("Search rank", "表示順位ポイント"),
            str(rules.search_rank(policy, before)),
            str(rules.search_rank(policy, after)),
        ),
    )
    return [f"{name}: {was} → {will_be}" for name, was, will_be in compared if was != will_be]


def standing_of(seller: Seller) -> Hindered:
    """Read what hinders one seller."""
    return hindered([seller.pk])[seller.pk]
