"""The page that operators begin with: how everything stands, one click from what to do; and their way in."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from marketplace.actions import deadlines, steering
from marketplace.admin import charts, start
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.models import CancelRequest, Event, InvariantReport, Seller, Verdict
from marketplace.operations.invariants.asked import invariants
from marketplace.operations.presence import SWEEP, say
from marketplace.policy import Policy
from marketplace.reads import charted
from marketplace.vocabulary import AtFault, DeadlineKind, Party, WokenBy
from notifications.admin import health as telling
from notifications.models import Notification
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, open_request, overdue_room, person, room
from tests.support.operating import Desk, operator, supervisor, support, text
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
START = "/admin/"
PASSWORD = "correct horse battery"


@pytest.fixture
def desk(frozen: Clock, db: None) -> Desk:
    """A supervisor's, at noon of the second of March in Tokyo."""
    return Desk(supervisor())


def request_due_in(left: timedelta, frozen: Clock, of: Seller | None = None) -> CancelRequest:
    return open_request(room(of=of, silent_for=days(5), now=frozen.at), deadline=frozen.at + left)


def silence(of: Seller, frozen: Clock, silent: Party = Party.SELLER, woken_by: WokenBy = WokenBy.ETA) -> Verdict:
    overdue = overdue_room(of=of, silent=silent)
    deadlines.settle_room(overdue.pk, woken_by=woken_by)
    return Verdict.objects.get(deal=overdue.deal_id)


def signals(desk: Desk) -> dict[str, tuple[str, str]]:
    return {each.name: (each.tone, each.text) for each in desk.get(START).context["signals"]}


def panel(desk: Desk, title: str) -> Any:
    [found] = [each for each in desk.get(START).context["panels"] if each.title == title]
    return found.context


def drawn(desk: Desk, title: str) -> dict[str, tuple[int, ...]]:
    """Return what a chart counts, by what stands in its table; bars of nothing are left out."""
    return {bar.title: tuple(bar.counts) for bar in panel(desk, title)["numbers"].bars if bar.total}


# Health


def everything_runs() -> None:
    for role in ("web", "deadlines", "rest", "beat"):
        say(role, f"{role}:1")
    for kind in DeadlineKind:
        say(SWEEP, kind)
    InvariantReport.objects.create(name="first_contact_ends_its_limit", violations=0, checked_at=datetime.now(tz=UTC))


def test_all_is_well_where_everything_runs(desk: Desk, frozen: Clock) -> None:
    everything_runs()
    InvariantReport.objects.update(checked_at=frozen.at)
    assert desk.get(START).context["verdict"].text == "Everything works."
    assert {tone for tone, _ in signals(desk).values()} == {"good", "quiet"}


def test_a_sweep_that_is_three_intervals_and_a_second_late_is_wrong_as_readyz_says(desk: Desk, frozen: Clock) -> None:
    everything_runs()
    frozen.advance(timedelta(seconds=46))
    assert signals(desk)["The sweep"] == ("good", "comes every 15 s")
    frozen.advance(MICROSECOND)
    tone, says = signals(desk)["The sweep"]
    assert (tone, signals(desk)["Processes"][0]) == ("bad", "bad")
    assert says.startswith("late, for: reply to a cancel request")
    assert desk.get(START).context["verdict"].text.startswith("Something is wrong: The sweep, Processes")


def test_what_is_overdue_what_was_put_off_and_what_is_held_is_counted(
    desk: Desk, frozen: Clock, seller: Seller
) -> None:
    overdue_room(by=hours(2), of=seller)
    put_off = overdue_room(by=hours(3), of=seller)
    CancelRequest.objects.filter(room=put_off).update(settle_after=frozen.at + hours(1), settle_failures=1)
    held = request_due_in(hours(5), frozen)
    steering.hold(request_id=held.pk, staff=supervisor(), reason="Illness")
    frozen.advance(timedelta(minutes=10))
    seen = signals(desk)
    assert seen["Overdue, not settled"] == ("bad", "1, the longest for 02:10:00")
    assert seen["Put off after an error"] == ("warn", "1")
    assert seen["Held requests"] == ("quiet", "1, the longest for 00:10:00")


def test_the_lateness_of_the_last_verdicts_is_told_and_that_wake_ups_fail(
    desk: Desk, frozen: Clock, seller: Seller
) -> None:
    made = [silence(seller, frozen) for _ in range(3)]
    for verdict, late in zip(made, (0.1, 15, 40), strict=True):
        recorded = verdict.effective_at + timedelta(seconds=late)
        Verdict.objects.filter(pk=verdict.pk).update(recorded_at=recorded)
    assert signals(desk)["Lateness of verdicts"] == ("good", "p50 15.000 s, at most 40.000 s (the last 3)")
    Verdict.objects.filter(pk=made[1].pk).update(
        recorded_at=made[1].effective_at + timedelta(seconds=15, microseconds=1)
    )
    assert signals(desk)["Lateness of verdicts"][0] == "warn"


def notices(frozen: Clock, channel: str, state: str, number: int = 1, **columns: Any) -> None:
    answered = {"answered_at": None, "next_attempt_at": frozen.at} if state == "waiting" else {"answered_at": frozen.at}
    whom = person()
    for turn in range(number):
        given = {"made_at": frozen.at, **answered, **columns}
        Notification.objects.create(
            occasion=f"{channel} {state} {turn}", person=whom, channel=channel, kind="message", state=state, **given
        )


def test_what_waits_to_be_sent_is_wrong_after_ten_minutes_and_what_was_given_up_is_counted(
    desk: Desk, frozen: Clock
) -> None:
    notices(frozen, "email", "waiting", 2)
    notices(frozen, "push", "waiting", next_attempt_at=frozen.at + hours(3))
    notices(frozen, "email", "failed", 3)
    frozen.advance(timedelta(minutes=10))
    seen = signals(desk)
    assert seen["To be sent: e-mail"] == ("good", "2, the oldest for 00:10:00")
    assert seen["To be sent: push"] == ("good", "1, none of them due yet")
    assert (seen["Given up: e-mail"], seen["Given up: push"]) == (("warn", "3"), ("good", "none"))
    frozen.advance(MICROSECOND)
    assert signals(desk)["To be sent: e-mail"][0] == "bad"


def test_an_event_that_nobody_heard_in_two_rounds_is_wrong(desk: Desk, frozen: Clock) -> None:
    Event.objects.create(kind="message_posted", occurred_at=frozen.at, recorded_at=frozen.at)
    frozen.advance(timedelta(minutes=2))
    assert signals(desk)["Events not passed on yet"] == ("good", "1, the oldest for 00:02:00")
    frozen.advance(MICROSECOND)
    assert signals(desk)["Events not passed on yet"][0] == "bad"


def test_a_rule_that_rows_contradict_leads_to_them(desk: Desk, frozen: Clock, seller: Seller) -> None:
    row = {"id": str(seller.pk), "what": "completed 1; recounted 0"}
    for name, rows in (("figures_equal_a_recount", [row]), ("first_contact_ends_its_limit", [])):
        InvariantReport.objects.create(name=name, violations=len(rows), examples=rows, checked_at=frozen.at)
    answer = desk.get(START)
    [signal] = [each for each in answer.context["signals"] if each.name == "Rules that rows contradict"]
    assert (signal.tone, signal.text) == ("bad", "1 of 2 rules")
    listed = desk.get(signal.address)
    assert [each.pk for each in listed.context["cl"].result_list] == ["figures_equal_a_recount"]
    page = reverse("admin:marketplace_invariantreport_change", args=["figures_equal_a_recount"])
    assert f'href="{page}"' in answer.content.decode()
    shown = desk.get(page)
    assert f"{seller.pk} completed 1; recounted 0" in text(shown)
    assert reverse("admin:marketplace_seller_change", args=[seller.pk]) in shown.content.decode()


def test_every_rule_is_said_in_japanese(frozen: Clock) -> None:
    sentences = {invariant.name: invariant.sentence for invariant in invariants(Policy())}
    for name in sentences:
        InvariantReport.objects.create(name=name, violations=1, examples=[], checked_at=frozen.at)
    shown = text(Desk(supervisor(language="ja")).get(START))
    with translation.override("ja"):
        for english in sentences.values():
            japanese = translation.gettext(english)
            assert japanese != english
            assert japanese in shown


# Charts


def test_verdicts_are_drawn_by_the_day_of_the_marketplace_and_by_fault(
    desk: Desk, frozen: Clock, seller: Seller
) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=TOKYO)
    oldest = datetime(2026, 2, 17, tzinfo=TOKYO)
    made = [silence(seller, frozen), silence(seller, frozen, Party.BUYER), silence(seller, frozen)]
    made += [silence(seller, frozen), silence(seller, frozen)]
    steering.reverse(verdict_id=made[2].pk, staff=supervisor(), reason="Illness")
    for verdict, at in zip(made[1:], (midnight, midnight - MICROSECOND, oldest, oldest - MICROSECOND), strict=True):
        Verdict.objects.filter(pk=verdict.pk).update(recorded_at=at, effective_at=at - timedelta(seconds=1))
    assert drawn(desk, "Verdicts of the last 14 days") == {
        "Tue 17 Feb": (1, 0, 0),
        "Sat 28 Feb": (0, 0, 1),
        "Sun 1 Mar": (0, 1, 0),
        "Mon 2 Mar": (1, 0, 0),
    }


def test_what_falls_due_is_drawn_by_the_hour_until_the_twenty_fourth(desk: Desk, frozen: Clock) -> None:
    frozen.advance(timedelta(minutes=20))
    for left in (-MICROSECOND, timedelta(0), timedelta(minutes=40), hours(24) - MICROSECOND, hours(24)):
        request_due_in(left, frozen)
    assert drawn(desk, "Falls due in the next 24 hours") == {
        "Mon 2 Mar 12:20–13:00": (1, 0, 0),
        "Mon 2 Mar 13:00–14:00": (1, 0, 0),
        "Tue 3 Mar 12:00–12:20": (1, 0, 0),
    }


def test_notices_of_the_last_day_are_drawn_by_channel_and_state(
    desk: Desk, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for channel, state, number in (("email", "sent", 3), ("email", "failed", 1), ("inapp", "sent", 2)):
        notices(frozen, channel, state, number)
    notices(frozen, "push", "dropped", made_at=frozen.at - hours(24) - MICROSECOND)
    title = "Notices made in the last 24 hours"
    assert drawn(desk, title) == {"in-app": (2, 0, 0, 0), "e-mail": (3, 0, 1, 0)}
    shown = desk.get(START).content.decode()
    assert re.search(r"<title>e-mail: sent 3 \(75%\)</title>", shown)
    frozen.advance(hours(25))
    assert panel(desk, title)["nothing"] == "None in 24 hours."


def test_what_found_the_last_verdicts_is_drawn(desk: Desk, frozen: Clock, seller: Seller) -> None:
    for woken_by in (WokenBy.ETA, WokenBy.ETA, WokenBy.SWEEP):
        silence(seller, frozen, woken_by=woken_by)
    assert drawn(desk, "What found the verdicts") == {"newest 50": (2, 1, 0, 0), "newest 500": (2, 1, 0, 0)}


def test_nothing_is_counted_further_than_its_bound(
    desk: Desk, frozen: Clock, monkeypatch: pytest.MonkeyPatch, seller: Seller
) -> None:
    monkeypatch.setattr(charted, "COUNTED_TO", 2)
    for _ in range(3):
        request_due_in(hours(1), frozen, of=seller)
    numbers = panel(desk, "Falls due in the next 24 hours")["numbers"]
    assert ["Mon 2 Mar 13:00–14:00", "2+", "0", "0"] in numbers.rows


@pytest.mark.parametrize(
    ("most", "scale"),
    [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4, 6]), (41, [0, 20, 40, 60]), (999, [0, 500, 1000])],
)
def test_a_scale_reaches_over_the_highest_bar_in_few_round_steps(most: int, scale: list[int]) -> None:
    series = [Series(name="a", title="a", look="solid", tone="calm")]
    numbers = Numbers(name="x", heading="day", series=series, bars=[Bar(title="1", mark="1", counts=[most])])
    context = charts.columns("x", numbers).context
    assert [int(label.text.replace(",", "")) for _, label in context["lines"]] == scale
    heights = [box.height for box in context["drawn"]]
    whole = charts.HEIGHT - charts.TOP - charts.BOTTOM
    assert heights == ([pytest.approx(whole * most / scale[-1])] if most else [])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_chart_has_a_sentence_and_a_table_and_no_style_in_the_page(
    language: str, frozen: Clock, seller: Seller
) -> None:
    silence(seller, frozen)
    request_due_in(hours(1), frozen)
    notices(frozen, "email", "sent")
    answer = Desk(supervisor(language=language)).get(START)
    page = Seen(START, answer)
    drawings = page.all("svg", role="img")
    assert len(drawings) == 4
    assert all(drawing.attributes["aria-label"] for drawing in drawings)
    assert len(page.all("details")) == 4
    assert not [each for each in page.elements if "style" in each.attributes]
    assert not page.all("style")
    assert [each for each in page.all("script") if "src" not in each.attributes] == []
    assert len(page.all("h1")) == 1


# One click


def test_from_the_start_a_request_is_held_and_extended_with_its_preview_and_one_is_back(
    frozen: Clock, seller: Seller
) -> None:
    request = request_due_in(hours(5), frozen, of=seller)
    visitor = Visitor.as_(support())
    for button, word, foreseen in (
        ("hold", "Held", "will stop; 05:00:00 remain."),
        ("extend", "Extended", "It stays held; what remains grows: 05:00:00 → 29:00:00."),
        ("release", "Released", "The clock runs on with 29:00:00 left"),
    ):
        address = way(visitor.see(START), "cancelrequest", button, request.pk)
        question = visitor.see(address)
        assert "What will happen" in question.text
        assert foreseen in question.text
        back = visitor.send(question, f"/act/{button}/", reason="The platform was down.")
        assert back.path == START
        assert f"{word}: {str(request.pk)[:8]}" in back.text
    kinds = Event.objects.filter(kind__startswith="request_").values_list("kind", flat=True)
    assert set(kinds) >= {"request_held", "request_extended", "request_released"}


def way(page: Seen, model: str, button: str, key: object) -> str:
    found = [each.attributes["href"] for each in page.all("a") if f"/{model}/act/{button}/" in each.attributes["href"]]
    assert found == [f"/admin/marketplace/{model}/act/{button}/?pk={key}&back=/admin/"]
    return found[0]


def test_from_the_start_a_verdict_is_reversed_and_one_is_back(frozen: Clock, seller: Seller) -> None:
    verdict = silence(seller, frozen)
    visitor = Visitor.as_(supervisor())
    question = visitor.see(way(visitor.see(START), "verdict", "reverse", verdict.pk))
    assert "3 services accept again" in question.text
    back = visitor.send(question, "/act/reverse/", reason="Illness")
    assert back.path == START
    verdict.refresh_from_db()
    assert (verdict.at_fault, verdict.reversed_because) == (AtFault.NOBODY, "Illness")
    assert "/act/reverse/" not in back.html


def test_what_is_due_soonest_comes_first_and_only_what_may_be_pressed_is_offered(
    desk: Desk, frozen: Clock, seller: Seller
) -> None:
    later, sooner = request_due_in(hours(3), frozen), request_due_in(hours(1), frozen)
    overdue_room(of=seller)
    rows = panel(desk, "Due soonest")["rows"]
    assert [row[1] for row in rows] == ["overdue by 1.000 s", "01:00:00", "03:00:00"]
    assert [str(each.pk) in row[-1] for each, row in zip((sooner, later), rows[1:], strict=True)] == [True, True]
    assert rows[0][-1] == ""


def test_support_sees_no_reversal_and_who_may_not_look_sees_nothing(frozen: Clock, seller: Seller) -> None:
    silence(seller, frozen)
    request_due_in(hours(1), frozen)
    for_support = Desk(support()).get(START).content.decode()
    assert "/act/hold/" in for_support
    assert "/act/reverse/" not in for_support
    answer = Desk(operator()).get(START)
    assert (answer.context["panels"], answer.context["signals"]) == ([], [])
    assert "You have no role yet" in text(answer)
    assert str(CancelRequest.objects.latest("placed_at").room_id)[:8] not in answer.content.decode()


def test_one_right_shows_its_own_part_only(frozen: Clock, seller: Seller) -> None:
    silence(seller, frozen)
    clerk = operator()
    clerk.user_permissions.set(Permission.objects.filter(codename="view_verdict"))
    desk = Desk(clerk)
    assert set(signals(desk)) == {"Lateness of verdicts"}
    titles = [each.title for each in desk.get(START).context["panels"]]
    assert titles == ["Verdicts of the last 14 days", "Newest verdicts", "What found the verdicts"]


def test_the_start_asks_as_many_statements_of_many_rows_as_of_one(desk: Desk, frozen: Clock, seller: Seller) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(START).status_code == 200
        return len(seen.captured_queries)

    def more() -> None:
        silence(seller, frozen)
        request_due_in(hours(1), frozen, of=seller)
        notices(frozen, "email", "sent")
        Notification.objects.update(occasion="earlier")

    more()
    first = asked()
    more()
    request_due_in(hours(2), frozen, of=seller)
    assert asked() == first <= 34


def test_a_part_that_is_offered_twice_is_shown_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "offers", [])
    start.offer(telling.part, telling.part)
    start.offer(telling.part)
    assert start.offers == [telling.part]


# The way in


def with_password(is_staff: bool) -> str:  # noqa: FBT001 - a fact about somebody
    somebody = person(is_staff=is_staff)
    somebody.set_password(PASSWORD)
    somebody.save()
    return somebody.username


def test_an_operator_logs_in_where_everybody_does_and_comes_to_the_page_that_was_wanted() -> None:
    visitor = Visitor()
    page = visitor.see("/admin/marketplace/user/?q=x")
    assert page.path == "/log-in/?next=/admin/marketplace/user/%3Fq%3Dx"
    assert visitor.client.get("/admin/login/").headers["Location"] == "/log-in/?next=/admin/"
    name = with_password(is_staff=True)
    answer = visitor.client.post(
        "/log-in/",
        {**page.form("/log-in/").values, "username": name, "password": PASSWORD},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/marketplace/user/?q=x")


def test_nobody_is_logged_in_by_the_admins_own_address_where_no_throttle_counts() -> None:
    http = Desk(None).http
    given = {"username": with_password(is_staff=True), "password": PASSWORD, "next": "/admin/"}
    assert http.post("/admin/login/", given).headers["Location"] == "/log-in/?next=/admin/"
    assert "sessionid" not in http.cookies


def test_who_is_logged_in_already_goes_straight_to_the_page() -> None:
    client = Desk(operator()).http
    assert client.get("/admin/login/?next=/admin/due/").headers["Location"] == "/admin/due/"
    assert client.get("/admin/login/").headers["Location"] == "/admin/"


def test_who_is_no_staff_is_told_so_and_sees_nothing_of_the_admin() -> None:
    visitor = Visitor.as_(person("buyer"))
    page = visitor.see("/admin/due/")
    assert page.path == "/log-in/?next=/admin/due/"
    assert "who may not see that page" in page.text
    fresh = Visitor()
    asked = fresh.see("/admin/")
    again = fresh.send(asked, "/log-in/", username=with_password(is_staff=False), password=PASSWORD)
    assert "who may not see that page" in again.text


@pytest.mark.parametrize(
    "wrong", ["https://evil.example/admin/", "//evil.example/admin/", "/deals/", "javascript:alert(1)", "/admin/login/"]
)
def test_another_page_than_the_admins_is_not_gone_on_to(wrong: str) -> None:
    for client, to in ((Desk(operator()).http, "/admin/"), (Desk(None).http, "/log-in/?next=/admin/")):
        assert client.get("/admin/login/", {"next": wrong}).headers["Location"] == to


def test_the_description_of_the_api_holds_no_style_and_no_script_of_its_own() -> None:
    """What the policy does not let through would be left out without a word."""
    page = Visitor().see("/api/v1/docs/")
    assert not page.all("style")
    assert not [each for each in page.elements if "style" in each.attributes]
    scripts = page.all("script")
    assert len(scripts) == 3
    assert all(each.attributes.get("src") for each in scripts)
    assert any(each.attributes["href"].endswith("docs.css") for each in page.all("link"))
