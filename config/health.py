"""Health checks: `/healthz` for this process, `/readyz` for the whole installation.

A missing worker turns `/readyz` to 503 in every web process, so load balancers ask `/healthz`.
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
"""Overdue rows are counted up to here, so that a million of them do not delay the answer."""
MIGRATIONS_NAMED = 5
CLOCK_OFF = 2.0
"""Seconds by which a host's clock may differ from the database's. More does no harm, but operators should know."""
OK = "ok"
TRY_AGAIN_AFTER = "1"


class NotReadyError(Exception):
    """A check failed. The message is for operators."""


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that this process serves requests."""
    return JsonResponse({"status": OK})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 if every check passes, else 503 with the reasons in `checks`.

    `warnings` name doubtful settings; requests are served all the same.
    """
    answers = {"database": _answer(_database)}
    for name, check in CHECKS.items():
        answers[name] = _answer(check) if answers["database"] == OK else "not asked: the database is away"
    answers["broker"] = _answer(_broker)
    wrong = {name: answer for name, answer in answers.items() if answer != OK}
    if wrong:
        logger.warning("not ready", **wrong)
    answer: dict[str, Any] = {"status": "not ready" if wrong else OK, "checks": answers}
    if warnings := _warnings(ask_other_processes=answers["database"] == OK):
        answer["warnings"] = warnings
    return JsonResponse(answer, status=503, headers={"Retry-After": TRY_AGAIN_AFTER}) if wrong else JsonResponse(answer)


def _warnings(*, ask_other_processes: bool) -> dict[str, str]:
    warnings = advice.on_settings()
    ignored = ask_other_processes and seen_lately().filter(forwarded_unheeded=True).exists()
    return warnings | ({"PROXIES": advice.UNHEEDED} if clients.comes_unheeded() or ignored else {})


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
    """Compare the applied migrations with this version's: an older or a newer database does not fit."""
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
        f"{found.count} of {kind}, the oldest of {found.oldest.isoformat()}"
        for kind, found in left(clock.now()).items()
    ]
    if late:
        raise NotReadyError(f"deadlines that passed over {_patience()} ago are not settled: {'; '.join(late)}")


@dataclass(frozen=True)
class Running:
    """The processes, and the sweeps by kind of deadline, that were seen within the last three sweep intervals."""

    roles: frozenset[str]
    swept: frozenset[str]
    others: list[str]
    """Processes with another policy than this one (R12)."""
    cut_off: list[str]
    """Processes whose tasks could not reach the database lately."""
    clocks_off: list[str]
    """Processes whose host's clock is off, and by how much."""

    @property
    def missing_roles(self) -> list[str]:
        return [role for role in ROLES if role not in self.roles]

    @property
    def missing_sweeps(self) -> list[DeadlineKind]:
        return [kind for kind in DeadlineKind if kind not in self.swept]


def running() -> Running:
    """Read which processes and sweeps were seen lately."""
    seen = list(seen_lately().order_by("role", "instance"))
    processes = [presence for presence in seen if presence.role != SWEEP]
    return Running(
        roles=frozenset(presence.role for presence in processes),
        swept=frozenset(presence.instance for presence in seen if presence.role == SWEEP),
        others=[str(presence) for presence in processes if presence.policy_hash != settings.POLICY.fingerprint],
        cut_off=[str(presence) for presence in processes if not presence.reaches_database],
        clocks_off=[
            f"{presence} is {abs(presence.clock_ahead):.1f} s {'ahead' if presence.clock_ahead > 0 else 'behind'}"
            for presence in processes
            if abs(presence.clock_ahead) > CLOCK_OFF
        ],
    )


@dataclass(frozen=True)
class Left:
    """Overdue rows that a sweep should have settled."""

    number: int
    oldest: datetime

    @property
    def count(self) -> str:
        """The number as text; counting stops at `COUNTED_TO`."""
        return f"{COUNTED_TO} or more" if self.number >= COUNTED_TO else str(self.number)


def left(now: datetime) -> dict[DeadlineKind, Left]:
    """Return what passed over three sweeps ago and is not settled, without rows that were put off."""
    found = {}
    for kind, deadline in DEADLINES.items():
        waits_for_nothing = Q(settle_after=None) | Q(settle_after__lte=now)
        rows = deadline.overdue(now - _three_sweeps()).filter(waits_for_nothing)
        passed = list(rows.values_list(deadline.column, flat=True)[:COUNTED_TO])
        if passed:
            found[kind] = Left(len(passed), passed[0])
    return found


def seen_lately() -> "QuerySet[Presence]":
    """Return the processes and sweeps that were seen within the last three sweep intervals.

    Rows that a backup brought back do not count: they were written to another database.
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
