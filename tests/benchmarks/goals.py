"""The tables and goals that `bench drain` prints: medians, with their ranges."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from config.local.console import say
from tests.benchmarks.measured import Measured

RENRAKU, PLAIN, FLOOR, ALONE = "renraku", "plain", "floor", "alone"
AS_FEW = "renraku, as few as plain"
"""The plain way's lateness grows with the number of requests: this compares like with like."""

RATE_OVER_PLAIN = 50.0
RATE_OVER_FLOOR = 0.8
LATENESS_OVER_FLOOR = 1.3
LATENESS_OVER_PLAIN = 1 / 20
PYTHON_SHARE = 0.15
VERDICTS_A_CORE = 1500.0
WAKE_UPS_GONE_AFTER = 10.0
HEARD_AFTER = 60.0

Runs = Mapping[str, Sequence[Measured]]

COLUMNS: dict[str, Callable[[Measured], float]] = {
    "verdicts/s": lambda run: run.rate,
    "late p50 (s)": lambda run: run.lateness_p50,
    "late p99 (s)": lambda run: run.lateness_p99,
    "late max (s)": lambda run: run.lateness_max,
    "transaction p50 (ms)": lambda run: run.transaction_p50 * 1000,
}


def print_tables(runs: Runs) -> None:
    """Print how soon each contender was, and what a verdict cost it."""
    say(f"| way (N × runs) | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}")
    for name, each in runs.items():
        if name != ALONE:
            cells = [_cell([value(run) for run in each]) for value in COLUMNS.values()]
            say(f"| {_title(name, each)} | {' | '.join(cells)} |")
    costs = {name: [run.costs.each(run.number) for run in each] for name, each in runs.items()}
    heads = list(next(iter(costs.values()))[0])
    say(f"\n| a verdict costs | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for name, each in runs.items():
        cells = [_cell([cost[head] for cost in costs[name]]) for head in heads]
        say(f"| {_title(name, each)} | {' | '.join(cells)} |")
    say("")


def _title(name: str, each: Sequence[Measured]) -> str:
    return f"{name} ({each[0].number:,} × {len(each)})"


def _cell(values: Sequence[float | None]) -> str:
    """Write a median and its range."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    places = 0 if median(known) >= 100 else 1 if median(known) >= 10 else 2
    return f"{median(known):,.{places}f} [{min(known):,.{places}f}–{max(known):,.{places}f}]"


@dataclass(frozen=True)
class Goal:
    """What is asked, the median of what was measured, and whether it is held."""

    what: str
    figure: str
    held: bool


def print_goals(runs: Runs) -> None:
    """Print the baseline, and each goal for which somebody ran."""
    if PLAIN in runs:
        rate, late = _median(runs[PLAIN], "rate"), _median(runs[PLAIN], "lateness_p99")
        say(f"baseline (the plain way): {rate:,.0f} verdicts/s, late p99 {late:.2f} s")
    for goal in _goals(runs):
        say(f"{'held    ' if goal.held else 'NOT HELD'}  {goal.what}: {goal.figure}")


def _goals(runs: Runs) -> Iterator[Goal]:
    if {RENRAKU, PLAIN} <= runs.keys():
        share = _ratio(runs, "rate", RENRAKU, PLAIN)
        yield Goal(f"rate ≥ {RATE_OVER_PLAIN:g} × the plain way", f"{share:.1f} ×", share >= RATE_OVER_PLAIN)
    if {RENRAKU, FLOOR} <= runs.keys():
        share = _ratio(runs, "rate", RENRAKU, FLOOR)
        yield Goal(f"rate ≥ {RATE_OVER_FLOOR:g} of the floor's", f"{share:.2f}", share >= RATE_OVER_FLOOR)
        share = _ratio(runs, "lateness_p99", RENRAKU, FLOOR)
        yield Goal(f"late p99 ≤ {LATENESS_OVER_FLOOR:g} × the floor's", f"{share:.2f} ×", share <= LATENESS_OVER_FLOOR)
    if {AS_FEW, PLAIN} <= runs.keys():
        share = _ratio(runs, "lateness_p99", AS_FEW, PLAIN)
        what = f"late p99 ≤ 1/20 of the plain way's, {runs[PLAIN][0].number:,} against as many"
        yield Goal(what, f"1/{1 / share:.1f}", share <= LATENESS_OVER_PLAIN)
    if ALONE in runs:
        yield from _goals_of_cpu(runs[ALONE])
    if RENRAKU in runs:
        yield _within("empty wake-ups gone", WAKE_UPS_GONE_AFTER, _median(runs[RENRAKU], "wake_ups_gone_after"))
        yield _within("every event heard", HEARD_AFTER, _median(runs[RENRAKU], "heard_after"))


def _goals_of_cpu(alone: Sequence[Measured]) -> Iterator[Goal]:
    share = median(run.costs.python / (run.costs.python + run.costs.postgres) for run in alone)
    yield Goal(f"Python ≤ {PYTHON_SHARE:.0%} of a verdict's CPU", f"{share:.0%}", share <= PYTHON_SHARE)
    rate = median(run.number / (run.costs.python + run.costs.postgres) for run in alone)
    yield Goal(f"≥ {VERDICTS_A_CORE:,.0f} verdicts per second and core", f"{rate:,.0f}", rate >= VERDICTS_A_CORE)


def _within(what: str, seconds: float, took: float) -> Goal:
    return Goal(f"{what} within {seconds:g} s of the last verdict", f"{took:.1f} s", took <= seconds)


def _median(each: Sequence[Measured], name: str) -> float:
    return median(float(getattr(run, name)) for run in each)


def _ratio(runs: Runs, name: str, ours: str, theirs: str) -> float:
    return _median(runs[ours], name) / _median(runs[theirs], name)
