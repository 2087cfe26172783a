"""What operators see and do about notifications: dead letters, proof of notice, reach, every wording."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from marketplace.actions import cancel_requests, deadlines
from marketplace.models import Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import WokenBy
from notifications.actions import hearing
from notifications.models import Notification, Reach
from notifications.phrases import PHRASES
from notifications.vocabulary import State
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, person, room

pytestmark = pytest.mark.django_db

IN_ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def supporter(db: None) -> User:
    made = person("support", is_staff=True, language="en")
    made.groups.add(Group.objects.get(name="Support"))
    return made


@pytest.fixture
def asked(frozen: Clock, seller: Seller) -> TalkRoom:
    """A room with a request, of which the respondent was told in the app and by mail."""
    User.objects.filter(pk=seller.user_id).update(email="seller@example.com", email_confirmed_at=frozen.at)
    talk_room = room(of=seller, silent_for=days(5), now=frozen.at)
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    return talk_room


@pytest.fixture
def dead(asked: TalkRoom, frozen: Clock) -> Notification:
    letter = Notification.objects.get(channel="email", kind="request_placed")
    Notification.objects.filter(pk=letter.pk).update(
        state=State.FAILED, next_attempt_at=None, answered_at=frozen.at, last_error="550 no such person", attempts=3
    )
    return letter


def page(whom: User, address: str) -> str:
    client = Client(headers=IN_ENGLISH)
    client.force_login(whom)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_request_shows_the_proof_of_notice(asked: TalkRoom, dead: Notification, supporter: User) -> None:
    request = asked.cancel_requests.get()
    shown = page(supporter, reverse("admin:marketplace_cancelrequest_change", args=[request.pk]))
    assert "Proof of notice" in shown
    assert "550 no such person" in shown
    assert "in-app" in shown


def test_a_verdict_shows_on_what_notice_it_was_given(asked: TalkRoom, supporter: User, frozen: Clock) -> None:
    frozen.advance(hours(24) + MICROSECOND)
    deadlines.settle_room(asked.pk, woken_by=WokenBy.SWEEP)
    hearing.hear()
    verdict = Verdict.objects.get(deal=asked.deal_id)
    shown = page(supporter, reverse("admin:marketplace_verdict_change", args=[verdict.pk]))
    assert "Proof of notice" in shown
    assert "Cancel requests against you" in shown
    assert "Cancellations" not in shown, "what was told after the deadline was no notice"


def test_a_room_shows_how_each_party_is_reached(asked: TalkRoom, supporter: User, frozen: Clock) -> None:
    Reach.objects.create(person=asked.seller, channel="email", broken_at=frozen.at, error="550 gone")
    shown = page(supporter, reverse("admin:marketplace_talkroom_change", args=[asked.pk]))
    assert "How they are reached" in shown
    assert "seller@example.com" in shown
    assert "550 gone" in shown


def test_dead_letters_are_found_and_sent_again(dead: Notification, supporter: User) -> None:
    listed = reverse("admin:notifications_notification_changelist")
    assert str(dead.pk)[:8] in page(supporter, f"{listed}?state=failed")
    client = Client(headers=IN_ENGLISH)
    client.force_login(supporter)
    act = reverse("admin:notifications_notification_redeliver")
    question = client.get(f"{act}?pk={dead.pk}").content.decode()
    assert "It failed with: 550 no such person" in question
    answer = client.post(act, {"pk": str(dead.pk), "reason": "the address was mended", "shown": ""})
    assert answer.status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (State.WAITING, 0)
    client.post(act, {"pk": str(dead.pk), "reason": "again", "shown": ""})
    dead.refresh_from_db()
    assert dead.state == State.WAITING


def test_who_may_not_send_again_is_refused(dead: Notification, staff: User) -> None:
    client = Client(headers=IN_ENGLISH)
    client.force_login(staff)
    act = reverse("admin:notifications_notification_redeliver")
    assert client.post(act, {"pk": str(dead.pk), "reason": "please", "shown": ""}).status_code == 403
    dead.refresh_from_db()
    assert dead.state == State.FAILED


def test_the_page_of_one_shows_the_words_as_their_reader_meets_them(dead: Notification, supporter: User) -> None:
    shown = page(supporter, reverse("admin:notifications_notification_change", args=[dead.pk]))
    assert "キャンセルリクエスト" in shown
    assert "全3サービスが受付休止" in shown


def test_every_wording_is_previewed_in_both_languages(supporter: User) -> None:
    wordings = reverse("admin:notifications_wordings")
    assert f'href="{wordings}"' in page(supporter, reverse("admin:notifications_notification_changelist"))
    shown = page(supporter, wordings)
    for name in PHRASES:
        assert f"<h2>{name}</h2>" in shown
    assert "6 services paused" in shown
    assert "全6サービスが受付休止" in shown
