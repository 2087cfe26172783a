"""The daily digest: what is unhandled, at the hour that a person chose, and nothing when nothing is."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from marketplace.models import User
from notifications import quiet, todos
from notifications.actions import digests
from notifications.models import Notification, Preference, Wishes
from notifications.vocabulary import Kind
from tests.conftest import Clock
from tests.support.api import Api
from tests.support.factories import MICROSECOND, days, delivered_room, hours, person, room
from tests.support.told import browser

pytestmark = pytest.mark.django_db


def reached(language: str = "") -> User:
    """Make somebody whom push reaches, so that nothing waits for them by itself."""
    somebody = person(language=language)
    browser(somebody)
    return somebody


def wishes(who: User, at: str, now: datetime) -> Wishes:
    """Let somebody wish a digest, through the door that they use."""
    assert Api(who)("PUT", "notification-preferences/", {"digest_at": at}).status_code == 200
    row = Wishes.objects.get(person=who)
    assert row.next_digest_at is not None
    assert row.next_digest_at > now
    return row


def texts(who: User) -> list[str]:
    rows = Notification.objects.filter(person=who, kind=Kind.DIGEST, channel="inapp").order_by("made_at")
    return [row.facts["lines"] for row in rows]


def test_at_its_hour_and_not_a_microsecond_before_it_names_what_waits_once(frozen: Clock) -> None:
    somebody = reached(language="ja")
    room(buyer=somebody, now=frozen.at, silent_for=hours(1))
    delivered_room(buyer=somebody, deadline=frozen.at + days(2))
    next_at = wishes(somebody, "18:00", frozen.at).next_digest_at
    assert next_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    frozen.at = next_at - MICROSECOND
    assert digests.tick() == 0
    frozen.at = next_at
    assert digests.tick() == 1
    assert digests.tick() == 0
    [lines] = texts(somebody)
    with translation.override("ja"):
        assert lines == f"- {todos.waiting_for(somebody, frozen.at)[0].text}"
    assert "納品されました" in lines
    assert set(Notification.objects.values_list("channel", flat=True)) == {"inapp", "push"}
    assert Wishes.objects.get().next_digest_at == next_at + days(1)


def test_when_nothing_waits_nothing_is_said_and_the_next_one_is_set_all_the_same(frozen: Clock) -> None:
    somebody = reached()
    row = wishes(somebody, "18:00", frozen.at)
    frozen.advance(days(1))
    assert digests.tick() == 1
    assert not Notification.objects.exists()
    row.refresh_from_db()
    assert row.next_digest_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_after_an_outage_of_days_there_is_one_digest_and_no_more(frozen: Clock) -> None:
    somebody = person()
    wishes(somebody, "18:00", frozen.at)
    frozen.advance(days(5))
    assert digests.tick() == 1
    assert len(texts(somebody)) == 1
    assert digests.tick() == 0


def test_it_names_ten_and_counts_them_all(frozen: Clock) -> None:
    somebody = reached()
    for _ in range(12):
        delivered_room(buyer=somebody, deadline=frozen.at + days(2))
    wishes(somebody, "18:00", frozen.at)
    frozen.advance(days(1))
    digests.tick()
    row = Notification.objects.get(channel="inapp")
    assert (row.facts["count"], len(row.facts["lines"].splitlines())) == (12, digests.SHOWN)


def test_switched_off_altogether_it_is_not_told(frozen: Clock) -> None:
    somebody = person()
    wishes(somebody, "18:00", frozen.at)
    for channel in ("inapp", "email", "push"):
        Preference.objects.create(person=somebody, kind=Kind.DIGEST, channel=channel, on=False)
    frozen.advance(days(1))
    assert digests.tick() == 1
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("zone", "at", "begins"),
    [
        ("Europe/London", "00:30", datetime(2026, 3, 27, 12, tzinfo=UTC)),  # the clocks go forward on the 29th
        ("Europe/London", "01:30", datetime(2026, 3, 27, 12, tzinfo=UTC)),  # a time that there is not on that day
        ("Europe/London", "01:30", datetime(2026, 10, 23, 12, tzinfo=UTC)),  # one that there is twice on the 25th
        ("Pacific/Apia", "00:00", datetime(2026, 3, 27, 12, tzinfo=UTC)),
    ],
)
def test_where_the_clocks_change_it_comes_once_a_day_all_the_same(
    frozen: Clock, zone: str, at: str, begins: datetime
) -> None:
    frozen.at = begins
    somebody = person(time_zone=zone)
    row = wishes(somebody, at, frozen.at)
    for _ in range(5 * 48):
        frozen.advance(hours(0.5))
        digests.tick()
    made = list(Notification.objects.filter(channel="inapp").order_by("made_at").values_list("made_at", flat=True))
    assert len(made) == 5
    row.refresh_from_db()
    days_there = {moment.astimezone(ZoneInfo(zone)).date() for moment in made}
    assert len(days_there) == 5


def test_who_moves_to_another_time_zone_is_told_at_its_hour_alone(frozen: Clock) -> None:
    somebody = person()
    wishes(somebody, "18:00", frozen.at)
    Api(somebody).patch("me/", {"time_zone": "Europe/London"})
    frozen.at = datetime(2026, 3, 2, 9, tzinfo=UTC)  # 18:00 in Tokyo
    assert digests.tick() == 1
    assert texts(somebody) == []
    frozen.at = datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert digests.tick() == 1
    assert len(texts(somebody)) == 1


def test_more_than_one_batch_is_told_in_one_tick(frozen: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "AT_ONCE", 2)
    for _ in range(5):
        wishes(person(), "18:00", frozen.at)
    frozen.advance(days(1))
    assert digests.tick() == 5
    assert Notification.objects.filter(kind=Kind.DIGEST).count() == 5


def test_the_next_hour_is_always_ahead() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert quiet.next_time(time(12, 0), zone, now) == now + days(1)
    assert quiet.next_time(time(12, 0), zone, now - MICROSECOND) == now
