"""The inbox, and the proof of notice."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from marketplace.actions import cancel_requests, deadlines, talk
from marketplace.models import Seller, TalkRoom, User
from marketplace.vocabulary import WokenBy
from notifications.actions import hearing, ladders
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind, State
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, days, hours, person, room
from tests.support.told import notice
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_the_inbox_has_ones_own_inapp_notices_newest_first_in_pages(frozen: Clock, buyer: User, stranger: User) -> None:
    made = []
    for _ in range(5):
        frozen.advance(hours(1))
        made.append(str(notice(buyer).pk))
    notice(buyer, channel=Channel.EMAIL)
    notice(stranger)
    api = Api(buyer)
    first = api.get("notifications/?page_size=3").json()
    second = api.get(first["next"]).json()
    assert [each["id"] for each in (*first["results"], *second["results"])] == made[::-1]
    assert second["next"] is None
    assert set(first["results"][0]) == {"id", "kind", "title", "body", "room", "made_at", "read_at", "is_over"}


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("ja", "", "3月2日(月) 15:00 (JST)"),
        ("en", "", "Mon 2 Mar 15:00 (JST)"),
        ("en", "America/New_York", "Mon 2 Mar 01:00 (EST)"),
    ],
)
def test_a_notice_is_read_in_the_readers_language_and_time_zone(
    frozen: Clock, language: str, zone: str, words: str
) -> None:
    somebody = person(language=language, time_zone=zone)
    deadline = datetime(2026, 3, 2, 6, tzinfo=UTC).isoformat()
    facts = {"counterpart": "hanako", "service": "ロゴ", "deadline": deadline}
    made = notice(somebody, kind=Kind.DELIVERED, words="delivered", facts=facts)
    [shown] = Api(somebody).get("notifications/").json()["results"]
    assert words in shown["body"]
    assert ("3 h" in shown["body"]) or ("3時間" in shown["body"])
    assert "ロゴ" in shown["title"]
    assert Api(somebody).post(f"notifications/{made.pk}/read/").json()["body"] == shown["body"]


STILL_TO_BE_DONE = r"revokes it|still open|Reply by|left|取り消されます|まだ有効|ご返信ください|あと"


def reply(talk_room: TalkRoom) -> None:
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")


def nobody_replies(talk_room: TalkRoom) -> None:
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("then", "after"), [(reply, hours(1)), (nobody_replies, hours(12) + MICROSECOND)])
def test_a_notice_whose_time_has_passed_says_so_after_a_reply_and_after_the_verdict(
    frozen: Clock, seller: Seller, then: Callable[[TalkRoom], None], after: timedelta, language: str
) -> None:
    User.objects.filter(pk=seller.user_id).update(language=language)
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    frozen.advance(hours(12))
    ladders.tick()
    urgent = {Kind.REQUEST_PLACED, Kind.REQUEST_DUE}
    before = {each["kind"]: each for each in Api(seller.user).get("notifications/").json()["results"]}
    assert {before[kind]["is_over"] for kind in urgent} == {False}
    words = {"en": ("revokes it", "still open"), "ja": ("取り消されます", "まだ有効")}[language]
    assert all(any(each in before[kind]["body"] for each in words) for kind in urgent)

    frozen.advance(after)
    then(talk_room)
    hearing.hear()
    listed = Api(seller.user).get("notifications/").json()["results"]
    page = Visitor.as_(seller.user).see("/notices/").text
    for each in listed:
        said = f"{each['title']} {each['body']}"
        if each["kind"] in urgent:
            assert each["is_over"]
            assert not re.search(STILL_TO_BE_DONE, said)
        assert each["title"] in page
    assert {"en": "This has passed", "ja": "お送りした時点のもの"}[language] in page


def test_reading_is_written_once_and_handles_nothing(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, now=frozen.at)
    talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello?")
    hearing.hear()
    api, made = Api(seller.user), Notification.objects.get(person=seller.user, kind=Kind.MESSAGE)
    waiting = api.get("todos/count/").json()
    for _ in range(2):
        frozen.advance(hours(1))
        answer = api.post(f"notifications/{made.pk}/read/")
        assert answer.status_code == 200
    made.refresh_from_db()
    assert made.read_at == frozen.at - hours(1)
    listed = {each["id"]: each["read_at"] for each in api.get("notifications/").json()["results"]}
    assert [read_at for read_at in listed.values() if read_at] == [listed[str(made.pk)]] == [answer.json()["read_at"]]
    assert api.get("todos/count/").json() == waiting


def test_a_notice_of_somebody_else_or_of_another_channel_is_not_there(buyer: User, stranger: User) -> None:
    for made in (notice(buyer), notice(stranger, channel=Channel.EMAIL)):
        problem(Api(stranger).post(f"notifications/{made.pk}/read/"), 404, "not_found")
    assert not Notification.objects.exclude(read_at=None).exists()


def test_the_inbox_is_304_until_something_comes(frozen: Clock, buyer: User) -> None:
    notice(buyer)
    seen = Api(buyer).get("notifications/").headers["ETag"]
    assert Api(buyer).get("notifications/", If_None_Match=seen).status_code == 304
    notice(buyer)
    assert Api(buyer).get("notifications/", If_None_Match=seen).status_code == 200


# The proof of notice


@pytest.fixture
def told(frozen: Clock) -> str:
    """A request whose respondent was told in-app, by an e-mail that bounced and by a push that waits."""
    respondent = person("seller", email="seller@example.com", email_confirmed_at=frozen.at)
    talk_room = room(silent_for=days(4), now=frozen.at)
    talk_room.seller = talk_room.deal.seller.user = respondent
    talk_room.save()
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    bounced = Notification.objects.filter(channel=Channel.EMAIL, request=request)
    assert bounced.update(
        state=State.FAILED,
        answered_at=frozen.at,
        next_attempt_at=None,
        last_error="550 <seller@example.com>: no such user",
        refused_for_good=True,
    )
    notice(respondent, channel=Channel.PUSH, kind=Kind.REQUEST_DUE, request=request, last_error="503 later")
    notice(talk_room.buyer, kind=Kind.REQUEST_CHANGED, request=request)
    return str(request.pk)


def test_parties_and_staff_see_what_the_respondent_was_sent_and_what_became_of_it(told: str, staff: User) -> None:
    rows = Notification.objects.filter(request__id=UUID(told), channel=Channel.INAPP, kind=Kind.REQUEST_PLACED)
    respondent = rows.get().person
    requester = Notification.objects.get(kind=Kind.REQUEST_CHANGED).person
    for who in (respondent, staff, requester):
        shown = {each["channel"]: each for each in Api(who).get(f"cancel-requests/{told}/notices/").json()}
        assert set(shown) == {"inapp", "email", "push"}
        assert all(set(each) == {"channel", "kind", "sent_at", "state", "error"} for each in shown.values())
        assert (shown["inapp"]["state"], shown["inapp"]["error"]) == ("sent", "")
        assert shown["inapp"]["sent_at"]
        assert (shown["email"]["state"], shown["email"]["sent_at"]) == ("failed", None)
        assert (shown["push"]["state"], shown["push"]["kind"]) == ("waiting", "request_due")
        errors = {shown["email"]["error"], shown["push"]["error"]}
        if who is requester:
            assert errors == {"refused", "not_taken"}
        else:
            assert errors == {"550 <seller@example.com>: no such user", "503 later"}


def test_the_proof_of_notice_is_not_there_for_others(told: str, stranger: User) -> None:
    problem(Api(stranger).get(f"cancel-requests/{told}/notices/"), 404, "not_found")
    problem(Api().get(f"cancel-requests/{told}/notices/"), 401, "not_authenticated")
