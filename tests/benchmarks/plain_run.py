"""Runs the plain way: its own app, queue and worker, the same tables and the same second."""

import os
import sys
from datetime import UTC, datetime, timedelta

import redis

from config.local.processes import Process
from tests.benchmarks import plain
from tests.benchmarks.costs import Meter
from tests.benchmarks.databases import settle_down
from tests.benchmarks.measured import Drained, Measured, measure
from tests.benchmarks.rows import place_requests
from tests.benchmarks.staff import staff
from tests.benchmarks.watching import Watch

PUBLISHED_A_SECOND = 500
BREATH = timedelta(seconds=4)
WORKER = ["-A", "tests.benchmarks.plain", "worker", "-Q", plain.QUEUE, "-l", "warning", "-n", "plain@%h"]


def run(url: str, number: int) -> Measured:
    """Let `number` requests fall due within one second, a task each, and watch."""
    command = [sys.executable, "-m", "celery", *WORKER, "--concurrency", str(plain.CONCURRENCY)]
    with staff({"DATABASE_URL": url}) as workers, redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        workers.hire(Process("plain", command, {}))
        workers.wait_for_answer(plain.app)
        first_deadline = datetime.now(UTC) + timedelta(seconds=number / PUBLISHED_A_SECOND) + BREATH
        due = place_requests(url, number, first_deadline)
        settle_down(url)
        with plain.app.producer_or_acquire() as producer:
            for each in due:
                plain.app.send_task(plain.TASK, args=[str(each.request)], eta=each.deadline, producer=producer)
        assert datetime.now(UTC) < first_deadline, "publishing took too long"
        watch, meter = Watch(url), Meter(url, workers.pids())
        ended_at = watch.until_drained(first_deadline)
        costs = meter.read()
        timings = [float(each) for each in broker.lrange(plain.TIMINGS, 0, -1)]
        return measure(url, number, Drained(first_deadline, ended_at, timings, costs))
