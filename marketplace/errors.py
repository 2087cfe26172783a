"""What Renraku refuses, and the words it refuses with.

A refusal is an exception: its `code` is stable and goes to machines, its `message` to people, in their language.
`marketplace.http.problems` alone turns it into an HTTP answer.
"""

from typing import ClassVar, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row")


class Refusal(Exception):  # noqa: N818 - a refusal is the product's word, and no error of the program
    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str | Promise] = _("The request was refused.")

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message)
        self.facts = facts


# Who may see and do what


class NotFound(Refusal):
    code = "not_found"
    status = 404
    message = _("There is nothing here that you may see.")


def found(row: Row | None) -> Row:
    """Return the row. Raises `NotFound` for None."""
    if row is None:
        raise NotFound
    return row


class NotYoursToDo(Refusal):
    code = "permission_denied"
    status = 403
    message = _("You may see this, but you may not do that with it.")


class NothingToRead(Refusal):
    code = "blank"
    status = 400
    message = _("Write something that can be seen.")


class ControlsInName(Refusal):
    code = "control_characters"
    status = 400
    message = _("A name may not hold these control characters.")


class AlphabetsInName(Refusal):
    code = "mixed_alphabets"
    status = 400
    message = _("A name may not mix letters of Latin, Greek, Cyrillic and other alphabets that look alike.")


class PasswordChanged(Refusal):
    code = "password_changed"
    status = 401
    message = _("The password was changed meanwhile: log in again.")


# A cancel request (R1, R8)


class DealNotInProgress(Refusal):
    code = "deal_not_in_progress"
    message = _("The deal is not in progress.")


class RequestAlreadyOpen(Refusal):
    code = "request_already_open"
    message = _("A cancel request is already open in this talk room.")


class LastMessageNotYours(Refusal):
    code = "last_message_not_yours"
    message = _("The last contact in this talk room is not yours: write first, then wait.")


class RespondentContactedRecently(Refusal):
    code = "respondent_contacted_recently"
    message = _("The other party has been in contact too recently.")


class NotOwedLongEnough(Refusal):
    code = "not_owed_long_enough"
    message = _("The other party has owed you a reply for too short a time.")


class TooManyRequestsToday(Refusal):
    code = "too_many_requests_today"
    message = _("Too many cancel requests were placed in this talk room within the last 24 hours.")


class RequestNotOpen(Refusal):
    code = "request_not_open"
    message = _("The cancel request is no longer open.")


class RequestAlreadyHeld(Refusal):
    code = "request_already_held"
    message = _("The cancel request is held already.")


class RequestNotHeld(Refusal):
    code = "request_not_held"
    message = _("The cancel request is not held.")


class AlreadyReversed(Refusal):
    code = "already_reversed"
    message = _("The verdict was reversed already.")


class ReasonNeeded(Refusal):
    code = "reason_needed"
    status = 400
    message = _("Say why: a reason of 1 to 1,000 characters is kept with the event.")


class ExtensionOutOfRange(Refusal):
    code = "extension_out_of_range"
    status = 400
    message = _("An extension is longer than zero and at most 366 days.")


# Delivery and review


class NothingDelivered(Refusal):
    code = "nothing_delivered"
    message = _("Nothing was delivered that could be approved or sent back.")


class ApprovalWindowPassed(Refusal):
    code = "approval_window_passed"
    message = _("The approval window had passed, and the delivery counts as approved.")


class DealNotCompleted(Refusal):
    code = "deal_not_completed"
    message = _("Only a completed deal can be reviewed.")


class AlreadyReviewed(Refusal):
    code = "already_reviewed"
    message = _("You have reviewed this deal already.")


# The schedule


class UnknownMilestone(Refusal):
    code = "unknown_milestone"
    status = 400
    message = _("One of these milestones is not in this schedule, or is named twice.")


# A talk room


class Stale(Refusal):
    code = "stale"
    status = 412
    message = _("What you saw has changed since: read it again before you decide.")


class MessageAlreadyHidden(Refusal):
    code = "message_already_hidden"
    message = _("The message is hidden already.")


class RoomClosed(Refusal):
    code = "room_closed"
    message = _("The deal has ended, and its talk room is closed.")


class ReplyDeadlinePassed(Refusal):
    code = "reply_deadline_passed"
    message = _("The reply deadline had passed, and the deal was cancelled.")


# Services


class ServiceNotAccepting(Refusal):
    code = "service_not_accepting"
    message = _("The service does not accept purchases at present.")


class OwnService(Refusal):
    code = "own_service"
    message = _("You cannot buy your own service.")


class TooManyRunningDeals(Refusal):
    code = "too_many_running_deals"
    message = _("You have as many running deals with this seller as one buyer may have: finish one first.")


class SellerPaused(Refusal):
    code = "seller_paused"
    message = _("Acknowledge the cancellation first.")


class ServiceIsDraft(Refusal):
    code = "service_is_draft"
    message = _("The service is a draft: publish it first.")


class AlreadyPublished(Refusal):
    code = "already_published"
    message = _("The service has been published already.")


class ServiceTakenDown(Refusal):
    code = "service_taken_down"
    message = _("The marketplace took this service down: ask its support to put it back.")


class ServiceNotTakenDown(Refusal):
    code = "service_not_taken_down"
    message = _("The service is not taken down.")


class ReviewAlreadyHidden(Refusal):
    code = "review_already_hidden"
    message = _("The review is hidden already.")


class ReviewOfAVerdict(Refusal):
    code = "review_of_a_verdict"
    message = _("The review belongs to a verdict: reverse the verdict instead.")


class NotASeller(Refusal):
    code = "not_a_seller"
    message = _("You are not a seller yet: create a service first.")


class NotYourService(Refusal):
    code = "not_your_service"
    status = 400
    message = _("One of these services is not yours.")
