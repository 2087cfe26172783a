"""The small cast of every test, the clock that tests may turn, and one of everything that an address can name."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from django.conf import settings as configured
from django.db import connections
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from marketplace import clock, publishing
from marketplace.http import throttles
from marketplace.models import Milestone, Seller, User
from marketplace.vocabulary import ServiceStatus
from notifications.actions import hearing
from tests.support import databases, factories, stack
from tests.support.api import Api
from tests.support.factories import days, room, service
from tests.support.mail_server import MailServer, mail_server, send_to
from tests.support.notices import reachable
from tests.support.told import one_of_each

# The same examples in every run, and no verdict by the speed of the machine.
hypothesis.settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the running processes logged last."""
    report = yield
    if report.failed:
        report.sections += [("The processes logged last", running.tails()) for running in stack.OPEN]
    return report


class Clock:
    """Stands where it is put. `clock.now` returns its time in every module."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this process a copy of the migrated template, in place of pytest-django's migrations in each."""
    with databases.copied() as name:
        for databases_of in (configured.DATABASES, connections.settings):
            databases_of["default"]["NAME"] = name
        yield
        with django_db_blocker.unblock():
            connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords(django_test_environment: None) -> None:
    """Hash passwords quickly: a real hash takes long on purpose."""
    configured.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_once() -> Iterator[None]:
    """Each test client loads the middleware anew: let it take the list of static files from the first one."""
    find, kept = WhiteNoiseMiddleware.add_files_from_finders, dict[str, StaticFile]()

    def find_once(middleware: WhiteNoiseMiddleware) -> None:
        if not kept:
            find(middleware)
            kept.update(middleware.files)
        middleware.files.update(kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the database's clock by one that the test turns."""
    stopped = Clock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", stopped)
    monkeypatch.setattr(hearing, "STAND_BACK_FOR", 0.0)  # what is late stays late while time stands still
    return stopped


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """What is called without a request or a reader of its own speaks English to the test."""
    with translation.override("en"):
        yield


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


@pytest.fixture(autouse=True)
def _nobody_has_read_yet() -> Iterator[None]:
    """No test inherits another's reads: they are counted in the process."""
    throttles.reads = throttles.ReadCounts()
    yield
    throttles.reads = throttles.ReadCounts()


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """A mail server on loopback, to which mails go."""
    with mail_server() as running:
        send_to(running.port, settings)
        yield running


@pytest.fixture
def reader(frozen: Clock, buyer: User) -> User:
    """The buyer, with a confirmed address."""
    return reachable(buyer)


@pytest.fixture
def ids(seller: Seller, buyer: User) -> dict[str, str]:
    """One of everything that an address can name."""
    quiet, asked = (room(of=seller, buyer=buyer, silent_for=days(5)) for _ in range(2))
    Api(buyer).post(f"talk-rooms/{asked.pk}/cancel-requests/")
    now = clock.now()
    milestone = Milestone.objects.create(room=quiet, title="初稿", due_on=now.date(), shared_at=now)
    return {
        "room_id": str(quiet.pk),
        "deal_id": str(quiet.deal_id),
        "request_id": str(asked.cancel_requests.get().pk),
        "seller_id": str(seller.pk),
        "milestone_id": str(milestone.pk),
        "service_id": str(service(seller, own_status=ServiceStatus.DRAFT).pk),
        **{name: str(each) for name, each in one_of_each(seller.user).items()},
    }


@pytest.fixture
def both(buyer: User, seller: Seller, settings: Settings) -> list[Api]:
    """The parties, who may ask as often and under any host as they like."""
    settings.THROTTLE_WRITE = settings.THROTTLE_LOGIN = settings.THROTTLE_READ = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
    return [Api(buyer), Api(seller.user)]
