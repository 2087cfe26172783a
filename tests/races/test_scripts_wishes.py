"""Races about what people wish and confirm, as scripts: the order is told here."""

import pytest
from django.db.models import F

from marketplace import clock
from marketplace.models import User
from notifications.actions import channel_tests, digests, preferences
from notifications.actions.preferences import Changes
from notifications.errors import CriticalKindNeedsAChannel, TooManyTestsToday, TooManyTries
from notifications.models import ChannelTest, Notification, Preference, Wishes
from notifications.vocabulary import Channel, Kind
from tests.support.factories import days, person
from tests.support.interleave import run_before
from tests.support.told import CODE, asked_test

pytestmark = pytest.mark.django_db(transaction=True)


def switch_off(who: User, channel: Channel) -> None:
    preferences.change(person=who, changes=Changes(kinds={Kind.PURCHASE: {channel: False}}))


def test_of_two_who_switch_off_the_last_two_channels_at_once_the_second_is_refused() -> None:
    somebody = person()
    point = "notifications.actions.preferences._refuse_silence"
    with run_before(point, lambda: switch_off(somebody, Channel.PUSH), until_blocked=True) as other:
        switch_off(somebody, Channel.EMAIL)
        with pytest.raises(CriticalKindNeedsAChannel):
            other.result()
    assert [(row.channel, row.on) for row in Preference.objects.all()] == [("email", False)]


def test_two_who_try_a_code_at_once_have_one_last_try_between_them() -> None:
    somebody = person()
    test = asked_test(somebody)
    ChannelTest.objects.update(tries=4)

    def guess() -> None:
        with pytest.raises(TooManyTries):
            channel_tests.confirm(person=somebody, test_id=test.pk, code="000000")

    with run_before("notifications.codes.is_right", guess):
        assert channel_tests.confirm(person=somebody, test_id=test.pk, code=CODE).confirmed_at
    assert ChannelTest.objects.get().tries == 5


def test_two_who_ask_for_the_tenth_test_at_once_get_one() -> None:
    somebody = person()
    for _ in range(9):
        asked_test(somebody)

    def ask() -> ChannelTest:
        return channel_tests.ask(person=somebody, channel=Channel.INAPP)

    with run_before("notifications.actions.channel_tests._tell", ask, until_blocked=True) as other:
        ask()
        with pytest.raises(TooManyTestsToday):
            other.result()
    assert (ChannelTest.objects.count(), Notification.objects.count()) == (10, 1)


def test_a_doubled_tick_tells_a_digest_once_and_does_not_wait() -> None:
    somebody = person()
    preferences.change(person=somebody, changes=Changes(hours={"digest_at": clock.now().time()}))
    Wishes.objects.update(next_digest_at=F("next_digest_at") - days(1))
    with run_before("notifications.quiet.next_time", digests.tick) as other:
        assert digests.tick() == 1
        assert other.result() == 0
    assert Notification.objects.count() == 1
    assert Wishes.objects.get().next_digest_at > clock.now()  # type: ignore[operator] # a digest has a next one
