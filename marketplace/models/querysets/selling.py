"""Which services accept purchases, and what each shows."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Avg, Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from marketplace import search
from marketplace.vocabulary import AtFault, ServiceStatus


class ServiceQuerySet(models.QuerySet[Any]):
    """Services, by the state that others see (R9)."""

    def with_status(self) -> Self:
        """Add `status`: the own state, or paused while a penalty holds it."""
        return self.annotate(
            status=Case(
                When(Q(own_status=ServiceStatus.ACCEPTING) & self._penalised(), then=Value(ServiceStatus.PAUSED)),
                default="own_status",
                output_field=models.CharField(),
            )
        )

    def with_penalty(self) -> Self:
        """Add what the rules ask: `paused_by_penalty` and `awaits_acknowledgement`."""
        pauses, verdicts = self._penalties()
        return self.annotate(paused_by_penalty=pauses, awaits_acknowledgement=verdicts)

    def with_rating(self, start: datetime, now: datetime) -> Self:
        """Add `rating`: the average over the service's own visible reviews dated from `start` to `now` (R11)."""
        reviews = apps.get_model("marketplace", "Review")
        own = reviews.objects.filter(service=OuterRef("pk"), hidden_at=None, dated_at__range=(start, now))
        average = own.order_by().values("service").annotate(average=Avg("rating")).values("average")
        return self.annotate(rating=Subquery(average))

    def with_number_of_ratings(self, start: datetime, now: datetime) -> Self:
        """Add `number_of_ratings`: how many reviews that average is of."""
        reviews = apps.get_model("marketplace", "Review")
        own = reviews.objects.filter(service=OuterRef("pk"), hidden_at=None, dated_at__range=(start, now))
        number = own.order_by().values("service").annotate(number=Count("pk")).values("number")
        return self.annotate(number_of_ratings=Coalesce(Subquery(number), 0))

    def accepting(self) -> Self:
        """Keep those that can be bought.

        A service accepts when its own state is accepting, no unlifted penalty pause covers it, and
        its seller has no unacknowledged verdict against it.
        """
        return self.filter(Q(own_status=ServiceStatus.ACCEPTING) & ~self._penalised())

    def found_by(self, asked: str) -> Self:
        """Keep those whose title holds every word that was asked for, by the index of pairs of characters."""
        found = self
        for word in search.asked_words(asked):
            found = found.filter(search_grams__contains=search.asked_grams(word), search_text__contains=word)
        return found

    def best_first(self) -> Self:
        """Order by search rank (検索結果での表示順位); ties: newest first."""
        return self.order_by("-search_rank", "-created_at", "-id")

    def visible_to(self, seller_id: UUID | None) -> Self:
        """Keep what this seller (None: anybody) may see by id: a draft is its owner's alone."""
        return self.filter(~Q(own_status=ServiceStatus.DRAFT) | Q(seller=seller_id))

    def _penalised(self) -> Q:
        pauses, verdicts = self._penalties()
        return Q(pauses) | Q(verdicts)

    def _penalties(self) -> tuple[Exists, Exists]:
        pauses = apps.get_model("marketplace", "PenaltyPause")
        verdicts = apps.get_model("marketplace", "Verdict")
        return (
            Exists(pauses.objects.filter(service=OuterRef("pk"), lifted_at=None)),
            Exists(verdicts.objects.unacknowledged().filter(seller=OuterRef("seller"))),
        )


class VerdictQuerySet(models.QuerySet[Any]):
    """Verdicts, by what the seller has still to do about them."""

    def unacknowledged(self) -> Self:
        """Keep those at the seller's fault that the seller has not acknowledged (R9)."""
        return self.filter(at_fault=AtFault.SELLER, acknowledged_at=None)

    def with_their_story(self) -> Self:
        """Read along what led to each and what it did."""
        return self.select_related("deal__service", "deal__buyer", "deal__talk_room", "cancel_request", "review")

    def weighing_on(self, seller: Any, start: datetime, at_most: int) -> list[Any]:
        """Return what a seller's standing rests on, newest first, each with its `paused_services`.

        Those at the seller's fault that count from `start` on, await acknowledgement or still pause a
        service; and those of that time that were reversed, so that one sees that they count no more.
        """
        pauses = apps.get_model("marketplace", "PenaltyPause").objects.filter(verdict=OuterRef("pk"), lifted_at=None)
        still = Q(acknowledged_at=None) | Q(effective_at__gte=start) | Exists(pauses)
        ended = {"deal__seller": seller, "deal__ended_at__gte": start}  # the index of the figures
        found: list[Any] = []
        for verdicts in (
            self.filter(still, seller=seller, at_fault=AtFault.SELLER),
            self.filter(at_fault=AtFault.NOBODY, review__isnull=False, **ended),
        ):
            named = verdicts.annotate(paused_services=ArraySubquery(pauses.order_by("service").values("service")))
            found += named.order_by("-effective_at", "-id")[:at_most]
        return sorted(found, key=lambda verdict: (verdict.effective_at, verdict.pk), reverse=True)[:at_most]
