"""The set function in this process, with no Celery and nobody beside it: what a verdict itself costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from os import getpid

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.benchmarks.costs import Meter
from tests.benchmarks.databases import settle_down
from tests.benchmarks.measured import Drained, Measured, measure
from tests.benchmarks.rows import SPREAD, place_requests
from tests.benchmarks.switching import django_on


def run(url: str, number: int) -> Measured:
    """Settle `number` overdue requests."""
    with overdue(url, number):
        first_deadline = clock.now()  # connects
        meter = Meter(url, [getpid()])
        settle_all(number)
        ended_at, costs = clock.now(), meter.read()
    return measure(url, number, Drained(first_deadline, ended_at, [], meter.with_rows(costs)))


@contextmanager
def overdue(url: str, number: int) -> Iterator[None]:
    """Let `number` requests be overdue, and Django speak to that database until the `with` ends."""
    place_requests(url, number, datetime.now(UTC) - SPREAD - timedelta(seconds=1))
    settle_down(url)
    with django_on(url):
        yield


def settle_all(number: int) -> None:
    """Settle until `number` deals have ended."""
    ended = 0
    while ended < number:
        found = deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY).ended
        assert found, f"{number - ended} of {number} were left"
        ended += found
