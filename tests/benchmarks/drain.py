"""Let 20,000 cancel requests fall due within one second: how soon is each verdict there? (`manage.py bench drain`).

Contenders in one run, each on a fresh copy of the same rows, with every consequence of R5: Renraku
with the real workers; the plain way (an ETA task and an ORM transaction each) on fewer requests,
since it is slow; the floor, set-based SQL made by hand for this job alone, in two processes; and
Renraku's set function alone in one process, which shows what a verdict costs.
The rate counts from the first deadline until the last commit can be seen.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import django
import redis

from config.local.console import say
from tests.benchmarks import goals
from tests.benchmarks.databases import connect, copy, one, settle_down, template
from tests.benchmarks.measured import Measured

QUICK = (2000, 300, 1)
FULL = (20_000, 1500, 3)


@dataclass(frozen=True)
class Contender:
    """Who takes part, with how many requests."""

    name: str
    number: int
    run: Callable[[str, int], Measured]


def main() -> int:
    """Measure, print, judge. Returns 1 when a row is wrong."""
    wanted = _arguments()
    _refuse_a_used_broker()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with template() as url:
        _prepare(url, max(wanted.requests, wanted.plain))
        if wanted.profile:
            return _profile(wanted.requests)
        runs = _runs(_contenders(wanted), wanted.runs)
    _print_surroundings()
    goals.print_tables(runs)
    goals.print_goals(runs)
    return 1 if any(run.wrong for each in runs.values() for run in each) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench drain", description=__doc__)
    parser.add_argument("--requests", type=int, help="how many fall due for Renraku and the floor")
    parser.add_argument("--plain", type=int, help="how many fall due for the plain way")
    parser.add_argument("--runs", type=int, help="how often each contender runs")
    parser.add_argument("--quick", action="store_true", help="small numbers, one run: does it work?")
    parser.add_argument("--only", help="one contender: renraku, plain, floor or alone")
    parser.add_argument("--profile", action="store_true", help="where the verdict's time goes, statement by statement")
    wanted = parser.parse_args()
    for name, number in zip(("requests", "plain", "runs"), QUICK if wanted.quick else FULL, strict=True):
        if getattr(wanted, name) is None:
            setattr(wanted, name, number)
    return wanted


def _refuse_a_used_broker() -> None:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        if client.dbsize():
            sys.exit("REDIS_URL: this database is not empty, and a benchmark empties it: give it one of its own.")


def _prepare(url: str, number: int) -> None:
    from tests.benchmarks import rows  # noqa: PLC0415 - after Django is set up

    say(f"writing a marketplace with {number} silent deals…")
    rows.fill(url, number)
    settle_down(url)


def _contenders(wanted: argparse.Namespace) -> list[Contender]:
    from tests.benchmarks import alone, floor, plain_run, renraku  # noqa: PLC0415 - after Django is set up

    everybody = [
        Contender(goals.RENRAKU, wanted.requests, renraku.run),
        Contender(goals.AS_FEW, wanted.plain, renraku.run),
        Contender(goals.PLAIN, wanted.plain, plain_run.run),
        Contender(goals.FLOOR, wanted.requests, floor.run),
        Contender(goals.ALONE, wanted.requests, alone.run),
    ]
    return [each for each in everybody if wanted.only in (None, each.name)]


def _profile(number: int) -> int:
    from tests.benchmarks import profile  # noqa: PLC0415 - after Django is set up

    with copy() as url:
        profile.run(url, number)
    return 0


def _runs(contenders: list[Contender], times: int) -> dict[str, list[Measured]]:
    """Let each run in turn, so that a disturbance of the machine does not meet one alone."""
    runs: dict[str, list[Measured]] = {each.name: [] for each in contenders}
    for turn in range(1, times + 1):
        for each in contenders:
            runs[each.name].append(_once(each))
            _print_run(each.name, turn, runs[each.name][-1])
    return runs


def _once(contender: Contender) -> Measured:
    try:
        with copy() as url:
            return contender.run(url, contender.number)
    finally:
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            client.flushdb()


def _print_run(name: str, turn: int, run: Measured) -> None:
    say(f"{name} {turn}: {run.number} verdicts, {run.rate:,.0f}/s, late p99 {run.lateness_p99:.2f} s")
    for note in run.notes:
        say(f"    {note}")
    for complaint in run.wrong:
        say(f"    WRONG: {complaint}")


def _print_surroundings() -> None:
    from tests.benchmarks import plain  # noqa: PLC0415 - after Django is set up

    with connect(os.environ["DATABASE_URL"]) as database:
        names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        shown = ", ".join(f"{name} {one(database, f'SHOW {name}')}" for name in names)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("celery", "django", "psycopg"))
    say(f"\n{os.cpu_count()} cores, Python {platform.python_version()}, {libraries}; PostgreSQL {shown}")
    say(
        f"Renraku: two workers of two processes each, and beat. Plain: one worker of {plain.CONCURRENCY}. "
        "Floor: two processes, batches of 500. Client, workers and servers share the cores.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
