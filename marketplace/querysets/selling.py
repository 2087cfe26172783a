"""Which services accept purchases, and what each shows."""

from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

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

    def accepting(self) -> Self:
        """Keep those that can be bought.

        A service accepts when its own state is accepting, no unlifted penalty pause covers it, and
        its seller has no unacknowledged verdict against it.
        """
        return self.filter(Q(own_status=ServiceStatus.ACCEPTING) & ~self._penalised())

    def best_first(self) -> Self:
        """Order by search rank (検索結果での表示順位); ties: newest first."""
        return self.order_by("-search_rank", "-created_at", "-id")

    def visible_to(self, seller_id: UUID | None) -> Self:
        """Keep what this seller (None: anybody) may see by id: a draft is its owner's alone."""
        return self.filter(~Q(own_status=ServiceStatus.DRAFT) | Q(seller=seller_id))

    def _penalised(self) -> Q:
        pauses = apps.get_model("marketplace", "PenaltyPause")
        verdicts = apps.get_model("marketplace", "Verdict")
        return Q(Exists(pauses.objects.filter(service=OuterRef("pk"), lifted_at=None))) | Q(
            Exists(verdicts.objects.unacknowledged().filter(seller=OuterRef("seller")))
        )


class VerdictQuerySet(models.QuerySet[Any]):
    """Verdicts, by what the seller has still to do about them."""

    def unacknowledged(self) -> Self:
        """Keep those at the seller's fault that the seller has not acknowledged (R9)."""
        return self.filter(at_fault=AtFault.SELLER, acknowledged_at=None)
