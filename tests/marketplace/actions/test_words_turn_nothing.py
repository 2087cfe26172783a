"""Directional controls are refused in titles; where they stand in texts, or of old, they turn nothing around."""

from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from marketplace import clock
from marketplace.admin import export
from marketplace.characters import DIRECTIONAL
from marketplace.models import Message, Milestone, Seller, Service, TalkRoom, User
from notifications import calendars, wording
from tests.support.api import Api, problem
from tests.support.factories import days, room, service
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
TURNED = "ロゴ\u202e制作"
CONTROLS = [
    *("\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"),
    *("\x07", "\x1b", "\x7f", "\x85", "\n", "\t", "\u2028"),
]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_titles_hold_no_controls(seller: Seller, buyer: User, control: str) -> None:
    api, mine, title = Api(seller.user), service(seller), f"ロゴ{control}制作"
    for answer in (
        api.post("services/", {"title": title, "price": 1}),
        api.patch(f"services/{mine.pk}/", {"title": title}),
    ):
        told = problem(answer, 400, "invalid_input")["errors"]["title"]
        message = f"Remove these control characters: U+{ord(control):04X}."
        assert told == [{"code": "control_characters", "message": message}]
    talk_room = room(of=seller, buyer=buyer)
    answer = api("PUT", f"talk-rooms/{talk_room.pk}/schedule/", [{"title": title, "due_on": "2026-03-02"}])
    assert list(problem(answer, 400, "invalid_input")["errors"]) == ["0.title"]


@pytest.mark.parametrize(
    "title", ["👩\u200d💻アイコン", "❤\ufe0fロゴ", "葛\U000e0100城", "می\u200cخواهم", "שלום"], ids=ascii
)
def test_titles_keep_what_scripts_and_emoji_need(seller: Seller, title: str) -> None:
    assert Api(seller.user).post("services/", {"title": title, "price": 1}).json()["title"] == title


@pytest.fixture
def of_old(seller: Seller, buyer: User) -> TalkRoom:
    """A room whose service, milestone and words were written before titles were looked at."""
    made = room(of=seller, buyer=buyer, silent_for=days(1))
    Service.objects.filter(pk=made.deal.service_id).update(title=TURNED)
    Milestone.objects.create(room=made, title=TURNED, due_on=clock.now().date(), shared_at=clock.now())
    Message.objects.filter(room=made).update(body=f"{TURNED}です")
    return made


def test_pages_isolate_what_people_wrote(of_old: TalkRoom, seller: Seller) -> None:
    page = Visitor.as_(seller.user).see(f"/talk-rooms/{of_old.pk}/")
    assert TURNED in [each.text for each in page.all("bdi")]
    assert {each.attributes.get("dir") for each in page.all("div", class_="text")} == {"auto"}
    isolated = [each.text for each in page.elements if each.tag == "bdi" or each.attributes.get("dir") == "auto"]
    assert page.one("body").text.count("\u202e") == sum(text.count("\u202e") for text in isolated)


def test_notices_and_calendars_hold_no_directional_control(of_old: TalkRoom, seller: Seller) -> None:
    facts = {"service": TURNED, "counterpart": "שלום", "reason": "a\u202e\nb"}
    formatted = wording._formatted(facts, clock.now())  # noqa: SLF001
    assert formatted["service"] == "ロゴ制作"
    assert formatted["counterpart"] == "\u2068שלום\u2069"
    assert formatted["reason"].endswith("a\nb")
    feed = calendars.render(seller.user, clock.now())
    summaries = [str(each["summary"]) for each in Calendar.from_ical(feed).walk("VEVENT")]
    assert any("ロゴ制作" in each for each in summaries)
    assert not any(ord(character) in DIRECTIONAL for each in summaries for character in each)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (TURNED, "ロゴ制作"), ("\u200b=1+1", "'\u200b=1+1"), ("\u202e=1+1", "'=1+1"),
        ("\u00ad\ufeff @x", "'\u00ad\ufeff @x"),
        ("=1", "'=1"), ("ロゴ", "ロゴ"), ("a\nb", "a\nb"),
    ],
)  # fmt: skip
def test_a_csv_holds_neither_controls_nor_formulas(text: str, written: str) -> None:
    assert export.cell(text, ZoneInfo("UTC")) == written
