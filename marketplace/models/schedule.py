"""The schedule that a seller shares: milestones, and what they said before."""

import uuid
from datetime import date

from django.db import models

from marketplace.models.talk import TalkRoom


class Milestone(models.Model):
    """One line of the schedule (初稿・2稿・最終稿・納品日). Dates are approximate (頃) and of TIME_ZONE."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, related_name="milestones", db_index=False)
    title = models.CharField(max_length=100)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    shared_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    due_before: list[date]
    """Read by `reads.schedule.with_dates_before`."""

    class Meta:
        indexes = [models.Index(fields=["room", "due_on", "shared_at", "id"], name="milestone_by_room")]

    def __str__(self) -> str:
        return f"{self.title} ({self.due_on})"


class MilestoneChange(models.Model):
    """What a milestone said until `changed_at`. Never changed."""

    id = models.BigAutoField(primary_key=True)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="changes")
    title = models.CharField(max_length=100)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title} ({self.due_on})"
