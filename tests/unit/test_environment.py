"""A refused setting is one clear line that names it."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(__file__).parents[2]

REFUSED = {
    "DEBUG": "perhaps",
    "SECRET_KEY": "",
    "TIME_ZONE": "Asia/Atlantis",
    "DATABASE_URL": "mysql://user:hidden@localhost/renraku",
    "REDIS_URL": "rediss://:hidden@localhost:6379?ssl_ca_certs=/nowhere.pem",
    "SWEEP_INTERVAL": "soon",
    "THROTTLE_READ": "600/hour",
    "THROTTLE_WRITE": "many",
    "THROTTLE_LOGIN": "0/min",
    "POLICY_SILENCE_BEFORE_REQUEST": "4 days",
    "POLICY_REPLY_WINDOW": "PT0S",
    "TOKEN_TTL": "forever",
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
    [("P4D", timedelta(days=4)), ("PT24H", timedelta(hours=24)), ("PT1.5S", timedelta(seconds=1.5))],
)
def test_durations_are_iso_8601(monkeypatch: pytest.MonkeyPatch, text: str, duration: timedelta) -> None:
    monkeypatch.setenv("LONG", text)
    assert environment.duration("LONG", timedelta(0)) == duration


@pytest.mark.parametrize("text", ["-P1D", "P", "4 days", "24:00:00", "P1Y"])
def test_other_durations_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LONG", text)
    with pytest.raises(ImproperlyConfigured, match="LONG: must be an ISO 8601 duration"):
        environment.duration("LONG", timedelta(0))


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
