"""A test notice through the real delivery, confirmed by the person with the code that arrived."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from notifications import codes, doorbells, locks, signals
from notifications.errors import NothingToReach, TestExpired, TooManyTestsToday, TooManyTries, WrongCode
from notifications.models import ChannelTest, Notification, PushSubscription, Reach
from notifications.vocabulary import Channel, Kind, State

TRIES = 5
HOLDS_FOR = timedelta(hours=24)
"""How long a code can confirm, inclusive."""
TESTS_A_DAY = 10
"""By channel: whoever enters somebody else's address cannot flood it, or guess for long."""
COUNTED_OVER = timedelta(hours=24)


@transaction.atomic
def ask(*, person: User, channel: Channel) -> ChannelTest:
    """Send a test notice with a code, whatever the switches and the hour: it was asked for.

    Raises `NothingToReach` without an address, `TooManyTestsToday`.
    """
    locks.wishes_of(person)
    if not _has_an_address(person, channel):
        raise NothingToReach
    now = clock.now()
    recent = ChannelTest.objects.filter(person=person, channel=channel, made_at__gt=now - COUNTED_OVER)
    if recent.count() >= TESTS_A_DAY:
        raise TooManyTestsToday
    pk = uuid4()
    test = ChannelTest.objects.create(
        pk=pk,
        person=person,
        channel=channel,
        address=person.email if channel is Channel.EMAIL else "",
        code_hash=codes.hashed(pk, codes.of_test(pk)),
        made_at=now,
    )
    _tell(test)
    return test


def _has_an_address(person: User, channel: Channel) -> bool:
    match channel:
        case Channel.EMAIL:
            return bool(person.email)
        case Channel.PUSH:
            return PushSubscription.objects.filter(person=person).exists()
    return True


def _tell(test: ChannelTest) -> None:
    """Write the notice: in-app ones are sent by being there."""
    there = test.channel == Channel.INAPP
    Notification.objects.create(
        occasion=f"test:{test.pk}",
        person=test.person,
        channel=test.channel,
        kind=Kind.TEST,
        words="test",
        facts={"test": str(test.pk), "address": test.address},
        made_at=test.made_at,
        state=State.SENT if there else State.WAITING,
        sent_at=test.made_at if there else None,
        answered_at=test.made_at if there else None,
        next_attempt_at=None if there else test.made_at,
    )
    if not there:
        doorbells.deliver(Channel(test.channel))


def confirm(*, person: User, test_id: UUID, code: str) -> ChannelTest:
    """Confirm that a test arrived. Each try counts, the wrong ones too, whatever follows.

    Confirming e-mail says (`signals.address_confirmed`) that the address that the test went to is the
    person's; whoever has changed it since has confirmed nothing. Raises `NotFound`, `TestExpired`,
    `TooManyTries`, `WrongCode`.
    """
    test = ChannelTest.objects.filter(pk=test_id, person=person).first()
    if test is None:
        raise NotFound
    if clock.now() > test.made_at + HOLDS_FOR:
        raise TestExpired
    if not ChannelTest.objects.filter(pk=test.pk, tries__lt=TRIES).update(tries=F("tries") + 1):
        raise TooManyTries
    if not codes.is_right(test, code):
        raise WrongCode
    return _confirmed(test)


@transaction.atomic
def _confirmed(test: ChannelTest) -> ChannelTest:
    now = clock.now()
    if not ChannelTest.objects.filter(pk=test.pk, confirmed_at=None).update(confirmed_at=now):
        test.refresh_from_db()
        return test
    test.confirmed_at = now
    seen, _ = Reach.objects.get_or_create(person=test.person, channel=test.channel)
    Reach.objects.filter(pk=seen.pk).update(confirmed_at=now, address=test.address, broken_at=None, error="")
    if test.channel == Channel.EMAIL:
        signals.address_confirmed.send(sender=ChannelTest, person_id=test.person_id, address=test.address)
    return test
