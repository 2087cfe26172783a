"""People and sellers."""

import uuid
from decimal import Decimal

from django.contrib.auth.models import AbstractUser
from django.db import models

from marketplace.models.choices import word
from marketplace.rules import Figures
from marketplace.vocabulary import Language, Rank


class User(AbstractUser):
    """A person. People are made in the admin; sign-up is the marketplace's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    language = word(Language, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")

    class Meta(AbstractUser.Meta):
        """Operators search by the beginning of an address; names have such an index of Django's."""

        indexes = [models.Index(fields=["email"], name="user_by_email", opclasses=["varchar_pattern_ops"])]


class Seller(models.Model):
    """A person who sells, with the figures of the window (R11): recounted from rows, never incremented."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="seller")
    created_at = models.DateTimeField()
    completed = models.PositiveIntegerField(default=0)
    revenue_yen = models.PositiveBigIntegerField(default=0)
    cancelled_at_fault = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    rank = word(Rank, default=Rank.REGULAR)
    search_rank = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(350))
    figures_at = models.DateTimeField(null=True)
    oldest_counted_at = models.DateTimeField(null=True, db_index=True)
    """The oldest date that the figures count: when the window has moved past it, they are recounted."""

    class Meta:
        """Staff may end a pause on the seller's behalf; operators list sellers newest first."""

        indexes = [
            models.Index(fields=["-created_at", "-id"], name="seller_newest_first"),
            models.Index(fields=["rank", "-created_at", "-id"], name="seller_by_rank"),
        ]
        permissions = [("resume_seller", "Can acknowledge verdicts and resume services for a seller")]

    def __str__(self) -> str:
        """Name the seller by the person."""
        return self.user.username

    @property
    def figures(self) -> Figures:
        """The figures as they were last recounted."""
        return Figures(
            completed=self.completed,
            revenue_yen=self.revenue_yen,
            cancelled_at_fault=self.cancelled_at_fault,
            rating_sum=self.rating_sum,
            rating_count=self.rating_count,
        )
