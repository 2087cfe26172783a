"""The alerts, evaluated by Prometheus' own `promtool` on real scrapes: silent when all is well, else not."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from config import broker, health
from config.local.project import ROOT
from marketplace import clock, events
from marketplace.actions import deadlines
from marketplace.models import Event, InvariantReport, Presence, PutOff
from marketplace.operations import presence
from marketplace.operations.installation import key_prefix
from marketplace.vocabulary import DeadlineKind, EventKind, Matter, WokenBy
from notifications.vocabulary import Channel, State
from tests.support.factories import days, hours, overdue_room, person
from tests.support.notices import notice

RULES = ROOT / "config" / "alerts.yml"
MISSING = "not run: promtool is missing: apt-get install prometheus"
CHANGES_AT, LASTS = 120, 20
"""Minutes: until then the first scrape repeats, and from then on the second one."""
LOOKED_AT = {True: CHANGES_AT + 3, False: CHANGES_AT + 15}
"""When an alert is looked at that asks what changed, and one that asks what is."""
ASKS_WHAT_CHANGED = re.compile("increase|rate|delta")
RULE = "one_verdict_a_cancelled_deal"

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason=MISSING)
pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


@dataclass(frozen=True)
class Sick:
    """How to make an alert fire, and with which labels it does."""

    make: Callable[[], object]
    labels: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Other alerts that this sickness brings along."""


def _seen_long_ago(**which: str) -> Callable[[], object]:
    return lambda: Presence.objects.filter(**which).update(seen_at=clock.now() - hours(1))


def _put_off() -> None:
    now = clock.now()
    PutOff.objects.create(matter=Matter.EVENT, row="1", first_failed_at=now, again_at=now, error="refused")


def _settled_by_the_sweep(late: timedelta) -> Callable[[], object]:
    def settle() -> None:
        overdue_room(by=late)
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
        Event.objects.update(heard_at=clock.now())

    return settle


def _checked(violations: int, ago: timedelta) -> Callable[[], object]:
    return lambda: InvariantReport.objects.create(name=RULE, violations=violations, checked_at=clock.now() - ago)


def _dead_notice() -> None:
    notice(person(), channel=Channel.EMAIL, state=State.FAILED, next_attempt_at=None, answered_at=clock.now())


REPLY = {"kind": "reply"}
SICK: dict[str, Sick] = {
    "RenrakuVerdictsLate": Sick(lambda: overdue_room(by=hours(1)), REPLY),
    "RenrakuSweepMissing": Sick(_seen_long_ago(role="sweep", instance="approval"), {"kind": "approval"}),
    "RenrakuProcessMissing": Sick(_seen_long_ago(role="beat"), {"role": "beat"}),
    "RenrakuPutOff": Sick(_put_off, {"kind": "event"}),
    "RenrakuEventsUnheard": Sick(
        lambda: events.record(EventKind.SERVICE_CHANGED, at=clock.now() - hours(1)),
    ),
    "RenrakuWakeUpsLost": Sick(_settled_by_the_sweep(timedelta(seconds=1)), REPLY),
    "RenrakuSettlesSlowly": Sick(_settled_by_the_sweep(timedelta(seconds=20)), also=("RenrakuWakeUpsLost",)),
    "RenrakuPublishFails": Sick(
        lambda: presence.say("web", "elsewhere:1", publish_failures=3), {"role": "web", "instance": "elsewhere:1"}
    ),
    "RenrakuNearMiss": Sick(
        lambda: Event.objects.create(
            kind=EventKind.REPLY_REFUSED_LATE,
            data={"late_by_seconds": 0.5},
            occurred_at=clock.now(),
            recorded_at=clock.now(),
            heard_at=clock.now(),
        ),
        {"le": "1.0"},
    ),
    "RenrakuNoticesWait": Sick(
        lambda: notice(person(), channel=Channel.PUSH, made_at=clock.now() - hours(1)), {"channel": "push"}
    ),
    "RenrakuNoticesGivenUp": Sick(_dead_notice, {"channel": "email"}),
    "RenrakuInvariantViolated": Sick(_checked(1, timedelta(0)), {"rule": RULE}),
    "RenrakuInvariantsUnchecked": Sick(_checked(0, days(3)), {"rule": RULE}),
}
"""What stands in rows. Redis and a database that is away have tests of their own."""


@pytest.fixture
def well(db: None, settings: Settings) -> None:
    """Everybody was seen just now, no rule was checked and no message was sent yet, as on a new installation."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*(key_prefix() + queue for queue in broker.QUEUES))
    for role in health.ROLES:
        presence.say(role, "elsewhere:1")
    for kind in DeadlineKind:
        presence.say(presence.SWEEP, kind)


def rules() -> dict[str, str]:
    return {rule["alert"]: rule["expr"] for rule in _rules()}


def annotations() -> dict[str, dict[str, str]]:
    """Return what each alert means, and what to do."""
    return {rule["alert"]: rule["annotations"] for rule in _rules()}


def _rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def scrape(client: Client) -> dict[str, float]:
    """Return every sample by its series, as Prometheus names it; none when it cannot be scraped."""
    answer = client.get("/metrics")
    if answer.status_code != 200:
        return {}
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={json.dumps(value)}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def fires(tmp_path: Path, before: dict[str, float], after: dict[str, float], expected: dict[str, Any]) -> str:
    """Let promtool play both scrapes. Returns what it says when an alert fires that is not expected, or fails to."""
    began = clock.now().timestamp() - LOOKED_AT[False] * 60

    def at(series: str, value: float) -> str:
        shown = value - began if "_timestamp_seconds{" in series else value
        return f"{shown:f}".replace("inf", "Inf").replace("nan", "NaN")

    series = [
        {"series": name, "values": f"{_repeated(name, before, at, CHANGES_AT)} {_repeated(name, after, at, LASTS)}"}
        for name in before | after
    ]
    looked = [
        {
            "eval_time": f"{LOOKED_AT[bool(ASKS_WHAT_CHANGED.search(expression))]}m",
            "alertname": alert,
            "exp_alerts": [
                {"exp_labels": labels, "exp_annotations": annotations()[alert]} for labels in expected.get(alert, [])
            ],
        }
        for alert, expression in rules().items()
        if alert not in expected or expected[alert] is not None
    ]
    asked = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": looked}],
    }
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
    answer = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, check=False)  # noqa: S607
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def _repeated(name: str, found: dict[str, float], at: Callable[[str, float], str], times: int) -> str:
    return f"{at(name, found[name])}x{times - 1}" if name in found else f"_x{times}"


@needs_promtool
def test_no_alert_fires_while_all_is_well(client: Client, well: None, tmp_path: Path) -> None:
    now = scrape(client)
    assert any(series.startswith("renraku_invariant_checked") for series in now), "a sample before the first check"
    assert fires(tmp_path, now, now, {}) == ""


@needs_promtool
@pytest.mark.parametrize("alert", SICK)
def test_each_alert_fires_on_its_sickness_and_no_other_does(
    client: Client, well: None, tmp_path: Path, alert: str
) -> None:
    before = scrape(client)
    sick = SICK[alert]
    sick.make()
    expected = {alert: [sick.labels], **dict.fromkeys(sick.also)}
    assert fires(tmp_path, before, scrape(client), expected) == ""


@needs_promtool
def test_a_broker_that_is_away_or_full_of_messages_is_told(
    client: Client, well: None, tmp_path: Path, settings: Settings
) -> None:
    before = scrape(client)
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        queue = key_prefix() + "celery"
        server.lpush(queue, *["{}"] * 1_001)
        full = scrape(client)
        server.delete(queue)
    assert fires(tmp_path, before, full, {"RenrakuQueueGrows": [{"queue": "celery"}]}) == ""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert fires(tmp_path, before, scrape(client), {"RenrakuBrokerDown": [{}]}) == ""


@needs_promtool
def test_a_database_that_is_away_is_told_although_nothing_can_be_scraped(
    client: Client, well: None, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("gone")

    before = scrape(client)
    with connection.execute_wrapper(refuse):
        gone = scrape(client)
    assert gone == {}
    assert fires(tmp_path, before, gone, {"RenrakuCannotBeScraped": [{}]}) == ""


def test_every_rule_is_made_to_fire_here_and_says_what_it_means_and_what_to_do() -> None:
    elsewhere = {"RenrakuQueueGrows", "RenrakuBrokerDown", "RenrakuCannotBeScraped"}
    assert set(SICK) | elsewhere == set(rules())
    for alert, told in annotations().items():
        assert set(told) == {"summary", "description"}
        assert all(len(text.split()) >= 2 and text.endswith(".") for text in told.values()), alert
