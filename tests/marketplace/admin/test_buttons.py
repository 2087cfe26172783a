"""R10: each button says what will happen, asks why, does just that, and once. Bulk goes object by object."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from marketplace import clock
from marketplace.actions import deadlines, steering
from marketplace.admin.groups import SUPERVISORS
from marketplace.models import CancelRequest, Event, Message, PenaltyPause, Seller, Service, User, Verdict
from marketplace.vocabulary import EventKind, MessageKind, Party, WokenBy
from tests.conftest import Clock
from tests.support.factories import completed_deal, days, hours, open_request, overdue_room, person, room, seller
from tests.support.operating import Desk, form_of, operator, supervisor, text, told

pytestmark = pytest.mark.django_db

WHY = "The platform was down."
NEEDED = ("dbname", "user", "password", "host", "port")
FIVE = timedelta(hours=5, minutes=12, seconds=33)


def named(user: User, name: str) -> User:
    user.username = name
    user.save()
    return user


@pytest.fixture
def desk(frozen: Clock, db: None) -> Desk:
    """A supervisor's, at noon of the second of March in Tokyo."""
    return Desk(supervisor())


@pytest.fixture
def aoi(frozen: Clock, db: None) -> Seller:
    """A seller of a logo and a song."""
    made = seller(user=named(person(), "aoi"), services=2)
    for service, title in zip(made.services.order_by("pk"), ("Logo", "Song"), strict=True):
        Service.objects.filter(pk=service.pk).update(title=title)
    return made


@pytest.fixture
def request_(frozen: Clock, db: None) -> CancelRequest:
    return open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at + FIVE)


@contextmanager
def another_connection() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the test's database once more."""
    known = {name: value for name, value in connection.get_connection_params().items() if name in NEEDED}
    with closing(psycopg.connect(**known)) as other:
        yield other


def foreseen(answer: Any) -> dict[str, list[str]]:
    """Return what a confirmation says: lines by object."""
    return {str(each.row.pk): list(each.lines) for each in answer.context["going"]}


def silence_of(of: Seller, frozen: Clock) -> Verdict:
    overdue = overdue_room(of=of)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.SWEEP)
    return Verdict.objects.get(deal=overdue.deal_id)


def events(kind: EventKind) -> list[dict[str, Any]]:
    return [event.data for event in Event.objects.filter(kind=kind).order_by("id")]


# Hold, release, extend


def test_a_hold_says_what_remains_and_stops_the_deadline(desk: Desk, frozen: Clock, request_: CancelRequest) -> None:
    asked = desk.ask("cancelrequest", "hold", request_.pk)
    assert foreseen(asked)[str(request_.pk)] == [
        "The deadline 2026-03-02 17:12:33 JST will stop; 05:12:33 remain.",
        "The request stays open: a reply, its withdrawal or the end of the deal still closes it.",
    ]
    answer = desk.confirm(asked, WHY)
    assert told(answer) == [f"Held: {str(request_.pk)[:8]}"]
    assert answer.redirect_chain == [(f"/admin/marketplace/cancelrequest/{request_.pk}/change/", 302)]
    request_.refresh_from_db()
    assert (request_.reply_deadline, request_.remaining_when_held, request_.generation) == (None, FIVE, 2)
    assert [each["reason"] for each in events(EventKind.REQUEST_HELD)] == [WHY]
    assert "held, 05:12:33 remain" in text(answer)


def test_a_release_says_when_it_would_fall_due_and_lets_the_clock_run(
    desk: Desk, frozen: Clock, request_: CancelRequest
) -> None:
    desk.press("cancelrequest", "hold", request_.pk)
    frozen.advance(days(2))
    asked = desk.ask("cancelrequest", "release", request_.pk)
    assert foreseen(asked)[str(request_.pk)] == [
        "The clock runs on with 05:12:33 left: released now, the deadline is 2026-03-04 17:12:33 JST.",
        "Silence until then cancels the deal.",
    ]
    assert told(desk.confirm(asked)) == [f"Released: {str(request_.pk)[:8]}"]
    request_.refresh_from_db()
    assert (request_.reply_deadline, request_.held_at) == (frozen.at + FIVE, None)


def test_an_extension_says_from_when_to_when_and_a_changed_one_asks_again(
    desk: Desk, frozen: Clock, request_: CancelRequest
) -> None:
    asked = desk.ask("cancelrequest", "extend", request_.pk)
    at_first = ["The deadline moves: 2026-03-02 17:12:33 JST → 2026-03-03 17:12:33 JST."]
    assert foreseen(asked)[str(request_.pk)] == at_first
    again = desk.confirm(asked, amount=90, unit="minutes")
    assert "Nothing has been done yet" in text(again)
    assert foreseen(again)[str(request_.pk)] == [
        "The deadline moves: 2026-03-02 17:12:33 JST → 2026-03-02 18:42:33 JST."
    ]
    request_.refresh_from_db()
    assert (request_.reply_deadline, events(EventKind.REQUEST_EXTENDED)) == (frozen.at + FIVE, [])
    assert told(desk.confirm(again, amount=90, unit="minutes")) == [f"Extended: {str(request_.pk)[:8]}"]
    request_.refresh_from_db()
    assert request_.reply_deadline == frozen.at + FIVE + timedelta(minutes=90)


def test_an_extension_of_a_held_request_adds_to_what_remains(desk: Desk, request_: CancelRequest) -> None:
    desk.press("cancelrequest", "hold", request_.pk)
    asked = desk.ask("cancelrequest", "extend", request_.pk)
    assert foreseen(asked)[str(request_.pk)] == ["It stays held; what remains grows: 05:12:33 → 29:12:33."]
    desk.confirm(asked, amount=24, unit="hours")
    request_.refresh_from_db()
    assert (request_.reply_deadline, request_.remaining_when_held) == (None, FIVE + hours(24))


@pytest.mark.parametrize(
    ("amount", "unit"), [("0", "hours"), ("-3", "hours"), ("367", "days"), ("", "days"), ("9", "years")]
)
def test_an_extension_out_of_range_is_asked_for_again(
    desk: Desk, request_: CancelRequest, amount: str, unit: str
) -> None:
    answer = desk.press("cancelrequest", "extend", request_.pk, amount=amount, unit=unit)
    assert answer.context["form"].errors
    request_.refresh_from_db()
    assert (request_.generation, Event.objects.count()) == (1, 0)


@pytest.mark.parametrize("button", ["hold", "extend"])
def test_without_a_reason_nothing_is_done(desk: Desk, request_: CancelRequest, button: str) -> None:
    for reason in ("", "   ", "x" * 1001):
        answer = desk.press("cancelrequest", button, request_.pk, reason=reason, amount=24, unit="hours")
        assert answer.context["form"].errors["reason"]
    request_.refresh_from_db()
    assert (request_.generation, Event.objects.count()) == (1, 0)


def test_a_request_past_its_deadline_by_a_microsecond_is_refused_before_it_is_asked(desk: Desk, frozen: Clock) -> None:
    overdue = open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at - timedelta(microseconds=1))
    in_time = open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at)
    for button in ("hold", "release", "extend"):
        asked = desk.ask("cancelrequest", button, overdue.pk)
        assert "The cancel request is no longer open." in text(asked)
        assert "Reason" not in text(asked)
    assert str(in_time.pk) in foreseen(desk.ask("cancelrequest", "hold", in_time.pk))


def test_a_form_that_is_sent_twice_extends_once(desk: Desk, frozen: Clock, request_: CancelRequest) -> None:
    asked = desk.ask("cancelrequest", "extend", request_.pk)
    desk.confirm(asked, amount=24, unit="hours")
    answer = desk.confirm(asked, amount=24, unit="hours")
    assert told(answer) == [
        f"Refused – What you saw has changed since: read it again before you decide.: {str(request_.pk)[:8]}"
    ]
    request_.refresh_from_db()
    assert request_.reply_deadline == frozen.at + FIVE + hours(24)
    assert len(events(EventKind.REQUEST_EXTENDED)) == 1


def test_a_form_without_what_was_seen_does_nothing(desk: Desk, request_: CancelRequest) -> None:
    address, data = form_of(desk.ask("cancelrequest", "hold", request_.pk))
    answer = desk.http.post(address, {"pk": data["pk"], "shown": "", "reason": WHY}, follow=True)
    assert told(answer)[0].startswith("Refused")
    request_.refresh_from_db()
    assert request_.held_at is None


# Reverse


def test_a_reversal_says_all_that_it_does_and_that_comes_true(desk: Desk, frozen: Clock, aoi: Seller) -> None:
    for number in range(10):
        completed_deal(of=aoi, ended_at=frozen.at - days(20), price=9000, rating=5 if number else 4)
    verdict = silence_of(aoi, frozen)
    asked = desk.ask("verdict", "reverse", verdict.pk)
    assert foreseen(asked)[str(verdict.pk)] == [
        "2 services accept again: Logo, Song.",
        "The automatic ★1 is hidden and counts for nothing.",
        "Completion: 90.9% → 100%",
        "Rating: 4.54 → 4.90",
        "Rank: Silver → Gold",
        "Search rank: 2,454.55 → 3,490",
        "The deal stays cancelled, at nobody's fault; the refund of ¥5,000 stands. Both sides are told.",
    ]
    assert told(desk.confirm(asked, WHY)) == [f"Reversed: {str(verdict.pk)[:8]}"]
    verdict.refresh_from_db()
    aoi.refresh_from_db()
    assert (verdict.at_fault, verdict.reversed_because) == ("nobody", WHY)
    assert (aoi.rank, str(aoi.search_rank), aoi.cancelled_at_fault) == ("gold", "3490.00", 0)
    assert Service.objects.accepting().filter(seller=aoi).count() == 2


def test_of_two_verdicts_on_one_seller_the_second_reversal_is_foreseen_after_the_first(
    desk: Desk, frozen: Clock, aoi: Seller
) -> None:
    first, second = silence_of(aoi, frozen), silence_of(aoi, frozen)
    asked = desk.ask("verdict", "reverse", first.pk, second.pk)
    said = foreseen(asked)
    assert said[str(first.pk)][:4] == [
        "No service accepts again. Pauses lifted: 2.",
        "2 services stay paused by other verdicts.",
        "The automatic ★1 is hidden and counts for nothing.",
        "The deal stays cancelled, at nobody's fault; the refund of ¥5,000 stands. Both sides are told.",
    ]
    assert said[str(second.pk)][0] == "2 services accept again: Logo, Song."
    assert said[str(second.pk)][2:4] == ["Completion: 0% → –", "Rating: 1.00 → –"]
    answer = desk.confirm(asked)
    assert told(answer) == [f"Reversed: {str(first.pk)[:8]}, {str(second.pk)[:8]}"]
    assert Service.objects.accepting().filter(seller=aoi).count() == 2


def test_the_reversal_of_a_buyers_silence_changes_nothing_for_the_seller(
    desk: Desk, frozen: Clock, aoi: Seller
) -> None:
    overdue = overdue_room(of=aoi, silent=Party.BUYER)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.ETA)
    verdict = Verdict.objects.get(deal=overdue.deal_id)
    asked = desk.ask("verdict", "reverse", verdict.pk)
    assert foreseen(asked)[str(verdict.pk)] == [
        "It is taken out of the buyer's record; nothing changes for the seller.",
        "The deal stays cancelled, at nobody's fault; the refund of ¥5,000 stands. Both sides are told.",
    ]
    desk.confirm(asked)
    assert events(EventKind.STANDING_CHANGED) == []


def test_a_verdict_is_reversed_once_however_often_the_form_is_sent(desk: Desk, frozen: Clock, aoi: Seller) -> None:
    verdict = silence_of(aoi, frozen)
    asked = desk.ask("verdict", "reverse", verdict.pk)
    desk.confirm(asked)
    answer = desk.confirm(asked)
    assert told(answer) == [f"Refused – The verdict was reversed already.: {str(verdict.pk)[:8]}"]
    assert len(events(EventKind.VERDICT_REVERSED)) == 1
    assert "The verdict was reversed already." in text(desk.ask("verdict", "reverse", verdict.pk))


# Resume


def test_a_seller_is_resumed_once_with_what_was_said(desk: Desk, frozen: Clock, aoi: Seller) -> None:
    silence_of(aoi, frozen), silence_of(aoi, frozen)
    asked = desk.ask("seller", "resume", aoi.pk)
    assert foreseen(asked)[str(aoi.pk)] == [
        "Verdicts acknowledged for the seller: 2. Pauses lifted: 4.",
        "Services that accept again: Logo, Song.",
        "Figures, rank and reviews stay as they are.",
    ]
    assert told(desk.confirm(asked, WHY)) == [f"Resumed: {str(aoi.pk)[:8]}"]
    assert (PenaltyPause.objects.filter(lifted_at=None).count(), Verdict.objects.unacknowledged().count()) == (0, 0)
    assert Service.objects.accepting().filter(seller=aoi).count() == 2
    answer = desk.confirm(asked)
    refused = "No verdict waits for an acknowledgement, and no penalty pauses a service."
    assert told(answer) == [f"Refused – {refused}: {str(aoi.pk)[:8]}"]
    assert [each["reason"] for each in events(EventKind.SELLER_RESUMED)] == [WHY]


# Hide


def test_a_message_is_hidden_from_its_room_once_and_moves_no_clock(desk: Desk, frozen: Clock) -> None:
    quiet = room(silent_for=days(5), now=frozen.at)
    before = (quiet.buyer_last_contact_at, quiet.seller_last_contact_at, quiet.last_sender)
    Message.objects.filter(room=quiet, sender=Party.SELLER).update(body="My phone number is 090-…")
    message = Message.objects.get(room=quiet, sender=Party.SELLER)
    asked = desk.ask("message", "hide", message.pk)
    assert foreseen(asked)[str(message.pk)] == [
        "What the seller wrote at 2026-02-25 12:00:00 JST will be shown to neither party: “My phone number is 090-…”",
        "It moves no clock, and cannot be undone.",
    ]
    assert told(desk.confirm(asked, WHY)) == [f"Hidden: {str(message.pk)[:8]}"]
    assert told(desk.confirm(asked)) == [f"Refused – The message is hidden already.: {str(message.pk)[:8]}"]
    message.refresh_from_db()
    quiet.refresh_from_db()
    assert message.hidden_at == frozen.at
    assert (quiet.buyer_last_contact_at, quiet.seller_last_contact_at, quiet.last_sender) == before
    assert len(events(EventKind.MESSAGE_HIDDEN)) == 1


def test_a_line_of_the_systems_cannot_be_hidden(desk: Desk, frozen: Clock, aoi: Seller) -> None:
    silence_of(aoi, frozen)
    line = Message.objects.filter(kind=MessageKind.SYSTEM).latest("posted_at")
    assert "There is nothing here that you may see." in text(desk.ask("message", "hide", line.pk))


# In bulk


def test_in_bulk_a_refusal_of_one_stops_nobody_and_is_told(desk: Desk, frozen: Clock) -> None:
    rooms = [room(silent_for=days(5), now=frozen.at) for _ in range(4)]
    running, moved, held = (open_request(each, deadline=frozen.at + FIVE) for each in rooms[:3])
    overdue = open_request(rooms[3], deadline=frozen.at - timedelta(seconds=1))
    staff = operator(SUPERVISORS)
    steering.hold(request_id=held.pk, staff=staff, reason="Illness")
    asked = desk.http.post(
        "/admin/marketplace/cancelrequest/",
        {"action": "hold", "_selected_action": [each.pk for each in (running, moved, held, overdue)]},
    )
    assert set(foreseen(asked)) == {str(running.pk), str(moved.pk)}
    assert {(str(each.row.pk), why) for each, why in asked.context["refused"]} == {
        (str(held.pk), "The cancel request is held already."),
        (str(overdue.pk), "The cancel request is no longer open."),
    }
    steering.extend(request_id=moved.pk, by=hours(1), staff=staff, reason="Meanwhile")
    answer = desk.confirm(asked, WHY)
    assert told(answer) == [
        f"Held: {str(running.pk)[:8]}",
        f"Refused – What you saw has changed since: read it again before you decide.: {str(moved.pk)[:8]}",
    ]
    assert answer.redirect_chain == [("/admin/marketplace/cancelrequest/", 302)]
    assert set(CancelRequest.objects.exclude(held_at=None).values_list("pk", flat=True)) == {running.pk, held.pk}


@pytest.mark.django_db(transaction=True)
def test_in_bulk_a_room_that_somebody_else_holds_locked_stops_nobody(transactional_db: None) -> None:
    busy, free = (room(silent_for=days(5)) for _ in range(2))
    keys = [open_request(each, deadline=clock.now() + FIVE).pk for each in (busy, free)]
    desk = Desk(supervisor())
    asked = desk.ask("cancelrequest", "hold", *keys)
    with another_connection() as other, other.cursor() as locking, connection.cursor() as ours:
        locking.execute("SELECT FROM marketplace_talkroom WHERE id = %s FOR NO KEY UPDATE", [busy.pk])
        ours.execute("SET lock_timeout = '200ms'")
        answer = desk.confirm(asked, WHY)
        ours.execute("RESET lock_timeout")
        other.rollback()
    assert told(answer) == [
        f"Held: {str(keys[1])[:8]}",
        f"Refused – Somebody else is busy with it: try again.: {str(keys[0])[:8]}",
    ]
    assert list(CancelRequest.objects.exclude(held_at=None).values_list("pk", flat=True)) == [keys[1]]
    assert told(desk.confirm(asked, WHY))[0] == f"Held: {str(keys[0])[:8]}"


def test_at_most_four_hundred_at_once(desk: Desk, frozen: Clock) -> None:
    first = open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at + FIVE)
    invented = [f"00000000-0000-4000-8000-{number:012}" for number in range(400)]
    asked = "&".join(f"pk={key}" for key in [first.pk, *invented])
    answer = desk.http.get(f"/admin/marketplace/cancelrequest/act/hold/?{asked}", follow=True)
    assert told(answer) == ["Choose 1 to 400."]
    assert "Not found: 399" in text(desk.ask("cancelrequest", "hold", first.pk, *invented[:399]))


def test_the_way_back_leads_into_the_admin_only(desk: Desk, request_: CancelRequest) -> None:
    inside = desk.ask("cancelrequest", "hold", request_.pk, query="&back=/admin/due/%3Fstate=held")
    assert inside.context["back"] == "/admin/due/?state=held"
    for outside in ("https://evil.example/admin/", "//evil.example/admin/", "/api/v1/", "javascript:alert(1)"):
        asked = desk.ask("cancelrequest", "hold", request_.pk, query=f"&back={outside}")
        assert asked.context["back"] == f"/admin/marketplace/cancelrequest/{request_.pk}/change/"


def test_a_time_is_told_in_the_operators_zone_and_language(frozen: Clock, request_: CancelRequest) -> None:
    assert frozen.at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    paris = Desk(supervisor(time_zone="Europe/Paris", language="ja"))
    asked = paris.ask("cancelrequest", "hold", request_.pk)
    assert foreseen(asked)[str(request_.pk)][0] == "期限 2026-03-02 09:12:33 CET が停止します。残りは 05:12:33 です。"
    assert "Europe/Paris" in text(asked)
    assert asked.headers["Content-Language"] == "ja"
