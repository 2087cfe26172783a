"""One mailbox, browser, host or name server that does not answer costs only itself: the others get theirs."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from marketplace.models import User
from notifications.actions import attempts, delivery
from notifications.channels import push
from notifications.models import Notification, PushSubscription, SlowPlace
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import hours, person, room
from tests.support.mail_server import DRIPS, HANGS, LITTLE_PATIENCE, MailServer, mail_server, send_to
from tests.support.notices import became, notice, reachable
from tests.support.push_service import Browser, PushService, push_is_on, push_service
from tests.support.told import BROWSER

pytestmark = pytest.mark.django_db

A_WHILE = 1.0
"""Seconds that a sender waits for who does not answer; the real ones are 6 and 10."""


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    push_is_on(settings)
    monkeypatch.setattr(push, "TIMEOUT", A_WHILE)
    with push_service() as running:
        yield running


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as running:
        send_to(running.port, settings, LITTLE_PATIENCE)
        settings.EMAIL_TIMEOUT = A_WHILE
        yield running


def critical(to: User, channel: Channel, **columns: Any) -> Notification:
    facts = {"counterpart": "hana", "service": "A logo", "effective_at": "2026-03-01T00:00:00+00:00", "refund": 1}
    about: dict[str, Any] = {
        "kind": "cancelled",
        "words": "cancelled_not_at_fault",
        "facts": facts,
        "room": room(buyer=to),
    }
    return notice(to, channel, **about, **columns)


def test_while_one_browser_hangs_others_get_theirs_and_what_else_waits_for_it_is_put_off(
    service: PushService, frozen: Clock, buyer: User
) -> None:
    service.silent.add("/silent")
    Browser(f"{service.url}/silent").subscribe(buyer)
    hanging = [notice(buyer, Channel.PUSH, made_at=frozen.at - hours(1)) for _ in range(20)]
    others = [person() for _ in range(10)]
    for number, other in enumerate(others):
        Browser(f"{service.url}/{number}").subscribe(other)
    theirs = [critical(other, Channel.PUSH) for other in others]

    begun = time.monotonic()
    delivery.deliver(Channel.PUSH)
    assert time.monotonic() - begun < 3 * A_WHILE
    assert [each.path for each in service.arrived].count("/silent") == 1
    assert {became(each)[0] for each in theirs} == {State.SENT}
    assert sorted(became(each)[1] for each in hanging) == [0] * 19 + [1]
    assert {State(each.state) for each in hanging} == {State.WAITING}

    behind = critical(buyer, Channel.PUSH)
    delivery.deliver(Channel.PUSH)
    assert became(behind)[:2] == (State.WAITING, 0)
    service.silent.clear()
    frozen.advance(timedelta(seconds=40))
    delivery.deliver(Channel.PUSH)
    assert {became(each)[0] for each in [behind, *hanging]} == {State.SENT}
    assert not SlowPlace.objects.exists()


def test_each_time_out_puts_off_longer_and_no_notice_waits_for_ever(
    service: PushService, frozen: Clock, buyer: User
) -> None:
    service.silent.add("/silent")
    Browser(f"{service.url}/silent").subscribe(buyer)
    waits = []
    for _ in range(3):
        tried = notice(buyer, Channel.PUSH)
        delivery.deliver(Channel.PUSH)
        until = SlowPlace.objects.get(name__startswith="browser:").until
        assert until is not None
        waits.append(until - frozen.at)
        tried.delete()
        frozen.at = until
    assert waits == [timedelta(seconds=seconds) for seconds in (30, 60, 120)]
    frozen.advance(timedelta(seconds=-1))
    old = notice(buyer, Channel.PUSH, made_at=frozen.at - hours(48))
    delivery.deliver(Channel.PUSH)
    assert became(old)[:2] == (State.FAILED, 0)


def test_a_host_that_hangs_for_three_people_is_put_off_for_all_and_a_person_s_other_browser_gets_it(
    service: PushService, frozen: Clock
) -> None:
    paths = [f"/{number}" for number in range(6)]
    service.silent |= set(paths)
    people = [person() for _ in paths]
    for who, path in zip(people, paths, strict=True):
        Browser(f"{service.url}{path}").subscribe(who)
    for who in people[:3]:
        notice(who, Channel.PUSH)
    delivery.deliver(Channel.PUSH)
    with push_service() as elsewhere:
        there = Browser(f"{elsewhere.url}/there")
        there.subscribe(people[4])
        late, reached = notice(people[3], Channel.PUSH), notice(people[4], Channel.PUSH)
        delivery.deliver(Channel.PUSH)
        assert [each.path for each in elsewhere.arrived] == ["/there"]
    assert len(service.arrived) == 3
    assert became(late)[:2] == (State.WAITING, 0)
    assert became(reached) == (State.SENT, 1, "")


def test_while_the_mail_server_hangs_on_one_recipient_others_get_theirs(
    server: MailServer, frozen: Clock, buyer: User
) -> None:
    reachable(buyer)
    server.for_recipient[buyer.email] = HANGS
    hanging = [notice(buyer, made_at=frozen.at - hours(1)) for _ in range(3)]
    theirs = [critical(reachable(person()), Channel.EMAIL) for _ in range(10)]
    begun = time.monotonic()
    delivery.deliver(Channel.EMAIL)
    assert time.monotonic() - begun < 3 * A_WHILE
    assert {became(each)[0] for each in theirs} == {State.SENT}
    assert server.asked == 11
    assert sorted(became(each)[1] for each in hanging) == [0, 0, 1]
    server.for_recipient.clear()
    frozen.advance(timedelta(seconds=40))
    delivery.deliver(Channel.EMAIL)
    assert {became(each)[0] for each in hanging} == {State.SENT}


def test_who_keeps_a_line_open_byte_by_byte_is_hung_up_on(
    server: MailServer, frozen: Clock, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "SEND_AT_MOST", 1.5)
    server.at["DATA"] = DRIPS
    dripping = notice(reachable(buyer))
    begun = time.monotonic()
    delivery.deliver(Channel.EMAIL)
    assert time.monotonic() - begun < 5
    assert became(dripping) == (State.WAITING, 1, "it took more than 2 s")
    for thread in threading.enumerate():
        if thread.name == "send":
            thread.join(5)
            assert not thread.is_alive()


def test_critical_notices_go_first_and_people_take_turns(server: MailServer, frozen: Clock, buyer: User) -> None:
    many = [notice(reachable(buyer), made_at=frozen.at, next_attempt_at=frozen.at - hours(2)) for _ in range(30)]
    other, third = reachable(person()), reachable(person())
    one = notice(other, next_attempt_at=frozen.at - hours(1))
    urgent = critical(third, Channel.EMAIL, next_attempt_at=frozen.at)
    delivery.deliver(Channel.EMAIL)
    assert {became(each)[0] for each in [*many, one, urgent]} == {State.SENT}
    order = [message["To"] for message in server.received]
    assert order[0] == third.email
    assert order.index(other.email) <= 3


@pytest.fixture
def silent_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let no name server ever answer for push.silent; return what was asked."""
    asked: list[str] = []
    over = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if host != "push.silent":
            return real(host, *arguments, **options)
        asked.append(host)
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    over.set()


def test_a_name_server_that_never_answers_keeps_neither_a_request_nor_other_people(
    service: PushService, frozen: Clock, buyer: User, silent_name_server: list[str]
) -> None:
    browser = {**BROWSER, "endpoint": "https://push.silent/1"}
    assert Api(buyer).post("push-subscriptions/", browser).status_code == 201
    assert silent_name_server == []
    PushSubscription.objects.all().delete()
    Browser("https://push.silent/1").subscribe(buyer)
    other = person()
    Browser(f"{service.url}/other").subscribe(other)
    first, second = notice(buyer, Channel.PUSH), notice(buyer, Channel.PUSH)
    theirs = notice(other, Channel.PUSH)
    begun = time.monotonic()
    delivery.deliver(Channel.PUSH)
    assert time.monotonic() - begun < 2 * A_WHILE
    assert became(theirs)[0] is State.SENT
    assert {became(first)[:2], became(second)[:2]} == {(State.WAITING, 1), (State.WAITING, 0)}
    assert silent_name_server == ["push.silent"]


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://127.0.0.1/1", "https://127.1/1", "https://0x7f000001/1", "https://2130706433/1"),
        *("https://10.1.2.3/1", "https://169.254.169.254/1", "https://[::1]/1", "https://[fd00::1]/1"),
        *("https://localhost/1", "https://db.localhost./1", "https://１２７．０．０．１/1"),
    ],
)
def test_an_address_that_shows_that_it_points_inwards_is_refused_at_once(buyer: User, endpoint: str) -> None:
    answer = Api(buyer).post("push-subscriptions/", {**BROWSER, "endpoint": endpoint})
    problem(answer, 400, "address_points_inwards")
    assert not PushSubscription.objects.exists()
