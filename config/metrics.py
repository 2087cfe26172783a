"""`/metrics` for Prometheus, read from the database and the broker at each scrape: no worker needs a port.

A scrape costs the same with any number of verdicts: it reads the tallies and the few events since the last fold.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import inf
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from config import broker
from config.health import ROLES, TRY_AGAIN_AFTER, seen_lately
from marketplace import clock
from marketplace.models import CancelRequest, Event, InvariantReport, Presence, PutOff
from marketplace.operations.invariants.asked import invariants
from marketplace.operations.presence import SWEEP
from marketplace.reads import tallies
from marketplace.reads.deadlines import DEADLINES
from marketplace.reads.tallies import Counted
from marketplace.vocabulary import DeadlineKind, EventKind, Matter, WokenBy
from notifications.models import Notification
from notifications.vocabulary import Channel, State

STATEMENT_TIMEOUT = "5s"
CHANNELS = (Channel.EMAIL, Channel.PUSH)
SETTLED = (EventKind.DEAL_CANCELLED, EventKind.DEAL_COMPLETED)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics; 401 without the token if one is set, 503 if the database is away."""
    if not _may_read(request):
        return _text("the metrics need the token", status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [STATEMENT_TIMEOUT])
            page = generate_latest(REGISTRY)
    except DatabaseError as failure:
        reason = f"the database does not answer: {type(failure).__name__}"
        return _text(reason, status=503, headers={"Retry-After": TRY_AGAIN_AFTER})
    return HttpResponse(page, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    return not settings.METRICS_TOKEN or hmac.compare_digest(wanted, given)


def _text(message: str, **options: Any) -> HttpResponse:
    return HttpResponse(f"{message}\n", content_type="text/plain; charset=utf-8", **options)


class Renraku(Collector):
    """Reads all metrics at each scrape."""

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        yield from _overdue(now)
        yield from _events(now)
        yield from _requests()
        yield from _settled(tallies.so_far())
        yield from _processes(now)
        yield from _notices(now)
        yield from _invariants()
        yield from _broker()


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(Renraku())


def _gauge(name: str, documentation: str, label: str, values: Mapping[Any, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, documentation, labels=[label])
    for labelled, value in values.items():
        gauge.add_metric([labelled], value)
    return gauge


def _age(now: datetime, at: datetime | None) -> float:
    return (now - at).total_seconds() if at else 0


def _overdue(now: datetime) -> Iterator[Metric]:
    waits = Q(settle_after__gt=now)
    due = ~waits | Q(settle_after=None)
    found = {}
    for kind, deadline in DEADLINES.items():
        counts = {"overdue": Count("pk", filter=due), "put_off": Count("pk", filter=waits)}
        oldest = Min(deadline.column, filter=due)
        found[kind] = deadline.overdue(now).order_by().aggregate(**counts, oldest=oldest)
    others = dict(PutOff.objects.values_list("matter").annotate(Count("pk")))
    overdue = {kind: each["overdue"] for kind, each in found.items()}
    ages = {kind: _age(now, each["oldest"]) for kind, each in found.items()}
    put_off = {kind: each["put_off"] for kind, each in found.items()} | {each: others.get(each, 0) for each in Matter}
    yield _gauge("renraku_overdue", "Deadlines that passed and are not settled", "kind", overdue)
    yield _gauge("renraku_oldest_overdue_seconds", "How long ago the oldest passed", "kind", ages)
    yield _gauge("renraku_put_off", "Rows that failed alone and wait to be tried again", "kind", put_off)


def _events(now: datetime) -> Iterator[Metric]:
    """Count unheard events; those that were put off are counted as put off."""
    found = Event.objects.filter(heard_at=None, put_off=False).aggregate(number=Count("pk"), oldest=Min("recorded_at"))
    age = _age(now, found["oldest"])
    yield GaugeMetricFamily("renraku_unheard_events", "Events that were not passed on yet", value=found["number"])
    yield GaugeMetricFamily("renraku_oldest_unheard_event_seconds", "Since the oldest was recorded", value=age)


def _requests() -> Iterator[Metric]:
    running = {kind: deadline.running().count() for kind, deadline in DEADLINES.items()}
    held = CancelRequest.objects.open().filter(reply_deadline=None).count()
    yield _gauge("renraku_running", "Deadlines that run", "kind", running)
    yield GaugeMetricFamily("renraku_held_requests", "Cancel requests that staff hold", value=held)


def _settled(counted: list[Counted]) -> Iterator[Metric]:
    lateness = HistogramMetricFamily(
        "renraku_settlement_lateness_seconds",
        "How long after its deadline an end was written, by what woke the system up",
        labels=["kind", "woken_by"],
    )
    ends = [each for each in counted if each.event in SETTLED]
    for kind in DeadlineKind:
        for woken_by in WokenBy:
            found = [each for each in ends if (each.deadline, each.woken_by) == (kind, woken_by)]
            lateness.add_metric([kind, woken_by], *_buckets(found))
    late = [each for each in counted if each.event == EventKind.REPLY_REFUSED_LATE]
    near_misses = HistogramMetricFamily("renraku_near_miss_seconds", "How late a reply was that was refused as late")
    near_misses.add_metric([], *_buckets(late))
    put_off = CounterMetricFamily("renraku_settlements_put_off", "Rows that failed alone so far", labels=["kind"])
    for kind in DeadlineKind:
        failed = [each.number for each in counted if (each.event, each.deadline) == ("settlement_put_off", kind)]
        put_off.add_metric([kind], sum(failed))
    yield from (lateness, near_misses, put_off)


def _buckets(counted: Iterable[Counted]) -> tuple[list[tuple[str, float]], float]:
    """Return the cumulative buckets and the sum, as Prometheus wants them."""
    numbers: dict[float, int] = defaultdict(int)
    seconds = 0.0
    for each in counted:
        numbers[each.up_to] += each.number
        seconds += each.seconds
    bounds = (*tallies.BOUNDS, inf)
    return [
        ("+Inf" if bound == inf else str(bound), sum(number for up_to, number in numbers.items() if up_to <= bound))
        for bound in bounds
    ], seconds


def _processes(now: datetime) -> Iterator[Metric]:
    seen = dict(seen_lately().values_list("role").annotate(Count("pk")))
    failures = CounterMetricFamily(
        "renraku_publish_failures", "Messages that the broker did not take", labels=["role", "instance"]
    )
    for presence in Presence.objects.filter(role__in=ROLES).order_by("role", "instance"):
        failures.add_metric([presence.role, presence.instance], presence.publish_failures)
    swept = dict(Presence.objects.filter(role=SWEEP).values_list("instance", "seen_at"))
    ages = {kind: _age(now, swept[kind]) if kind in swept else inf for kind in DeadlineKind}
    roles = {role: seen.get(role, 0) for role in ROLES}
    yield _gauge("renraku_processes", "Processes seen in the last three sweeps", "role", roles)
    yield failures
    yield _gauge("renraku_sweep_age_seconds", "Since a sweep came through", "kind", ages)


def _notices(now: datetime) -> Iterator[Metric]:
    """Count what is to be sent and what was given up: both are short indexes, however much was ever sent."""
    due = Q(next_attempt_at__lte=now) | Q(attempts__gt=0)
    waiting, ages, dead = {}, {}, {}
    for channel in CHANNELS:
        notices = Notification.objects.filter(channel=channel)
        found = notices.filter(state=State.WAITING).aggregate(number=Count("pk"), oldest=Min("made_at", filter=due))
        waiting[channel], ages[channel] = found["number"], _age(now, found["oldest"])
        dead[channel] = notices.filter(state=State.FAILED).count()
    oldest = "Since the oldest was made that is due, or was tried in vain"
    yield _gauge("renraku_waiting_notices", "Notices that are to be sent", "channel", waiting)
    yield _gauge("renraku_oldest_waiting_notice_seconds", oldest, "channel", ages)
    yield _gauge("renraku_dead_notices", "Notices that were given up", "channel", dead)


def _invariants() -> Iterator[Metric]:
    violations = GaugeMetricFamily("renraku_invariant_violations", "Rows that contradict a rule", labels=["rule"])
    checked = GaugeMetricFamily(
        "renraku_invariant_checked_timestamp_seconds",
        "When each rule was last checked; of one that never was, when the database was last migrated",
        labels=["rule"],
    )
    reports = InvariantReport.objects.in_bulk()
    migrated = MigrationRecorder.Migration.objects.aggregate(at=Max("applied"))["at"]
    for name in sorted({invariant.name for invariant in invariants(settings.POLICY)} | set(reports)):
        report = reports.get(name)
        if report is not None:
            violations.add_metric([name], report.violations)
        at = report.checked_at if report is not None else migrated
        if at is not None:
            checked.add_metric([name], at.timestamp())
    yield from (violations, checked)


def _broker() -> Iterator[Metric]:
    """Count what waits in Redis; while it is away, say that alone."""
    up = 1
    try:
        in_queues, unacked = broker.waiting()
    except (RedisError, OSError):
        in_queues, unacked, up = {}, {}, 0
    yield GaugeMetricFamily("renraku_broker_up", "Whether Redis answers", value=up)
    yield _gauge("renraku_queue_messages", "Messages that no worker has taken yet", "queue", in_queues)
    yield _gauge("renraku_unacked_messages", "Messages that a worker holds", "worker", unacked)
