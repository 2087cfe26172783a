"""Tells whether this process is alive (`/healthz`), and whether the whole can do its work (`/readyz`)."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from redis import Redis
from redis.exceptions import RedisError

from marketplace import clock
from marketplace.actions.presence import SWEEP
from marketplace.models import Presence

SWEEPS_MISSED = 3
"""A process or a sweep that was not seen for this many intervals is not counted, or is late."""
BROKER_TIMEOUT = 1.0


class NotReadyError(Exception):
    """A check failed; the message says what an operator would want to know."""


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer: this process serves requests."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when every check passes, else 503; `checks` says which failed and why."""
    answers = {name: _answer(check) for name, check in CHECKS.items()}
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": answers}, status=200 if ready else 503)


def _answer(check: Callable[[], None]) -> str:
    try:
        check()
    except NotReadyError as reason:
        return str(reason)
    except DatabaseError as failure:
        return f"database: {type(failure).__name__}"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise NotReadyError(f"{len(missing)} migrations are not applied")


def _broker() -> None:
    broker = Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT, socket_connect_timeout=BROKER_TIMEOUT, retry=None
    )
    try:
        broker.ping()
    except RedisError as failure:
        raise NotReadyError(f"the broker does not answer: {type(failure).__name__}") from failure
    finally:
        broker.close()


def _policy() -> None:
    hashes = set(seen_lately().values_list("policy_hash", flat=True)) | {settings.POLICY.fingerprint}
    if len(hashes) > 1:
        raise NotReadyError(f"the running processes disagree on the policy: {', '.join(sorted(hashes))}")


def _sweep() -> None:
    if not seen_lately().filter(role=SWEEP).exists():
        raise NotReadyError("no sweep came through in the last three intervals")


def seen_lately() -> "QuerySet[Presence]":
    """Return the processes, and the sweep, that were seen within the last three sweep intervals."""
    return Presence.objects.filter(
        seen_at__gte=clock.now() - SWEEPS_MISSED * settings.SWEEP_INTERVAL - timedelta(seconds=1)
    )


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "policy": _policy,
    "sweep": _sweep,
}
