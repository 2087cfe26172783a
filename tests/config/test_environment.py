"""A refused setting is one clear line that names it."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.local.project import ROOT

REFUSED = {
    "DEBUG": "perhaps",
    "SECRET_KEY": "hidden",
    "SECRET_KEY_FALLBACKS": "hidden",
    "ALLOWED_HOSTS": "https://market.example",
    "CSRF_TRUSTED_ORIGINS": "market.example",
    "TIME_ZONE": "Asia/Atlantis",
    "LANGUAGES": "ja,tlh",
    "LANGUAGE_CODE": "de",
    "DATABASE_URL": "mysql://user:hidden@localhost/renraku",
    "REDIS_URL": "rediss://:hidden@localhost:6379?ssl_ca_certs=/nowhere.pem",
    "SWEEP_INTERVAL": "soon",
    "REMINDER_INTERVAL": "0",
    "THROTTLE_READ": "600/hour",
    "THROTTLE_WRITE": "many",
    "THROTTLE_LOGIN": "0/min",
    "POLICY_SILENCE_BEFORE_REQUEST": "4 days",
    "POLICY_REPLY_WINDOW": "PT0S",
    "TOKEN_TTL": "PT0S",
    "PROXIES": "-1",
    "SECURE_COOKIES": "sometimes",
    "LOG_LEVEL": "loud",
    "LOG_FORMAT": "xml",
    "PUBLIC_URL": "market.example",
    "EMAIL_URL": "smtp+tls://user:hidden@:587",
    "EMAIL_FROM": "nobody",
    "EMAIL_TIMEOUT": "60",
    "VAPID_PRIVATE_KEY": "hidden",
    "VAPID_SUBJECT": "me",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_value_stops_the_start_with_a_line_that_names_the_setting(name: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**os.environ, name: REFUSED[name]},
        capture_output=True,
        text=True,
        check=False,
    )
    [line] = answer.stderr.splitlines()
    assert answer.returncode == 1
    assert line.startswith(f"{name}: "), line
    assert "hidden" not in answer.stderr


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P4D", timedelta(days=4)),
        ("PT24H", timedelta(hours=24)),
        ("PT1.5S", timedelta(seconds=1.5)),
        ("pt1,5s", timedelta(seconds=1.5)),
        ("P1W", timedelta(days=7)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("15", timedelta(seconds=15)),
        ("0.5", timedelta(seconds=0.5)),
    ],
)
def test_durations_are_iso_8601_or_plain_seconds(
    monkeypatch: pytest.MonkeyPatch, text: str, duration: timedelta
) -> None:
    monkeypatch.setenv("LONG", text)
    assert environment.duration("LONG", timedelta(0)) == duration


@pytest.mark.parametrize(
    "text",
    [
        *("-P1D", "P", "PT", "P1DT", "4 days", "24:00:00", "P1Y", "P1M", "PT24", "T24H", "24h"),
        *("-1", "+1", "1e3", "1_000", "inf", "nan", "１５", "PT１５S", "P-1D"),
    ],
)
def test_other_durations_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LONG", text)
    with pytest.raises(ImproperlyConfigured, match="LONG: must be an ISO 8601 duration"):
        environment.duration("LONG", timedelta(0))


@pytest.mark.parametrize("text", ["PT0.05S", "PT21S", "P99999999999D", "9" * 400])
def test_a_duration_outside_of_its_limits_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LONG", text)
    limits = {"least": timedelta(seconds=0.1), "most": timedelta(seconds=20)}
    with pytest.raises(ImproperlyConfigured, match=r"^LONG: must be between PT0\.1S and PT20S"):
        environment.duration("LONG", timedelta(0), **limits)


@pytest.mark.parametrize("text", ["600/min", "600/minute", "600/PT1M", "600/60", "0600 / min"])
def test_rates_are_by_the_minute(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RATE", text)
    assert environment.per_minute("RATE", "1/min") == 600


@pytest.mark.parametrize("text", ["600", "0/min", "-1/min", "600/hour", "600/PT1H", "６００/min", "600/", "/min"])
def test_other_rates_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RATE", text)
    with pytest.raises(ImproperlyConfigured, match=r"^RATE: must be a rate a minute"):
        environment.per_minute("RATE", "1/min")


def test_unset_and_empty_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBER", raising=False)
    assert environment.whole_number("NUMBER", 3) == 3
    monkeypatch.setenv("NUMBER", " ")
    assert environment.whole_number("NUMBER", 3) == 3


def test_every_variable_that_is_read_is_documented() -> None:
    source = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'(?:env|hosts|keys)\.\w+\(\s*"([A-Z_]+)"', source))
    documented = (ROOT / ".env.example").read_text()
    assert {"DATABASE_URL", "POLICY_REPLY_WINDOW", "THROTTLE_READ"} <= read
    assert [name for name in read if f"#{name}=" not in documented] == []
