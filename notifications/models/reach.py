"""How a person is reached: addresses, what is known of them, tests, the calendar's secret."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models import User
from marketplace.models.choices import word
from notifications.vocabulary import Channel


class PushSubscription(models.Model):
    """A browser that shows Web Push. It is deleted when its service says that it is gone (404, 410)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=50)
    made_at = models.DateTimeField()
    token_digest = models.CharField(max_length=128, null=True, editable=False)
    """The token that it was made with: logging that out takes it back. Null for one made on a page."""

    class Meta:
        verbose_name = _("browser that gets push")
        verbose_name_plural = _("browsers that get push")

    def __str__(self) -> str:
        return str(self.person)


class Reach(models.Model):
    """What is known of one channel of a person: confirmed by the person, refused for good by the other end."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reach")
    channel = word(Channel)
    confirmed_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=254, blank=True, default="")
    """The e-mail address that was confirmed or bounced: another one begins anew."""
    broken_at = models.DateTimeField(null=True)
    """Since when everything is refused for good; null again after a success."""
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("way to reach somebody")
        verbose_name_plural = _("ways to reach people")
        constraints = [models.UniqueConstraint(fields=["person", "channel"], name="one_reach_per_channel")]

    def __str__(self) -> str:
        return self.channel


class SlowPlace(models.Model):
    """A mailbox, a browser or a host that did not answer in time: what waits for it is put off.

    Deleted when it answers. `name` is what `channels.places` calls it.
    """

    id = models.BigAutoField(primary_key=True)
    channel = word(Channel)
    name = models.CharField(max_length=300)
    failures = models.PositiveSmallIntegerField(default=0)
    """How often in a row."""
    failed_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """Nothing is sent there before; null while it is still borne with."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="one_row_per_slow_place")]

    def __str__(self) -> str:
        return self.name


class ChannelTest(models.Model):
    """A test that a person asked for, confirmed with the code that arrived. Only a hash of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="channel_tests")
    channel = word(Channel)
    address = models.CharField(max_length=254, blank=True, default="")
    code_hash = models.CharField(max_length=128)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("test notice")
        verbose_name_plural = _("test notices")

    def __str__(self) -> str:
        return self.channel


class CalendarFeed(models.Model):
    """The secret in the address of a person's calendar; only its hash is kept."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return str(self.person)
