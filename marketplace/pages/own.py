"""A seller's own services: the state that others see, and the reasons for it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace import clock, rules, window
from marketplace.models import Seller, Service, User
from marketplace.models.selling import ServiceQuerySet
from marketplace.reads.selling import with_paused
from marketplace.vocabulary import NotAccepting, ServiceStatus

WHY = {
    NotAccepting.DRAFT: _("Only you can see it. Publish it to accept purchases."),
    NotAccepting.OWN_PAUSE: _("You paused it."),
    NotAccepting.NOT_ACKNOWLEDGED: _("No service accepts purchases until you have acknowledged the cancellation."),
    NotAccepting.PENALTY_PAUSE: _("Paused because a deal was cancelled for your silence."),
}
WHY_A_DRAFT = WHY | {
    NotAccepting.NOT_ACKNOWLEDGED: _(
        "Published now, it would be paused too until you have acknowledged the cancellation."
    ),
}


@dataclass(frozen=True)
class Own:
    """A service as its owner sees it, read by `services_of`."""

    service: Service

    @property
    def why(self) -> tuple[NotAccepting, ...]:
        return rules.not_accepting(
            ServiceStatus(self.service.own_status),
            paused_by_penalty=self.service.paused_by_penalty,
            awaits_acknowledgement=self.service.awaits_acknowledgement,
        )

    @property
    def why_in_words(self) -> list[Any]:
        """The same for its owner. An acknowledgement that is missing explains the pauses of its verdict."""
        explained = {NotAccepting.PENALTY_PAUSE} if NotAccepting.NOT_ACKNOWLEDGED in self.why else set()
        words = WHY_A_DRAFT if self.is_draft else WHY
        return [words[reason] for reason in self.why if reason not in explained]

    @property
    def is_draft(self) -> bool:
        return self.service.own_status == ServiceStatus.DRAFT

    @property
    def accepts_by_its_own_state(self) -> bool:
        return self.service.own_status == ServiceStatus.ACCEPTING

    @property
    def accepts(self) -> bool:
        """Whether it accepts purchases: only then can it be paused."""
        return not self.why

    @property
    def can_resume(self) -> bool:
        """Whether resuming it alone makes it accept."""
        return bool(self.why) and not self.is_draft and NotAccepting.NOT_ACKNOWLEDGED not in self.why

    @property
    def comes_back(self) -> bool:
        """Whether it accepts again once its penalty pauses are lifted and its seller has acknowledged."""
        return self.accepts_by_its_own_state and NotAccepting.PENALTY_PAUSE in self.why

    @property
    def comes_back_by_itself(self) -> bool:
        """Whether it accepts as soon as its seller has acknowledged."""
        return self.why == (NotAccepting.NOT_ACKNOWLEDGED,)


def seller_of(person: User) -> Seller | None:
    """Return the person's seller with `paused`; None if they never made a service."""
    seller: Seller | None = with_paused(Seller.objects.filter(user=person)).first()
    return seller


def services_of(person: User) -> ServiceQuerySet:
    """Return a person's own services, newest first, with what `Own` needs."""
    now = clock.now()
    start = window.start(now)
    services: ServiceQuerySet = Service.objects.filter(seller__user=person).select_related("seller__user")
    return (
        services.with_status()
        .with_penalty()
        .with_rating(start, now)
        .with_number_of_ratings(start, now)
        .order_by("-created_at", "-id")
    )
