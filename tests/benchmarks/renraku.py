"""Renraku itself: the workers and beat of production, woken by the messages of production."""

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import redis

from config.celery import app
from config.local.processes import BEAT, DEADLINES, REST
from config.local.readiness import Readiness
from config.local.waiting import wait_until
from marketplace import alarms
from marketplace.alarms import WakeUp
from marketplace.vocabulary import DeadlineKind
from tests.benchmarks.databases import connect, settle_down
from tests.benchmarks.measured import Drained, Measured, measure
from tests.benchmarks.rows import REPLY_WINDOW, Due, place_requests
from tests.benchmarks.staff import Staff, staff
from tests.benchmarks.watching import Watch, left_in_broker, memory
from tests.support.stack import PREFIX

PUBLISHED_A_SECOND = 900
"""Fewer than one producer manages; what it takes less is spent waiting for the first deadline."""
BREATH = timedelta(seconds=12)
"""For tidying up between the rows and the first message: seconds where the machine is busy with other things."""
NO_SOONER_THAN = timedelta(seconds=1)
NOTHING_LEFT_WITHIN = 240.0

BY_WHOM = """
    SELECT woken_by, count(*), count(DISTINCT recorded_at) FROM marketplace_verdict
    WHERE effective_at > clock_timestamp() - interval '1 day' GROUP BY 1 ORDER BY 2 DESC
"""


def run(url: str, number: int) -> Measured:
    """Let `number` requests fall due within one second, and watch."""
    settings = {"DATABASE_URL": url, "POLICY_REPLY_WINDOW": f"PT{REPLY_WINDOW.seconds}S", "LOG_LEVEL": "WARNING"}
    readiness = Readiness(url, port=0)
    with staff(settings) as workers, redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        for role in (DEADLINES, REST, BEAT):
            workers.hire_role(role)
        workers.wait_for_presence(readiness)
        first_deadline = datetime.now(UTC) + timedelta(seconds=number / PUBLISHED_A_SECOND) + BREATH
        due = place_requests(url, number, first_deadline)
        settle_down(url)
        held = _publish(_prefix(url), due, first_deadline, workers, broker)
        watch = Watch(url)
        ended_at = watch.until_drained(first_deadline)
        notes = [*held, *_afterwards(workers, broker, ended_at), *_by_whom(url)]
        measured = measure(url, number, Drained(first_deadline, ended_at, watch.transactions), notes)
        measured.wrong.extend(f"{left} messages left in {name}" for name, left in left_in_broker(broker).items())
        return measured


def _prefix(url: str) -> str:
    with connect(url) as connection:
        [prefix] = connection.execute(PREFIX).fetchone() or [""]
    return str(prefix)


def _publish(
    prefix: str, due: Iterable[Due], first_deadline: datetime, workers: Staff, broker: "redis.Redis"
) -> list[str]:
    """Send each request's wake-up as `alarms.ring` does, through one producer."""
    before, began = memory(workers.children[DEADLINES].pid), _used(broker)
    ours = {"global_keyprefix": prefix}
    with (
        app.connection_for_write(transport_options=ours) as connection,
        app.amqp.Producer(connection, auto_declare=False) as producer,
    ):
        for number, each in enumerate(due, 1):  # noqa: B007 - read after the loop
            app.send_task(
                alarms.WAKE_UP,
                args=[str(each.request), 1, 0, DeadlineKind.REPLY.value],
                task_id=WakeUp(DeadlineKind.REPLY, each.request, 1).task_id,
                eta=each.deadline + alarms.AFTER_THE_DEADLINE,
                queue=alarms.DEADLINES,
                producer=producer,
            )
    ahead = first_deadline - datetime.now(UTC)
    assert ahead > NO_SOONER_THAN, f"publishing took too long: {ahead} was left before the first deadline"
    time.sleep(1)
    holding, a_message = memory(workers.children[DEADLINES].pid), (_used(broker) - began) / number
    published = f"{holding:.0f} MB with {number} published; broker {a_message:.0f} B each"
    return [f"worker of the deadlines: {before:.0f} MB before, {published}"]


def _used(broker: "redis.Redis") -> int:
    return int(broker.info("memory")["used_memory"])


def _afterwards(workers: Staff, broker: "redis.Redis", ended_at: datetime) -> list[str]:
    """Wait until the wake-ups that have nothing left to do are through."""
    gone = wait_until(lambda: not left_in_broker(broker), NOTHING_LEFT_WITHIN)
    took = (datetime.now(UTC) - ended_at).total_seconds()
    holding = memory(workers.children[DEADLINES].pid)
    through = f"{'through' if gone else 'NOT through'} {took:.1f} s after the last verdict"
    return [f"wake-ups with nothing left to do: {through}; worker of the deadlines {holding:.0f} MB then"]


def _by_whom(url: str) -> list[str]:
    with connect(url) as connection:
        rows = connection.execute(BY_WHOM).fetchall()
    return ["woken by " + ", ".join(f"{who}: {count} in {batches} transactions" for who, count, batches in rows)]
