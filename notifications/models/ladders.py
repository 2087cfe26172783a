"""Running ladders of reminders: one row each, with when to look again."""

from django.db import models
from django.db.models import Q

from marketplace.models import TalkRoom
from marketplace.models.choices import word
from notifications.vocabulary import Ladder


class RunningLadder(models.Model):
    """Where a ladder stands. `cadence` says what its steps are; this row only says when to ask it."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, related_name="ladders", db_index=False)
    ladder = word(Ladder)
    subject = models.UUIDField()
    """The room, the request or the milestone."""
    generation = models.BigIntegerField()
    told_up_to = models.PositiveSmallIntegerField(default=0)
    """The last step that was told in this generation."""
    next_step_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="ladder_by_next_step"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "ladder", "subject"], name="one_ladder_per_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.ladder} of {self.subject}"
