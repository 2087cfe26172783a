"""The buttons that hide a message or a review, take a service down, and put it back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace import errors
from marketplace.actions import moderation, steering
from marketplace.admin.buttons import Button
from marketplace.admin.columns import short
from marketplace.admin.event_sentences import the_party
from marketplace.formats import exact_moment
from marketplace.models import Message, Review, Service, User
from marketplace.vocabulary import MessageKind

BEGINNING = 80
"""How many characters of a message the confirmation quotes."""


class Hide(Button):
    """Hide what a party wrote: nobody reads it any more, and no clock moves (R6)."""

    name = "hide"
    title = gettext_lazy("Hide the message")
    done = pgettext_lazy("done", "Hidden")
    tone = "danger"
    permission = steering.MAY_HIDE

    def rows(self, keys: Collection[UUID]) -> list[Message]:
        return list(Message.objects.filter(pk__in=keys).order_by("posted_at", "pk"))

    def label(self, row: Message) -> str:
        return _("message {pk}").format(pk=short(row.pk))

    def refusal(self, row: Message, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        if row.kind == MessageKind.SYSTEM:
            return errors.NotFound
        return errors.MessageAlreadyHidden if row.hidden_at else None

    def lines(self, row: Message, _now: datetime, /, **_arguments: Any) -> list[str]:
        body = row.body if len(row.body) <= BEGINNING else f"{row.body[:BEGINNING]}…"
        return [
            _("What {party} wrote at {posted_at} will be shown to neither party: “{body}”").format(
                party=the_party(row.sender), posted_at=exact_moment(row.posted_at), body=body
            ),
            _("It moves no clock, and cannot be undone."),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        steering.hide(message_id=key, staff=staff, reason=reason)


class TakeDown(Button):
    name = "take_down"
    title = gettext_lazy("Take down")
    done = gettext_lazy("Taken down")
    tone = "danger"
    permission = moderation.MAY_TAKE_DOWN

    def rows(self, keys: Collection[UUID]) -> list[Service]:
        return list(Service.objects.select_related("seller__user").filter(pk__in=keys).order_by("pk"))

    def label(self, row: Service) -> str:
        return f"{row.title} · {row.seller.user.username}"

    def refusal(self, row: Service, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return errors.ServiceTakenDown if row.taken_down_at else None

    def lines(self, _row: Service, _now: datetime, /, **_arguments: Any) -> list[str]:
        return [
            _("Nobody can buy it any more, and its owner cannot resume it. Running deals go on."),
            _("It can be put back."),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        moderation.take_down(service_id=key, staff=staff, reason=reason)


class PutBack(TakeDown):
    name = "put_back"
    title = gettext_lazy("Put back")
    done = pgettext_lazy("done", "Put back")
    tone = ""

    def refusal(self, row: Service, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return None if row.taken_down_at else errors.ServiceNotTakenDown

    def lines(self, _row: Service, _now: datetime, /, **_arguments: Any) -> list[str]:
        return [_("It stays paused until its owner resumes it.")]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        moderation.put_back(service_id=key, staff=staff, reason=reason)


class HideReview(Button):
    """Hide what a buyer wrote about a deal. A reversal hides the review of a verdict."""

    name = "hide_review"
    title = gettext_lazy("Hide the review")
    done = pgettext_lazy("done", "Hidden")
    tone = "danger"
    permission = moderation.MAY_HIDE_REVIEW

    def rows(self, keys: Collection[UUID]) -> list[Review]:
        return list(Review.objects.select_related("seller__user").filter(pk__in=keys).order_by("pk"))

    def label(self, row: Review) -> str:
        return f"{row} · {row.seller.user.username}"

    def refusal(self, row: Review, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        if row.verdict_id is not None:
            return errors.ReviewOfAVerdict
        return errors.ReviewAlreadyHidden if row.hidden_at else None

    def lines(self, row: Review, _now: datetime, /, **_arguments: Any) -> list[str]:
        text = _("Shown to nobody, and counted no more in {seller}'s rating and rank. It cannot be undone.")
        return [text.format(seller=row.seller), row.comment]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        moderation.hide_review(review_id=key, staff=staff, reason=reason)
