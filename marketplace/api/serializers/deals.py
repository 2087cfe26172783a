"""Deals and their verdicts."""

from typing import Any

from rest_framework import serializers

from marketplace.api.fields import Id, Moment, Text, Word
from marketplace.models import Deal, Seller, Service, User, Verdict
from marketplace.vocabulary import ApprovedBy, AtFault, CancelCause, DealStatus, WokenBy

LONGEST_MESSAGE = 10_000


class Purchase(serializers.Serializer[Any]):
    """What to buy. A message is the buyer's first contact."""

    service = Id()
    message = Text(max_length=LONGEST_MESSAGE, allow_blank=True, required=False)


class ServiceNamed(serializers.Serializer[Service]):
    """A service by name."""

    id = serializers.UUIDField()
    title = serializers.CharField()


class BuyerNamed(serializers.Serializer[User]):
    """The buyer by name."""

    id = serializers.UUIDField()
    username = serializers.CharField()


class SellerNamed(serializers.Serializer[Seller]):
    """The seller by name: `id` is the seller's, `user` the person's."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="user_id")
    username = serializers.CharField(source="user.username")


class VerdictShown(serializers.Serializer[Verdict]):
    """A cancellation by silence. Without `id`, `recorded_at` and `woken_by` while it is still being written."""

    id = serializers.UUIDField(allow_null=True)
    cause = Word(CancelCause)
    at_fault = Word(AtFault)
    effective_at = Moment(help_text="The deadline: what the verdict counts from.")
    recorded_at = Moment(allow_null=True)
    woken_by = Word(WokenBy, allow_null=True)
    reversed_at = Moment(allow_null=True, help_text="Since when it counts for nothing; nobody is at fault then.")


class DealInRoom(serializers.Serializer[Deal]):
    """A deal, as its room shows it. Price in yen."""

    id = serializers.UUIDField()
    service = ServiceNamed()
    price = serializers.IntegerField()
    status = Word(DealStatus)
    cancel_cause = Word(CancelCause, allow_null=True)
    purchased_at = Moment()
    ended_at = Moment(allow_null=True)
    first_contact_deadline = Moment(
        allow_null=True, help_text="Until when the seller must have written, inclusive. Null without such a limit."
    )
    approval_deadline = Moment(
        allow_null=True, help_text="Until when the delivery can be approved or sent back, inclusive."
    )
    approved_by = Word(ApprovedBy, allow_null=True)
    verdict = VerdictShown(allow_null=True)


class DealShown(DealInRoom):
    """A deal with its room and its parties."""

    talk_room = serializers.UUIDField(source="talk_room.pk")
    buyer = BuyerNamed()
    seller = SellerNamed()


class DealVisited(DealShown):
    """A deal, settled before it is shown."""

    settling = serializers.SerializerMethodField(help_text="The verdict holds, and is still being written.")

    def get_settling(self, _deal: Deal) -> bool:
        """Say whether the verdict is derived."""
        return bool(self.context["settling"])
