"""What every test of the API begins with."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from marketplace import clock
from marketplace.api import throttles
from marketplace.models import Milestone, Seller, User
from marketplace.vocabulary import ServiceStatus
from tests.api import Api
from tests.factories import days, room, service
from tests.told import one_of_each


@pytest.fixture(autouse=True)
def _nobody_has_read_yet() -> Iterator[None]:
    """No test inherits another's reads: they are counted in the process."""
    throttles.reads = throttles.ReadCounts()
    yield
    throttles.reads = throttles.ReadCounts()


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
    """The parties, who may ask as often and under any host as they like, and whose passwords are hashed quickly."""
    settings.THROTTLE_WRITE = settings.THROTTLE_LOGIN = settings.THROTTLE_READ = 1_000_000
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["*"]
    return [Api(buyer), Api(seller.user)]
