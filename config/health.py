"""Tells whether this process is alive (`/healthz`), and whether the whole can do its work (`/readyz`).

`/readyz` is about everybody: a worker that is missing turns it to 503 in every web process. A load
balancer that only wants to know whom to send people to asks `/healthz`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from config import advice, broker
from marketplace import clients, clock
from marketplace.models import Presence
from marketplace.operations.presence import SWEEP, SWEEPS_MISSED, this_database
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind

logger = structlog.get_logger(__name__)

ROLES = ("web", "deadlines", "rest", "beat")
COUNTED_TO = 1_000
"""What is late is not counted further: a million of them must not keep this from answering."""
MIGRATIONS_NAMED = 5
CLOCK_OFF = 2.0
"""Seconds by which a host's clock may differ from the database's; nothing is wrong then, but somebody should know."""
OK = "ok"
TRY_AGAIN_AFTER = "1"


class NotReadyError(Exception):
    """A check failed; the message says what an operator would want to know."""


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer: this process serves requests."""
    return JsonResponse({"status": OK})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when every check passes, else 503; `checks` says which failed and why.

    `warnings`, where there are any, name settings that hardly work as they were meant: people are served all the same.
    """
    answers = {"database": _answer(_database)}
    for name, check in CHECKS.items():
        answers[name] = _answer(check) if answers["database"] == OK else "not asked: the database is away"
    answers["broker"] = _answer(_broker)
    wrong = {name: answer for name, answer in answers.items() if answer != OK}
    if wrong:
        logger.warning("not ready", **wrong)
    answer: dict[str, Any] = {"status": "not ready" if wrong else OK, "checks": answers}
    if warnings := _warnings(ask_the_others=answers["database"] == OK):
        answer["warnings"] = warnings
    return JsonResponse(answer, status=503, headers={"Retry-After": TRY_AGAIN_AFTER}) if wrong else JsonResponse(answer)


def _warnings(*, ask_the_others: bool) -> dict[str, str]:
    warnings = advice.on_settings()
    told = ask_the_others and seen_lately().filter(forwarded_unheeded=True).exists()
    return warnings | ({"PROXIES": advice.UNHEEDED} if clients.comes_unheeded() or told else {})


def _answer(check: Callable[[], None]) -> str:
    try:
        check()
    except NotReadyError as reason:
        return str(reason)
    except DatabaseError as failure:
        return f"the database does not answer: {type(failure).__name__}"
    return OK


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')")
        read_only, statement_timeout = cursor.fetchone()
    if read_only != "off":
        raise NotReadyError("the database takes no writes: is DATABASE_URL that of a standby?")
    if statement_timeout == "0":
        raise NotReadyError("our time-outs are not in force: behind a pooler, set DATABASE_POOLED=true")


def _migrations() -> None:
    """Compare what is applied with what this version brings: it fits neither an older nor a newer database."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    missing = executor.migration_plan(loader.graph.leaf_nodes())
    if missing:
        raise NotReadyError(f"{len(missing)} migrations are not applied, from {missing[0][0]} on: run `migrate`")
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    if unknown:
        raise NotReadyError(
            f"the database is of a newer version, with {_named(unknown)}: start that version, or restore an older state"
        )


def _named(migrations: Sequence[tuple[str, str]]) -> str:
    names = [f"{app}.{name}" for app, name in migrations]
    more = f" and {len(names) - MIGRATIONS_NAMED} more" if len(names) > MIGRATIONS_NAMED else ""
    return ", ".join(names[:MIGRATIONS_NAMED]) + more


def _broker() -> None:
    try:
        broker.take_a_write()
    except (RedisError, OSError) as failure:
        raise NotReadyError(f"the broker takes no message: {broker.reason(failure)}") from None


def _policy() -> None:
    others = running().others
    if others:
        raise NotReadyError(
            f"the running processes disagree on the policy: another than this one's have {', '.join(others)}"
        )


def _processes() -> None:
    found = running()
    wrong = []
    if missing := found.missing_roles:
        wrong.append(f"not seen in the last {_patience()}: {', '.join(missing)}")
    if found.cut_off:
        wrong.append(f"tasks fail because they cannot reach the database, or write: {', '.join(found.cut_off)}")
    if found.clocks_off:
        wrong.append(f"clocks of hosts are not the database's: {', '.join(found.clocks_off)}")
    if wrong:
        raise NotReadyError("; ".join(wrong))


def _sweeps() -> None:
    missing = running().missing_sweeps
    if missing:
        raise NotReadyError(f"no sweep came through in the last {_patience()} for: {', '.join(missing)}")


def _overdue() -> None:
    late = [
        f"{found.told} of {kind}, the oldest of {found.oldest.isoformat()}" for kind, found in left(clock.now()).items()
    ]
    if late:
        raise NotReadyError(f"deadlines that passed over {_patience()} ago are not settled: {'; '.join(late)}")


@dataclass(frozen=True)
class Running:
    """Which processes, and the sweeps of which kinds of deadline, were seen within the last three sweep intervals."""

    roles: frozenset[str]
    swept: frozenset[str]
    others: list[str]
    """Those that run on another policy than this process (R12)."""
    cut_off: list[str]
    """Those whose tasks could not reach the database lately."""
    clocks_off: list[str]
    """Those on whose host the clock is off from the database's, and by how much."""

    @property
    def missing_roles(self) -> list[str]:
        """Return the roles that nobody has."""
        return [role for role in ROLES if role not in self.roles]

    @property
    def missing_sweeps(self) -> list[DeadlineKind]:
        """Return the kinds of deadline that no sweep came through for."""
        return [kind for kind in DeadlineKind if kind not in self.swept]


def running() -> Running:
    """Read who was seen lately."""
    seen = list(seen_lately().order_by("role", "instance"))
    processes = [presence for presence in seen if presence.role != SWEEP]
    return Running(
        roles=frozenset(presence.role for presence in processes),
        swept=frozenset(presence.instance for presence in seen if presence.role == SWEEP),
        others=[
            f"{presence.role} {presence.instance}"
            for presence in processes
            if presence.policy_hash != settings.POLICY.fingerprint
        ],
        cut_off=[f"{presence.role} {presence.instance}" for presence in processes if not presence.reaches_database],
        clocks_off=[
            f"{presence.role} {presence.instance} is {abs(presence.clock_ahead):.1f} s "
            + ("ahead" if presence.clock_ahead > 0 else "behind")
            for presence in processes
            if abs(presence.clock_ahead) > CLOCK_OFF
        ],
    )


@dataclass(frozen=True)
class Left:
    """What a sweep should have settled long ago."""

    number: int
    oldest: datetime

    @property
    def told(self) -> str:
        """Say how many, as far as they were counted."""
        return f"{COUNTED_TO} or more" if self.number >= COUNTED_TO else str(self.number)


def left(now: datetime) -> dict[DeadlineKind, Left]:
    """Return what passed over three sweeps ago and is not settled. What was put off is no reason: it stops nobody."""
    found = {}
    for kind, deadline in DEADLINES.items():
        waits_for_nothing = Q(settle_after=None) | Q(settle_after__lte=now)
        rows = deadline.overdue(now - _three_sweeps()).filter(waits_for_nothing)
        passed = list(rows.values_list(deadline.column, flat=True)[:COUNTED_TO])
        if passed:
            found[kind] = Left(len(passed), passed[0])
    return found


def seen_lately() -> "QuerySet[Presence]":
    """Return the processes, and the sweeps, that were seen within the last three sweep intervals.

    What a backup brought back does not count, however young it is: it was written to another database.
    """
    return Presence.objects.filter(seen_at__gte=clock.now() - _three_sweeps(), database=this_database())


def _three_sweeps() -> timedelta:
    return SWEEPS_MISSED * settings.SWEEP_INTERVAL + timedelta(seconds=1)


def _patience() -> str:
    return f"{SWEEPS_MISSED} sweep intervals ({SWEEPS_MISSED * settings.SWEEP_INTERVAL.total_seconds():g} s)"


CHECKS: dict[str, Callable[[], None]] = {
    "migrations": _migrations,
    "policy": _policy,
    "processes": _processes,
    "sweep": _sweeps,
    "overdue": _overdue,
}
