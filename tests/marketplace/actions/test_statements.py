"""How many statements an action takes, transactions' own aside. The clock is the real one."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import alarms, clock
from marketplace.actions import cancel_requests, deadlines, delivery, moderation, steering, talk
from marketplace.alarms import WakeUp
from marketplace.models import Seller, User, Verdict
from marketplace.operations.installation import key_prefix
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.support.factories import completed_deal, days, delivered_room, overdue_room, person, room, untouched_room

pytestmark = pytest.mark.django_db
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
WHY = "the platform was down"


def counted(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        call()
    return sum(not each["sql"].lstrip().upper().startswith(NOT_COUNTED) for each in seen.captured_queries)


@pytest.fixture
def root(db: None) -> User:
    return person("root", is_staff=True, is_superuser=True)


@pytest.fixture
def _no_messages() -> None:
    """Empty the queue: for messages of other tests, a wake-up would ask once more which of them still run."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(key_prefix() + alarms.DEADLINES)


def test_placing_a_request_reads_the_open_one_once(seller: Seller, buyer: User) -> None:
    asked = room(of=seller, buyer=buyer, silent_for=days(5))
    assert counted(lambda: cancel_requests.place(room_id=asked.pk, requester=buyer)) == 7


def test_replying_takes_as_many_as_before(seller: Seller, buyer: User) -> None:
    asked = room(of=seller, buyer=buyer, silent_for=days(5))
    cancel_requests.place(room_id=asked.pk, requester=buyer)
    assert counted(lambda: talk.post_message(room_id=asked.pk, author=seller.user, body="Here!")) == 9


@pytest.mark.usefixtures("_no_messages")
def test_a_wake_up_locks_the_room_of_its_row_at_once(seller: Seller) -> None:
    request = overdue_room(of=seller).cancel_requests.get()
    wake_up = WakeUp(DeadlineKind.REPLY, request.pk, request.generation)
    assert counted(lambda: deadlines.wake_up(wake_up, rings=0)) == 13
    assert counted(lambda: deadlines.wake_up(wake_up, rings=1)) == 3
    assert Verdict.objects.get().woken_by == WokenBy.ETA


def test_a_wake_up_of_the_deadline_that_came_second_settles_by_the_first(seller: Seller) -> None:
    now = clock.now()
    untouched = untouched_room(limit=now - days(1), of=seller)
    request = untouched.cancel_requests.create(
        requester="buyer", placed_at=now - days(1.5), reply_deadline=now - days(0.5)
    )
    woken = deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, request.generation), rings=0)
    assert woken.ended == 1
    assert Verdict.objects.get().cause == "no_first_contact"


def test_a_reversal_locks_its_seller_once(seller: Seller, root: User) -> None:
    deadlines.settle_room(overdue_room(of=seller).pk, woken_by=WokenBy.SWEEP)
    verdict = Verdict.objects.get()
    with CaptureQueriesContext(connection) as seen:
        reversed_ = steering.reverse(verdict_id=verdict.pk, staff=root, reason=WHY)
    locking = [each["sql"] for each in seen.captured_queries if "FOR NO KEY UPDATE" in each["sql"]]
    assert sum('FROM "marketplace_seller"' in each for each in locking) == 1
    stored = Verdict.objects.get()
    for name in ("at_fault", "reversed_at", "reversed_because"):
        assert getattr(reversed_, name) == getattr(stored, name)


def test_hiding_a_review_locks_its_seller_once(seller: Seller, root: User) -> None:
    done = completed_deal(of=seller, ended_at=clock.now() - days(1), rating=2)
    room_of = room(of=seller)
    room_of.deal_id = done.pk
    room_of.save()
    with CaptureQueriesContext(connection) as seen:
        moderation.hide_review(review_id=done.review.pk, staff=root, reason=WHY)
    locking = [each["sql"] for each in seen.captured_queries if "FOR NO KEY UPDATE" in each["sql"]]
    assert sum('FROM "marketplace_seller"' in each for each in locking) == 1


def test_approving_takes_a_fixed_number(seller: Seller, buyer: User) -> None:
    delivered = delivered_room(of=seller, buyer=buyer, deadline=clock.now() + days(1))
    assert counted(lambda: delivery.approve(room_id=delivered.pk, buyer=buyer)) == 13
