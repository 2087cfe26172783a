"""The audit trail: a fact is a row, written in the transaction that made it true."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.models.choices import word
from marketplace.models.people import Seller, User
from marketplace.models.talk import TalkRoom
from marketplace.vocabulary import EventKind

OF_A_SETTLEMENT = Q(kind__in=["deal_cancelled", "deal_completed", "reply_refused_late", "settlement_put_off"])
"""What the metrics count, and operators look for."""

STAFF_KINDS = [
    "request_held",
    "request_released",
    "request_extended",
    "verdict_reversed",
    "message_hidden",
    "seller_resumed",
    "retry_asked",
    "restored_from_backup",
    "notice_sent_again",
    "account_changed",
    "list_exported",
    "service_taken_down",
    "service_put_back",
    "review_hidden",
    "access_ended",
]
"""What staff do. Sellers also resume their own services: then the event has no reason."""
BY_STAFF = Q(kind__in=STAFF_KINDS)
FOR_OPERATORS = Q(
    kind__in=["reply_refused_late", "settlement_put_off", *(kind for kind in STAFF_KINDS if kind != "seller_resumed")]
)
"""The rare kinds that operators list over all rooms; the others are read in a room's or a seller's story."""


class Event(models.Model):
    """What happened, when it took effect and when it was written. Never changed, but for how far it was heard."""

    id = models.BigAutoField(_("event"), primary_key=True)
    """In the order of writing; an event's id never leaves the backend, so it is no UUID."""
    kind = word(EventKind, verbose_name=_("kind"))
    room = models.ForeignKey(TalkRoom, on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("actor")
    )
    person = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    """Whose account it is about, where it is about no room and no seller. The id outlives a deleted account."""
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(_("took effect"))
    recorded_at = models.DateTimeField(_("recorded"))
    heard_at = models.DateTimeField(null=True)
    """When those who are told of it were: until then it waits here (an outbox)."""
    put_off = models.BooleanField(db_default=False)
    """It could not be heard: a `PutOff` row says when it is tried again, and the others pass it."""

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["room", "id"], condition=Q(room__isnull=False), name="event_story_of_a_room"),
            models.Index(fields=["seller", "id"], condition=Q(seller__isnull=False), name="event_story_of_a_seller"),
            models.Index(fields=["recorded_at"], condition=OF_A_SETTLEMENT, name="event_of_a_settlement"),
            models.Index(fields=["put_off", "id"], condition=Q(heard_at=None), name="event_unheard"),
            models.Index(fields=["actor", "id"], condition=Q(actor__isnull=False), name="event_by_actor"),
            models.Index(fields=["person", "id"], condition=Q(person__isnull=False), name="event_about_a_person"),
            models.Index(fields=["kind", "id"], condition=FOR_OPERATORS, name="event_for_operators"),
            models.Index(fields=["id"], condition=BY_STAFF, name="event_by_staff"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
