"""The base of all tasks: waits for a database that is away, and runs again if it went away during the task.

A task only looks at the rows, so twice is as good as once. Without this, every wake-up whose time came
during a restart of the database would fail, be acknowledged, and its verdict wait for the sweep.
"""

import time
from typing import Any, cast

import structlog
from celery.contrib.django.task import DjangoTask
from django.db import OperationalError, close_old_connections, connection

from config import messaging
from config.database.base import DatabaseWrapper
from marketplace import outages

logger = structlog.get_logger(__name__)

PATIENCE = 40.0
"""Seconds that a task waits for the database in total: two thirds of its soft time limit."""


class PatientTask(DjangoTask):  # type: ignore[misc]  # Celery has no types
    """Keeps the process's connection between tasks, as web does between requests."""

    Request = "config.messaging:Request"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if connection.in_atomic_block:  # a test runs it in a transaction
            return self.run(*args, **kwargs)
        try:
            answer = self._patiently(args, kwargs)
        except outages.AwayError:
            outages.met_one()
            raise
        finally:
            close_old_connections()
        outages.went_through()
        return answer

    def _patiently(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        ends = time.monotonic() + PATIENCE
        self._await_database(ends)
        try:
            if messaging.is_one_too_many(self, args):
                return None
            return self.run(*args, **kwargs)
        except OperationalError as failure:
            if not outages.may_go_through_again(failure):
                raise
            logger.warning("the database went away beneath a task; it runs once more", task=self.name, why=str(failure))
        self._await_database(ends)
        return self.run(*args, **kwargs)

    def _await_database(self, ends: float) -> None:
        """Wait; if the database stays away, the task fails by itself."""
        close_old_connections()
        database = cast("DatabaseWrapper", connection)
        if database.can_be_used():
            return
        logger.warning("waiting for the database", task=self.name)
        database.await_server(ends - time.monotonic())
