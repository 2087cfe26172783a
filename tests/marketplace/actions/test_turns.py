"""Whose turn it is, and what the installation is called in Redis: decided once, whoever asks at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection

from config.messaging import App
from config.patience import PatientTask
from marketplace import clock
from marketplace.actions import turns
from marketplace.models import Installation, Turn
from marketplace.operations import installation
from tests.conftest import Clock

pytestmark = pytest.mark.django_db(transaction=True)

A_MINUTE = timedelta(minutes=1)
AT_ONCE = 4
Answer = TypeVar("Answer")


def at_once(ask: Callable[[], Answer]) -> list[Answer]:
    """Ask from several connections at the same time."""
    ready = Barrier(AT_ONCE)

    def asked(_: int) -> Answer:
        ready.wait(10)
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as others:
        return list(others.map(asked, range(AT_ONCE)))


def test_a_turn_is_one_s_only_and_another_s_after_its_interval(frozen: Clock) -> None:
    assert [turns.take("look", A_MINUTE) for _ in range(3)] == [True, False, False]
    frozen.advance(timedelta(seconds=59))
    assert not turns.take("look", A_MINUTE)
    assert turns.due_in("look", A_MINUTE) == timedelta(seconds=1)
    frozen.advance(timedelta(seconds=1))
    assert turns.due_in("look", A_MINUTE) == timedelta()
    assert turns.take("look", A_MINUTE)


def test_a_turn_that_a_clock_took_which_was_set_back_holds_nobody_up(frozen: Clock) -> None:
    assert turns.take("look", A_MINUTE)
    frozen.advance(-timedelta(hours=1))
    assert turns.take("look", A_MINUTE)
    assert not turns.take("look", A_MINUTE)


def test_of_several_that_ask_at_once_one_has_the_turn() -> None:
    for name in ("a look", "another look", "a third look"):  # nobody ever took them
        assert at_once(lambda name=name: turns.take(name, A_MINUTE)).count(True) == 1  # type: ignore[misc]
    Turn.objects.update(taken_at=clock.now() - A_MINUTE)
    for name in ("a look", "another look", "a third look"):
        assert at_once(lambda name=name: turns.take(name, A_MINUTE)).count(True) == 1  # type: ignore[misc]


def test_processes_that_start_at_once_agree_on_the_installation_s_name() -> None:
    Installation.objects.all().delete()
    names = set(at_once(installation.key_prefix.__wrapped__))
    assert names == {f"renraku:{Installation.objects.get().name}:"}


def test_a_tick_that_waited_too_long_is_dropped_and_a_bell_never_is() -> None:
    """A queue that stood still holds many ticks of one look: the first is run, and every bell."""
    done: list[float | None] = []
    with App("a test's", set_as_current=False, task_cls=PatientTask) as app:

        @app.task(name="a look", bind=True)  # type: ignore[untyped-decorator]
        def look(self: Any) -> None:
            done.append(self.request.get("every"))

        for every in (60.0, 60.0, None, 60.0, None):
            look.push_request(every=every)
            try:
                look()
            finally:
                look.pop_request()
    assert done == [60.0, None, None]
