"""What a person wishes to be told, how and when (通知設定)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models import User
from marketplace.models.choices import word
from notifications.vocabulary import Channel, Kind


class Preference(models.Model):
    """One switch that a person moved: kind × channel. What was never moved is on."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_preferences")
    kind = word(Kind)
    channel = word(Channel)
    on = models.BooleanField()

    class Meta:
        verbose_name = _("switch of a notice")
        verbose_name_plural = _("switches of notices")
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "channel"], name="one_switch_per_kind_and_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.on}"


class Wishes(models.Model):
    """Quiet hours and the digest, in the person's time zone."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="wishes")
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    digest_at = models.TimeField(null=True)
    next_digest_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("wishes about notices")
        verbose_name_plural = _("wishes about notices")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_to=None)
                | models.Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="quiet_hours_have_two_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(digest_at=None, next_digest_at=None)
                | models.Q(digest_at__isnull=False, next_digest_at__isnull=False),
                name="digest_has_a_next_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
