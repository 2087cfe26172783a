"""The calendar feed: milestones and deadlines under a secret, revocable address."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from marketplace.actions import cancel_requests, schedule, steering
from marketplace.actions.schedule import Line
from marketplace.models import Milestone, Seller, User
from notifications import calendars
from notifications.models import CalendarFeed
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, days, delivered_room, hours, person, room, untouched_room

pytestmark = pytest.mark.django_db
PATH = "calendar-feed/"


def feed_of(who: User) -> str:
    """Return the path of somebody's calendar, made when there is none."""
    url: str = Api(who).post(PATH).json()["url"]
    return urlsplit(url).path


def events(who: User) -> dict[str, Any]:
    """Read somebody's calendar as a calendar program does; events by what their uid begins with."""
    answer = Client().get(feed_of(who), headers={"Accept": "text/calendar"})
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert (str(calendar["VERSION"]), "PRODID" in calendar) == ("2.0", True)
    found = {str(event["UID"]).rpartition("@")[0]: event for event in calendar.walk("VEVENT")}
    assert all({"DTSTAMP", "SUMMARY", "DTSTART"} <= set(event) for event in found.values())
    return found


def test_there_is_none_until_it_is_asked_for_and_asking_again_gives_the_same(buyer: User) -> None:
    api = Api(buyer)
    assert api.get(PATH).json() == {"url": None}
    made = api.post(PATH)
    assert made.status_code == 201
    url = made.json()["url"]
    assert url.startswith("http://127.0.0.1:8000/api/v1/calendar/")
    assert api.post(PATH).json() == api.get(PATH).json() == {"url": url}
    assert Client().get(urlsplit(url).path).status_code == 200


def test_only_the_hash_of_the_secret_is_kept(buyer: User) -> None:
    token = feed_of(buyer).split("/")[-2]
    assert len(token) == 64
    assert token not in repr(list(CalendarFeed.objects.values()))


def test_a_revoked_address_is_404_and_the_next_one_is_another(frozen: Clock, buyer: User) -> None:
    api, old = Api(buyer), feed_of(buyer)
    other = feed_of(person())
    for _ in range(2):
        assert api("DELETE", PATH).status_code == 204
    problem(Client().get(old), 404, "not_found")
    assert api.get(PATH).json() == {"url": None}
    frozen.advance(MICROSECOND)
    new = feed_of(buyer)
    assert new != old
    problem(Client().get(old), 404, "not_found")
    assert [Client().get(path).status_code for path in (new, other)] == [200, 200]


@pytest.mark.parametrize("token", ["x", "0" * 64, "%00", "é"])
def test_a_secret_that_nobody_made_is_404(buyer: User, token: str) -> None:
    feed_of(buyer)
    problem(Client().get(f"/api/v1/calendar/{token}/"), 404, "not_found")


def test_who_is_not_active_any_more_has_no_calendar(buyer: User) -> None:
    path = feed_of(buyer)
    User.objects.filter(pk=buyer.pk).update(is_active=False)
    problem(Client().get(path), 404, "not_found")


def test_after_another_secret_key_the_old_address_goes_on_and_a_new_one_can_be_made(
    frozen: Clock, buyer: User, settings: Any
) -> None:
    old = feed_of(buyer)
    with_token = Api(buyer)
    settings.SECRET_KEY = "another" * 8
    assert Client().get(old).status_code == 200
    assert with_token.get(PATH).json() == {"url": None}
    new = feed_of(buyer)
    assert Client().get(new).status_code == 200
    problem(Client().get(old), 404, "not_found")


def test_milestones_are_all_day_events_on_both_sides(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, now=frozen.at)
    lines = [Line(title="初稿", due_on=date(2026, 3, 5)), Line(title="納品日", due_on=date(9999, 12, 31), done=True)]
    schedule.share(room_id=talk_room.pk, seller=seller.user, lines=lines)
    removed = Milestone.objects.create(
        room=talk_room, title="-", due_on=date(2026, 3, 6), shared_at=frozen.at, removed_at=frozen.at
    )
    for who in (seller.user, talk_room.buyer):
        found = events(who)
        assert f"milestone-{removed.pk}" not in found
        first, last = (found[f"milestone-{Milestone.objects.get(title=each.title).pk}"] for each in lines)
        assert first["DTSTART"].dt == date(2026, 3, 5)
        assert "VALUE=DATE" in first["DTSTART"].params.to_ical().decode()
        assert "初稿" in first["SUMMARY"]
        assert (last["DTSTART"].dt, last["SUMMARY"][0]) == (date(9999, 12, 31), "✓")


def test_deadlines_are_moments_and_say_whose_they_are(frozen: Clock, seller: Seller) -> None:
    english = person(language="en")
    talk_room = room(of=seller, buyer=english, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=english)
    delivered = delivered_room(of=seller, buyer=english, deadline=frozen.at + hours(5))
    untouched = untouched_room(of=seller, buyer=english, limit=frozen.at + hours(7))
    theirs, yours = events(english), events(seller.user)
    keys = {
        f"reply-{request.pk}": hours(24),
        f"approval-{delivered.deal_id}": hours(5),
        f"first-contact-{untouched.deal_id}": hours(7),
    }
    assert set(theirs) == set(yours) == set(keys)
    for key, left in keys.items():
        assert theirs[key]["DTSTART"].dt == yours[key]["DTSTART"].dt == frozen.at + left
        assert theirs[key]["SUMMARY"].isascii() is False  # the quotes are typographic
        assert theirs[key]["SUMMARY"] != yours[key]["SUMMARY"]
    assert theirs[f"reply-{request.pk}"]["SUMMARY"] == "“A logo”: the other party's reply deadline"
    assert yours[f"reply-{request.pk}"]["SUMMARY"] == "「A logo」の返信期限 (過ぎるとキャンセル)"
    assert theirs[f"approval-{delivered.deal_id}"]["SUMMARY"] == "Approve “A logo” or send it back by now"


def test_what_is_held_passed_or_over_is_in_no_calendar(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    chief = person(is_staff=True, is_superuser=True)
    path = feed_of(seller.user)
    steering.hold(request_id=request.pk, staff=chief, reason="Illness")
    assert f"reply-{request.pk}" not in Client().get(path).content.decode().replace("\r\n ", "")
    steering.release(request_id=request.pk, staff=chief, reason="Well")
    assert f"reply-{request.pk}" in Client().get(path).content.decode().replace("\r\n ", "")
    frozen.advance(hours(24) + MICROSECOND)
    assert f"reply-{request.pk}" not in Client().get(path).content.decode().replace("\r\n ", "")


def test_a_feed_is_304_until_something_changes_and_costs_a_fixed_number_of_statements(
    frozen: Clock, seller: Seller
) -> None:
    path = feed_of(seller.user)
    room(of=seller, now=frozen.at)
    with CaptureQueriesContext(connection) as few:
        first = Client().get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    for _ in range(5):
        own = room(of=seller, now=frozen.at)
    frozen.advance(timedelta(seconds=1))
    unchanged = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    schedule.share(room_id=own.pk, seller=seller.user, lines=[Line(title="初稿", due_on=date(2026, 3, 5))])
    with CaptureQueriesContext(connection) as many:
        assert Client().get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert len(many) == len(few) == 4


def test_no_line_of_the_log_tells_the_secret(
    buyer: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feed_of(buyer)
    token = path.split("/")[-2]

    def locked(*_: object) -> str:
        raise OperationalError("canceling statement due to lock timeout")

    with caplog.at_level(logging.DEBUG):
        assert Client().get(path).status_code == 200
        monkeypatch.setattr(calendars, "render", locked)
        problem(Client().get(path), 503, "temporarily_unavailable")
    assert "lock timeout" in caplog.text
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert ours
    assert token not in "\n".join(ours)
    assert "calendar/<str:calendar_token>/" in "\n".join(ours)


def test_a_day_is_the_same_day_wherever_its_reader_is(frozen: Clock, seller: Seller) -> None:
    frozen.at = datetime(2026, 3, 2, 20, tzinfo=UTC)
    talk_room = room(of=seller, now=frozen.at)
    seller.user.time_zone = "America/New_York"
    seller.user.save()
    schedule.share(room_id=talk_room.pk, seller=seller.user, lines=[Line(title="初稿", due_on=date(2026, 3, 5))])
    [event] = events(seller.user).values()
    assert event["DTSTART"].dt == date(2026, 3, 5)


def feed(who: User) -> Any:
    answer = Client().get(feed_of(who))
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n")), "lines are folded at 75 octets"
    return Calendar.from_ical(answer.content)


def test_a_milestone_that_moves_is_a_new_revision_of_the_same_event(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, now=frozen.at)
    shared = frozen.at
    schedule.share(room_id=talk_room.pk, seller=seller.user, lines=[Line(title="初稿", due_on=date(2026, 3, 5))])
    [before] = events(seller.user).values()
    assert (before["SEQUENCE"], before["DTSTAMP"].dt, before["LAST-MODIFIED"].dt) == (0, shared, shared)
    milestone = Milestone.objects.get()
    frozen.advance(hours(3))
    moved = Line(id=milestone.pk, title="初稿", due_on=date(2026, 3, 15))
    schedule.share(room_id=talk_room.pk, seller=seller.user, lines=[moved])
    frozen.advance(hours(3))
    [after] = events(seller.user).values()
    assert after["UID"] == before["UID"]
    assert (after["SEQUENCE"], after["DTSTART"].dt) == (1, date(2026, 3, 15))
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt == shared + hours(3)
    assert after["CREATED"].dt == shared


def test_a_deadline_has_a_length_and_an_alarm_and_an_extension_is_a_revision(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    delivered_room(of=seller, deadline=frozen.at + hours(5))
    untouched_room(of=seller, limit=frozen.at + hours(7))
    found = events(seller.user)
    assert len(found) == 3
    for event in found.values():
        assert event["DTEND"].dt > event["DTSTART"].dt
        [alarm] = event.walk("VALARM")
        assert (alarm["ACTION"], alarm["TRIGGER"].dt, alarm["DESCRIPTION"]) == ("DISPLAY", -hours(1), event["SUMMARY"])
    first = found[f"reply-{request.pk}"]
    frozen.advance(hours(1))
    chief = person(is_staff=True, is_superuser=True)
    steering.extend(request_id=request.pk, staff=chief, by=hours(5), reason="Illness")
    second = events(seller.user)[f"reply-{request.pk}"]
    assert second["SEQUENCE"] == first["SEQUENCE"] + 1
    assert (first["DTSTAMP"].dt, second["DTSTAMP"].dt) == (frozen.at - hours(1), frozen.at)
    assert second["DTSTART"].dt == first["DTSTART"].dt + hours(5)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_calendar_speaks_its_owner_s_language_and_even_an_empty_one_has_a_component(language: str) -> None:
    somebody = person(language=language)
    answer = Client().get(feed_of(somebody), headers={"Accept-Language": "en" if language == "ja" else "ja"})
    assert answer.headers["Content-Language"] == language
    calendar = feed(somebody)
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE"]
    assert calendar["NAME"] == calendar["X-WR-CALNAME"]
    assert "REFRESH-INTERVAL" in calendar
    assert "METHOD" not in calendar


def test_words_that_mean_something_to_a_calendar_are_escaped(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, now=frozen.at)
    evil = "初稿; DTSTART:1, \\n END:VEVENT " + "長" * 60
    schedule.share(room_id=talk_room.pk, seller=seller.user, lines=[Line(title=evil, due_on=date(2026, 3, 5))])
    [event] = feed(seller.user).walk("VEVENT")
    assert evil in event["SUMMARY"]
