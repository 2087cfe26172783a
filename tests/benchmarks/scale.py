"""Does it cost more when there is more? A sweep, a search, a list at 10,000 and at 1,000,000 (`manage.py bench scale`).

Everything in this one process, through the API's own views and the sweep's own function, on a
database of each size; the same number falls due in both.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles

import django

from config.local.console import say
from tests.benchmarks.databases import copy, settle_down, template

FEW, MANY = 10_000, 1_000_000
DUE = 200
ROUNDS = 200
SWEEPS = 15
GOALS = {"sweep": ("median", 1.3)}
OTHERWISE = ("p99", 2.0)

Times = dict[str, list[float]]


def main() -> int:
    """Measure both sizes, print the ratios. Returns 0: a goal that is missed is printed as such."""
    parser = argparse.ArgumentParser(prog="manage.py bench scale", description=__doc__)
    parser.add_argument("--many", type=int, default=MANY, help="the larger number of services and rooms")
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ |= {"THROTTLE_READ": "1000000/min", "LOG_LEVEL": "WARNING", "ALLOWED_HOSTS": "testserver"}
    os.environ["PUBLIC_URL"] = "http://testserver"
    django.setup()
    few, many = (_measure(number) for number in (FEW, wanted.many))
    say(f"| what | at {FEW:,}: median / p99 (ms) | at {wanted.many:,}: median / p99 (ms) | ratio | goal |")
    say("|---|---|---|---|---|")
    for name in few:
        by, goal = GOALS.get(name, OTHERWISE)
        ratio = _figure(many[name], by) / _figure(few[name], by)
        judged = f"{by} ≤ {goal:g} ×: {'held' if ratio <= goal else '**not held**'}"
        say(f"| {name} | {_shown(few[name])} | {_shown(many[name])} | {ratio:.2f} × | {judged} |")
    return 0


def _measure(number: int) -> Times:
    from tests.benchmarks import crowd  # noqa: PLC0415 - after Django is set up

    with template() as url:
        say(f"writing a marketplace of {number:,} services and rooms…")
        crowd.fill(url, number)
        settle_down(url)
        with copy() as run:
            return _times(run)


def _times(url: str) -> Times:
    from marketplace.actions import deadlines  # noqa: PLC0415 - after Django is set up
    from marketplace.vocabulary import DeadlineKind, WokenBy  # noqa: PLC0415
    from tests.benchmarks import crowd  # noqa: PLC0415
    from tests.benchmarks.switching import django_on  # noqa: PLC0415

    with django_on(url):
        times = {name: [_timed(ask) for _ in range(ROUNDS)] for name, ask in _questions().items()}
        times["sweep that finds nothing"] = [
            _timed(lambda: deadlines.settle(DeadlineKind.REPLY, woken_by=WokenBy.SWEEP)) for _ in range(ROUNDS)
        ]
        times["sweep"] = []
        for _ in range(SWEEPS):
            crowd.let_fall_due(url, DUE)
            times["sweep"].append(_timed(lambda: deadlines.settle_overdue(woken_by=WokenBy.SWEEP)))
    return times


def _questions() -> dict[str, Callable[[], object]]:
    """What people ask of the API, as the API answers it."""
    from rest_framework.test import APIClient  # noqa: PLC0415 - after Django is set up

    from marketplace.models import TalkRoom  # noqa: PLC0415
    from tests.benchmarks import crowd  # noqa: PLC0415

    room = TalkRoom.objects.select_related("buyer").order_by("-opened_at")[1000]
    anybody, buyer = APIClient(), APIClient()
    buyer.force_authenticate(room.buyer)
    asked = {
        "services": (anybody, "services/"),
        f"services, a word that is in one title of {len(crowd.TITLES)}": (anybody, "services/?q=ロゴ"),
        f"services, a word that is in one title of {crowd.RARE_EVERY:,}": (anybody, "services/?q=珍獣"),
        "services, a word that is in none": (anybody, "services/?q=皆無"),
        "one's talk rooms": (buyer, "talk-rooms/"),
        "messages": (buyer, f"talk-rooms/{room.pk}/messages/"),
    }
    return {name: _question(client, path) for name, (client, path) in asked.items()}


def _question(client: object, path: str) -> Callable[[], object]:
    def ask() -> None:
        answer = client.get(f"/api/v1/{path}")  # type: ignore[attr-defined] # a client of Django REST framework
        assert answer.status_code == 200, answer.content

    ask()
    return ask


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _figure(times: list[float], by: str) -> float:
    return median(times) if by == "median" else quantiles(times, n=100)[98]


def _shown(times: list[float]) -> str:
    return f"{_figure(times, 'median') * 1000:.1f} / {_figure(times, 'p99') * 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
