"""What a seller sells, and what a verdict does to it."""

import uuid
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from marketplace.models.choices import one_of, word
from marketplace.models.people import Seller
from marketplace.models.querysets.selling import ServiceQuerySet
from marketplace.models.verdicts import Verdict
from marketplace.vocabulary import ServiceStatus


class Service(models.Model):
    """What a seller sells (サービス). `own_status` is its owner's; penalties are rows of their own (R9)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="services")
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True, max_length=5000)
    price = models.PositiveIntegerField()
    own_status = word(ServiceStatus, default=ServiceStatus.DRAFT)
    search_rank = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(350))
    created_at = models.DateTimeField()
    taken_down_at = models.DateTimeField(null=True)
    """When staff took it down: until they put it back, its owner can neither publish nor resume it."""
    search_text = models.TextField(default="", editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), default=list, editable=False)
    """The title as `marketplace.search` normalises and cuts it: Japanese needs no word boundaries."""

    objects = ServiceQuerySet.as_manager()

    status: str
    """The state that others see; there after `objects.with_status()`."""

    class Meta:
        """Search reads the index in its own order, or finds the few titles that hold what was asked for."""

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
        """Name the service by its title."""
        return self.title


class PenaltyPause(models.Model):
    """「全サービスが受付休止中」: one row a verdict and service; the service is paused until all are lifted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="penalty_pauses")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="penalty_pauses", db_index=False)
    paused_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """One row a verdict and service, and a quick look at what still holds."""

        indexes = [
            models.Index(fields=["service"], condition=models.Q(lifted_at=None), name="pause_that_still_holds"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["verdict", "service"], name="one_pause_per_verdict_and_service"),
        ]

    def __str__(self) -> str:
        """Name the pause by its service."""
        return f"pause of {self.service_id}"
