"""Deals and their verdicts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.http.fields import Id, IsSet, Moment, Text, Whole, Word
from marketplace.models import Deal, Review, Seller, Service, User, Verdict
from marketplace.vocabulary import ApprovedBy, AtFault, CancelCause, DealStatus, WokenBy

LONGEST_MESSAGE = 10_000
LONGEST_COMMENT = 2000


class Purchase(serializers.Serializer[Any]):
    """What to buy. A message is the buyer's first contact."""

    service = Id()
    message = Text(max_length=LONGEST_MESSAGE, allow_blank=True, required=False)


class Delivery(serializers.Serializer[Any]):
    """What the seller says with the delivery."""

    body = Text(max_length=LONGEST_MESSAGE)


class SentBack(serializers.Serializer[Any]):
    """What is missing."""

    body = Text(max_length=LONGEST_MESSAGE)


class ReviewWritten(serializers.Serializer[Any]):
    """Stars, and what the buyer says."""

    rating = Whole(min_value=1, max_value=5)
    comment = Text(max_length=LONGEST_COMMENT, allow_blank=True, unseen_is_none=True, required=False)


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


class ReviewShown(serializers.Serializer[Review]):
    """評価. One that is hidden counts for nothing; what it said is there for staff only."""

    id = serializers.UUIDField()
    rating = serializers.SerializerMethodField()
    comment = serializers.SerializerMethodField(help_text="Empty when hidden.")
    dated_at = Moment()
    automatic = IsSet(source="verdict_id", help_text="Written by a verdict (R5), not by the buyer.")
    hidden = IsSet(source="hidden_at", help_text="Its verdict was reversed.")

    @extend_schema_field(serializers.IntegerField(allow_null=True, help_text="Stars, 1 to 5; null when hidden."))
    def get_rating(self, review: Review) -> int | None:
        return review.rating if self._is_seen(review) else None

    def get_comment(self, review: Review) -> str:
        return review.comment if self._is_seen(review) else ""

    def _is_seen(self, review: Review) -> bool:
        person, deal = self.context["person"], review.deal
        by_staff = person.is_staff and person.pk not in {deal.buyer_id, deal.seller.user_id}
        return review.hidden_at is None or by_staff


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
    review = ReviewShown(allow_null=True)


class DealShown(DealInRoom):
    """A deal with its room and its parties."""

    talk_room = serializers.UUIDField(source="talk_room.pk")
    buyer = BuyerNamed()
    seller = SellerNamed()


class Settled(serializers.Serializer[Any]):
    """What was settled before it is shown."""

    settling = serializers.SerializerMethodField(help_text="The verdict holds, and is still being written.")

    def get_settling(self, _row: Any) -> bool:
        return bool(self.context["settling"])


class DealVisited(DealShown, Settled):
    """A deal, settled before it is shown."""
