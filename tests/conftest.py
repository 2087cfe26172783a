"""The small cast of every test, and the clock that tests may turn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest

from marketplace import clock, publishing
from marketplace.models import Seller, User
from tests import factories

# The same examples in every run, and no verdict by the speed of the machine.
hypothesis.settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


class Clock:
    """Stands where it is put. `clock.now` returns its time in every module."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the database's clock by one that the test turns."""
    stopped = Clock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", stopped)
    return stopped


@pytest.fixture(autouse=True)
def _closed_breaker() -> Iterator[None]:
    """No test inherits another's broken broker."""
    publishing.breaker = publishing.Breaker()
    yield
    publishing.breaker = publishing.Breaker()


@pytest.fixture
def buyer(db: None) -> User:
    return factories.person("buyer")


@pytest.fixture
def seller(db: None) -> Seller:
    return factories.seller(services=3)


@pytest.fixture
def stranger(db: None) -> User:
    return factories.person("stranger")


@pytest.fixture
def staff(db: None) -> User:
    return factories.person("operator", is_staff=True)
