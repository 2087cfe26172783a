"""Web Push (RFC 8030, 8291, 8292) to every browser that the person subscribed."""

import json
import logging
import time
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from notifications.channels import places, vapid
from notifications.channels.addresses import PointsInwards
from notifications.channels.base import (
    NobodyAnswers,
    NobodyThere,
    OurFault,
    Outgoing,
    RefusedForGood,
    TooSlow,
    Trip,
    TryAgain,
)
from notifications.channels.direct import DirectSession
from notifications.models import PushSubscription
from notifications.vocabulary import Kind

if TYPE_CHECKING:
    from pywebpush import Vapid

logger = logging.getLogger(__name__)

TIME_TO_LIVE = timedelta(hours=24)
"""How long the push service keeps it: the library's default would drop it when the browser is closed."""
LEAST_TIME_TO_LIVE = timedelta(minutes=1)
TIMEOUT = 6.0
"""Seconds that one browser's service may take in all."""
PATIENCE = 15.0
"""Seconds after which no further browser of the same person is tried at this attempt."""
LONGEST_PAYLOAD = 3000
"""Bytes: a push service must take 4,096, of which encryption and padding need some (RFC 8030, 7.2)."""
SHORTEN_BY = 20
"""Characters."""
LONGEST_WAIT = timedelta(days=1)
"""A Retry-After of more than this is not believed."""

REFUSES_OUR_KEY = (
    "the push service at %s answers %d: can it reach VAPID_SUBJECT, is the clock right, and is"
    " VAPID_PRIVATE_KEY the key that browsers subscribed with?"
)
SLOW_OTHERS = "the other browsers' services took too long"

REPLACES_ITS_LIKE = {Kind.MESSAGE, Kind.SCHEDULE}
"""Browsers show only the newest of a room."""

GONE = {404, 410}
OUR_KEY = {401, 403}
"""The service refuses our key, or the browser subscribed with an earlier one: never the person's fault."""
BUSY = {408, 425, 429}
SERVERS_FAULT = 500


class Push:
    """Sends to all of a person's browsers; one that takes it is enough."""

    def send(self, notice: Outgoing, trip: Trip) -> None:
        """Push one notice. `trip.gone` collects the subscriptions to delete.

        Raises `NobodyAnswers` if push is off, `TryAgain` if no service took it but one may do so later (`OurFault`
        if only our key is refused), `RefusedForGood` if each refused this notice, `NobodyThere` without a browser.
        """
        key = vapid.private_key()
        if key is None:
            raise NobodyAnswers(vapid.OFF)
        trip.say_open()
        refusals, later = _push_to_each(notice, key, trip)
        if trip.taken:
            return
        if later:
            again = OurFault if all(isinstance(each, OurFault) for each in later) else TryAgain
            raise again(_joined(later), after=max(each.after for each in later))
        of_the_notice = [each for each in refusals if not isinstance(each, NobodyThere)]
        if of_the_notice:
            raise RefusedForGood(_joined(refusals))
        if notice.slow_browsers:
            raise TryAgain(_joined(refusals) or SLOW_OTHERS)
        raise NobodyThere(_joined(refusals) or "no browser is subscribed any more")


def _push_to_each(notice: Outgoing, key: "Vapid", trip: Trip) -> tuple[list[RefusedForGood], list[TryAgain]]:
    refusals: list[RefusedForGood] = []
    later: list[TryAgain] = []
    ends = time.monotonic() + PATIENCE
    for subscription in notice.browsers:
        if time.monotonic() > ends:
            later.append(TryAgain(SLOW_OTHERS))
            break
        trip.trying = places.of_browser(subscription)
        try:
            _push(subscription, notice, key, trip)
        except RefusedForGood as refused:
            refusals.append(refused)
        except TryAgain as reason:
            later.append(reason)
        else:
            trip.taken = True
    return refusals, later


def _push(subscription: PushSubscription, notice: Outgoing, key: "Vapid", trip: Trip) -> None:
    """Push to one browser. Raises what the service's answer means."""
    from pywebpush import WebPushException, webpush  # noqa: PLC0415 - as in `vapid`

    begun = time.monotonic()
    try:
        webpush(
            subscription_info={
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            data=payload(notice),
            vapid_private_key=key,
            vapid_claims={"sub": settings.VAPID_SUBJECT},
            ttl=int(_time_to_live(notice).total_seconds()),
            timeout=TIMEOUT,
            headers={"Urgency": _urgency(notice), "Topic": notice.id.hex},
            requests_session=DirectSession(),
        )
        trip.was_answered()
    except WebPushException as failure:
        if failure.response is None:
            raise _gone(subscription, f"its keys cannot be used: {failure.message}", trip) from failure
        trip.was_answered()
        _judge(subscription, notice, failure.response.status_code, failure.response.headers, trip)
    except PointsInwards as inwards:
        raise _gone(subscription, f"its address points inwards: {inwards}", trip) from inwards
    except (OSError, HTTPException) as failure:
        reason = f"{type(failure).__name__}: {failure}"
        if isinstance(failure, TimeoutError) or time.monotonic() - begun >= TIMEOUT * 0.9:
            trip.was_too_slow()
            raise TooSlow(reason) from failure
        raise TryAgain(reason) from failure
    except (ValueError, IndexError) as unusable:  # what cryptography says of a key that is none
        raise _gone(subscription, f"its keys cannot be used: {unusable}", trip) from unusable


def _judge(subscription: PushSubscription, notice: Outgoing, status: int, headers: Message, trip: Trip) -> None:
    """Return when the service took it; else raise what its answer means."""
    if status < 300:  # noqa: PLR2004 - the library takes 203 and 204 for failures
        return
    answer = f"push service: {status}"
    if status in GONE:
        raise _gone(subscription, answer, trip)
    if status in OUR_KEY:
        logger.error(REFUSES_OUR_KEY, urlsplit(subscription.endpoint).hostname, status)
        raise OurFault(f"{answer}: it does not take our key (VAPID_PRIVATE_KEY, VAPID_SUBJECT)")
    if status in BUSY or status >= SERVERS_FAULT:
        raise TryAgain(answer, after=_asked_to_wait(headers.get("Retry-After", ""), notice.now))
    # Too large, malformed, moved: the same bytes would get the same answer, and another notice may fare better.
    raise RefusedForGood(answer)


def _gone(subscription: PushSubscription, reason: str, trip: Trip) -> NobodyThere:
    """Write that this subscription is to be deleted."""
    trip.gone.append(subscription)
    logger.info("push subscription %s is gone: %s", subscription.pk, reason)
    return NobodyThere(reason)


def payload(notice: Outgoing) -> str:
    """Return what the browser's service worker shows, short enough for every push service."""
    text = _shown(notice, notice.body)
    for kept in range(len(notice.body), -1, -SHORTEN_BY):
        if len(text.encode()) <= LONGEST_PAYLOAD:
            break
        text = _shown(notice, f"{notice.body[:kept]}…")
    return text


def _shown(notice: Outgoing, body: str) -> str:
    shown = {"id": str(notice.id), "kind": notice.kind, "title": notice.title, "body": body}
    if notice.in_room and notice.kind in REPLACES_ITS_LIKE:
        shown["tag"] = f"{notice.kind}:{notice.url}"
    return json.dumps(shown | {"url": notice.url, "lang": notice.language}, ensure_ascii=False)


def _time_to_live(notice: Outgoing) -> timedelta:
    """Until what it leads up to; it need not arrive after that."""
    left = notice.deadline - notice.now if notice.deadline else TIME_TO_LIVE
    return max(LEAST_TIME_TO_LIVE, min(left, TIME_TO_LIVE))


def _urgency(notice: Outgoing) -> str:
    if notice.critical:
        return "high"
    return "low" if notice.kind is Kind.DIGEST else "normal"


def _asked_to_wait(retry_after: str, now: datetime) -> timedelta:
    """Read Retry-After: seconds, or a date; nothing that can be read is no wait."""
    asked = timedelta(0)
    if retry_after.isascii() and retry_after.isdigit():
        asked = timedelta(seconds=min(int(retry_after[:9]), LONGEST_WAIT.total_seconds()))
    elif retry_after:
        try:
            asked = parsedate_to_datetime(retry_after) - now
        except (ValueError, TypeError):  # no date, or one without a zone
            logger.info("a push service said Retry-After: %.100s", retry_after)
    return max(timedelta(0), min(asked, LONGEST_WAIT))


def _joined(reasons: list[Any]) -> str:
    return "; ".join(dict.fromkeys(str(each) for each in reasons))
