"""A test notice through the real delivery, confirmed by the person with the code that arrived."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from notifications import codes, doorbells, locks, signals
from notifications.actions import reach
from notifications.errors import NothingToReach, TestExpired, TooManyTestsToday, TooManyTries, WrongCode
from notifications.models import ChannelTest, Notification, Reach
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
    if not reach.has_an_address(person, channel):
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
        code_hash=codes.hashed(pk, codes.code_of(pk)),
        made_at=now,
    )
    _tell(test)
    return test


def takes_a_code(test: ChannelTest, now: datetime) -> bool:
    """Whether its code can still be entered."""
    return test.confirmed_at is None and test.tries < TRIES and now <= test.made_at + HOLDS_FOR


def waiting_of(person: User) -> dict[Channel, ChannelTest]:
    """Return by channel the newest test, where its code can still be entered."""
    now = clock.now()
    asked = ChannelTest.objects.filter(person=person, made_at__gte=now - HOLDS_FOR).order_by("made_at", "pk")
    newest = {Channel(test.channel): test for test in asked}
    return {channel: test for channel, test in newest.items() if takes_a_code(test, now)}


def own(*, person: User, test_id: UUID) -> ChannelTest:
    """Return a test of this person's. Raises `NotFound`."""
    test = ChannelTest.objects.filter(pk=test_id, person=person).first()
    if test is None:
        raise NotFound
    return test


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
    test = own(person=person, test_id=test_id)
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
