"""Rows that keep the machinery honest: who runs, who asked twice, how late verdicts came, what contradicts."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.choices import one_of, word
from marketplace.models.people import User
from marketplace.vocabulary import Matter


class Presence(models.Model):
    """A running process and the policy it runs on; `/readyz` compares them (R12).

    Role `sweep` is the sweep itself: its `seen_at` is when it last came through.
    """

    id = models.BigAutoField(primary_key=True)
    role = models.CharField(max_length=32)
    instance = models.CharField(max_length=255)
    policy_hash = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    publish_failures = models.PositiveIntegerField(default=0)
    """How many messages this process could not hand to the broker since it started."""
    database = models.CharField(max_length=64, default="")
    """Which start of which database it wrote this to: what a backup brings back is of another one."""
    forwarded_unheeded = models.BooleanField(default=False, db_default=False)
    """Whether this process lately got an X-Forwarded-For that `PROXIES=0` leaves out of account."""
    reaches_database = models.BooleanField(default=True, db_default=True)
    """Whether its tasks do, as far as is known."""
    clock_ahead = models.FloatField(default=0, db_default=0)
    """Seconds by which the clock of its host is ahead of the database's; negative when it is behind."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "instance"], name="one_presence_per_process")]

    def __str__(self) -> str:
        return f"{self.role} {self.instance}"


class Installation(models.Model):
    """The name of this database in a Redis that it may share with others: one row, made once and kept."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_installation")]

    def __str__(self) -> str:
        return self.name


class Turn(models.Model):
    """When a periodic round last began, in any process. No process begins another within its interval."""

    name = models.CharField(primary_key=True, max_length=64)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The answer to a POST that was carried out. Scope: user, method, path. Kept 24 h.

    A second request with the same key waits at the constraint for the first one's commit.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=512)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["user", "method", "path", "key"], name="one_answer_per_idempotency_key"),
        ]

    def __str__(self) -> str:
        return self.key


class WriteCount(models.Model):
    """How often a person wrote, or an address tried to log in, within one minute."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=16)
    who = models.CharField(max_length=64)
    minute = models.BigIntegerField(db_index=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "who", "minute"], name="one_count_per_minute")]

    def __str__(self) -> str:
        return f"{self.scope} {self.who}"


class Tally(models.Model):
    """How many events of one kind, and how late they were, folded out of the events.

    What the metrics count is these and the events since `TallyMark`: exact, and quick whatever the
    number of verdicts.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.CharField(max_length=32)
    deadline = models.CharField(max_length=32, blank=True)
    woken_by = models.CharField(max_length=32, blank=True)
    up_to = models.FloatField()
    """Seconds: those counted here were late by at most this, and by more than the next smaller one."""
    number = models.PositiveBigIntegerField()
    seconds = models.FloatField()
    """Their lateness in all."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "deadline", "woken_by", "up_to"], name="one_tally_a_bucket"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.deadline} {self.woken_by} up to {self.up_to:g} s: {self.number}"


class TallyMark(models.Model):
    """Until when events are folded into tallies: the one row that a folder moves first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    folded_until = models.DateTimeField()
    """Exclusive, of `Event.recorded_at`."""

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_mark")]

    def __str__(self) -> str:
        return f"folded until {self.folded_until.isoformat()}"


class PutOff(models.Model):
    """A row that failed alone in work done in batches: it waits here, and the others go on.

    Deadlines keep this on their own rows (`settle_after`); everything else keeps it here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    matter = word(Matter, verbose_name=_("work"))
    row = models.CharField(max_length=64)
    """The key of what failed: an event, a room, a person, a request or a seller, by matter."""
    failures = models.PositiveSmallIntegerField(_("failures"), default=1)
    first_failed_at = models.DateTimeField(_("first failed"))
    again_at = models.DateTimeField(_("tried again"))
    """When it is tried again."""
    error = models.TextField(_("error"))

    class Meta:
        verbose_name = _("failed work")
        verbose_name_plural = _("failed, tried again later")
        indexes = [models.Index(fields=["matter", "again_at"], name="put_off_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["matter", "row"], name="one_put_off_per_row"),
            one_of("matter", Matter, "put_off_matter_is_known"),
        ]
        permissions = [("try_again_putoff", "Can have what was put off tried again at once")]

    def __str__(self) -> str:
        return f"{self.matter} {self.row}"


class InvariantReport(models.Model):
    """What the last look at one invariant found: how many rows contradict it, and the first of them."""

    name = models.CharField(_("rule"), primary_key=True, max_length=64)
    violations = models.PositiveBigIntegerField()
    examples = models.JSONField(default=list)
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules and contradictions")

    def __str__(self) -> str:
        return f"{self.name}: {self.violations}"
