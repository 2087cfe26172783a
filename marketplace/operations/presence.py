"""Each process records that it runs, and its policy (R12: all processes agree, or `/readyz` fails)."""

import atexit
import os
import socket
import threading
import time
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, Error, connection

from marketplace import clients, clock, outages, publishing
from marketplace.models import Presence

logger = structlog.get_logger(__name__)

INSTANCE = f"{socket.gethostname()}:{{pid}}"
SWEEP = "sweep"
SWEEPS_MISSED = 3
"""Intervals after which a process no longer counts, and a sweep is late."""
SLOW_ANSWER = 0.5
"""Seconds: slower answers are not used to compare clocks."""
_leaving = threading.Event()


class _Offset:
    seconds = 0.0


_offset = _Offset()


def announce() -> None:
    """Record this process now and every sweep interval, from its own thread.

    A process that ends deletes its row, so that the next one may run another policy at once.
    """
    atexit.register(leave)
    threading.Thread(target=_keep_saying, name="presence", daemon=True).start()


def this_database() -> str:
    """Identify this start of this database: a restored backup holds rows of another one.

    The server's start time changes with a restart, a failover and a restored base backup; the table's OID
    changes with a restored dump. After a restart each process is seen again within one sweep interval.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM pg_postmaster_start_time()), 'marketplace_presence'::regclass::oid")
        started, table = cursor.fetchone()
    return f"{started}/{table}"


def leave() -> None:
    """Stop recording, and delete the row."""
    _leaving.set()
    try:
        Presence.objects.filter(role=settings.PROCESS_ROLE, instance=_instance()).delete()
    except DatabaseError as failure:  # the row stays; after three sweeps it no longer counts
        logger.warning("presence not deleted", error=str(failure))


def clock_ahead() -> float:
    """Seconds by which this host's clock was ahead of the database's at the last comparison."""
    return _offset.seconds


def compare_clocks() -> datetime:
    """Compare this host's clock with the database's, and return the latter.

    A slow answer is too uncertain, and leaves the last comparison as it is.
    """
    connection.ensure_connection()
    asked = time.time()
    began = time.monotonic()
    there = clock.now()
    took = time.monotonic() - began
    if took <= SLOW_ANSWER:
        _offset.seconds = asked + took / 2 - there.timestamp()
    return there


def say(role: str, instance: str, publish_failures: int = 0, *, reaches_database: bool = True) -> None:
    """Record that `role` runs, and how many messages it could not publish so far.

    `reaches_database`: whether its tasks do; this row is written over the thread's own connection.
    """
    facts = {
        "policy_hash": settings.POLICY.fingerprint,
        "seen_at": compare_clocks(),
        "publish_failures": publish_failures,
        "database": this_database(),
        "forwarded_unheeded": clients.comes_unheeded(),
        "reaches_database": reaches_database,
        "clock_ahead": clock_ahead(),
    }
    Presence.objects.bulk_create(
        [Presence(role=role, instance=instance, **facts)],
        update_conflicts=True,
        unique_fields=["role", "instance"],
        update_fields=list(facts),
    )


def _instance() -> str:
    return INSTANCE.format(pid=os.getpid())


def _keep_saying() -> None:
    interval = settings.SWEEP_INTERVAL.total_seconds()
    while not _leaving.is_set():
        reaches = not outages.was_met_within(SWEEPS_MISSED * interval)
        try:
            say(settings.PROCESS_ROLE, _instance(), publishing.publish_failures(), reaches_database=reaches)
        except Error as failure:  # /readyz reports a database that is away; the next round tries again
            logger.warning("presence not written", error=str(failure))
        connection.close()
        _leaving.wait(interval)
