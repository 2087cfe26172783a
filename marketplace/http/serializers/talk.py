"""Talk rooms and messages."""

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.http.fields import IsSet, Moment, Text, Word
from marketplace.http.serializers.cancel_requests import CancelRequestShown, Conditions, Outlook
from marketplace.http.serializers.deals import LONGEST_MESSAGE, BuyerNamed, DealInRoom, SellerNamed, Settled
from marketplace.http.serializers.people import BuyerRecord
from marketplace.http.serializers.schedule import MilestoneShown
from marketplace.http.wording import HIDDEN, SCHEDULE_CHANGED
from marketplace.models import Event, Message, TalkRoom
from marketplace.vocabulary import MessageKind, Party, SystemLine

WRITTEN_BY_PARTIES = (MessageKind.TEXT, MessageKind.PROGRESS_REPORT, MessageKind.AUTOMATIC)


class MessageWritten(serializers.Serializer[Any]):
    """What a party says. Auto-responders say `automatic`, which is no contact."""

    body = Text(max_length=LONGEST_MESSAGE)
    kind = Word(WRITTEN_BY_PARTIES, required=False)


class MessageShown(serializers.Serializer[Message]):
    """A line in a room. What the system says is in the reader's language; `line` is its stable name."""

    id = serializers.UUIDField()
    sender = Word(Party, allow_null=True)
    kind = Word(MessageKind)
    line = Word(SystemLine, allow_null=True)
    body = serializers.SerializerMethodField()
    hidden = IsSet(source="hidden_at", help_text="Staff hid what it said.")
    posted_at = Moment()

    def get_body(self, message: Message) -> str:
        """Return what was said, unless staff hid it (R6): then staff alone go on reading it."""
        if message.hidden_at and not self.context.get("by_staff"):
            return str(HIDDEN)
        if message.kind == MessageKind.SCHEDULE_CHANGE:
            return str(SCHEDULE_CHANGED)
        return str(SystemLine(message.line).label) if message.line else message.body


class LastContact(serializers.Serializer[TalkRoom]):
    """When each party was last in contact; null for one that never was."""

    buyer = Moment(source="buyer_last_contact_at", allow_null=True)
    seller = Moment(source="seller_last_contact_at", allow_null=True)


class RoomShown(serializers.Serializer[TalkRoom]):
    """A talk room."""

    id = serializers.UUIDField()
    deal = DealInRoom()
    buyer = BuyerNamed()
    seller = SellerNamed(source="deal.seller")
    you = serializers.SerializerMethodField()
    opened_at = Moment()
    last_contact = LastContact(source="*")
    last_sender = Word(Party, allow_null=True)
    cancel_request = serializers.SerializerMethodField()

    @extend_schema_field(Word(Party, allow_null=True, help_text="Which side you are on; null for staff."))
    def get_you(self, room: TalkRoom) -> Party | None:
        return room.party_of(self.context["person"])

    @extend_schema_field(CancelRequestShown(allow_null=True, help_text="The open one, else the last one."))
    def get_cancel_request(self, room: TalkRoom) -> Any:
        latest = room.latest_requests
        return self._request.to_representation(latest[0]) if latest else None

    @cached_property
    def _request(self) -> CancelRequestShown:
        return CancelRequestShown()  # one for all rows of a list


class BuyerKnown(BuyerNamed):
    """The buyer by name and record."""

    buyer_record = serializers.SerializerMethodField()

    @extend_schema_field(BuyerRecord)
    def get_buyer_record(self, _buyer: Any) -> Any:
        return self.context["buyer_record"]


class NearMiss(serializers.Serializer[Event]):
    """What was refused as late, with how late it was."""

    party = Word(Party, source="data.party")
    kind = Word(MessageKind, source="data.message_kind")
    body = serializers.CharField(source="data.body")
    late_by_seconds = serializers.FloatField(source="data.late_by_seconds")
    waited_for_lock_seconds = serializers.FloatField(
        source="data.waited_for_lock_seconds", help_text="How much of that our own lock cost."
    )
    at = Moment(source="occurred_at")


class RoomVisited(RoomShown, Settled):
    """A talk room, settled before it is shown, with its schedule and what each party may do."""

    buyer = BuyerKnown()
    schedule = serializers.SerializerMethodField()
    near_misses = NearMiss(
        many=True, required=False, help_text="What was refused as late, newest first; shown to staff only."
    )
    cancel_eligibility = serializers.SerializerMethodField()
    against_you = serializers.SerializerMethodField()
    server_time = serializers.SerializerMethodField()

    @extend_schema_field(Conditions(allow_null=True, help_text="Whether you may ask; null for staff."))
    def get_cancel_eligibility(self, _room: TalkRoom) -> Any:
        own = self.context["cancel_eligibility"]
        return Conditions(own).data if own else None

    @extend_schema_field(Outlook(allow_null=True, help_text="Whether the other party may ask; null for staff."))
    def get_against_you(self, _room: TalkRoom) -> Any:
        theirs = self.context["against_you"]
        return Outlook(theirs).data if theirs else None

    @extend_schema_field(Moment)
    def get_server_time(self, _room: TalkRoom) -> Any:
        return Moment().to_representation(self.context["server_time"])

    @extend_schema_field(MilestoneShown(many=True))
    def get_schedule(self, _room: TalkRoom) -> Any:
        return MilestoneShown(self.context["schedule"], many=True, context=self.context).data
