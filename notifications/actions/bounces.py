"""What follows when an e-mail that a server had taken did not arrive after all.

The notice becomes a dead letter that was refused for good, with what a refusal at once would have
brought: a broken address, and fair notice. Told again, nothing changes.
"""

import logging

from django.db import transaction

from marketplace import clock
from marketplace.addresses import compared_address
from notifications import codes
from notifications.actions import fairness, reach
from notifications.channels.reports import Fate, Report
from notifications.models import FailedNotice, Notification, Preference
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Fairness, State

logger = logging.getLogger(__name__)


def hear(report: Report) -> str:
    """Act on a report. Returns what was done, for the log and the reporter."""
    notification = Notification.objects.filter(pk=report.notice, channel=Channel.EMAIL).select_related("person").first()
    if notification is None:
        done = "no e-mail of ours: ignored"
    elif report.fate is Fate.COMPLAINT:
        done = _complained(notification)
    elif report.fate is Fate.DELAYED:
        done = "delayed: nothing to do yet"
    else:
        done = _did_not_arrive(notification, report)
    logger.info("e-mail %s: %s: %s", report.notice, report.fate, done)
    return done


def _did_not_arrive(notification: Notification, report: Report) -> str:
    with transaction.atomic():
        now = clock.now()
        told = Notification.objects.filter(pk=notification.pk, state__in=[State.SENT, State.WAITING])
        if not told.close(State.FAILED, now, f"bounced: {report.reason}", refused_for_good=True):
            return "known already"
        broken = report.fate is Fate.NOBODY_THERE and _is_still_the_address(notification, report)
        if broken:
            reach.mark_broken(notification.person, Channel.EMAIL, report.reason, now)
        # That it had arrived was what decided until now.
        FailedNotice.objects.filter(pk=notification.request_id, outcome=Fairness.REACHED).update(
            outcome=None, decided_at=None
        )
        fairness.note_failure(notification, now)
    fairness.decide(notification.request_id)
    return "a dead letter, and the address is broken" if broken else "a dead letter"


def _is_still_the_address(notification: Notification, report: Report) -> bool:
    """Whether the report names the address that the person has now: another one may be right."""
    address = compared_address(codes.addressee(notification, notification.person).email)
    return address == compared_address(notification.person.email) and address in report.recipients


@transaction.atomic
def _complained(notification: Notification) -> str:
    """Switch off by e-mail whatever the person may switch off. What is critical goes on."""
    for kind in SWITCHABLE:
        if kind not in CRITICAL:
            Preference.objects.update_or_create(
                person=notification.person, kind=kind, channel=Channel.EMAIL, defaults={"on": False}
            )
    return "everything that is not critical is switched off by e-mail"
