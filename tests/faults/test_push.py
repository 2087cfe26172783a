"""A push service that takes, refuses, is busy or says one byte a second: what becomes of notice and subscription."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_django import Settings

from marketplace.models import User
from notifications.actions import delivery
from notifications.channels import push, vapid
from notifications.models import Notification, PushSubscription, Reach
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import days, hours
from tests.support.notices import became, notice
from tests.support.push_service import Browser, PushService, push_is_on, push_service, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    push_is_on(settings)
    with push_service() as running:
        yield running


@pytest.fixture
def reader(frozen: Clock, buyer: User) -> User:
    return buyer


def pushed(to: User, **columns: Any) -> Notification:
    sent = notice(to, Channel.PUSH, **columns)
    delivery.deliver(Channel.PUSH)
    sent.refresh_from_db()
    return sent


def wait_of(notification: Notification, frozen: Clock) -> timedelta:
    notification.refresh_from_db()
    assert notification.next_attempt_at is not None
    return notification.next_attempt_at - frozen.at


def test_what_arrives_is_encrypted_for_the_browser_and_signed_by_us(service: PushService, reader: User) -> None:
    browser = Browser(f"{service.url}/send/1")
    browser.subscribe(reader)
    before = int(time.time())
    sent = pushed(reader, lines="- 秘密")
    [arrived] = service.arrived
    assert became(sent) == (State.SENT, 1, "")
    assert browser.read(arrived) == {
        "id": str(sent.pk),
        "kind": "digest",
        "title": "未対応の取引が1件あります",
        "body": "次の取引への対応をお願いします。\n- 秘密",
        "url": "http://127.0.0.1:8000/to-dos/",
        "lang": "ja",
    }
    claims = signed(arrived)
    assert (claims["aud"], claims["sub"]) == (service.url, "mailto:renraku@localhost")
    assert before < claims["exp"] <= before + 24 * 3600
    assert "秘密".encode() not in arrived.body
    headers = arrived.headers
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("86400", "low", sent.pk.hex)
    assert (arrived.path, headers["host"]) == ("/send/1", service.url.removeprefix("http://"))


@pytest.mark.parametrize(("left", "seconds"), [(hours(30), 86400), (hours(3), 10800), (timedelta(seconds=5), 60)])
def test_it_is_kept_until_its_deadline_at_most_a_day_and_at_least_a_minute(
    service: PushService, reader: User, frozen: Clock, left: timedelta, seconds: int
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    pushed(reader, facts={"count": 1, "lines": "", "deadline": (frozen.at + left).isoformat()})
    assert service.arrived[0].headers["ttl"] == str(seconds)


@pytest.mark.parametrize(("kind", "urgency"), [("purchase", "high"), ("digest", "low"), ("message", "normal")])
def test_what_is_critical_is_urgent(service: PushService, reader: User, kind: str, urgency: str) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    pushed(reader, kind=kind)
    assert service.arrived[0].headers["urgency"] == urgency


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_without_another_one_nobody_is_there(
    service: PushService, reader: User, frozen: Clock, status: int
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    service.status = status
    assert became(pushed(reader)) == (State.FAILED, 1, f"push service: {status}")
    assert not PushSubscription.objects.exists()
    assert Reach.objects.get(channel=Channel.PUSH).broken_at == frozen.at
    assert became(pushed(reader)) == (State.FAILED, 1, "no browser is subscribed any more")
    assert len(service.arrived) == 1


def test_one_browser_that_takes_it_is_enough_and_the_dead_one_goes(service: PushService, reader: User) -> None:
    gone, there = Browser(f"{service.url}/gone"), Browser(f"{service.url}/there")
    gone.subscribe(reader)
    there.subscribe(reader)
    service.by_path["/gone"] = 410
    assert became(pushed(reader)) == (State.SENT, 1, "")
    assert [each.endpoint for each in PushSubscription.objects.all()] == [there.endpoint]
    assert there.read(next(each for each in service.arrived if each.path == "/there"))["kind"] == "digest"


def test_a_browser_that_renewed_its_keys_meanwhile_is_kept(
    service: PushService, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Browser(f"{service.url}/1").subscribe(reader)
    service.status = 410
    delete_gone = delivery._delete_gone  # noqa: SLF001 - the moment between the answer and what follows from it

    def renewed_before(gone: list[PushSubscription]) -> None:
        PushSubscription.objects.filter(pk=old.pk).update(p256dh="renewed")
        delete_gone(gone)

    monkeypatch.setattr(delivery, "_delete_gone", renewed_before)
    pushed(reader)
    assert PushSubscription.objects.get().p256dh == "renewed"


@pytest.mark.parametrize("status", [400, 413, 307])
def test_what_refuses_this_notice_for_good_keeps_the_browser(service: PushService, reader: User, status: int) -> None:
    """A redirect is one: it is not followed."""
    Browser(f"{service.url}/1").subscribe(reader)
    service.status, service.answers = status, {"Location": f"{service.url}/elsewhere"}
    refused = pushed(reader)
    assert became(refused) == (State.FAILED, 1, f"push service: {status}")
    assert refused.refused_for_good
    assert PushSubscription.objects.count() == 1
    assert not Reach.objects.exclude(broken_at=None).exists()
    assert [each.path for each in service.arrived] == ["/1"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_taken_is_our_fault_and_never_the_persons_broken_channel(
    service: PushService, reader: User, frozen: Clock, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    service.status = status
    tried = pushed(reader)
    assert became(tried)[:2] == (State.WAITING, 1)
    assert [line.levelname for line in caplog.records if "VAPID_SUBJECT" in line.getMessage()] == ["ERROR"]
    service.status = 201
    frozen.advance(wait_of(tried, frozen))
    delivery.deliver(Channel.PUSH)
    assert became(tried) == (State.SENT, 2, "")
    assert PushSubscription.objects.count() == 1
    assert not Reach.objects.exclude(broken_at=None).exists()


def test_a_key_that_we_do_not_mend_in_time_ends_like_a_refusal_that_fair_notice_counts(
    service: PushService, reader: User, frozen: Clock
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    service.status = 403
    tried = pushed(reader)
    for _ in range(delivery.ATTEMPTS - 1):
        frozen.advance(wait_of(tried, frozen))
        delivery.deliver(Channel.PUSH)
    tried.refresh_from_db()
    assert (tried.state, tried.attempts, tried.refused_for_good) == (State.FAILED, delivery.ATTEMPTS, True)
    assert not Reach.objects.exclude(broken_at=None).exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_who_is_busy_is_asked_again(service: PushService, reader: User, frozen: Clock, status: int) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    service.status = status
    put_off = pushed(reader)
    assert became(put_off) == (State.WAITING, 1, f"push service: {status}")
    assert timedelta(seconds=22.5) <= wait_of(put_off, frozen) <= timedelta(seconds=37.5)
    service.status = 201
    frozen.advance(wait_of(put_off, frozen))
    delivery.deliver(Channel.PUSH)
    assert became(put_off) == (State.SENT, 2, "")


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("7200", hours(2)),
        (format_datetime(datetime(2026, 3, 2, 5, 30, tzinfo=UTC), usegmt=True), hours(2.5)),
        ("99999999999999999999", days(1)),
    ],
)
def test_who_says_when_to_come_back_is_not_asked_before(
    service: PushService, reader: User, frozen: Clock, retry_after: str, wait: timedelta
) -> None:
    """Within reason: a day at most."""
    Browser(f"{service.url}/1").subscribe(reader)
    service.status, service.answers = 429, {"Retry-After": retry_after}
    assert wait_of(pushed(reader), frozen) == wait


@pytest.mark.parametrize("retry_after", ["soon", "-5", "Mon, 02 Mar 2026", "1"])
def test_who_says_nothing_that_can_be_read_is_asked_after_the_usual_wait(
    service: PushService, reader: User, frozen: Clock, retry_after: str
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    service.status, service.answers = 503, {"Retry-After": retry_after}
    assert timedelta(seconds=22.5) <= wait_of(pushed(reader), frozen) <= timedelta(seconds=37.5)


def test_who_says_a_byte_at_a_time_is_hung_up_on(
    service: PushService, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out of the socket alone would begin anew with each byte, and hold a worker for ever."""
    monkeypatch.setattr(push, "TIMEOUT", 0.6)
    Browser(f"{service.url}/1").subscribe(reader)
    service.drips = True
    before = time.monotonic()
    assert became(pushed(reader))[:2] == (State.WAITING, 1)
    assert 0.5 < time.monotonic() - before < 5


def test_who_has_many_slow_browsers_waits_for_some_of_them_only(
    service: PushService, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "TIMEOUT", 0.3)
    monkeypatch.setattr(push, "PATIENCE", 0.5)
    for number in range(6):
        Browser(f"{service.url}/{number}").subscribe(reader)
    service.drips = True
    assert "took too long" in became(pushed(reader))[2]
    assert len(service.arrived) == 2


def test_keys_that_are_none_are_forgotten(service: PushService, reader: User) -> None:
    for field, value in (("p256dh", "AAAA"), ("p256dh", "B" + "A" * 86), ("auth", ""), ("p256dh", "ß")):
        made = Browser(f"{service.url}/{field}{value}").subscribe(reader)
        PushSubscription.objects.filter(pk=made.pk).update(**{field: value})
        refused = pushed(reader)
        assert became(refused)[0] is State.FAILED
        assert "its keys cannot be used" in refused.last_error
    assert not PushSubscription.objects.exists()
    assert not service.arrived


def test_without_a_key_push_is_off_and_says_how_to_switch_it_on(
    service: PushService, reader: User, settings: Settings
) -> None:
    Browser(f"{service.url}/1").subscribe(reader)
    settings.VAPID_PRIVATE_KEY = ""
    assert vapid.public_key() is None
    waiting = pushed(reader)
    assert became(waiting)[0] is State.WAITING
    assert waiting.last_error == (
        "push is off: VAPID_PRIVATE_KEY is not set (`python3 manage.py make_vapid_keys` makes one)"
    )
    assert not service.arrived


def test_an_address_that_points_inwards_is_not_visited_even_if_it_did_not_when_it_was_given(
    service: PushService, reader: User, settings: Settings
) -> None:
    settings.PUSH_ALLOWED_HOSTS = []
    Browser(service.url.replace("http:", "https:")).subscribe(reader)
    refused = pushed(reader)
    assert became(refused)[0] is State.FAILED
    assert "points inwards" in refused.last_error
    assert not PushSubscription.objects.exists()
    assert not service.arrived


def test_a_name_that_is_not_known_now_keeps_the_browser(
    service: PushService, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_knows(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    Browser(f"{service.url}/1").subscribe(reader)
    assert became(pushed(reader))[:2] == (State.WAITING, 1)
    assert PushSubscription.objects.count() == 1


def test_a_name_is_looked_up_once_and_only_that_address_is_connected_to(
    service: PushService, reader: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look could be answered otherwise: that is how a name comes to point inwards after all."""
    looked_up: list[str] = []
    real = socket.getaddrinfo
    port = int(service.url.rpartition(":")[2])

    def ours(host: str, *arguments: Any, **options: Any) -> Any:
        looked_up.append(host)
        return real("127.0.0.1", port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", ours)
    settings.PUSH_ALLOWED_HOSTS = ["push.example"]
    browser = Browser("http://push.example/1")
    browser.subscribe(reader)
    assert became(pushed(reader))[0] is State.SENT
    assert looked_up == ["push.example"]
    assert service.arrived[0].headers["host"] == "push.example"
    assert signed(service.arrived[0])["aud"] == "http://push.example"


def test_a_long_notice_is_shortened_to_what_every_push_service_takes(service: PushService, reader: User) -> None:
    browser = Browser(f"{service.url}/1")
    browser.subscribe(reader)
    pushed(reader, lines="長" * 4000)
    [arrived] = service.arrived
    assert len(arrived.body) <= 4096
    body = browser.read(arrived)["body"]
    assert body.startswith("次の取引への対応をお願いします。\n長長長")
    assert body.endswith("長…")
    assert len(body.encode()) > 2000
