"""A refused setting is one clear line that names it."""

import os
import re
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

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
def test_a_bad_value_is_refused_in_a_line_that_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, REFUSED[name])
    with pytest.raises(environment.Refused) as refused:
        runpy.run_path(str(ROOT / "config/settings.py"))
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"{name}: "), line
    assert "hidden" not in line


def test_it_stops_the_start_with_that_line() -> None:
    """One process stands for all: `test_starting` shows every way to start one."""
    answer = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**os.environ, "REDIS_URL": REFUSED["REDIS_URL"]},
        capture_output=True,
        text=True,
        check=False,
    )
    [line] = answer.stderr.splitlines()
    assert answer.returncode == 1
    assert line.startswith("REDIS_URL: "), line
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
    read = {*environment.SECRETS, *re.findall(r'(?:env|hosts|keys|email_url)\.\w+\(\s*"([A-Z_]+)"', source)}
    documented = (ROOT / ".env.example").read_text()
    assert {"DATABASE_URL", "POLICY_REPLY_WINDOW", "THROTTLE_READ"} <= read
    assert [name for name in read if f"#{name}=" not in documented] == []


# Secrets in files


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.SECRETS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", environment.SECRETS)
def test_each_secret_can_stand_in_a_file(
    name: str, no_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.write_text("of a file\n", encoding="utf-8")
    monkeypatch.setenv(f"{name}_FILE", str(path))
    assert environment.text(name) == "of a file"
    monkeypatch.setenv(name, "given too")
    with pytest.raises(ImproperlyConfigured, match=f"^{name}_FILE: cannot be set together with {name}$"):
        environment.text(name)


def test_a_file_that_cannot_be_read_is_named(
    no_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY_FILE: cannot read the file '.*': No such file"):
        environment.text("SECRET_KEY")
    path.write_bytes(b"\n")
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY_FILE: the file '.*' is empty$"):
        environment.text("SECRET_KEY")
    path.write_bytes(b"hidden\xff")
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY_FILE: cannot read the file '.*': it is not text$"):
        environment.text("SECRET_KEY")


def test_no_other_setting_stands_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.setenv("PUBLIC_URL_FILE", "/nowhere")
    assert environment.text("PUBLIC_URL", "default") == "default"


@pytest.mark.parametrize(
    ("name", "url", "password", "read"),
    [
        ("DATABASE_URL", "postgres://u@h:5432/db?sslmode=require", "p@/%s", "postgres://u:p%40%2F%25s@h:5432/db?sslmode=require"),
        ("REDIS_URL", "redis://redis:6379/0", "secret", "redis://:secret@redis:6379/0"),
        ("REDIS_URL", "unix:///run/redis.sock?db=1", "secret", "unix://:secret@/run/redis.sock?db=1"),
        ("REDIS_URL", "redis://:own@redis/0", "", "redis://:own@redis/0"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_settings")
def test_the_password_of_an_address_can_stand_apart(
    name: str, url: str, password: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, url)
    monkeypatch.setenv(environment.PASSWORDS[name], password)
    assert environment.url_with_password(name, "") == read


def test_an_address_takes_no_second_password(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:hidden@redis/0")
    monkeypatch.setenv("REDIS_PASSWORD", "hidden")
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_PASSWORD: cannot be set: REDIS_URL holds a password$"):
        environment.url_with_password("REDIS_URL", "")


def test_the_processes_of_up_inherit_secrets_of_files(
    no_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("key", encoding="utf-8")
    (tmp_path / "password").write_text("pass word\n", encoding="utf-8")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("DATABASE_URL", "postgres://u@h/db")
    environment.take_secrets_in()
    assert (os.environ["SECRET_KEY"], os.environ["DATABASE_URL"]) == ("key", "postgres://u:pass%20word@h/db")
    assert not {"SECRET_KEY_FILE", "DATABASE_PASSWORD", "DATABASE_PASSWORD_FILE"} & set(os.environ)


# .env


def read_dotenv(path: Path, text: str) -> dict[str, str]:
    """Return what a `.env` file with this text adds to the environment."""
    path.write_text(text, encoding="utf-8")
    before = dict(os.environ)
    try:
        environment.read_dotenv(path)
        return {name: value for name, value in os.environ.items() if name not in before}
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_lines_of_dotenv_are_keys_and_values(no_settings: None, tmp_path: Path) -> None:
    text = "# a comment\n\nA1=1\nexport A2=two words # why\nA3='#3'\nA4=\"x=y\"\nA5=\nA6='6' # why\nA7=O'Hara\n"
    assert read_dotenv(tmp_path / ".env", text) == {
        "A1": "1",
        "A2": "two words",
        "A3": "#3",
        "A4": "x=y",
        "A5": "",
        "A6": "6",
        "A7": "O'Hara",
    }


@pytest.mark.parametrize(
    "line", ["my hidden", "A=hid#den", 'A="hid#den"', 'A="hidden" # why', " A=hidden", "A ='hidden'"]
)
def test_a_line_that_would_be_misread_is_named_by_its_number(line: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^\.env, line 2: must be KEY=VALUE") as refused:
        read_dotenv(tmp_path / ".env", f"A=1\n{line}\n")
    assert "hid" not in str(refused.value)


def test_the_environment_wins_over_dotenv(no_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A1", "outer")
    monkeypatch.setenv("SECRET_KEY", "outer")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/db")
    text = "A1=inner\nA2=inner\nSECRET_KEY_FILE=/inner\nDATABASE_PASSWORD=inner\nREDIS_PASSWORD=inner\n"
    assert read_dotenv(tmp_path / ".env", text) == {"A2": "inner", "REDIS_PASSWORD": "inner"}


def test_there_may_be_no_dotenv(tmp_path: Path) -> None:
    environment.read_dotenv(tmp_path / ".env")


# Over HTTPS


@pytest.mark.parametrize(("secure", "seconds"), [("true", 31_536_000), ("false", 0)])
def test_secure_cookies_bring_hsts(secure: str, seconds: int) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.SECURE_HSTS_SECONDS)"],
        cwd=ROOT,
        env={**os.environ, "SECURE_COOKIES": secure},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(answer.stdout) == seconds
