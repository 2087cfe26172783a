"""Deals and the reviews that follow them."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.formats import stars
from marketplace.models.choices import one_of, word
from marketplace.models.deadlines import WithDeadline
from marketplace.models.people import Seller, User
from marketplace.vocabulary import ApprovedBy, CancelCause, DealStatus

IN_PROGRESS_HAS_NOT_ENDED = Q(status__in=["completed", "cancelled"], ended_at__isnull=False) | Q(
    status__in=["in_progress", "delivered"], ended_at=None
)
CANCELLED_HAS_A_CAUSE = Q(status="cancelled", cancel_cause__isnull=False) | (
    ~Q(status="cancelled") & Q(cancel_cause=None)
)
DELIVERED_HAS_AN_APPROVAL_DEADLINE = (
    Q(status__in=["in_progress", "cancelled"], approval_deadline=None, approved_by=None)
    | Q(status="delivered", approval_deadline__isnull=False, approved_by=None)
    | Q(status="completed", approval_deadline__isnull=False, approved_by__isnull=False)
)
WINDOW_APPROVES_AT_ITS_DEADLINE = ~Q(approved_by="window") | Q(ended_at=F("approval_deadline"))
BUYER_APPROVES_BY_THE_DEADLINE = ~Q(approved_by="buyer") | Q(ended_at__lte=F("approval_deadline"))


class Deal(WithDeadline):
    """One purchase (取引). It keeps the durations that were in force when it was bought (R12)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(
        "marketplace.Service", on_delete=models.PROTECT, related_name="deals", verbose_name=_("service")
    )
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="deals", db_index=False)
    buyer = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="purchases", db_index=False, verbose_name=_("buyer")
    )
    price = models.PositiveIntegerField()
    status = word(DealStatus, verbose_name=_("status"), default=DealStatus.IN_PROGRESS)
    cancel_cause = word(CancelCause, null=True)
    purchased_at = models.DateTimeField()
    ended_at = models.DateTimeField(_("ended"), null=True)
    silence_before_request = models.DurationField()
    owed_before_request = models.DurationField(default=timedelta(0), db_default=timedelta(0))
    """How long the respondent must also have owed a word before a request (R1); zero is the page's rule."""
    reply_window = models.DurationField()
    approval_window = models.DurationField()
    first_contact_window = models.DurationField(null=True)
    first_contact_deadline = models.DateTimeField(null=True)
    """Until when the seller's first contact keeps the deal; cleared by it. Null without such a limit (R13)."""
    approval_deadline = models.DateTimeField(null=True)
    """Until when the last delivery could be approved or sent back (R13). Null while nothing is delivered."""
    approved_by = word(ApprovedBy, null=True)

    class Meta:
        """The figures read ended deals by seller, a buyer's record by buyer; what is due next is a short index."""

        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        indexes = [
            models.Index(fields=["seller", "ended_at"], name="deal_by_seller_and_end"),
            models.Index(fields=["buyer", "ended_at"], name="deal_by_buyer_and_end"),
            models.Index(
                fields=["first_contact_deadline"],
                condition=Q(status="in_progress", first_contact_deadline__isnull=False),
                name="deal_by_first_contact_deadline",
            ),
            models.Index(
                fields=["approval_deadline"], condition=Q(status="delivered"), name="deal_by_approval_deadline"
            ),
        ]
        constraints = [
            one_of("status", DealStatus, "deal_status_is_known"),
            models.CheckConstraint(condition=IN_PROGRESS_HAS_NOT_ENDED, name="deal_ended_at_agrees_with_status"),
            models.CheckConstraint(condition=CANCELLED_HAS_A_CAUSE, name="deal_cancel_cause_agrees_with_status"),
            models.CheckConstraint(
                condition=DELIVERED_HAS_AN_APPROVAL_DEADLINE, name="deal_approval_agrees_with_status"
            ),
            models.CheckConstraint(condition=Q(ended_at__gte=F("purchased_at")), name="deal_ends_after_its_purchase"),
            models.CheckConstraint(
                condition=WINDOW_APPROVES_AT_ITS_DEADLINE & BUYER_APPROVES_BY_THE_DEADLINE,
                name="deal_is_approved_in_its_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Review(models.Model):
    """評価. An automatic one has a verdict, is dated at the deadline and counts like any other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.OneToOneField(Deal, on_delete=models.PROTECT, related_name="review")
    seller = models.ForeignKey(
        Seller, on_delete=models.PROTECT, related_name="reviews", db_index=False, db_constraint=False
    )
    service = models.ForeignKey(
        "marketplace.Service", on_delete=models.PROTECT, related_name="reviews", db_index=False, db_constraint=False
    )
    """Both are the deal's, whose foreign keys hold. `check_invariants` asks for that (`review_is_of_its_deal`)."""
    verdict = models.OneToOneField("marketplace.Verdict", on_delete=models.PROTECT, null=True, related_name="review")
    rating = models.PositiveSmallIntegerField()
    comment = models.TextField(_("comment"), blank=True)
    dated_at = models.DateTimeField(_("dated"))
    recorded_at = models.DateTimeField()
    hidden_at = models.DateTimeField(_("hidden"), null=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [
            models.Index(fields=["seller", "dated_at"], condition=Q(hidden_at=None), name="visible_review_by_seller"),
            models.Index(fields=["service", "dated_at"], condition=Q(hidden_at=None), name="visible_review_by_service"),
            models.Index(
                fields=["seller", "dated_at"], condition=Q(hidden_at__isnull=False), name="hidden_review_by_seller"
            ),
        ]
        permissions = [("hide_review", "Can hide a review, which then counts for nothing")]
        constraints = [
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="rating_is_one_to_five_stars"),
        ]

    def __str__(self) -> str:
        return stars(self.rating)
