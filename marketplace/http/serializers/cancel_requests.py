"""Cancel requests, and whether one may be placed."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace import errors
from marketplace.http.fields import Moment, Text, Word
from marketplace.http.serializers.deals import BuyerNamed, SellerNamed, Settled
from marketplace.models import CancelRequest
from marketplace.vocabulary import Party, RequestStatus

CONDITIONS = tuple(
    refusal.code
    for refusal in (
        errors.DealNotInProgress,
        errors.RequestAlreadyOpen,
        errors.LastMessageNotYours,
        errors.RespondentContactedRecently,
        errors.NotOwedLongEnough,
        errors.TooManyRequestsToday,
    )
)


class CancelRequestPlaced(serializers.Serializer[Any]):
    """Why the requester asks; the other party may read it."""

    reason = Text(max_length=1000, allow_blank=True, unseen_is_none=True, required=False)


class CancelRequestShown(serializers.Serializer[CancelRequest]):
    """A cancel request. `reply_deadline` is inclusive; it is null while the request is held."""

    id = serializers.UUIDField()
    talk_room = serializers.UUIDField(source="room_id")
    status = Word(RequestStatus)
    requester = Word(Party)
    reason = serializers.CharField()
    placed_at = Moment()
    reply_deadline = Moment(allow_null=True)
    held_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)


class CancelRequestVisited(CancelRequestShown, Settled):
    """A cancel request, settled before it is shown."""

    buyer = serializers.SerializerMethodField()
    seller = serializers.SerializerMethodField()

    @extend_schema_field(BuyerNamed)
    def get_buyer(self, _request: CancelRequest) -> Any:
        return BuyerNamed(self.context["room"].buyer).data

    @extend_schema_field(SellerNamed)
    def get_seller(self, _request: CancelRequest) -> Any:
        return SellerNamed(self.context["room"].deal.seller).data


class Condition(serializers.Serializer[Any]):
    """One thing that must hold. `met: true` means that it does not refuse."""

    code = Word(CONDITIONS)
    met = serializers.BooleanField()
    since = Moment(allow_null=True, help_text="When the fact that decides came to be.")
    message = serializers.CharField(help_text="What the refusal says when it is not met.")


class Outlook(serializers.Serializer[Any]):
    """Whether a request may be placed, and from when if nobody does anything; null: waiting does not help."""

    eligible = serializers.BooleanField()
    eligible_at = Moment(allow_null=True)
    owed_since = Moment(
        allow_null=True,
        help_text="When the first message that the other party left unanswered was written; null: they owe no reply."
        " Invite to a request by this, and not the moment that it is possible.",
    )


class Conditions(Outlook):
    """The same, with each condition in the order in which a refusal names them."""

    conditions = Condition(many=True)


class Eligibility(Conditions):
    """Whether you may ask, and whether the other party may."""

    against_you = Outlook()
    server_time = Moment()
