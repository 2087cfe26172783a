"""Web Push (RFC 8030, 8291, 8292) to every browser that the person subscribed."""

import json

import requests
from django.conf import settings
from pywebpush import WebPushException, webpush

from notifications.channels.addresses import points_inwards
from notifications.channels.base import Outgoing, RefusedForGood, TryAgain
from notifications.models import PushSubscription

TIME_TO_LIVE = 24 * 3600
"""Seconds for which the push service keeps it: the library's default would drop it when the browser is closed."""
TIMEOUT = 5
GONE = {404, 410}


class Push:
    """Sends to all of a person's browsers; one that takes it is enough."""

    def send(self, notice: Outgoing) -> None:
        """Push one notice. Subscriptions that are gone are deleted.

        Raises `RefusedForGood` when no browser is left, `TryAgain` when one might take it later and none did.
        """
        taken, later = 0, []
        for subscription in PushSubscription.objects.filter(person=notice.person):
            try:
                taken += _push(subscription, notice)
            except TryAgain as reason:
                later.append(str(reason))
        if taken:
            return
        if later:
            raise TryAgain("; ".join(later))
        raise RefusedForGood("no browser takes it any more")


def _push(subscription: PushSubscription, notice: Outgoing) -> bool:
    """Return whether the browser's service took it. Raises `TryAgain`."""
    if points_inwards(subscription.endpoint):
        subscription.delete()
        return False
    try:
        webpush(
            subscription_info={
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            data=json.dumps(
                {"id": str(notice.id), "title": notice.title, "body": notice.body, "url": notice.url},
                ensure_ascii=False,
            ),
            vapid_private_key=settings.VAPID_PRIVATE_KEY,
            vapid_claims={"sub": settings.VAPID_SUBJECT},
            ttl=TIME_TO_LIVE,
            timeout=TIMEOUT,
            headers={"Urgency": "high" if notice.critical else "normal", "Topic": notice.id.hex},
        )
    except WebPushException as failure:
        return _refused(subscription, failure)
    except requests.RequestException as failure:
        raise TryAgain(f"{type(failure).__name__}") from failure
    return True


def _refused(subscription: PushSubscription, failure: WebPushException) -> bool:
    status = failure.response.status_code if failure.response is not None else None
    if status in GONE:
        subscription.delete()
        return False
    raise TryAgain(f"push service: {status or failure.message}") from failure
