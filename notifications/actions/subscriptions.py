"""Browsers that show Web Push: subscribed and taken back by the person."""

from uuid import UUID

from django.db import transaction

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from notifications.channels import vapid
from notifications.channels.addresses import PointsInwards, check_literal
from notifications.errors import AddressPointsInwards, SubscriptionOfAnother
from notifications.models import PushSubscription, Reach
from notifications.vocabulary import Channel

BROWSERS_PER_PERSON = 20


def subscribe(
    *, person: User, endpoint: str, p256dh: str, auth: str, token_digest: str | None = None
) -> PushSubscription:
    """Subscribe a browser; the same one again is renewed. The oldest go when there are too many.

    A browser that somebody else used before is taken over by its keys, which it alone knows. Raises
    `AddressPointsInwards`, and `SubscriptionOfAnother` where the keys differ.
    """
    try:
        check_literal(endpoint)  # its name is looked up when something is sent there
    except PointsInwards as inwards:
        raise AddressPointsInwards(fields=("endpoint",)) from inwards
    return _subscribe(person, endpoint, p256dh, auth, token_digest)


@transaction.atomic
def _subscribe(person: User, endpoint: str, p256dh: str, auth: str, token_digest: str | None) -> PushSubscription:
    now = clock.now()
    made, is_new = PushSubscription.objects.get_or_create(
        endpoint=endpoint,
        defaults={"person": person, "p256dh": p256dh, "auth": auth, "made_at": now, "token_digest": token_digest},
    )
    if not is_new:
        if made.person_id != person.pk and (made.p256dh, made.auth) != (p256dh, auth):
            raise SubscriptionOfAnother
        made.person, made.p256dh, made.auth, made.made_at = person, p256dh, auth, now
        made.token_digest = token_digest
        made.save()
    newest = PushSubscription.objects.filter(person=person).order_by("-made_at", "-id")[:BROWSERS_PER_PERSON]
    PushSubscription.objects.filter(person=person).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    # What refused for good was another browser: this one begins anew.
    Reach.objects.filter(person=person, channel=Channel.PUSH).update(broken_at=None, error="")
    return made


@transaction.atomic
def unsubscribe(*, person: User, subscription_id: UUID) -> None:
    """Take a browser back. Raises `NotFound` for one that is not the person's."""
    gone, _ = PushSubscription.objects.filter(pk=subscription_id, person=person).delete()
    if not gone:
        raise NotFound


def push_key() -> str | None:
    """Return the server's public key as browsers take it (RFC 8292), None where push is not set up."""
    return vapid.public_key()
