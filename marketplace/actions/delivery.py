"""Deliver, approve or send back, review."""

from uuid import UUID

from marketplace import errors, rules
from marketplace.actions import standing, talk
from marketplace.actions.writing import Check, Entered, Words, enter, no_check, writing
from marketplace.models import Deal, Review, TalkRoom, User
from marketplace.vocabulary import ApprovedBy, DealStatus, EventKind, MessageKind, Party, RequestStatus, SystemLine


@writing
def deliver(*, room_id: UUID, seller: User, body: str) -> Deal:
    """Deliver: from now on the buyer has the approval window to approve or send back (R13).

    A delivery is the seller's contact: it revokes a request against the seller, and ends one that the
    seller placed (R8). Raises `DealNotInProgress`, `ReplyDeadlinePassed`, `NotYoursToDo` for the buyer.
    """
    words = Words(kind=MessageKind.DELIVERY, body=body)
    entered = enter(room_id, seller, only=Party.SELLER, when_ended=errors.DealNotInProgress, words=words)
    deadline = rules.approval_deadline(entered.now, entered.deal.approval_window)
    _move(
        entered.deal,
        DealStatus.IN_PROGRESS,
        errors.DealNotInProgress,
        status=DealStatus.DELIVERED,
        approval_deadline=deadline,
        first_contact_deadline=None,
        **entered.deal.next_generation(),
    )
    talk.say(entered, MessageKind.DELIVERY, body, EventKind.DEAL_DELIVERED, approval_deadline=deadline.isoformat())
    request = entered.open_request
    if request is not None and request.requester == entered.party:
        event, line = EventKind.REQUEST_ENDED_WITH_DEAL, SystemLine.REQUEST_ENDED_WITH_DEAL
        talk.end_request(entered, request, RequestStatus.ENDED_WITH_DEAL, event, line)
    return entered.deal


@writing
def approve(*, room_id: UUID, buyer: User, check: Check = no_check) -> Deal:
    """Approve the delivery: the deal is completed, and the seller's figures follow (R11).

    Raises `NothingDelivered`, `ApprovalWindowPassed`, `DealNotInProgress`, `NotYoursToDo` for the seller,
    and whatever `check` raises.
    """
    entered = _enter_as_judge(room_id, buyer, words=None)
    check()
    _move(
        entered.deal,
        DealStatus.DELIVERED,
        errors.NothingDelivered,
        status=DealStatus.COMPLETED,
        approved_by=ApprovedBy.BUYER,
        ended_at=entered.now,
    )
    talk.system_line(entered.room, SystemLine.APPROVED, entered.now)
    entered.record(
        EventKind.DEAL_COMPLETED,
        seller=entered.deal.seller,
        approved_by=ApprovedBy.BUYER,
        price_yen=entered.deal.price,
    )
    standing.recompute(seller_ids=[entered.deal.seller_id])
    return entered.deal


@writing
def send_back(*, room_id: UUID, buyer: User, body: str, check: Check = no_check) -> Deal:
    """Send the delivery back with what is missing: the deal is in progress again. It is the buyer's contact.

    Raises the same as `approve`.
    """
    entered = _enter_as_judge(room_id, buyer, words=Words(kind=MessageKind.SEND_BACK, body=body))
    check()
    _move(
        entered.deal,
        DealStatus.DELIVERED,
        errors.NothingDelivered,
        status=DealStatus.IN_PROGRESS,
        approval_deadline=None,
        **entered.deal.next_generation(),
    )
    talk.say(entered, MessageKind.SEND_BACK, body, EventKind.DEAL_SENT_BACK)
    return entered.deal


@writing
def review(*, deal_id: UUID, buyer: User, rating: int, comment: str = "") -> Review:
    """Review a completed deal, once: 1 to 5 stars. The seller's figures follow (R11).

    Raises `NotFound`, `NotYoursToDo` for the seller, `DealNotCompleted`, `AlreadyReviewed`.
    """
    room = errors.found(TalkRoom.objects.visible_to(buyer).filter(deal=deal_id).only("pk").first())
    entered = enter(room.pk, buyer, only=Party.BUYER, when_ended=None)
    if entered.deal.status != DealStatus.COMPLETED:
        raise errors.DealNotCompleted
    if Review.objects.filter(deal=entered.deal).exists():
        raise errors.AlreadyReviewed
    written = Review.objects.create(
        deal=entered.deal,
        seller=entered.deal.seller,
        service_id=entered.deal.service_id,
        rating=rating,
        comment=comment,
        dated_at=entered.now,
        recorded_at=entered.now,
    )
    entered.record(EventKind.REVIEW_WRITTEN, seller=entered.deal.seller, review=str(written.pk), rating=rating)
    standing.recompute(seller_ids=[entered.deal.seller_id])
    return written


def _enter_as_judge(room_id: UUID, buyer: User, *, words: Words | None) -> Entered:
    entered = enter(
        room_id,
        buyer,
        only=Party.BUYER,
        when_ended=errors.DealNotInProgress,
        when_approved=errors.ApprovalWindowPassed,
        words=words,
    )
    if entered.deal.status != DealStatus.DELIVERED:
        raise errors.NothingDelivered
    return entered


def _move(deal: Deal, from_status: DealStatus, refusal: type[errors.Refusal], **to: object) -> None:
    """Move the deal unless its state has changed since it was read. Raises `refusal` if it has."""
    if not Deal.objects.filter(pk=deal.pk, status=from_status).update(**to):
        raise refusal
    for name, value in to.items():
        setattr(deal, name, value)
