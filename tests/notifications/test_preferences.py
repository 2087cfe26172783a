"""Notification settings (通知設定): what can be switched, what keeps a channel on, hours, one click."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import translation

from marketplace.models import User
from notifications import links
from notifications.actions import notices
from notifications.actions.notices import Notice
from notifications.models import Notification, Preference, Wishes
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import person
from tests.support.told import browser, unsubscribe_path

pytestmark = pytest.mark.django_db
PATH = "notification-preferences/"
ONE_CLICK = "List-Unsubscribe=One-Click"


def put(api: Api, **body: Any) -> Any:
    return api("PUT", PATH, body)


def test_what_was_never_moved_is_on_for_every_kind_and_channel(buyer: User) -> None:
    shown = Api(buyer).get(PATH).json()
    assert shown["kinds"] == {kind: {"inapp": True, "email": True, "push": True} for kind in SWITCHABLE}
    assert (shown["quiet_hours"], shown["digest_at"]) == (None, None)


def test_a_switch_moves_alone_and_what_is_left_out_stays(buyer: User) -> None:
    api = Api(buyer)
    put(api, kinds={"message": {"email": False}}, quiet_hours={"from": "22:00", "to": "07:00"})
    answer = put(api, kinds={"message": {"push": False}, "review": {"inapp": False}}).json()
    assert answer["kinds"]["message"] == {"inapp": True, "email": False, "push": False}
    assert answer["kinds"]["review"] == {"inapp": False, "email": True, "push": True}
    assert answer["quiet_hours"] == {"from": "22:00", "to": "07:00"}
    assert put(api, quiet_hours=None).json()["quiet_hours"] is None
    assert put(api, kinds={"message": {"email": True}}).json()["kinds"]["message"]["email"] is True
    assert api.get(PATH).json() == put(api).json()
    assert Api(person()).get(PATH).json()["kinds"]["message"] == {"inapp": True, "email": True, "push": True}


@pytest.mark.parametrize("kind", SWITCHABLE)
def test_what_is_critical_keeps_email_or_push_on_and_the_rest_need_not(buyer: User, kind: Kind) -> None:
    api = Api(buyer)
    for one, other in (("email", "push"), ("push", "email")):
        assert put(api, kinds={kind: {one: False, other: True}}).status_code == 200
        before = list(Preference.objects.order_by("pk").values())
        answer = put(api, kinds={"review": {"email": False}, kind: {other: False}}, digest_at="08:00")
        if kind in CRITICAL:
            told = problem(answer, 409, "critical_kind_needs_a_channel")
            assert list(told["errors"]) == [f"kinds.{kind}"]
            assert list(Preference.objects.order_by("pk").values()) == before
            assert Wishes.objects.get().digest_at is None
        else:
            assert answer.json()["kinds"][kind] == {"inapp": True, "email": False, "push": False}
            put(api, kinds={kind: {other: True}}, digest_at=None)


def test_inapp_stays_on_for_what_is_critical_and_does_not_count(buyer: User) -> None:
    api = Api(buyer)
    shown = put(api, kinds={"request_placed": {"inapp": False}}).json()
    assert shown["kinds"]["request_placed"] == {"inapp": True, "email": True, "push": True}
    both_off = {"inapp": True, "email": False, "push": False}
    problem(put(api, kinds={"request_placed": both_off}), 409, "critical_kind_needs_a_channel")


@pytest.mark.parametrize(("language", "words"), [("ja", "メールかプッシュ"), ("en", "keeps e-mail or push on")])
def test_the_refusal_is_said_in_the_readers_language(buyer: User, language: str, words: str) -> None:
    api = Api(buyer, **{"Accept-Language": language})
    answer = put(api, kinds={"purchase": {"email": False, "push": False}})
    assert words in problem(answer, 409, "critical_kind_needs_a_channel")["detail"]


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("off", [Channel.EMAIL, Channel.PUSH])
@pytest.mark.parametrize("reach", ["email", "push", "both"])
def test_a_critical_notice_goes_where_it_arrives_if_the_channel_kept_on_reaches_nobody(
    frozen: Clock,
    reach: str,
    off: Channel,
    critical: bool,  # noqa: FBT001 - a column of the table
) -> None:
    kind = Kind.PURCHASE if critical else Kind.MESSAGE
    ways = {"email": {Channel.EMAIL}, "push": {Channel.PUSH}, "both": {Channel.EMAIL, Channel.PUSH}}[reach]
    somebody = person(email="a@example.com", email_confirmed_at=frozen.at if Channel.EMAIL in ways else None)
    if Channel.PUSH in ways:
        browser(somebody)
    put(Api(somebody), kinds={kind: {off: False}})
    words = {"counterpart": "x", "service": "y", "price": 1, "preview": None}
    notices.write_notices([Notice(occasion="o", person=somebody, kind=kind, words=kind.value, facts=words)], frozen.at)
    told = set(Notification.objects.values_list("channel", flat=True))
    wanted = ways - {off}
    assert told == {"inapp"} | (wanted or (ways if critical else set()))


@pytest.mark.parametrize(
    "body",
    [
        {"kinds": {"test": {"email": False}}},
        {"kinds": {"message": {"fax": True}}},
        {"kinds": {"message": {"email": 0}}},
        {"kinds": {"message": {"email": None}}},
        {"kinds": {"message": True}},
        {"kinds": []},
        {"kinds": None},
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {"from": "24:00", "to": "07:00"}},
        {"quiet_hours": {"from": "22:00", "to": "7:00"}},
        {"quiet_hours": {"from": "22:00\n", "to": "07:00"}},
        {"quiet_hours": {"from": "22:00", "to": "07:00", "on": "Monday"}},
        {"digest_at": "08:00:00"},
        {"digest_at": 8},
        {"digest_at": ""},
        {"next_digest_at": "08:00"},
    ],
)
def test_what_is_no_wish_is_refused_and_changes_nothing(buyer: User, body: dict[str, Any]) -> None:
    problem(put(Api(buyer), **body), 400, "invalid_input")
    assert not Preference.objects.exists()
    assert not Wishes.objects.exists()


@pytest.mark.parametrize(
    ("zone", "at", "next_at"),
    [
        ("", "13:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),  # it is noon in Tokyo
        ("", "12:00", datetime(2026, 3, 3, 3, tzinfo=UTC)),
        ("America/New_York", "23:30", datetime(2026, 3, 2, 4, 30, tzinfo=UTC)),
    ],
)
def test_the_hour_of_the_digest_is_of_ones_own_time_zone_and_the_next_one_is_ahead(
    frozen: Clock, zone: str, at: str, next_at: datetime
) -> None:
    somebody = person(time_zone=zone)
    assert put(Api(somebody), digest_at=at).json()["digest_at"] == at
    wishes = Wishes.objects.get(person=somebody)
    assert (wishes.digest_at, wishes.next_digest_at) == (time.fromisoformat(at), next_at)
    put(Api(somebody), digest_at=None)
    wishes.refresh_from_db()
    assert (wishes.digest_at, wishes.next_digest_at) == (None, None)


# One click (RFC 8058)


def click(path: str, body: str = ONE_CLICK, content_type: str = "application/x-www-form-urlencoded") -> Any:
    """Do as a mail program does: no cookie, no token, no CSRF, and nothing of what it accepts."""
    return Client(enforce_csrf_checks=True).post(path, body, content_type=content_type)


def is_on(who: User, kind: Kind, channel: Channel) -> bool:
    return not Preference.objects.filter(person=who, kind=kind, channel=channel, on=False).exists()


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PUSH])
def test_one_click_without_a_log_in_switches_this_kind_off_on_this_channel_alone(buyer: User, channel: Channel) -> None:
    path = unsubscribe_path(buyer, Kind.SCHEDULE, channel)
    for _ in range(2):
        assert click(path).status_code == 200
    assert [(row.person, row.kind, row.channel, row.on) for row in Preference.objects.all()] == [
        (buyer, "schedule", channel, False)
    ]


def test_one_click_may_come_as_multipart_too(buyer: User) -> None:
    form = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    assert click(unsubscribe_path(buyer), form, "multipart/form-data; boundary=x").status_code == 200
    assert not is_on(buyer, Kind.MESSAGE, Channel.EMAIL)


@pytest.mark.parametrize(("language", "name"), [("ja", "停止する"), ("en", "Stop")])
def test_looking_shows_a_button_in_the_persons_language_and_switches_nothing(language: str, name: str) -> None:
    somebody = person(language=language)
    path = unsubscribe_path(somebody)
    page = Client().get(path, headers={"Accept": "application/xhtml+xml"})
    text = page.content.decode()
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert f'<html lang="{language}">' in text
    assert f">{name}</button>" in text
    with translation.override(language):
        assert str(Kind.MESSAGE.label) in text
    assert Client().head(path).status_code == 200
    assert is_on(somebody, Kind.MESSAGE, Channel.EMAIL)
    done = click(path).content.decode()
    assert "<button" not in done
    assert 'role="status"' in done


@pytest.mark.parametrize("body", ["", "List-Unsubscribe=No", "a=b", "List-Unsubscribe=One-Click&admin=1"])
def test_what_is_not_the_one_click_switches_nothing(buyer: User, body: str) -> None:
    problem(click(unsubscribe_path(buyer), body), 400, "invalid_input")
    assert is_on(buyer, Kind.MESSAGE, Channel.EMAIL)


def test_a_token_that_is_not_ours_is_404(buyer: User) -> None:
    path = unsubscribe_path(buyer)
    forged = signing.dumps([str(buyer.pk), "message", "email"], salt="another")
    for token in (path.rstrip("/") + "x/", f"/api/v1/unsubscribe/{forged}/", "/api/v1/unsubscribe/x/"):
        problem(Client().get(token), 404, "not_found")
        problem(click(token), 404, "not_found")
    assert is_on(buyer, Kind.MESSAGE, Channel.EMAIL)


@pytest.mark.parametrize("kind", [*sorted(CRITICAL), Kind.TEST])
def test_what_is_critical_is_never_switched_off_by_a_click(buyer: User, kind: Kind) -> None:
    path = unsubscribe_path(buyer, kind)
    problem(Client().get(path), 404, "not_found")
    problem(click(path), 404, "not_found")
    assert not Preference.objects.exists()


def test_the_address_of_somebody_who_is_gone_is_404(buyer: User) -> None:
    path = unsubscribe_path(buyer)
    User.objects.filter(pk=buyer.pk).update(is_active=False)
    problem(click(path), 404, "not_found")
    assert not Preference.objects.exists()


def test_the_token_names_person_kind_and_channel(buyer: User) -> None:
    token = unsubscribe_path(buyer).split("/")[-2]
    assert links.unsubscribed(token) == (str(buyer.pk), "message", "email")
