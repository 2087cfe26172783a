"""Fair notice: what came of a cancel request whose notice was refused for good."""

from django.db import models
from django.db.models import Q

from marketplace.models import CancelRequest, User
from marketplace.models.choices import one_of, word
from notifications.vocabulary import Fairness


class FailedNotice(models.Model):
    """One for each cancel request of which a notice was refused for good: its window is extended once, or not.

    It is written with the refusal, in one transaction; what comes of it is decided in another one, at once
    or by beat, if whoever wrote it dies in between.
    """

    request = models.OneToOneField(
        CancelRequest, on_delete=models.PROTECT, primary_key=True, related_name="failed_notice"
    )
    respondent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="failed_notices", db_index=False)
    failed_at = models.DateTimeField()
    """When the first notice was refused for good."""
    outcome = word(Fairness, null=True)
    """Null while another notice may still arrive."""
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["failed_at"], condition=Q(outcome=None), name="failed_notice_undecided"),
            models.Index(
                fields=["respondent", "decided_at"], condition=Q(outcome="extended"), name="failed_notice_extended"
            ),
        ]
        constraints = [
            one_of("outcome", Fairness, "failed_notice_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome=None, decided_at=None) | Q(outcome__isnull=False, decided_at__isnull=False),
                name="failed_notice_is_decided_or_not",
            ),
        ]

    def __str__(self) -> str:
        return self.outcome or "undecided"
