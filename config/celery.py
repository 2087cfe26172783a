"""The Celery app: what each process needs from the broker, and why.

Two workers, as in production: `deadlines` holds the ETA messages of cancel requests, `rest` does
everything else. The row is the truth; everything here is only about waking up in time.
"""

from config.start import read_settings

read_settings()  # first: Celery's CLI imports this module alone, and shows every exception with its traceback

from math import inf
from typing import Any

import django
from celery.signals import beat_init, celeryd_init, setup_logging, worker_ready
from django.conf import settings
from django.db import connection
from django_structlog.celery.steps import DjangoStructLogInitStep

from config import redis_address
from config.messaging import App
from config.schedule import BEAT_SCHEDULE
from marketplace.vocabulary import DeadlineKind

ONE_HOUR = 3600
A_STALL = 5.0
"""Seconds after which a worker gives up a connection that does not answer: above its blocking pop, of one second."""
ETA_MESSAGES_HELD = 1000
"""How many ETA messages a worker holds in its memory (about 8.5 kB each)."""


def _transport_options() -> dict[str, Any]:
    if settings.PROCESS_ROLE == "deadlines":
        # The visibility timeout must outlast every held message, and it is applied by consumers to
        # one unacked set: with a shared one, the shortest timeout of any worker would redeliver
        # each held message again and again.
        return {
            "visibility_timeout": int(settings.POLICY.reply_window.total_seconds()) + ONE_HOUR,
            "unacked_key": "unacked.deadlines",
            "unacked_index_key": "unacked.deadlines.index",
            "unacked_mutex_key": "unacked.deadlines.mutex",
        }
    return {"visibility_timeout": ONE_HOUR}


_redis = redis_address.read(settings.REDIS_URL)
app = App("renraku", broker=_redis.broker_url, set_as_current=True, task_cls="config.patience:PatientTask")
app.conf.update(
    beat_schedule=BEAT_SCHEDULE,
    broker_connection_max_retries=None,  # a broker that is away for long comes back all the same
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=1,
    broker_transport_options=_transport_options() | {"socket_timeout": A_STALL, "socket_connect_timeout": A_STALL},
    broker_use_ssl=_redis.tls,
    enable_utc=True,
    task_acks_late=True,
    task_default_queue="celery",
    task_ignore_result=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    task_reject_on_worker_lost=True,
    task_soft_time_limit=60,
    task_time_limit=90,
    timezone="UTC",
    worker_enable_remote_control=settings.PROCESS_ROLE != "rest",  # the rest revokes nothing
    worker_eta_task_limit=ETA_MESSAGES_HELD,
    worker_max_tasks_per_child=10_000,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=10,
)
app.conf["CELERY_DB_REUSE_MAX"] = inf  # Celery leaves connections alone: config.patience sees to them
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # a task's lines carry its id and that of the request behind it


@celeryd_init.connect
def _set_up_django_before_the_first_log_line(**_: Any) -> None:
    django.setup()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Empty on purpose: any receiver stops Celery from configuring logging."""


@celeryd_init.connect
def _read_key_prefix_and_clock(**_: Any) -> None:
    """Read the prefix of our keys and the offset of the clock before the first message: forks inherit both."""
    from marketplace.operations import installation, presence  # noqa: PLC0415 - models need Django to be set up

    installation.key_prefix()
    presence.compare_clocks()
    connection.close()


@worker_ready.connect
def _sweep_at_once(**_: Any) -> None:
    """Announce the worker, sweep what fell due while none ran, and check invariants that were never checked."""
    from marketplace.operations import invariant_reports, presence  # noqa: PLC0415 - models need Django to be set up

    presence.announce()
    if settings.PROCESS_ROLE == "rest":
        for kind in DeadlineKind:
            app.send_task("marketplace.sweep", args=[kind.value])
        if invariant_reports.is_one_unchecked():
            app.send_task("marketplace.check_invariants")


@beat_init.connect
def _begin_rounds(**_: Any) -> None:
    from config import rounds  # noqa: PLC0415 - as above
    from marketplace.operations import presence  # noqa: PLC0415 - as above

    presence.announce()
    rounds.begin(lambda name: app.tasks[name].run)
