"""The buttons that take a service down, put it back, and hide a review."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from marketplace import errors
from marketplace.actions import moderation
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.words import label, said
from marketplace.models import Review, Service, User


class TakeDown(Button):
    """Take a service down."""

    name = "take_down"
    title = label("Take down", "掲載を停止する")
    done = label("Taken down", "掲載を停止しました")
    tone = "danger"
    permission = moderation.MAY_TAKE_DOWN
    lines: ClassVar[tuple[Any, ...]] = (
        label("Nobody can buy it any more, and its owner cannot resume it. Running deals go on.",
              "購入できなくなり、出品者は再開できません。進行中の取引は続きます。"),
        label("It can be put back.", "後から解除できます。"),
    )  # fmt: skip

    def rows(self, keys: Collection[UUID]) -> list[Service]:
        """Read the services."""
        return list(Service.objects.select_related("seller__user").filter(pk__in=keys).order_by("pk"))

    def applies_to(self, row: Service) -> bool:
        """Show it on what is not taken down."""
        return row.taken_down_at is None

    def refusal(self, row: Service, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is down already."""
        return errors.ServiceTakenDown if row.taken_down_at else None

    def foresee(self, rows: Sequence[Service], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say what that means."""
        return [
            Foreseen(
                row=row,
                name=link(row, f"{row.title} · {row.seller.user.username}"),
                lines=[str(line) for line in self.lines],
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - asked under the lock
        """Do it."""
        moderation.take_down(service_id=key, staff=staff, reason=reason)


class PutBack(TakeDown):
    """Put it back."""

    name = "put_back"
    title = label("Put back", "掲載停止を解除する")
    done = label("Put back", "掲載停止を解除しました")
    tone = ""
    lines = (label("It stays paused until its owner resumes it.", "出品者が再開するまで受付休止中のままです。"),)

    def applies_to(self, row: Service) -> bool:
        """Show it on what is taken down."""
        return row.taken_down_at is not None

    def refusal(self, row: Service, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is not down."""
        return None if row.taken_down_at else errors.ServiceNotTakenDown

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - asked under the lock
        """Do it."""
        moderation.put_back(service_id=key, staff=staff, reason=reason)


class HideReview(Button):
    """Hide what a buyer wrote of a deal."""

    name = "hide_review"
    title = label("Hide the review", "評価を非表示にする")
    done = label("Hidden", "非表示にしました")
    tone = "danger"
    permission = moderation.MAY_HIDE_REVIEW

    def rows(self, keys: Collection[UUID]) -> list[Review]:
        """Read the reviews."""
        return list(Review.objects.select_related("seller__user").filter(pk__in=keys).order_by("pk"))

    def applies_to(self, row: Review) -> bool:
        """Show it on what a buyer wrote."""
        return row.hidden_at is None and row.verdict_id is None

    def refusal(self, row: Review, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is hidden, and what a reversal hides."""
        if row.verdict_id is not None:
            return errors.ReviewOfAVerdict
        return errors.ReviewAlreadyHidden if row.hidden_at else None

    def foresee(self, rows: Sequence[Review], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say what that means."""
        return [
            Foreseen(
                row=row,
                name=link(row, f"{row} · {row.seller.user.username}"),
                lines=[
                    said(
                        f"Shown to nobody, and counted no more in {row.seller}'s rating and rank. It cannot be undone.",
                        f"表示されなくなり、{row.seller}さんの評価とランクにも含まれなくなります。元に戻せません。",
                    ),
                    row.comment,
                ],
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - a hidden review stays so
        """Hide it."""
        moderation.hide_review(review_id=key, staff=staff, reason=reason)
