"""One row for each occasion, person and channel: what is told, and what became of it."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.models import CancelRequest, Event, TalkRoom, User
from marketplace.models.choices import one_of, word
from notifications.models.reach import PushSubscription
from notifications.vocabulary import Channel, Kind, State

LONGEST_ERROR = 500


class Sender(models.Model):
    """The process that sends by a channel now: one at a time, until it lets go or its lease ends.

    A row and no advisory lock: no transaction is open while we talk to a server, and behind a pooler the
    session that took a lock may be another's by then.
    """

    channel = models.CharField(max_length=16, primary_key=True)
    holder = models.CharField(max_length=300)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel}: {self.holder}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, channel: str, now: datetime) -> Self:
        """Keep what is to be sent by this channel now."""
        return self.filter(state=State.WAITING, channel=channel, next_attempt_at__lte=now)

    def close(self, state: State, now: datetime, error: str = "", **changes: Any) -> int:
        """Write the answer: nothing is to be sent any more. Returns how many rows it changed."""
        return self.update(
            state=state, answered_at=now, next_attempt_at=None, last_error=error[:LONGEST_ERROR], **changes
        )


class Notification(models.Model):
    """A notice to one person on one channel. In-app ones are sent by being there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occasion = models.CharField(max_length=150)
    """The event's id, or ladder, object, generation and step: whatever runs twice, it is told once."""
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notifications", db_index=False)
    channel = word(Channel, verbose_name=_("channel"))
    kind = word(Kind, verbose_name=_("kind"))
    words = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    """What the words speak of; rendered in the reader's language and time zone when it is sent or read."""
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, null=True, related_name="notifications")
    request = models.ForeignKey(CancelRequest, on_delete=models.PROTECT, null=True, related_name="notices")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("made"))
    read_at = models.DateTimeField(null=True)

    state = word(State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    """When to try (again); null when nothing is to be done any more.

    Who takes it to send moves this past the time that sending may take: if that worker dies, it is due again.
    """
    last_error = models.TextField(blank=True, default="")
    refused_for_good = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    """When it was sent or given up."""

    browsers: list[PushSubscription] = []
    """No column: where a push goes to, set by the one who sends it."""
    slow_browsers: int = 0
    """No column: how many more there are whose service was too slow a moment ago."""
    also: "list[Notification]" = []
    """No column: what is told in one e-mail with it."""

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        permissions = [("redeliver_notification", "Can send a failed notification again")]
        indexes = [
            models.Index(fields=["person", "channel", "-made_at", "-id"], name="inbox_newest_first"),
            models.Index(fields=["-made_at", "-id"], name="notification_newest_first"),
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="notification_to_send"),
            models.Index(fields=["channel"], condition=Q(state="failed"), name="notification_dead_letter"),
            models.Index(fields=["person"], condition=Q(channel="inapp", read_at=None), name="notification_unread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["occasion", "person", "channel"], name="told_once"),
            one_of("channel", Channel, "notification_channel_is_known"),
            one_of("state", State, "notification_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_attempt_at__isnull=False, answered_at=None)
                | (~Q(state="waiting") & Q(next_attempt_at=None, answered_at__isnull=False)),
                name="notification_waits_or_is_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_channel_display()}"
