"""Renraku itself: the workers and beat of production, woken by the messages of production."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import redis

from config.celery import app
from config.local.processes import BEAT, DEADLINES, REST
from config.local.readiness import Readiness
from config.local.waiting import wait_until
from marketplace import alarms
from marketplace.alarms import WakeUp
from marketplace.vocabulary import DeadlineKind
from tests.benchmarks.costs import Meter
from tests.benchmarks.databases import connect, one, settle_down
from tests.benchmarks.measured import Drained, Measured, measure
from tests.benchmarks.rows import REPLY_WINDOW, Due, place_requests
from tests.benchmarks.staff import Staff, staff
from tests.benchmarks.switching import django_on
from tests.benchmarks.watching import Watch, left_in_broker, memory
from tests.support.stack import PREFIX

PUBLISHED_A_SECOND = 900
"""Fewer than one producer manages; what it takes less is spent waiting for the first deadline."""
BREATH = timedelta(seconds=30)
"""For tidying up between the rows and the first message: seconds where the machine is busy with other things."""
NO_SOONER_THAN = timedelta(seconds=1)
NOTHING_LEFT_WITHIN = 240.0

WAKE_UPS = {alarms.DEADLINES, "unacked.deadlines"}
UNHEARD = "SELECT count(*) FROM marketplace_event WHERE heard_at IS NULL"
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
        with django_on(url):  # Celery asks its own connection too, and that the database for the keys' prefix
            held = _publish(_prefix(url), due, first_deadline, workers, broker)
        watch, meter = Watch(url), Meter(url, workers.pids())
        ended_at = watch.until_drained(first_deadline)
        drained = Drained(first_deadline, ended_at, watch.transactions, meter.read())
        after = _afterwards(url, broker, ended_at)
        holding = f"worker of the deadlines: {memory(workers.children[DEADLINES].pid):.0f} MB at the end"
        measured = measure(url, number, drained, [*held, holding, *_by_whom(url)], **after)
        measured.wrong.extend(f"{left} messages left in {name}" for name, left in left_in_broker(broker).items())
        measured.wrong.extend(_unheard(url))
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


def _afterwards(url: str, broker: "redis.Redis", ended_at: datetime) -> dict[str, float]:
    """Wait until the wake-ups that have nothing left to do are gone, every event is heard, and the broker is empty.

    Returns when the first two were, in seconds from the last verdict on. What never ends is measured as the wait.
    """
    after: dict[str, float] = {}
    with connect(url) as connection:
        seen: dict[str, Callable[[], bool]] = {
            "wake_ups_gone_after": lambda: not WAKE_UPS & {name.rpartition(":")[2] for name in left_in_broker(broker)},
            "heard_after": lambda: not one(connection, UNHEARD),
        }

        def are_through() -> bool:
            for name in [each for each in seen if each not in after]:
                if seen[name]():
                    after[name] = (datetime.now(UTC) - ended_at).total_seconds()
            return len(after) == len(seen) and not left_in_broker(broker)

        wait_until(are_through, NOTHING_LEFT_WITHIN)
    return dict.fromkeys(seen, NOTHING_LEFT_WITHIN) | after


def _unheard(url: str) -> list[str]:
    with connect(url) as connection:
        unheard = one(connection, UNHEARD)
    return [f"{unheard} events that nobody has heard"] if unheard else []


def _by_whom(url: str) -> list[str]:
    with connect(url) as connection:
        rows = connection.execute(BY_WHOM).fetchall()
    return ["woken by " + ", ".join(f"{who}: {count} in {batches} transactions" for who, count, batches in rows)]
