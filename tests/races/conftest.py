"""How many rounds, and what must hold after them."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock

import pytest

from marketplace import clock
from tests.races.invariants import assert_all_is_well
from tests.support.factories import MICROSECOND
from tests.support.rivals import Aim, Countdown, Rivals, rivals

logger = logging.getLogger(__name__)

LOOK_EVERY = 50
"""Rounds between two looks at the whole database."""


class Ticking:
    """A clock for scripts, whoever reads it: a microsecond goes by with each look, and hours when the script says."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._lock = Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self._at += MICROSECOND
            return self._at

    def pass_by(self, moment: datetime) -> None:
        """Go on to just after this moment."""
        with self._lock:
            assert self._at <= moment, "it has passed already"
            self._at = moment


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    """Replace the database's clock by one that only the script moves: a deadline passes when it is told to."""
    told = Ticking(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", told)
    return told


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> Callable[[], Iterator[int]]:
    """Count 100 rounds, 500 with `--long`, and look at every row now and then; `two` looks after the last round."""
    last = 500 if pytestconfig.getoption("--long") else 100

    def count() -> Iterator[int]:
        for number in range(1, last + 1):
            yield number - 1
            if number % LOOK_EVERY == 0 and number < last:
                assert_all_is_well()

    return count


@pytest.fixture
def two(transactional_db: None, caplog: pytest.LogCaptureFixture) -> Iterator[Rivals]:
    """Two rivals. After the last round and the end of their connections, all is well and nobody told of a deadlock."""
    with rivals(2) as pair:
        yield pair
    assert_all_is_well()
    assert not [record for record in caplog.records if "deadlock" in record.getMessage()]


@pytest.fixture
def aim(request: pytest.FixtureRequest) -> Iterator[Aim]:
    """Start so that either side may win; the tally is logged."""
    aimed = Aim()
    yield aimed
    logger.info("%s: %s", request.node.name, dict(aimed.tally))


@pytest.fixture
def countdown(request: pytest.FixtureRequest) -> Iterator[Countdown]:
    """Let a deadline pass in the middle of each round; the tally is logged."""
    running = Countdown()
    yield running
    logger.info("%s: %s", request.node.name, dict(running.tally))
