"""The text of each notice: what happened, what to do, until when, what otherwise.

`{names}` are facts of the notice, which `wording` formats for its reader. `{until}` is the deadline and the
time that remains.
"""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text


class Phrase(NamedTuple):
    title: "Text"
    body: "Text"
    title_after_deadline: "Text | None" = None
    """Replaces a title that counts down, once the deadline has passed."""
    title_when_over: "Text | None" = None
    """Replaces the title in the inbox once nothing is left to do. None keeps it: it tells what happened."""


PHRASES: dict[str, Phrase] = {
    "purchase": Phrase(
        title=_("{counterpart} bought “{service}”"),
        body=_(
            "{counterpart} bought “{service}” for {price}. Write a first message in the talk room, and share a schedule. {consequence}"
        ),
    ),
    "message": Phrase(
        title=_("{counterpart} wrote to you"),
        body=_("There is a new message about “{service}”. Please look at the talk room."),
    ),
    "schedule": Phrase(
        title=_("{counterpart} shared or changed the schedule"),
        body=_("The schedule of “{service}” has changed. Please look."),
    ),
    "request_placed": Phrase(
        title=_("Reply by {deadline}: {counterpart} asked to cancel “{service}”"),
        body=_(
            "{counterpart} placed a cancel request, because there was no word from you. Any message of yours in the talk room revokes it. Reply by {until}. {consequence}"
        ),
        title_when_over=_("{counterpart} asked to cancel “{service}”"),
    ),
    "request_due": Phrase(
        title=_("{remaining} left to reply: “{service}” will be cancelled"),
        body=_(
            "{counterpart}'s cancel request is still open. Any message of yours in the talk room revokes it. Reply by {until}. {consequence}"
        ),
        title_after_deadline=_("The reply about “{service}” was due by {deadline}"),
        title_when_over=_("There was a cancel request about “{service}”"),
    ),
    "request_revoked": Phrase(
        title=_("{counterpart} replied"),
        body=_("{counterpart} replied about “{service}”, so the cancel request is revoked."),
    ),
    "request_withdrawn": Phrase(
        title=_("The cancel request was withdrawn"),
        body=_("{counterpart} withdrew the cancel request about “{service}”. Please keep in touch in the talk room."),
    ),
    "request_ended": Phrase(
        title=_("The cancel request ended"),
        body=_("The cancel request about “{service}” ended, for the deal has moved on."),
    ),
    "request_held": Phrase(
        title=_("Our staff hold the cancel request"),
        body=_("The clock of the cancel request about “{service}” stands still. Reason: {reason}"),
        title_when_over=_("Our staff held the cancel request"),
    ),
    "request_released": Phrase(
        title=_("The cancel request runs on until {deadline}"),
        body=_("The cancel request about “{service}” is no longer held. Its deadline is {until}. Reason: {reason}"),
        title_when_over=_("The cancel request about “{service}” was no longer held"),
    ),
    "request_extended": Phrase(
        title=_("There is more time to reply"),
        body=_("The window of the cancel request about “{service}” was extended. {new_deadline} Reason: {reason}"),
        title_when_over=_("There was more time to reply"),
    ),
    "delivered": Phrase(
        title=_("{counterpart} delivered “{service}”"),
        body=_("Look at the delivery, and approve it or send it back by {until}. Otherwise it counts as approved."),
    ),
    "approval_due": Phrase(
        title=_("{remaining} left to look at the delivery of “{service}”"),
        body=_(
            "{counterpart}'s delivery waits for you. Approve it or send it back by {deadline}. Otherwise it counts as approved."
        ),
        title_after_deadline=_("The delivery of “{service}” was to be looked at by {deadline}"),
        title_when_over=_("The delivery of “{service}” was to be looked at"),
    ),
    "sent_back": Phrase(
        title=_("{counterpart} sent “{service}” back"),
        body=_("Read in the talk room what is missing, and say when it will come."),
    ),
    "approved": Phrase(
        title=_("{counterpart} approved “{service}”"),
        body=_("{counterpart} approved the delivery, so the deal is completed. Thank you for the good work."),
    ),
    "approved_by_window": Phrase(
        title=_("“{service}” is completed"),
        body=_("The approval window passed, so the delivery counts as approved."),
    ),
    "cancelled_at_fault": Phrase(
        title=_("“{service}” was cancelled: there was no reply by {effective_at}"),
        body=pgettext_lazy(
            "the seller was silent",
            "There was no word from you before the deadline, so the deal was cancelled. {what_followed}",
        ),
    ),
    "cancelled_not_at_fault": Phrase(
        title=_("“{service}” was cancelled: {counterpart} did not reply"),
        body=pgettext_lazy(
            "the seller was silent",
            "There was no word from {counterpart} before {effective_at}, so the deal was cancelled. {refund} goes back to the buyer.",
        ),
    ),
    "reversed": Phrase(
        title=_("The cancellation of “{service}” counts for nothing any more"),
        body=_("Our staff reversed its consequences; nobody is at fault. The deal stays cancelled. Reason: {reason}"),
    ),
    "review": Phrase(
        title=_("{counterpart} reviewed “{service}”: {stars}"),
        body=_("{counterpart} wrote a review: read it with the deal. Thank you for your work."),
    ),
    "silence": Phrase(
        title=_("{counterpart} waits for a word about “{service}”"),
        body=_(
            "{counterpart} has been waiting for a word from you since {owed_since}. From {until} a cancel request is possible. One line in the talk room is enough."
        ),
        title_when_over=_("{counterpart} waited for a word about “{service}”"),
    ),
    "silence_possible": Phrase(
        title=_("{counterpart} waits for a word about “{service}”"),
        body=_(
            "{counterpart} has been waiting for a word from you since {owed_since}, and can ask to cancel at any time. One line in the talk room is enough."
        ),
    ),
    "silence_over": Phrase(
        title=_("{counterpart} can now ask to cancel “{service}”"),
        body=_(
            "{counterpart} has been waiting for a word from you since {owed_since}. Write now in the talk room: then no request can be placed."
        ),
        title_when_over=_("{counterpart} could ask to cancel “{service}”"),
    ),
    "silence_over_for_requester": Phrase(
        title=_("You can now ask to cancel “{service}”"),
        body=_(
            "{counterpart} has not written since {silent_since}. You may place a cancel request in the talk room; any reply within the window revokes it."
        ),
        title_when_over=_("You could ask to cancel “{service}”"),
    ),
    "unanswered": Phrase(
        title=_("{counterpart} waits for your first message about “{service}”"),
        body=_("The purchase has not been answered yet. Say hello, and share a schedule."),
        title_when_over=_("{counterpart} waited for your first message about “{service}”"),
    ),
    "first_contact_due": Phrase(
        title=_("{remaining} left for a first message: “{service}” will be cancelled"),
        body=_("Write to {counterpart} by {until}. {consequence}"),
        title_after_deadline=_("The first message about “{service}” was due by {deadline}"),
        title_when_over=_("A first message about “{service}” was due"),
    ),
    "no_schedule": Phrase(
        title=_("Share a schedule for “{service}”"),
        body=_("{counterpart} does not know yet when to expect what. Share the milestones and the delivery date."),
        title_when_over=_("“{service}” had no schedule"),
    ),
    "milestone_tomorrow": Phrase(
        title=_("Tomorrow: {milestone} of “{service}”"),
        body=_("The schedule says {due_on} for {milestone}. If it will slip, say so now, and change the schedule."),
        title_when_over=_("{milestone} of “{service}” was planned for {due_on}"),
    ),
    "milestone_overdue": Phrase(
        title=_("{milestone} of “{service}” is overdue"),
        body=_(
            "The schedule says {due_on} for {milestone}, and {counterpart} has heard nothing since. Say when it will come."
        ),
        title_when_over=_("{milestone} of “{service}” was overdue"),
    ),
    "no_progress": Phrase(
        title=_("How far is “{service}”?"),
        body=_(
            "{counterpart} has heard nothing of its progress for a while. A short report in the talk room is enough."
        ),
        title_when_over=_("“{service}” was without a report"),
    ),
    "digest": Phrase(
        title=ngettext_lazy("{count} thing waits for you", "{count} things wait for you", "count"),
        body=_("These wait for you:\n{lines}"),
        title_when_over=ngettext_lazy("{count} thing waited for you", "{count} things waited for you", "count"),
    ),
    "bundle": Phrase(
        title=ngettext_lazy(
            "{count} message or change about “{service}”", "{count} messages and changes about “{service}”", "count"
        ),
        body=_("Since you were last told:\n{lines}"),
    ),
    "test": Phrase(
        title=_("This is the test that you asked for"),
        body=_("It arrived. Confirm it with the code {code}."),
        title_when_over=_("This was the test that you asked for"),
    ),
}

BUYER_WAS_SILENT: dict[str, "Text"] = {
    "cancelled_at_fault": pgettext_lazy(
        "the buyer was silent",
        "There was no word from you before the deadline, so the deal was cancelled. {what_followed}",
    ),
    "cancelled_not_at_fault": pgettext_lazy(
        "the buyer was silent",
        "There was no word from {counterpart} before {effective_at}, so the deal was cancelled. {refund} goes back to the buyer.",
    ),
}
"""Bodies for deals that the buyer's silence cancelled: some languages have a name for either cancellation."""

BODY_WHEN_OVER = _(
    "This has passed: it was true when you were told. Where you can act now, the page behind this notice shows it."
)
"""In the inbox, instead of what was to be done."""
