"""What a seller sells, and what a verdict does to it."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Avg, Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from marketplace import search
from marketplace.models.choices import one_of, word
from marketplace.models.deals import Review
from marketplace.models.people import Seller
from marketplace.models.verdicts import Verdict
from marketplace.vocabulary import ServiceStatus


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services, by the state that others see (R9)."""

    def with_status(self) -> Self:
        """Add `status`: the own state, or paused while a penalty holds it."""
        pauses, verdicts = map(_is_any, _penalties())
        return self.annotate(
            status=Case(
                When(
                    Q(own_status=ServiceStatus.ACCEPTING) & (Q(pauses) | Q(verdicts)), then=Value(ServiceStatus.PAUSED)
                ),
                default="own_status",
                output_field=models.CharField(),
            )
        )

    def with_penalty(self) -> Self:
        """Add what the rules ask: `paused_by_penalty` and `awaits_acknowledgement`."""
        pauses, verdicts = map(_is_any, _penalties())
        return self.annotate(paused_by_penalty=pauses, awaits_acknowledgement=verdicts)

    def with_rating(self, start: datetime, now: datetime) -> Self:
        """Add `rating`: the average over the service's own visible reviews dated from `start` to `now` (R11)."""
        own = Review.objects.filter(service=OuterRef("pk"), hidden_at=None, dated_at__range=(start, now))
        average = own.order_by().values("service").annotate(average=Avg("rating")).values("average")
        return self.annotate(rating=Subquery(average))

    def with_number_of_ratings(self, start: datetime, now: datetime) -> Self:
        """Add `number_of_ratings`: how many reviews that average is of."""
        own = Review.objects.filter(service=OuterRef("pk"), hidden_at=None, dated_at__range=(start, now))
        number = own.order_by().values("service").annotate(number=Count("pk")).values("number")
        return self.annotate(number_of_ratings=Coalesce(Subquery(number), 0))

    def accepting(self) -> Self:
        """Keep those that can be bought.

        A service accepts when its own state is accepting, no unlifted penalty pause covers it, and
        its seller has no unacknowledged verdict against it.
        """
        pauses, verdicts = map(Exists, _penalties())
        return self.filter(~pauses, ~verdicts, own_status=ServiceStatus.ACCEPTING)

    def found_by(self, asked: str) -> Self:
        """Keep those whose title holds every word that was asked for, by the index of pairs of characters.

        `LIKE` would seem rare to PostgreSQL beside the pairs, which it follows from: it would sort all that is found.
        """
        found = self
        for each in search.asked_words(asked):
            holds_it = GreaterThan(StrIndex("search_text", Value(each)), 0)
            found = found.filter(holds_it, search_grams__contains=search.asked_grams(each))
        return found

    def best_first(self) -> Self:
        """Order by search rank (検索結果での表示順位); ties: newest first."""
        return self.order_by("-search_rank", "-created_at", "-id")

    def newest_first(self) -> Self:
        """Order one seller's services: they share a search rank, which lags behind while a verdict is open."""
        return self.order_by("-created_at", "-id")

    def visible_to(self, seller_id: uuid.UUID | None) -> Self:
        """Keep what this seller (None: anybody) may see by id: a draft is its owner's alone."""
        return self.filter(~Q(own_status=ServiceStatus.DRAFT) | Q(seller=seller_id))


def _penalties() -> tuple[models.QuerySet[Any], models.QuerySet[Any]]:
    """Return the unlifted pauses and the unacknowledged verdicts that hold a service."""
    return (
        PenaltyPause.objects.filter(service=OuterRef("pk"), lifted_at=None),
        Verdict.objects.unacknowledged().filter(seller=OuterRef("seller")),
    )


def _is_any(rows: models.QuerySet[Any]) -> Coalesce:
    """Return whether there are such rows. For `EXISTS`, PostgreSQL would first read those of all services."""
    return Coalesce(Subquery(rows.values(found=Value(True))[:1]), False, output_field=models.BooleanField())


class Service(models.Model):
    """What a seller sells (サービス). `own_status` is its owner's; penalties are rows of their own (R9)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="services")
    title = models.CharField(_("service"), max_length=100)
    description = models.TextField(blank=True, max_length=5000)
    price = models.PositiveIntegerField()
    own_status = word(ServiceStatus, default=ServiceStatus.DRAFT)
    search_rank = models.DecimalField(_("search rank"), max_digits=8, decimal_places=2, default=Decimal(350))
    """The seller's, for the index of the lists. It lags behind while an open verdict keeps the service out of them."""
    created_at = models.DateTimeField(_("created"))
    taken_down_at = models.DateTimeField(_("taken down"), null=True)
    """When staff took it down: until they put it back, its owner can neither publish nor resume it."""
    search_text = models.TextField(default="", editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), default=list, editable=False)
    """The title as `marketplace.search` normalises and cuts it: Japanese needs no word boundaries."""

    paused_by_penalty: bool
    awaits_acknowledgement: bool
    """Both are read by `with_penalty`."""

    objects = ServiceQuerySet.as_manager()

    status: str
    """The state that others see; there after `objects.with_status()`."""

    class Meta:
        """Search reads the index in its own order, or finds the few titles that hold what was asked for."""

        verbose_name = _("service")
        verbose_name_plural = _("services")
        indexes = [
            models.Index(
                fields=["-search_rank", "-created_at", "-id"],
                condition=models.Q(own_status=ServiceStatus.ACCEPTING.value),
                name="service_best_first",
            ),
            models.Index(fields=["seller"], condition=models.Q(taken_down_at__isnull=False), name="service_taken_down"),
            GinIndex(fields=["search_grams"], name="service_by_grams"),
        ]
        constraints = [
            one_of("own_status", ServiceStatus, "service_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(taken_down_at=None) | ~models.Q(own_status=ServiceStatus.ACCEPTING.value),
                name="service_taken_down_accepts_nothing",
            ),
        ]
        permissions = [("take_down_service", "Can take a service down, and put it back")]

    def __str__(self) -> str:
        return self.title


class PenaltyPause(models.Model):
    """「全サービスが受付休止中」: one row a verdict and service; the service is paused until all are lifted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="penalty_pauses")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="penalty_pauses", db_index=False)
    paused_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["service"], condition=models.Q(lifted_at=None), name="pause_that_still_holds"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["verdict", "service"], name="one_pause_per_verdict_and_service"),
        ]

    def __str__(self) -> str:
        return f"pause of {self.service_id}"
