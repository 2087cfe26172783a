"""The talk room as a page: whose turn it is, why not yet, the request from both sides, live by 304, what is kept."""

from collections import Counter

import pytest
from django.db import connection
from django.template import Template
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from marketplace.actions import steering, talk
from marketplace.models import CancelRequest, Deal, Message, Seller, TalkRoom, User
from marketplace.pages.views.room import LIVE_PARTS
from marketplace.vocabulary import MessageKind, Party
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, completed_deal, days, hours, open_request, room, untouched_room
from tests.support.operating import supervisor
from tests.support.visitor import Seen, Visitor

A_POLL = 8
"""Statements, besides the clock's, which stands still here: session and person, the room, its requests and what the
rules ask of them, the messages, the schedule with its past dates, the last progress report."""
THE_RECOUNT = 3
"""The figures now and then, and the services that would be paused: for who is at risk."""


def address(of: TalkRoom, part: str = "") -> str:
    return f"/talk-rooms/{of.pk}/{part}"


def turn(page: Seen) -> str:
    return " ".join(page.one("section", id="turn").text.split())


def state(page: Seen) -> str:
    return " ".join(page.one("aside", id="state").text.split())


def poll(visitor: Visitor, of: TalkRoom, tag: str = "") -> tuple[int, str]:
    """Look as the page does. Returns the status and the tag."""
    headers = {"If-None-Match": tag, "HX-Request": "true"} if tag else {}
    answer = visitor.client.get(address(of, "live/"), headers=headers)
    return answer.status_code, answer.headers["ETag"]


@pytest.fixture
def waiting(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A room in which the buyer has waited for the seller for two days."""
    return room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(2))


@pytest.fixture
def ripe(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A room in which the seller has been silent for exactly four days."""
    return room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(4))


@pytest.fixture
def asked(frozen: Clock, ripe: TalkRoom) -> CancelRequest:
    """A request that the buyer placed just now."""
    return open_request(ripe, deadline=frozen.at + hours(24))


# Whose turn, and why not yet


def test_who_waits_reads_how_long_from_when_a_request_is_possible_and_which_condition_is_missing(
    waiting: TalkRoom,
) -> None:
    page = Visitor.as_(waiting.buyer).see(address(waiting))
    assert "Waiting for" in turn(page)
    assert "2 d" in turn(page)
    missing = page.all("li", class_="unmet")
    assert len(missing) == 1
    assert "silent for 4 days or longer" in missing[0].text
    assert "Met from Wed 4 Mar 12:00 (JST)" in " ".join(missing[0].text.split())
    assert len(page.all("li", class_="met")) == 4
    assert not page.offers("cancel-request/")


def test_a_request_becomes_possible_in_the_very_moment_of_four_days_and_not_before(
    frozen: Clock, waiting: TalkRoom
) -> None:
    visitor = Visitor.as_(waiting.buyer)
    frozen.advance(days(2) - MICROSECOND)
    assert not visitor.see(address(waiting)).offers("cancel-request/")
    frozen.advance(MICROSECOND)
    assert visitor.see(address(waiting)).offers("cancel-request/")


def test_who_owes_a_word_is_told_what_silence_would_do_before_any_request_runs(waiting: TalkRoom) -> None:
    page = Visitor.as_(waiting.seller).see(address(waiting))
    assert "Your turn" in turn(page)
    assert "can ask to cancel from" in turn(page)
    assert "If you stay silent" in state(page)
    assert "Services paused all 3" in state(page)
    assert "Delivery completion rate – → 0%" in state(page)
    assert "Back to the buyer ¥5,000" in state(page)
    assert "Waiting is not enough: see what is missing below." in state(page)
    assert "Send a message" in state(page)


def test_who_wrote_last_is_at_no_risk_and_nothing_is_recounted(waiting: TalkRoom) -> None:
    assert "If you stay silent" not in state(Visitor.as_(waiting.buyer).see(address(waiting)))


def test_a_silent_buyer_reads_what_it_does_to_a_buyer(frozen: Clock, seller: Seller, buyer: User) -> None:
    silent = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(5), silent=Party.BUYER)
    page = Visitor.as_(buyer).see(address(silent))
    assert "can ask to cancel at any time" in turn(page)
    assert "Cancellations for silence on the buyer's record 0 → 1" in state(page)
    assert "Services paused" not in state(page)


def test_a_first_contact_limit_counts_down_for_both_and_says_what_it_does(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    untouched = untouched_room(limit=frozen.at + hours(5), of=seller, buyer=buyer)
    sellers, buyers = (Visitor.as_(person).see(address(untouched)) for person in (seller.user, buyer))
    assert "Write your first message" in turn(sellers)
    assert "If you stay silent" in state(sellers)
    assert "Waiting for the seller's first message" in turn(buyers)
    for page in (sellers, buyers):
        until = [each.attributes.get("data-until") for each in page.all("time", class_="clock")]
        assert (frozen.at + hours(5)).isoformat() in until


def test_the_seller_reads_the_buyer_s_record_and_the_buyer_does_not(
    frozen: Clock, seller: Seller, buyer: User, waiting: TalkRoom
) -> None:
    completed_deal(of=seller, buyer=buyer, ended_at=frozen.at - days(1))
    assert "1 completed, 0 cancelled" in Visitor.as_(seller.user).see(address(waiting)).text
    assert "cancelled for the buyer's silence" not in Visitor.as_(buyer).see(address(waiting)).text


# The request


def test_placing_a_request_shows_what_it_does_and_places_it_once(ripe: TalkRoom, frozen: Clock) -> None:
    visitor = Visitor.as_(ripe.buyer)
    page = visitor.see(address(ripe, "cancel-request/"))
    for told in ("gets 24 hours to reply", "Any reply revokes it", "You can withdraw it", "all 3", "– → 0%", "¥5,000"):
        assert told in page.text
    for _ in range(2):
        in_room = visitor.send(page, "cancel-request/", reason="No word")
    placed = CancelRequest.objects.get(room=ripe)
    assert (placed.requester, placed.reason, placed.reply_deadline) == ("buyer", "No word", frozen.at + hours(24))
    assert "Your cancel request waits for a reply" in turn(in_room)
    assert in_room.offers(f"/cancel-requests/{placed.pk}/withdraw/")


def test_a_seller_who_asks_reads_what_it_does_to_a_buyer(frozen: Clock, seller: Seller, buyer: User) -> None:
    silent = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(4), silent=Party.BUYER)
    page = Visitor.as_(seller.user).see(address(silent, "cancel-request/"))
    assert "Cancellations for silence on the buyer's record 0 → 1" in page.text
    assert "One message is enough" in page.text
    for of_a_seller in ("Services paused", "Automatic review", "Completion rate"):
        assert of_a_seller not in page.text


def test_a_request_that_has_become_impossible_is_refused_with_its_reason_and_what_was_typed(ripe: TalkRoom) -> None:
    visitor = Visitor.as_(ripe.buyer)
    page = visitor.see(address(ripe, "cancel-request/"))
    talk.post_message(room_id=ripe.pk, author=ripe.seller, body="Here I am.")
    refused = visitor.send(page, "cancel-request/", expect=409, reason="No word at all")
    assert "The last contact in this talk room is not yours" in refused.text
    assert "No word at all" in refused.text
    assert not CancelRequest.objects.filter(room=ripe).exists()


def test_too_early_the_page_of_the_request_offers_no_form_and_says_from_when(waiting: TalkRoom) -> None:
    page = Visitor.as_(waiting.buyer).see(address(waiting, "cancel-request/"))
    assert not [form for form in page.forms if form.action.endswith("cancel-request/")]
    assert "It becomes possible at Wed 4 Mar 12:00 (JST)" in page.text


def test_both_see_the_same_countdown_and_the_respondent_what_comes_of_silence(
    frozen: Clock, asked: CancelRequest, buyer: User, seller: Seller
) -> None:
    pages = [Visitor.as_(person).see(address(asked.room)) for person in (buyer, seller.user)]
    for page in pages:
        clocks = page.one("p", class_="clock-face").text, page.all("time", class_="clock")[0].attributes["data-until"]
        assert clocks == ("1 d", (frozen.at + hours(24)).isoformat())
    assert "Reply now" in turn(pages[1])
    assert "Seller rank Regular (unchanged)" in state(pages[1])
    assert "If you stay silent" not in state(pages[0])
    assert "automatically at the deadline" in state(pages[0])


def test_a_held_request_says_so_to_both_and_no_clock_runs(frozen: Clock, asked: CancelRequest, staff: User) -> None:
    steering.hold(request_id=asked.pk, staff=supervisor(), reason="A typhoon")
    frozen.advance(hours(30))
    for person in (asked.room.buyer, asked.room.seller):
        page = Visitor.as_(person).see(address(asked.room))
        assert "held by our staff" in turn(page)
        assert "1 d" in turn(page)
        assert not [each for each in page.all("time", class_="clock") if each.attributes.get("data-until")]
        assert "automatically at the deadline" not in state(page)  # there is none


def test_withdrawing_is_asked_once_more_and_tells_both_what_became_of_it(asked: CancelRequest) -> None:
    visitor = Visitor.as_(asked.room.buyer)
    page = visitor.see(f"/cancel-requests/{asked.pk}/withdraw/")
    assert "The deal goes on." in page.text
    assert "↩ withdrawn" in state(visitor.send(page, "withdraw/"))
    assert "↩ withdrawn" in state(Visitor.as_(asked.room.seller).see(address(asked.room)))
    again = visitor.see(f"/cancel-requests/{asked.pk}/withdraw/")
    assert "nothing to withdraw" in again.text
    assert not [form for form in again.forms if form.action.endswith("withdraw/")]


def test_the_respondent_cannot_withdraw(asked: CancelRequest) -> None:
    Visitor.as_(asked.room.seller).see(f"/cancel-requests/{asked.pk}/withdraw/", expect=403)
    asked.refresh_from_db()
    assert asked.status == "awaiting_reply"


def test_a_progress_report_written_on_the_page_is_a_reply_and_the_page_says_what_it_did(asked: CancelRequest) -> None:
    visitor = Visitor.as_(asked.room.seller)
    page = visitor.see(address(asked.room))
    after = visitor.send(page, address(asked.room), body="Half is done.", kind="progress_report")
    assert Message.objects.get(room=asked.room, body="Half is done.").kind == MessageKind.PROGRESS_REPORT
    assert "✓ revoked by a reply" in state(after)
    assert ["Progress report" in said.text for said in after.all("article", class_="mine")] == [False, True]


# Too late, and closed


def test_a_late_reply_is_refused_shows_the_verdict_and_keeps_what_was_typed(
    frozen: Clock, asked: CancelRequest
) -> None:
    visitor = Visitor.as_(asked.room.seller)
    page = visitor.see(address(asked.room))
    frozen.advance(hours(24) + MICROSECOND)
    refused = visitor.send(page, address(asked.room), expect=409, body="I am back!")
    assert "The reply deadline had passed" in refused.text
    assert refused.one("textarea", id="f-body").text.strip() == "I am back!"
    assert "readonly" in refused.one("textarea", id="f-body").attributes
    assert "you did not reply in time" in turn(refused)
    assert refused.offers("/selling/return/")
    assert not Message.objects.filter(room=asked.room, body="I am back!").exists()
    assert Deal.objects.get(pk=asked.room.deal_id).status == "cancelled"


def test_a_room_that_closes_while_one_types_says_why_and_leaves_the_composer_alone(
    frozen: Clock, asked: CancelRequest
) -> None:
    visitor = Visitor.as_(asked.room.seller)
    _, tag = poll(visitor, asked.room)
    frozen.advance(hours(25))
    part = visitor.see(address(asked.room, "live/"), 200, **{"If-None-Match": tag})
    assert "This room is closed" in part.one("div", id="closed").text
    assert "there was no reply from you" in part.one("div", id="closed").text
    assert not part.all("textarea")
    assert not part.all(id="composer")


def test_the_page_of_an_ended_room_has_no_composer(frozen: Clock, asked: CancelRequest) -> None:
    frozen.advance(hours(25))
    for person in (asked.room.buyer, asked.room.seller):
        page = Visitor.as_(person).see(address(asked.room))
        assert not page.all("textarea")
        assert "This room is closed" in page.text


# Staff


def test_staff_read_everything_and_can_write_nothing(waiting: TalkRoom, staff: User) -> None:
    said = Message.objects.filter(room=waiting, sender=Party.SELLER).get()
    Message.objects.filter(pk=said.pk).update(body="A secret", hidden_at=waiting.opened_at)
    page = Visitor.as_(staff).see(address(waiting))
    assert "A secret" in page.text
    assert "hidden from both" in page.text
    assert not page.all("textarea")
    assert page.offers(f"/admin/marketplace/talkroom/{waiting.pk}/change/")
    assert "A secret" not in Visitor.as_(waiting.seller).see(address(waiting)).text
    Visitor.as_(staff).see(address(waiting, "cancel-request/"), expect=403)


def test_a_stranger_finds_nothing(waiting: TalkRoom, stranger: User) -> None:
    for part in ("", "live/", "cancel-request/"):
        Visitor.as_(stranger).see(address(waiting, part), expect=404)


# Live


@pytest.mark.parametrize("side", list(Party))
def test_nothing_new_is_304_however_the_clocks_run_on(frozen: Clock, waiting: TalkRoom, side: Party) -> None:
    visitor = Visitor.as_(waiting.buyer if side is Party.BUYER else waiting.seller)
    page = visitor.see(address(waiting))
    tag = page.one("div", id="live").attributes["data-seen"]
    for length in (MICROSECOND, hours(1), hours(9)):
        frozen.advance(length)
        assert poll(visitor, waiting, tag) == (304, tag)


def test_the_live_half_is_drawn_once(waiting: TalkRoom) -> None:
    visitor, drawn = Visitor.as_(waiting.buyer), Counter[str | None]()

    def note(template: Template, **_: object) -> None:
        drawn[template.name] += 1

    template_rendered.connect(note)
    try:
        visitor.see(address(waiting))
    finally:
        template_rendered.disconnect(note)
    assert {part: drawn[part] for part in LIVE_PARTS.values()} == dict.fromkeys(LIVE_PARTS.values(), 1)


def test_a_tag_that_a_proxy_weakened_or_that_is_one_of_several_is_304(waiting: TalkRoom) -> None:
    visitor = Visitor.as_(waiting.buyer)
    _, tag = poll(visitor, waiting)
    for known in (f"W/{tag}", f'"x", {tag}', f'W/"x",W/{tag}', "*"):
        assert poll(visitor, waiting, known) == (304, tag), known
    for other in ('"x"', f'W/"x{tag[2:]}', tag.strip('"')):
        assert poll(visitor, waiting, other) == (200, tag), other


def test_a_running_countdown_is_304_too(frozen: Clock, asked: CancelRequest) -> None:
    for person in (asked.room.buyer, asked.room.seller):
        visitor = Visitor.as_(person)
        _, tag = poll(visitor, asked.room)
        frozen.advance(hours(1))
        assert poll(visitor, asked.room, tag) == (304, tag)


def test_a_message_a_request_and_the_moment_in_which_one_becomes_possible_are_shown(
    frozen: Clock, waiting: TalkRoom
) -> None:
    visitor = Visitor.as_(waiting.seller)
    _, tag = poll(visitor, waiting)
    talk.post_message(room_id=waiting.pk, author=waiting.buyer, body="Hello?")
    status, spoken = poll(visitor, waiting, tag)
    assert (status, spoken == tag) == (200, False)
    frozen.advance(days(2) - MICROSECOND)
    _, before = poll(visitor, waiting)
    frozen.advance(MICROSECOND)
    status, possible = poll(visitor, waiting, before)
    assert (status, possible == before) == (200, False)
    open_request(waiting, deadline=frozen.at + hours(24))
    status, placed = poll(visitor, waiting, possible)
    assert (status, placed == possible) == (200, False)


def test_a_poll_costs_a_bounded_number_of_statements_and_the_recount_only_who_is_at_risk(
    waiting: TalkRoom,
) -> None:
    counted = {}
    for side, person in ((Party.BUYER, waiting.buyer), (Party.SELLER, waiting.seller)):
        visitor = Visitor.as_(person)
        _, tag = poll(visitor, waiting)
        with CaptureQueriesContext(connection) as asked_for:
            assert poll(visitor, waiting, tag)[0] == 304
        counted[side] = len(asked_for)
    assert counted[Party.BUYER] <= A_POLL
    assert counted[Party.SELLER] <= A_POLL + THE_RECOUNT


def test_older_messages_can_be_reached_page_by_page_without_leaving_the_room(frozen: Clock, waiting: TalkRoom) -> None:
    for number in range(40):
        Message.objects.create(
            room=waiting,
            sender=Party.BUYER,
            kind="text",
            body=f"no. {number}.",
            posted_at=frozen.at + number * MICROSECOND,
        )
    visitor = Visitor.as_(waiting.buyer)
    newest = visitor.see(address(waiting))
    assert "no. 39." in newest.text
    assert "no. 9." not in newest.text
    older = newest.one("a", id="older").attributes
    assert "no. 9." in visitor.see(older["href"]).text
    part = visitor.see(older["hx-get"])
    assert "no. 9." in part.html
    assert part.one("div", id="live").attributes["hx-get"] == older["hx-get"]
    assert "no. 39." in visitor.see(part.one("a", id="newest").attributes["href"]).text
