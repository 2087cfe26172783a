"""Verdicts: what a cancellation by silence is."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.models.choices import one_of, word
from marketplace.models.deals import Deal
from marketplace.models.people import Seller
from marketplace.models.talk import CancelRequest
from marketplace.vocabulary import AtFault, CancelCause, WokenBy


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Verdicts, by what the seller has still to do about them."""

    def unacknowledged(self) -> Self:
        """Keep those at the seller's fault that the seller has not acknowledged (R9)."""
        return self.filter(at_fault=AtFault.SELLER, acknowledged_at=None)

    def with_their_story(self) -> Self:
        """Read along what led to each and what it did."""
        return self.select_related("deal__service", "deal__buyer", "deal__talk_room", "cancel_request", "review")


class Verdict(models.Model):
    """自動キャンセル: one a cancelled deal. Review, pauses and events refer to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.OneToOneField(Deal, on_delete=models.PROTECT, related_name="verdict")
    cancel_request = models.OneToOneField(CancelRequest, on_delete=models.PROTECT, null=True, related_name="verdict")
    """Null where the first-contact limit decided: that needs no request (R13)."""
    seller = models.ForeignKey(
        Seller, on_delete=models.PROTECT, related_name="verdicts", db_index=False, db_constraint=False
    )
    """The deal's, whose foreign key holds. `check_invariants` asks for that (`verdict_agrees_with_its_deal`)."""
    cause = word(CancelCause, verbose_name=_("cause"))
    at_fault = word(AtFault, verbose_name=_("at fault"))
    effective_at = models.DateTimeField(_("effective (deadline)"))
    """The deadline: what the verdict counts from, whoever found it and whenever (R7)."""
    recorded_at = models.DateTimeField(_("recorded"))
    woken_by = word(WokenBy, verbose_name=_("found by"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    reversed_at = models.DateTimeField(_("reversed"), null=True)
    reversed_because = models.TextField(blank=True, default="")

    paused_services: list[uuid.UUID]
    """Read by `reads.weight.verdicts_weighing_on`."""

    objects = VerdictQuerySet.as_manager()

    class Meta:
        """The figures count a seller's verdicts; a purchase asks for an unacknowledged one."""

        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        permissions = [("reverse_verdict", "Can reverse a verdict")]

        indexes = [
            models.Index(
                fields=["seller", "effective_at"], condition=Q(at_fault="seller"), name="verdict_by_seller_at_fault"
            ),
            models.Index(fields=["-recorded_at", "-id"], name="verdict_newest_first"),
            models.Index(fields=["at_fault", "-recorded_at", "-id"], name="verdict_by_fault"),
            models.Index(
                fields=["seller"], condition=Q(at_fault="seller", acknowledged_at=None), name="verdict_not_acknowledged"
            ),
        ]
        constraints = [
            one_of("at_fault", AtFault, "verdict_at_fault_is_known"),
            models.CheckConstraint(
                condition=Q(recorded_at__gt=models.F("effective_at")), name="no_verdict_before_its_deadline"
            ),
            models.CheckConstraint(
                condition=Q(cause="no_contact", cancel_request__isnull=False)
                | Q(cause="no_first_contact", cancel_request=None),
                name="verdict_cause_agrees_with_its_request",
            ),
            models.CheckConstraint(
                condition=Q(at_fault="nobody", reversed_at__isnull=False)
                | (~Q(at_fault="nobody") & Q(reversed_at=None)),
                name="reversed_verdict_is_nobody_s_fault",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__gte=models.F("recorded_at")),
                name="verdict_acknowledged_after_it_was_written",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} ({self.get_at_fault_display()})"
