"""Talk rooms, their messages, and cancel requests."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from marketplace.models.choices import one_of, word
from marketplace.models.deadlines import WithDeadline
from marketplace.models.deals import Deal
from marketplace.models.people import User
from marketplace.vocabulary import MessageKind, Party, RequestStatus, SystemLine

ABOUT_THE_WORK = Q(kind__in=["progress_report", "schedule_change", "delivery"])
"""What pages and reminders look for among all that was said in a room."""
LAST_LINE = ("sender", "kind", "line", "body", "posted_at", "hidden_at")


class TalkRoomQuerySet(models.QuerySet["TalkRoom"]):
    def of(self, person: User) -> Self:
        """Keep the rooms that this person is a party of."""
        return self.filter(Q(buyer=person) | Q(seller=person))

    def running_for(self, person: User) -> Self:
        """Keep the rooms of this person's deals, on either side, that have not ended.

        By the index of who bought or sold and when it ended: it costs what runs, however much has ended.
        """
        deals = Deal.objects.filter(ended_at=None)
        bought, sold = deals.filter(buyer=person), deals.filter(seller__user=person)
        return self.filter(deal__in=bought.values("pk").union(sold.values("pk"), all=True))

    def sides_of(self, person: User) -> "tuple[Self, Self]":
        """Return the rooms that this person bought in, and those that they sold in: an index each gives the order."""
        return self.filter(buyer=person), self.filter(seller=person)

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "-id")

    def visible_to(self, person: User) -> Self:
        """Keep what this person may see: staff see every room."""
        return self if person.is_staff else self.of(person)

    def with_what_is_shown(self) -> Self:
        """Read the deal and both parties along, and the latest request as `latest_requests`.

        The open request, if there is one, is the latest. Two statements, for one room or a page. Use it by
        `reads.shown`, which reads verdicts and reviews too.
        """
        latest = CancelRequest.objects.order_by("room", "-placed_at").distinct("room")
        shown = self.select_related("deal__service", "deal__seller__user", "buyer")
        return shown.prefetch_related(Prefetch("cancel_requests", queryset=latest, to_attr="latest_requests"))

    def with_last_line(self) -> Self:
        """Read along the line that was posted last, whoever's it is, as `last_line`: its columns, `LAST_LINE`."""
        lines = Message.objects.filter(room=OuterRef("pk"))
        newest = lines.order_by("-posted_at", "-id").values(columns=JSONObject(**{name: name for name in LAST_LINE}))[
            :1
        ]
        return self.annotate(last_line=Subquery(newest))


class CancelRequestQuerySet(models.QuerySet["CancelRequest"]):
    """Cancel requests. In time and overdue are disjoint questions with one `now`."""

    def open(self) -> Self:
        return self.filter(status=RequestStatus.AWAITING_REPLY)

    def in_time(self, now: datetime) -> Self:
        """Keep the open ones that a reply at `now` revokes; one that is held has no deadline (R10)."""
        return self.open().filter(Q(reply_deadline__gte=now) | Q(reply_deadline=None))

    def overdue(self, now: datetime) -> Self:
        return self.open().filter(reply_deadline__lt=now)


class TalkRoom(models.Model):
    """トークルーム: one a deal. The last contact of each party is a column, since every rule asks it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.OneToOneField(Deal, on_delete=models.PROTECT, related_name="talk_room")
    buyer = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="rooms_as_buyer", db_index=False, verbose_name=_("buyer")
    )
    seller = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="rooms_as_seller", db_index=False, verbose_name=_("seller")
    )
    opened_at = models.DateTimeField(_("opened"))
    buyer_last_contact_at = models.DateTimeField(_("buyer's last contact"), null=True)
    seller_last_contact_at = models.DateTimeField(_("seller's last contact"), null=True)
    last_sender = word(Party, null=True)
    first_unanswered_at = models.DateTimeField(null=True)
    """The last sender's first contact after the other party's last one: from then on a word is owed (R1)."""

    latest_requests: "list[CancelRequest]"
    """Read by `with_what_is_shown`: the latest request, or nothing."""
    last_line: dict[str, Any] | None
    """Read by `with_last_line`."""
    near_misses: list[Any]
    """Set for staff: replies that were refused as late."""

    objects = TalkRoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk room")
        verbose_name_plural = _("talk rooms")
        indexes = [
            models.Index(fields=["buyer", "-opened_at", "-id"], name="room_by_buyer"),
            models.Index(fields=["seller", "-opened_at", "-id"], name="room_by_seller"),
            models.Index(fields=["-opened_at", "-id"], name="room_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(buyer=models.F("seller")), name="nobody_buys_from_themselves"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def party_of(self, person: User) -> Party | None:
        """Return which side of the deal this person is on, None for neither."""
        return {self.buyer_id: Party.BUYER, self.seller_id: Party.SELLER}.get(person.pk)

    def stamp_contact(self, party: Party, at: datetime) -> None:
        """Move the party's clock (R6). The caller holds the room's lock and saves `contact_fields`."""
        setattr(self, f"{party}_last_contact_at", at)
        if self.last_sender != party:
            self.first_unanswered_at = at
        self.last_sender = party

    @staticmethod
    def contact_fields(party: Party) -> list[str]:
        return [f"{party}_last_contact_at", "last_sender", "first_unanswered_at"]


class Message(models.Model):
    """A line in a talk room. Neither edited nor deleted by API (R6)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, related_name="messages", db_index=False)
    sender = word(Party, verbose_name=_("sender"), null=True)
    kind = word(MessageKind, verbose_name=_("kind"))
    line = word(SystemLine, null=True)
    body = models.TextField(blank=True)
    posted_at = models.DateTimeField(_("posted"))
    hidden_at = models.DateTimeField(_("hidden"), null=True)
    """Staff hid it (R6): nobody reads it any more, and no clock moves."""

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("hide_message", "Can hide a message from both parties")]

        indexes = [
            models.Index(fields=["room", "-posted_at", "-id"], name="message_newest_first"),
            models.Index(fields=["room", "-posted_at", "-id"], condition=ABOUT_THE_WORK, name="message_about_the_work"),
        ]
        constraints = [
            one_of("kind", MessageKind, "message_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="system", sender=None, line__isnull=False)
                | (~Q(kind="system") & Q(sender__isnull=False, line=None)),
                name="message_is_a_party_s_or_the_system_s",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_line_display()) if self.line else self.body[:40]


class CancelRequest(WithDeadline):
    """キャンセルリクエスト. The deadline in this row is the truth; a Celery task is only a wake-up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, related_name="cancel_requests", db_index=False)
    requester = word(Party, verbose_name=_("requester"))
    reason = models.TextField(blank=True)
    status = word(RequestStatus, default=RequestStatus.AWAITING_REPLY)
    placed_at = models.DateTimeField(_("placed"))
    reply_deadline = models.DateTimeField(_("deadline"), null=True)
    held_at = models.DateTimeField(_("held since"), null=True)
    remaining_when_held = models.DurationField(null=True)
    """What was left of the window when staff held the request; its deadline is null meanwhile (R10)."""
    ended_at = models.DateTimeField(null=True)

    objects = CancelRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancel request")
        verbose_name_plural = _("cancel requests")
        permissions = [("steer_cancelrequest", "Can hold, release and extend a cancel request")]

        indexes = [
            models.Index(
                fields=["reply_deadline"],
                condition=Q(status=RequestStatus.AWAITING_REPLY.value),
                name="open_request_by_deadline",
            ),
            models.Index(fields=["room", "-placed_at"], name="request_by_room"),
            models.Index(fields=["-placed_at", "-id"], name="request_newest_first"),
            models.Index(fields=["status", "-placed_at", "-id"], name="request_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room"],
                condition=Q(status=RequestStatus.AWAITING_REPLY.value),
                name="one_open_request_per_room",
            ),
            one_of("status", RequestStatus, "request_status_is_known"),
            models.CheckConstraint(
                condition=Q(status="awaiting_reply", ended_at=None)
                | (~Q(status="awaiting_reply") & Q(ended_at__isnull=False)),
                name="request_ended_at_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=Q(reply_deadline__isnull=False, held_at=None, remaining_when_held=None)
                | Q(reply_deadline=None, held_at__isnull=False, remaining_when_held__isnull=False),
                name="request_has_a_deadline_or_is_held",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=models.F("placed_at")), name="request_ends_after_it_was_placed"
            ),
            models.CheckConstraint(
                condition=Q(status="auto_cancelled") | Q(ended_at__lte=models.F("reply_deadline")),
                name="request_ends_by_its_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_requester_display()}: {self.get_status_display()}"

    @property
    def respondent(self) -> Party:
        """The one whose reply revokes it."""
        return Party(self.requester).counterpart
