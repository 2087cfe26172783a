"""Why was this cancelled, on what notice, and undo it: from the admin alone. The rest that operators look at."""

import re
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from marketplace import errors, events
from marketplace.actions import cancel_requests, deadlines, delivery, selling, steering, talk
from marketplace.admin import panels, story
from marketplace.models import CancelRequest, Deal, Event, Message, Seller, Service, TalkRoom, User, Verdict
from marketplace.vocabulary import EventKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import completed_deal, days, hours, open_request, overdue_room, person, room, seller
from tests.support.operating import Desk, supervisor, support, text

pytestmark = pytest.mark.django_db


def named(name: str) -> User:
    user = person()
    user.username, user.email = name, f"{name}@example.com"
    user.save()
    return user


@pytest.fixture
def aoi(frozen: Clock, db: None) -> Seller:
    return seller(user=named("aoi"), services=2)


@pytest.fixture
def yuki(frozen: Clock, db: None) -> User:
    return named("yuki")


@pytest.fixture
def desk(frozen: Clock, db: None) -> Desk:
    boss = supervisor()
    boss.username = "ken"
    boss.save()
    return Desk(boss)


@pytest.fixture
def cancelled(aoi: Seller, yuki: User, frozen: Clock) -> TalkRoom:
    """Asked, held for a while, extended; then silence until a late reply found the deadline passed."""
    quiet = room(of=aoi, buyer=yuki, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=quiet.pk, requester=yuki, reason="Hello?")
    staff = supervisor()
    staff.username = "hana"
    staff.save()
    frozen.advance(hours(1))
    steering.hold(request_id=request.pk, staff=staff, reason="Mail bounced.")
    frozen.advance(hours(2))
    steering.release(request_id=request.pk, staff=staff, reason="Informed by phone.")
    steering.extend(request_id=request.pk, staff=staff, by=hours(3), reason="For the outage.")
    frozen.advance(hours(26) + timedelta(milliseconds=1500))
    with pytest.raises(errors.ReplyDeadlinePassed):
        talk.post_message(room_id=quiet.pk, author=aoi.user, body="Sorry, I was ill!")
    return quiet


PLACED = "cancel request of the buyer: without a reply until"
THEN = "; the deadline is"


def story_of(desk: Desk, of: TalkRoom) -> list[story.Entry]:
    answer = desk.get(reverse("admin:marketplace_talkroom_change", args=[of.pk]))
    [told] = [panel for panel in answer.context["panels"] if "entries" in panel.context]
    entries: list[story.Entry] = told.context["entries"]
    return entries


# A room


def test_the_room_says_first_why_it_was_cancelled_and_on_what_notice(desk: Desk, cancelled: TalkRoom) -> None:
    answer = desk.get(reverse("admin:marketplace_talkroom_change", args=[cancelled.pk]))
    why, found = answer.context["summary"]
    assert why == (
        "Cancelled because the seller did not answer the buyer's cancel request of 2026-03-02 12:00:00 JST by"
        " 2026-03-03 17:00:00 JST: a notice of 29:00:00, its clock moved by staff 3×."
    )
    assert found == "Written 1.500 s after the deadline, found by: a visitor. Refund: ¥5,000."
    shown = text(answer)
    assert "Standing, by the verdict completion – → 0%; rating – → 1.00; cancelled at fault 0 → 1;" in shown
    assert "Automatic review ★☆☆☆☆" in shown
    assert "not acknowledged yet" in shown


def test_the_story_tells_who_did_what_and_why_in_order_with_the_late_reply(desk: Desk, cancelled: TalkRoom) -> None:
    entries = story_of(desk, cancelled)
    assert [(entry.who, entry.what, entry.because) for entry in entries[2:-1]] == [
        ("yuki (buyer)", f"{PLACED} 2026-03-03 12:00:00 JST the deal is cancelled", "Hello?"),
        ("hana (staff)", "cancel request held; 23:00:00 remain while it is held", "Mail bounced."),
        ("hana (staff)", f"cancel request released{THEN} 2026-03-03 14:00:00 JST", "Informed by phone."),
        ("hana (staff)", f"cancel request extended +03:00:00{THEN} 2026-03-03 17:00:00 JST", "For the outage."),
        ("the system", "cancelled by the seller's silence (no reply); refund ¥5,000", ""),
    ]
    verdict, late = entries[-2:]
    assert verdict.occurred == "took effect 2026-03-03 17:00:00 JST, written 1.500 s later"
    assert verdict.woken_by == "a visitor"
    assert late.body == "Sorry, I was ill!"
    assert late.who == "aoi (seller)"
    missed = "near miss: message of the seller refused, 1.500 s after the deadline; its writer had waited"
    assert re.fullmatch(re.escape(missed) + r" \d+\.\d{3} s for the room", late.what)


def test_the_pages_of_the_request_and_of_the_verdict_tell_the_story_too(desk: Desk, cancelled: TalkRoom) -> None:
    request, verdict = cancelled.cancel_requests.get(), cancelled.deal.verdict
    for name, key in (("cancelrequest", request.pk), ("verdict", verdict.pk)):
        shown = desk.page(f"marketplace_{name}_change", key)
        assert "hana (staff) – cancel request held; 23:00:00 remain while it is held Reason: Mail bounced." in shown
        assert "Sorry, I was ill!" in shown


def test_from_the_room_the_verdict_is_undone_in_two_steps(desk: Desk, cancelled: TalkRoom, aoi: Seller) -> None:
    page = reverse("admin:marketplace_talkroom_change", args=[cancelled.pk])
    tools = {tool["title"]: tool["address"] for tool in desk.get(page).context["tools"]}
    assert set(tools) == {"Reverse the verdict", "Resume the seller"}
    answer = desk.confirm(desk.get(tools["Reverse the verdict"]), "She was in hospital.")
    assert answer.redirect_chain == [(page, 302)]
    shown = text(answer)
    assert "Reversed at 2026-03-03 17:00:01 JST: “She was in hospital.”" in shown
    assert "Standing, by the reversal completion 0% → –; rating 1.00 → –; cancelled at fault 1 → 0;" in shown
    assert "★☆☆☆☆, hidden since 2026-03-03 17:00:01 JST" in shown
    assert story_of(desk, cancelled)[-1].who == "ken (staff)"
    assert Service.objects.accepting().filter(seller=aoi).count() == 2
    assert answer.context["tools"] == []


def test_the_standing_that_a_verdict_changed_is_its_own_even_beside_another(
    desk: Desk, aoi: Seller, frozen: Clock
) -> None:
    rooms = [overdue_room(of=aoi) for _ in range(2)]
    for each in rooms:
        deadlines.settle_room(each.pk, woken_by=WokenBy.SWEEP)
        frozen.advance(timedelta(seconds=1))
    first, second = (desk.page("marketplace_talkroom_change", each.pk) for each in rooms)
    assert "cancelled at fault 0 → 1" in first
    assert "cancelled at fault 1 → 2" in second


def test_what_runs_is_shown_with_what_remains_and_a_held_request_too(desk: Desk, aoi: Seller, frozen: Clock) -> None:
    quiet = room(of=aoi, silent_for=days(5), now=frozen.at)
    request = open_request(quiet, deadline=frozen.at + hours(5))
    Deal.objects.filter(pk=quiet.deal_id).update(first_contact_deadline=frozen.at + hours(30))
    shown = desk.page("marketplace_talkroom_change", quiet.pk)
    assert "reply to a cancel request 2026-03-02 17:00:00 JST 05:00:00" in shown
    assert "first contact of the seller 2026-03-03 18:00:00 JST 30:00:00" in shown
    steering.hold(request_id=request.pk, staff=supervisor(), reason="Illness")
    assert "reply to a cancel request held 05:00:00" in desk.page("marketplace_talkroom_change", quiet.pk)


def test_a_verdict_without_a_request_says_from_which_purchase(desk: Desk, aoi: Seller, frozen: Clock) -> None:
    never = room(of=aoi, silent_for=days(5), now=frozen.at)
    deadline = frozen.at - timedelta(seconds=2)
    window = deadline - never.deal.purchased_at
    Deal.objects.filter(pk=never.deal_id).update(first_contact_window=window, first_contact_deadline=deadline)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    verdict = Verdict.objects.get(deal=never.deal_id)
    shown = desk.page("marketplace_verdict_change", verdict.pk)
    assert (
        "Cancelled because the seller never wrote within 29 d 23:59:58 of the purchase at 2026-01-31 12:00:00 JST"
        in shown
    )


def test_messages_and_events_are_told_once_each_and_a_hidden_one_is_marked(
    desk: Desk, aoi: Seller, yuki: User, frozen: Clock
) -> None:
    quiet = room(of=aoi, buyer=yuki, now=frozen.at)
    frozen.advance(hours(1))
    said = talk.post_message(room_id=quiet.pk, author=yuki, body="<b>Call me</b>")
    frozen.advance(hours(1))
    delivery.deliver(room_id=quiet.pk, seller=aoi.user, body="Here it is.")
    steering.hide(message_id=said.pk, staff=supervisor(), reason="A phone number")
    entries = story_of(desk, quiet)
    assert [(entry.body, entry.hidden, bool(entry.hide)) for entry in entries] == [
        ("…", False, True),
        ("…", False, True),
        ("<b>Call me</b>", True, False),
        ("Here it is.", False, True),
        ("", False, False),
    ]
    answer = desk.get(reverse("admin:marketplace_talkroom_change", args=[quiet.pk]))
    assert b"<b>Call me</b>" not in answer.content
    assert "delivered; to be approved or sent back until 2026-03-05 14:00:00 JST" in text(answer)


def test_a_long_story_shows_its_newest_part_and_says_so(
    desk: Desk, aoi: Seller, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = room(of=aoi, now=frozen.at)
    monkeypatch.setattr(story, "NEWEST", 2)
    assert "Only the newest" not in desk.page("marketplace_talkroom_change", quiet.pk)
    for number in range(3):
        frozen.advance(hours(1))
        talk.post_message(room_id=quiet.pk, author=aoi.user, body=f"Part {number}")
    shown = desk.page("marketplace_talkroom_change", quiet.pk)
    assert "Only the newest 2 are shown; the list of events has all." in shown
    assert "Part 0" not in shown
    assert "Part 2" in shown


def test_another_app_adds_a_panel_to_a_room(
    desk: Desk, aoi: Seller, monkeypatch: pytest.MonkeyPatch, frozen: Clock
) -> None:
    quiet = room(of=aoi, now=frozen.at)

    def proof(_request: HttpRequest, row: Any) -> panels.Panel | None:
        return panels.table("Proof of notice", ("channel", "sent"), [("e-mail", row.pk)])

    monkeypatch.setattr(panels, "offers", defaultdict(list))
    panels.offer(TalkRoom, proof)
    panels.offer(TalkRoom, proof)
    shown = desk.page("marketplace_talkroom_change", quiet.pk)
    assert shown.count("Proof of notice") == 1
    assert f"e-mail {quiet.pk}" in shown
    panels.offer(TalkRoom, lambda _request, _row: None)
    assert "Proof of notice" in desk.page("marketplace_talkroom_change", quiet.pk)


def test_every_kind_of_event_is_told_in_both_languages(db: None, frozen: Clock) -> None:
    """With data as sparse as can be: a story must not fail on an old event."""
    quiet = room(now=frozen.at)
    of = quiet.deal.seller
    moved: dict[str, Any] = {"rank": ["regular", "bronze"], "search_rank": [350, 1350.5]}
    for kind in EventKind:
        data: dict[str, Any] = moved if kind is EventKind.STANDING_CHANGED else {}
        events.record(kind, at=frozen.at, room=quiet, seller=of, **data)
    for language in ("en", "ja"):
        reader = Desk(support(), language)
        for name, key in (("talkroom", quiet.pk), ("seller", of.pk)):
            shown = reader.get(reverse(f"admin:marketplace_{name}_change", args=[key])).context["panels"]
            [panel] = [each for each in shown if "entries" in each.context]
            told = [entry.what for entry in panel.context["entries"] if entry.order]
            assert len(told) == len(EventKind)
            assert all(told)
            assert not set(told) & set(EventKind.values), "no code is shown"
    assert "メッセージを非表示" in told


def test_every_kind_of_event_has_a_label_in_both_languages_that_the_list_shows(db: None, frozen: Clock) -> None:
    quiet = room(now=frozen.at)
    for kind in EventKind:
        moved: dict[str, Any] = {"rank": ["regular", "bronze"], "search_rank": [350, 1350.5]}
        events.record(kind, at=frozen.at, room=quiet, **(moved if kind is EventKind.STANDING_CHANGED else {}))
    for language in ("en", "ja"):
        with translation.override(language):
            labels = {kind: str(kind.label) for kind in EventKind}
        assert len(set(labels.values())) == len(EventKind)
        assert all(label.isascii() == (language == "en") for label in labels.values())
        shown = Desk(support(), language).get(reverse("admin:marketplace_event_changelist")).content.decode()
        for kind, label in labels.items():
            assert f'<td class="field-kind">{label}</td>' in shown
            assert f'<td class="field-kind">{kind.value}</td>' not in shown


def test_what_is_not_there_is_404_and_a_wrong_id_too(desk: Desk) -> None:
    for key in ("00000000-0000-4000-8000-000000000000", "nonsense"):
        assert desk.get(f"/admin/marketplace/talkroom/{key}/change/").status_code == 404


# What is due soonest


def due(desk: Desk, query: str = "") -> list[tuple[str, str, str]]:
    """Return kind, state and what remains of each line."""
    answer = desk.get(f"{reverse('admin:due')}{query}")
    assert answer.status_code == 200
    return [(str(row.kind), row.state, dict(cells)["remains_seconds"]) for row, cells in answer.context["rows"]]


@pytest.fixture
def running(aoi: Seller, yuki: User, frozen: Clock) -> dict[str, TalkRoom]:
    """One of everything that runs, and what does not run any more."""
    rooms = {
        name: room(of=aoi, buyer=yuki, silent_for=days(5), now=frozen.at)
        for name in ("soon", "later", "held", "first", "done")
    }
    for name, left in {"soon": hours(1), "later": hours(20), "held": hours(5), "done": hours(2)}.items():
        open_request(rooms[name], deadline=frozen.at + left)
    steering.hold(request_id=rooms["held"].cancel_requests.get().pk, staff=supervisor(), reason="Illness")
    cancel_requests.withdraw(request_id=rooms["done"].cancel_requests.get().pk, person=yuki)
    Deal.objects.filter(pk=rooms["first"].deal_id).update(first_contact_deadline=frozen.at + hours(3))
    rooms["delivered"] = room(of=aoi, now=frozen.at)
    delivery.deliver(room_id=rooms["delivered"].pk, seller=aoi.user, body="Done")
    rooms["overdue"], rooms["put off"] = overdue_room(by=timedelta(minutes=3)), overdue_room(by=timedelta(minutes=2))
    CancelRequest.objects.filter(room=rooms["put off"]).update(
        settle_after=frozen.at + timedelta(minutes=8), settle_failures=2
    )
    for error in ("an old error", "the deal is gone"):
        events.record(
            EventKind.SETTLEMENT_PUT_OFF, at=frozen.at, room=rooms["put off"], error=error, deadline_kind="reply"
        )
    return rooms


def test_what_is_due_soonest_comes_first_overdue_before_and_held_last(desk: Desk, running: dict[str, TalkRoom]) -> None:
    assert due(desk) == [
        ("reply", "overdue", "overdue by 00:03:00"),
        ("reply", "put_off", "overdue by 00:02:00"),
        ("reply", "running", "01:00:00"),
        ("first_contact", "running", "03:00:00"),
        ("reply", "running", "20:00:00"),
        ("approval", "running", "72:00:00"),
        ("reply", "held", "05:00:00"),
    ]
    shown = desk.page("due")
    assert "put off until 2026-03-02 12:08:00 JST after 2×: the deal is gone" in shown
    assert "an old error" not in shown


def test_the_overview_is_narrowed_by_kind_state_and_search(desk: Desk, running: dict[str, TalkRoom]) -> None:
    assert due(desk, "?state=held") == [("reply", "held", "05:00:00")]
    assert [state for _, state, _ in due(desk, "?state=overdue")] == ["overdue", "put_off"]
    assert [state for _, state, _ in due(desk, "?state=put_off")] == ["put_off"]
    assert [kind for kind, _, _ in due(desk, "?kind=approval")] == ["approval"]
    assert due(desk, "?kind=approval&state=held") == []
    assert len(due(desk, "?q=yuki")) == len(due(desk, "?q=YUKI@example")) == 4
    assert len(due(desk, "?q=aoi")) == 5
    first, soon = running["first"], running["soon"]
    for key in (first.pk, first.deal_id):
        assert [kind for kind, _, _ in due(desk, f"?q={key}")] == ["first_contact"]
    assert [left for _, _, left in due(desk, f"?q={soon.cancel_requests.get().pk}")] == ["01:00:00"]
    assert due(desk, "?q=nobody") == []


def test_the_overview_turns_pages(desk: Desk, running: dict[str, TalkRoom], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.admin.due.PER_PAGE", 3)
    every = due(desk, "?p=1") + due(desk, "?p=2") + due(desk, "?p=3")
    assert len(every) == 7
    assert due(desk, "?p=4") == []
    assert desk.get("/admin/due/?p=1").context["next"] == "?p=2"
    assert desk.get("/admin/due/?p=3").context["next"] == ""
    assert due(desk, "?p=nonsense") == due(desk, "?p=0") == every[:3]


def test_the_requests_that_are_ticked_are_held_from_the_overview_and_one_comes_back_to_it(
    desk: Desk, running: dict[str, TalkRoom]
) -> None:
    keys = [running[name].cancel_requests.get().pk for name in ("soon", "later")]
    asked = desk.http.post(
        reverse("admin:marketplace_cancelrequest_hold"), {"pk": keys, "back": "/admin/due/?kind=reply"}
    )
    answer = desk.confirm(asked)
    assert answer.redirect_chain == [("/admin/due/?kind=reply", 302)]
    assert CancelRequest.objects.exclude(held_at=None).count() == 3


# A seller


def test_a_sellers_page_shows_what_the_standing_rests_on_and_which_line_is_missing(
    desk: Desk, aoi: Seller, frozen: Clock
) -> None:
    for number in range(10):
        completed_deal(of=aoi, ended_at=frozen.at - days(20), price=9000, rating=5 if number else 4)
    completed_deal(of=aoi, ended_at=frozen.at - days(200), price=1, rating=1)
    overdue = overdue_room(of=aoi)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.SWEEP)
    shown = desk.page("marketplace_seller_change", aoi.pk)
    assert "Rank Silver Search rank 2,454.55 Completion 90.9% (10 / 11) Rating 4.54 (11) Sales 10, ¥90,000" in shown
    assert "Gold revenue ¥50,000 ¥90,000 met Gold completion 90% 90.9% met Gold rating 4.80 4.54 not met" in shown
    assert "For the rank 2,000 For the rating 454.55 For falling below the line 0 Total 2,454.55" in shown
    assert "Verdicts to acknowledge 1 Services that accept 0 / 2" in shown
    assert shown.count("★★★★★ by the buyer") == 9
    assert "★☆☆☆☆ automatic" in shown
    assert "paused accepting ¥5,000 since 2026-03-02 12:00:00 JST by" in shown
    assert "rank Regular → Silver" in shown
    selling.acknowledge_for(seller_id=aoi.pk, staff=supervisor(), reason="Told by phone")
    assert "Services that accept 2 / 2" in desk.page("marketplace_seller_change", aoi.pk)


# Lists


def listed(desk: Desk, model: str, query: str = "") -> list[Any]:
    answer = desk.get(f"{reverse(f'admin:marketplace_{model}_changelist')}{query}")
    assert answer.status_code == 200, (answer.status_code, query)
    return [row.pk for row in answer.context["cl"].result_list]


def test_lists_are_searched_by_name_address_and_id(desk: Desk, cancelled: TalkRoom, aoi: Seller, yuki: User) -> None:
    other = overdue_room()
    request, verdict = cancelled.cancel_requests.get(), cancelled.deal.verdict
    for term in (
        cancelled.pk,
        cancelled.deal_id,
        request.pk,
        verdict.pk,
        "yuki",
        "Yuki",
        "yuk",
        "yuki@example.com",
        yuki.pk,
    ):
        assert listed(desk, "talkroom", f"?q={term}") == [cancelled.pk], term
        assert listed(desk, "cancelrequest", f"?q={term}") == [request.pk], term
        assert listed(desk, "verdict", f"?q={term}") == [verdict.pk], term
        assert len(listed(desk, "message", f"?q={term}")) == Message.objects.filter(room=cancelled).count()
    for term in ("aoi", aoi.pk, aoi.user_id):
        assert listed(desk, "seller", f"?q={term}") == [aoi.pk]
        assert set(listed(desk, "event", f"?q={term}")) == set(Event.objects.values_list("pk", flat=True))
    assert listed(desk, "talkroom", f"?q={other.pk}") == [other.pk]
    assert listed(desk, "user", "?q=yu") == [yuki.pk]
    assert listed(desk, "user", f"?q={yuki.pk}") == [yuki.pk]
    for model in ("talkroom", "cancelrequest", "verdict", "event", "seller", "message", "user"):
        assert listed(desk, model, "?q=%25") == []


def test_lists_are_filtered(desk: Desk, running: dict[str, TalkRoom], cancelled: TalkRoom) -> None:
    states = {"held": "held", "overdue": "overdue", "put_off": "put off"}
    for state, name in states.items():
        assert running[name].cancel_requests.get().pk in listed(desk, "cancelrequest", f"?state={state}")
    assert listed(desk, "cancelrequest", "?state=auto_cancelled") == [cancelled.cancel_requests.get().pk]
    assert len(listed(desk, "cancelrequest", "?state=nonsense")) == CancelRequest.objects.count()
    assert len(listed(desk, "verdict", "?at_fault=seller")) == len(listed(desk, "verdict", "?acknowledged=no")) == 1
    assert listed(desk, "verdict", "?at_fault=nobody") == []
    assert listed(desk, "seller", "?paused=yes") == [cancelled.deal.seller_id]
    assert cancelled.deal.seller_id in listed(desk, "seller", "?rank=regular")
    assert listed(desk, "seller", "?rank=gold") == []
    near = listed(desk, "event", "?kind=reply_refused_late")
    assert [Event.objects.get(pk=key).data["body"] for key in near] == ["Sorry, I was ill!"]
    assert len(listed(desk, "event", f"?room__exact={cancelled.pk}")) == Event.objects.filter(room=cancelled).count()


def test_a_filter_that_no_index_answers_is_refused(desk: Desk, cancelled: TalkRoom) -> None:
    for query in ("?reason__icontains=x", "?room__buyer__email__contains=a"):
        answer = desk.get(f"/admin/marketplace/cancelrequest/{query}")
        assert answer.status_code in {302, 400}


def test_a_put_off_request_shows_its_error_on_its_page(desk: Desk, running: dict[str, TalkRoom]) -> None:
    shown = desk.page("marketplace_cancelrequest_change", running["put off"].cancel_requests.get().pk)
    assert "put off until 2026-03-02 12:08:00 JST" in shown
    assert "the deal is gone" in shown
    assert "Overdue by 00:02:00" in shown


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_there_in_both_languages(
    language: str, cancelled: TalkRoom, aoi: Seller, running: dict[str, TalkRoom]
) -> None:
    reader = Desk(supervisor(language=language))
    verdict = cancelled.deal.verdict
    pages = [
        reverse("admin:index"),
        reverse("admin:due"),
        reverse("admin:marketplace_talkroom_change", args=[cancelled.pk]),
        reverse("admin:marketplace_verdict_change", args=[verdict.pk]),
        reverse("admin:marketplace_seller_change", args=[aoi.pk]),
        reverse("admin:marketplace_cancelrequest_change", args=[verdict.cancel_request_id]),
        reverse("admin:marketplace_event_change", args=[Event.objects.latest("id").pk]),
        reverse("admin:marketplace_message_change", args=[Message.objects.filter(room=cancelled).first().pk]),  # type: ignore[union-attr]
        f"{reverse('admin:marketplace_verdict_reverse')}?pk={verdict.pk}",
    ]
    for page in pages:
        answer = reader.get(page)
        assert answer.status_code == 200, page
        assert answer.headers["Content-Language"] == language
        assert (b'lang="ja"' in answer.content) == (language == "ja")
        assert b"style=" not in answer.content.partition(b"<main")[2], page
        assert b"<script>" not in answer.content
