"""On which channels a notice goes, and when: what it is × what its person switched × the hour."""

from datetime import UTC, datetime, time

import pytest

from marketplace.models import User
from notifications.actions.notices import Notice, write_notices
from notifications.models import Notification, Preference, PushSubscription, Wishes
from notifications.vocabulary import Channel, Kind
from tests.conftest import Clock
from tests.support.factories import person

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo
MORNING = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)  # 07:00 there: the quiet hours end
NOON = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
INAPP, EMAIL, PUSH = Channel


@pytest.fixture
def reader(frozen: Clock) -> User:
    """Somebody with a confirmed address, a browser, and quiet hours from 22:00 to 07:00 in Tokyo."""
    made = person("reader", email="reader@example.com", email_confirmed_at=frozen.at, time_zone="Asia/Tokyo")
    PushSubscription.objects.create(
        person=made, endpoint="https://push.example/1", p256dh="x", auth="y", made_at=frozen.at
    )
    Wishes.objects.create(person=made, quiet_from=time(22), quiet_to=time(7))
    return made


@pytest.mark.parametrize(
    ("kind", "off", "at", "sent"),
    [
        # What is critical goes through the night, and keeps to the channels that are on.
        (Kind.REQUEST_PLACED, [], NOON, {INAPP: None, EMAIL: NOON, PUSH: NOON}),
        (Kind.REQUEST_PLACED, [], NIGHT, {INAPP: None, EMAIL: NIGHT, PUSH: NIGHT}),
        (Kind.REQUEST_PLACED, [EMAIL], NIGHT, {INAPP: None, PUSH: NIGHT}),
        (Kind.REQUEST_PLACED, [INAPP, PUSH], NIGHT, {INAPP: None, EMAIL: NIGHT}),
        # What is not waits for the morning, and is dropped by nothing but its own switch.
        (Kind.MESSAGE, [], NOON, {INAPP: None, EMAIL: NOON, PUSH: NOON}),
        (Kind.MESSAGE, [], NIGHT, {INAPP: None, EMAIL: MORNING, PUSH: MORNING}),
        (Kind.MESSAGE, [EMAIL], NIGHT, {INAPP: None, PUSH: MORNING}),
        (Kind.MESSAGE, [INAPP], NOON, {EMAIL: NOON, PUSH: NOON}),
        (Kind.MESSAGE, [INAPP, EMAIL, PUSH], NIGHT, {}),
    ],
)
def test_preferences_quiet_hours_and_criticality(  # noqa: PLR0917 - the columns of the table
    reader: User, frozen: Clock, kind: Kind, off: list[Channel], at: datetime, sent: dict[Channel, datetime | None]
) -> None:
    frozen.at = at
    Preference.objects.bulk_create(Preference(person=reader, kind=kind, channel=each, on=False) for each in off)
    write_notices([Notice(occasion="once", person=reader, kind=kind, words="message")], at)
    write_notices([Notice(occasion="once", person=reader, kind=kind, words="message")], at)
    rows = Notification.objects.filter(person=reader)
    assert {Channel(row.channel): row.next_attempt_at for row in rows} == sent


def test_nobody_is_told_where_nothing_reaches_them(frozen: Clock) -> None:
    unknown = person("unknown", email="not-confirmed@example.com")
    write_notices([Notice(occasion="once", person=unknown, kind=Kind.MESSAGE, words="message")], frozen.at)
    assert [row.channel for row in Notification.objects.filter(person=unknown)] == ["inapp"]
