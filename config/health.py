"""Tells whether this process is alive (`/healthz`), and whether the whole can do its work (`/readyz`).

`/readyz` is about everybody: a worker that is missing turns it to 503 in every web process. A load
balancer that only wants to know whom to send people to asks `/healthz`.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from config import broker
from marketplace import clock
from marketplace.actions.presence import SWEEP
from marketplace.models import Presence
from marketplace.querysets.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind

logger = structlog.get_logger(__name__)

ROLES = ("web", "deadlines", "rest", "beat")
SWEEPS_MISSED = 3
"""A process or a sweep that was not seen for this many intervals is not counted, or is late."""
OK = "ok"


class NotReadyError(Exception):
    """A check failed; the message says what an operator would want to know."""


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer: this process serves requests."""
    return JsonResponse({"status": OK})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when every check passes, else 503; `checks` says which failed and why."""
    answers = {"database": _answer(_database)}
    for name, check in CHECKS.items():
        answers[name] = _answer(check) if answers["database"] == OK else "not asked: the database is away"
    answers["broker"] = _answer(_broker)
    wrong = {name: answer for name, answer in answers.items() if answer != OK}
    if wrong:
        logger.warning("not ready", **wrong)
    return JsonResponse({"status": "not ready" if wrong else OK, "checks": answers}, status=503 if wrong else 200)


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
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone() != ("off",):
            raise NotReadyError("the database takes no writes: is DATABASE_URL that of a standby?")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise NotReadyError(f"{len(missing)} migrations are not applied, from {missing[0][0]} on: run `migrate`")


def _broker() -> None:
    try:
        broker.take_a_write()
    except (RedisError, OSError) as failure:
        raise NotReadyError(f"the broker takes no message: {type(failure).__name__}") from None


def _policy() -> None:
    rows = seen_lately().exclude(role=SWEEP).exclude(policy_hash=settings.POLICY.fingerprint)
    others = [f"{presence.role} {presence.instance}" for presence in rows.order_by("role", "instance")]
    if others:
        raise NotReadyError(
            f"the running processes disagree on the policy: another than this one's have {', '.join(others)}"
        )


def _processes() -> None:
    seen = set(seen_lately().values_list("role", flat=True))
    missing = [role for role in ROLES if role not in seen]
    if missing:
        raise NotReadyError(f"not seen in the last {_patience()}: {', '.join(missing)}")


def _sweeps() -> None:
    swept = set(seen_lately().filter(role=SWEEP).values_list("instance", flat=True))
    missing = [kind.value for kind in DeadlineKind if kind not in swept]
    if missing:
        raise NotReadyError(f"no sweep came through in the last {_patience()} for: {', '.join(missing)}")


def _overdue() -> None:
    """Look for what a sweep should have settled long ago. What was put off is no reason: a bad row stops nobody."""
    now = clock.now()
    late = []
    for kind, deadline in DEADLINES.items():
        found = (
            deadline.overdue(now - _three_sweeps())
            .filter(Q(settle_after=None) | Q(settle_after__lte=now))
            .order_by()
            .aggregate(number=Count("pk"), oldest=Min(deadline.column))
        )
        if found["number"]:
            late.append(f"{found['number']} of {kind}, the oldest of {found['oldest'].isoformat()}")
    if late:
        raise NotReadyError(f"deadlines that passed over {_patience()} ago are not settled: {'; '.join(late)}")


def seen_lately() -> "QuerySet[Presence]":
    """Return the processes, and the sweeps, that were seen within the last three sweep intervals."""
    return Presence.objects.filter(seen_at__gte=clock.now() - _three_sweeps())


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
