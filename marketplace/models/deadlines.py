"""What every row with a deadline has, besides the column of the deadline itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WithDeadline(models.Model):
    generation = models.PositiveIntegerField(default=1)
    """Raised when a deadline moves; a wake-up of an older generation does nothing."""
    settle_after = models.DateTimeField(null=True)
    settle_failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    """A row that fails alone is put off, so that the others go on."""

    class Meta:
        abstract = True

    def next_generation(self) -> dict[str, object]:
        """Return the columns to write when a deadline of the row moves: old wake-ups do nothing about the new one."""
        return {"generation": self.generation + 1, "settle_after": None, "settle_failures": 0}
