"""「あらかじめ納品までのスケジュールを相手に共有」 on the pages: shared, changed, done, overdue, with its history."""

from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.actions import schedule
from marketplace.actions.schedule import Line
from marketplace.models import Event, Message, Milestone, Seller, TalkRoom, User
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, overdue_room, room
from tests.support.visitor import Seen, Visitor

Typed = dict[str, Any]
"""By the name of the box."""
THE_5TH, THE_9TH = date(2026, 3, 5), date(2026, 3, 9)


@pytest.fixture
def talk(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A room on 2 March, noon in Tokyo, that nobody has shared a schedule in."""
    return room(of=seller, buyer=buyer, now=frozen.at)


@pytest.fixture
def shared(talk: TalkRoom) -> TalkRoom:
    """The same with two milestones."""
    share(talk, Line(title="Draft", due_on=THE_5TH), Line(title="Final", due_on=THE_9TH))
    return talk


def share(talk: TalkRoom, *lines: Line) -> None:
    schedule.share(room_id=talk.pk, seller=talk.seller, lines=lines)


def said(talk: TalkRoom) -> list[tuple[str, str, bool]]:
    found = Milestone.objects.filter(room=talk, removed_at=None).order_by("due_on", "title")
    return [(each.title, each.due_on.isoformat(), each.done_at is not None) for each in found]


def named(talk: TalkRoom, title: str) -> Milestone:
    return Milestone.objects.get(room=talk, title=title)


def changes_told(talk: TalkRoom) -> int:
    return Message.objects.filter(room=talk, kind="schedule_change").count()


def address(talk: TalkRoom) -> str:
    return f"/talk-rooms/{talk.pk}/schedule/"


def sees(person: User, talk: TalkRoom, language: str = "en") -> Seen:
    return Visitor.as_(person, language).see(f"/talk-rooms/{talk.pk}/")


def timeline(page: Seen) -> list[tuple[str, str]]:
    """What each milestone of the timeline is marked as, and what is read there."""
    page.one("ol", class_="timeline")
    states = {"done", "overdue", "next", "ahead"}
    return [
        (each.attributes["class"], " ".join(each.text.split()))
        for each in page.all("li")
        if each.attributes.get("class") in states
    ]


def test_an_empty_schedule_suggests_what_to_name_and_shares_the_lines_that_were_given_a_date(talk: TalkRoom) -> None:
    seller = Visitor.as_(talk.seller)
    page = seller.see(address(talk))
    titles = [values[0] for name, values in page.form(address(talk)).values.items() if name.endswith(".title")]
    assert [title for title in titles if title] == ["First draft", "Second draft", "Final draft", "Delivery date"]
    assert titles.count("") == 2
    dates: Typed = {"suggested-1.due_on": "2026-03-05", "suggested-4.due_on": "2026-03-09"}
    extra: Typed = {"new-1.title": "Colours", "new-1.due_on": "2026-03-07"}
    in_room = seller.send(page, address(talk), **dates, **extra)
    assert in_room.path == f"/talk-rooms/{talk.pk}/"
    assert said(talk) == [
        ("First draft", "2026-03-05", False),
        ("Colours", "2026-03-07", False),
        ("Delivery date", "2026-03-09", False),
    ]
    assert changes_told(talk) == 1
    assert "around Thu 5 Mar" in sees(talk.buyer, talk).text


def test_suggestions_are_in_the_sellers_language_and_said_to_be_approximate(talk: TalkRoom) -> None:
    seller = Visitor.as_(talk.seller, "ja")
    page = seller.see(address(talk))
    names = [page.form(address(talk)).values[f"suggested-{number}.title"][0] for number in range(1, 5)]
    assert names == ["初稿", "2稿", "最終稿", "納品日"]
    seller.send(page, address(talk), **Typed({"suggested-1.due_on": "2026-03-05"}))
    assert "3月5日(木)頃" in sees(talk.buyer, talk, "ja").text


def test_without_any_date_nothing_is_shared_and_the_page_says_so(talk: TalkRoom) -> None:
    seller = Visitor.as_(talk.seller)
    page = seller.send(seller.see(address(talk)), address(talk), expect=400)
    assert "Give at least one line a date." in page.one(role="alert").text
    assert (said(talk), changes_told(talk)) == ([], 0)


def test_what_is_wrong_stands_beside_the_very_box_and_nothing_typed_is_lost(shared: TalkRoom) -> None:
    seller, draft, final = Visitor.as_(shared.seller), named(shared, "Draft"), named(shared, "Final")
    typed: Typed = {
        f"{draft.pk}.title": "x" * 101,
        f"{final.pk}.due_on": "",
        f"{final.pk}.done": "on",
        "new-1.title": "Extra",
        "new-2.due_on": "next week",
    }
    page = seller.send(seller.see(address(shared)), address(shared), expect=400, **typed)
    wrong = {each.attributes["name"] for each in page.all("input", aria_invalid="true")}
    assert wrong == {f"{draft.pk}.title", f"{final.pk}.due_on", "new-1.due_on", "new-2.title", "new-2.due_on"}
    assert "At most 100 characters." in page.one("p", id=f"f-{draft.pk}.title-error").text
    assert "This is needed." in page.one("p", id="f-new-1.due_on-error").text
    assert page.one("input", name="new-1.due_on").attributes["aria-describedby"] == "f-new-1.due_on-error"
    values = page.form(address(shared)).values
    assert {name: values[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert said(shared) == [("Draft", "2026-03-05", False), ("Final", "2026-03-09", False)]
    assert changes_told(shared) == 1


def test_more_lines_are_shown_beside_what_was_typed_and_nothing_is_shared_yet(shared: TalkRoom) -> None:
    seller = Visitor.as_(shared.seller)
    page = seller.see(address(shared))
    more = seller.send(page, address(shared), more="more", **Typed({"new-1.title": "Colours"}))
    values = more.form(address(shared)).values
    empty = [name for name in values if name.startswith("new-") and name.endswith(".title") and values[name] == [""]]
    assert (values["new-1.title"], len(empty)) == (["Colours"], 5)
    assert changes_told(shared) == 1
    seller.send(more, address(shared), **Typed({"new-1.due_on": "2026-03-06"}))
    assert ("Colours", "2026-03-06", False) in said(shared)


def test_a_line_is_changed_another_removed_and_both_sides_read_the_history(
    shared: TalkRoom, frozen: Clock, staff: User
) -> None:
    frozen.advance(hours(1))
    seller, draft, final = Visitor.as_(shared.seller), named(shared, "Draft"), named(shared, "Final")
    moved: Typed = {f"{draft.pk}.title": "First draft", f"{draft.pk}.due_on": "2026-03-06"}
    seller.send(seller.see(address(shared)), address(shared), **moved, **Typed({f"{final.pk}.removed": "on"}))
    assert said(shared) == [("First draft", "2026-03-06", False)]
    for person in (shared.buyer, shared.seller, staff):
        text = Visitor.as_(person).see(address(shared)).text
        assert "name Draft → First draft" in text
        assert "date around Thu 5 Mar → around Fri 6 Mar" in text
        assert "Removed Final around Mon 9 Mar today 12:00: shared today 13:00: removed" in text
    assert "before: around Thu 5 Mar" in sees(shared.buyer, shared).text


def test_removing_every_line_leaves_an_empty_schedule(shared: TalkRoom) -> None:
    seller = Visitor.as_(shared.seller)
    every: Typed = {f"{each.pk}.removed": "on" for each in Milestone.objects.filter(room=shared)}
    seller.send(seller.see(address(shared)), address(shared), **every)
    assert said(shared) == []
    assert "has not shared a schedule yet" in sees(shared.buyer, shared).text


def test_what_changed_meanwhile_is_shown_beside_what_was_typed_and_sending_it_again_says_what_was_meant(
    shared: TalkRoom,
) -> None:
    seller, draft, final = Visitor.as_(shared.seller), named(shared, "Draft"), named(shared, "Final")
    page = seller.see(address(shared))
    share(shared, Line(id=draft.pk, title="Draft", due_on=date(2026, 3, 7)), Line(title="Extra", due_on=THE_9TH))
    mine: Typed = {f"{draft.pk}.title": "Sketch", f"{final.pk}.due_on": "2026-03-10"}
    refused = seller.send(page, address(shared), expect=412, **mine)
    assert said(shared) == [("Draft", "2026-03-07", False), ("Extra", "2026-03-09", False)]
    assert "has changed since" in refused.one("div", role="alert").text
    assert "Now: Draft · around Sat 7 Mar" in refused.text
    assert "This line was removed meanwhile" in refused.text
    assert "This line was added meanwhile." in refused.text
    values = refused.form(address(shared)).values
    assert values[f"{draft.pk}.title"] == ["Sketch"]
    seller.send(refused, address(shared))
    assert said(shared) == [
        ("Sketch", "2026-03-05", False),
        ("Extra", "2026-03-09", False),
        ("Final", "2026-03-10", False),
    ]


def test_a_day_going_by_is_no_change_that_makes_a_form_stale(shared: TalkRoom, frozen: Clock) -> None:
    seller, draft = Visitor.as_(shared.seller), named(shared, "Draft")
    frozen.advance(days(3) + hours(11))
    page = seller.see(address(shared))
    frozen.advance(hours(2))
    assert "overdue" in sees(shared.seller, shared).text
    seller.send(page, address(shared), **Typed({f"{draft.pk}.due_on": "2026-03-08"}))
    assert ("Draft", "2026-03-08", False) in said(shared)


def test_a_milestone_is_marked_by_a_word_and_overdue_only_when_its_day_has_gone_by_in_tokyo(
    shared: TalkRoom, frozen: Clock
) -> None:
    frozen.at = frozen.at.replace(day=5, hour=15) - MICROSECOND
    assert timeline(sees(shared.buyer, shared)) == [
        ("next", "▶ Draft next around Thu 5 Mar (today)"),
        ("ahead", "Final around Mon 9 Mar (in 4 days)"),
    ]
    frozen.advance(MICROSECOND)
    assert timeline(sees(shared.buyer, shared)) == [
        ("overdue", "! Draft overdue around Thu 5 Mar (1 day over)"),
        ("next", "▶ Final next around Mon 9 Mar (in 3 days)"),
    ]
    schedule.mark_done(room_id=shared.pk, seller=shared.seller, milestone_id=named(shared, "Draft").pk)
    assert timeline(sees(shared.buyer, shared))[0] == ("done", "✓ Draft done around Thu 5 Mar")


def test_the_seller_marks_a_milestone_done_by_one_press_in_the_room_and_by_two_only_once(shared: TalkRoom) -> None:
    seller, draft = Visitor.as_(shared.seller), named(shared, "Draft")
    page, press = seller.see(f"/talk-rooms/{shared.pk}/"), f"{address(shared)}{draft.pk}/done/"
    assert not page.offers(f"{address(shared)}{named(shared, 'Final').pk}/done/")
    for _ in range(2):
        seller.send(page, press)
    assert said(shared) == [("Draft", "2026-03-05", True), ("Final", "2026-03-09", False)]
    assert changes_told(shared) == 2
    assert not seller.see(f"/talk-rooms/{shared.pk}/").offers(press)


def test_a_milestone_done_already_is_not_done_again_by_another_form(shared: TalkRoom, frozen: Clock) -> None:
    first, second = Visitor.as_(shared.seller), Visitor.as_(shared.seller)
    draft = named(shared, "Draft")
    pages = [each.see(f"/talk-rooms/{shared.pk}/") for each in (first, second)]
    for visitor, page in zip((first, second), pages, strict=True):
        frozen.advance(hours(1))
        visitor.send(page, f"{draft.pk}/done/")
    shared.refresh_from_db()
    assert (changes_told(shared), shared.seller_last_contact_at) == (2, frozen.at - hours(1))


def test_one_that_was_removed_meanwhile_cannot_be_marked_and_the_page_says_so(shared: TalkRoom) -> None:
    seller, draft = Visitor.as_(shared.seller), named(shared, "Draft")
    page = seller.see(f"/talk-rooms/{shared.pk}/")
    share(shared, Line(title="Final", due_on=THE_9TH))
    assert "is not in this schedule" in seller.send(page, f"{draft.pk}/done/", expect=400).text
    assert (said(shared), changes_told(shared)) == ([("Final", "2026-03-09", False)], 2)


@pytest.mark.parametrize("who", ["buyer", "staff"])
def test_only_the_seller_edits_and_everyone_else_in_the_room_reads(shared: TalkRoom, staff: User, who: str) -> None:
    visitor = Visitor.as_({"buyer": shared.buyer, "staff": staff}[who])
    page, draft = visitor.see(address(shared)), named(shared, "Draft")
    assert "Draft" in page.text
    assert not any(form.action == address(shared) for form in page.forms)
    in_room = visitor.see(f"/talk-rooms/{shared.pk}/")
    assert in_room.offers(address(shared))
    assert not in_room.offers("/done/")
    token = page.form("/language/").values["csrfmiddlewaretoken"]
    events = Event.objects.count()
    for path in (address(shared), f"{address(shared)}{draft.pk}/done/"):
        sent = {"csrfmiddlewaretoken": token, f"{draft.pk}.title": "Mine", f"{draft.pk}.due_on": "2026-03-05"}
        visitor.post(path, sent, expect=403)
    assert said(shared) == [("Draft", "2026-03-05", False), ("Final", "2026-03-09", False)]
    assert Event.objects.count() == events


def test_a_stranger_finds_no_schedule(shared: TalkRoom, stranger: User) -> None:
    assert "Draft" not in Visitor.as_(stranger).see(address(shared), expect=404).text


def test_a_schedule_that_comes_after_the_verdict_is_refused_and_shown_again(seller: Seller, buyer: User) -> None:
    talk = overdue_room(of=seller, buyer=buyer, by=timedelta(hours=-1))
    visitor = Visitor.as_(talk.seller)
    page = visitor.see(address(talk))
    talk.cancel_requests.update(reply_deadline=talk.opened_at)
    sent: Typed = {"suggested-1.due_on": "2026-03-05", "new-1.title": "Sketches of three kinds"}
    refused = visitor.send(page, address(talk), expect=409, **sent | {"new-1.due_on": "2026-03-06"})
    assert "the deal was cancelled" in refused.one("div", role="alert").text
    assert "Sketches of three kinds 2026-03-06" in refused.text
    assert (said(talk), changes_told(talk)) == ([], 0)
    assert not any(form.action == address(talk) for form in refused.forms)


def test_more_than_fifty_lines_are_refused_and_kept_in_the_form(talk: TalkRoom) -> None:
    visitor = Visitor.as_(talk.seller)
    page = visitor.see(address(talk))
    sent = {name: values for name, values in page.form(address(talk)).values.items() if "." not in name}
    for number in range(1, 52):
        sent |= {f"new-{number}.title": [f"Part {number}"], f"new-{number}.due_on": ["2026-03-05"]}
    refused = visitor.post(address(talk), sent, expect=400)
    assert "At most 50 entries." in refused.one("div", role="alert").text
    assert refused.form(address(talk)).values["new-51.title"] == ["Part 51"]
    assert said(talk) == []


def test_progress_is_told_in_the_room_and_the_buyer_sees_since_when(talk: TalkRoom, frozen: Clock) -> None:
    seller = Visitor.as_(talk.seller)
    assert "No progress report yet." in sees(talk.buyer, talk).text
    begin = next(each for each in seller.see(f"/talk-rooms/{talk.pk}/").all("a") if each.text == "Report progress")
    page = seller.see(begin.attributes["href"])
    assert seller.see(f"/talk-rooms/{talk.pk}/").offers(f"/talk-rooms/{talk.pk}/")
    assert page.form(f"/talk-rooms/{talk.pk}/").values["kind"] == ["progress_report"]
    seller.send(page, f"/talk-rooms/{talk.pk}/", body="Half of it is there.")
    assert Message.objects.get(room=talk, kind="progress_report").body == "Half of it is there."
    frozen.advance(days(1))
    assert "Last progress report: yesterday 12:00" in sees(talk.buyer, talk).text
