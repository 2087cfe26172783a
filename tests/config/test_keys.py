"""Keys that sign: strong ones, and a contact that push services can reach."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import keys

GOOD = "B7kz-" * 10
PUSH = "VAPID_PRIVATE_KEY"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("short", "at least 50 characters"),
        (GOOD[:49], "at least 50 characters"),
        ("a" * 64, "less than 5 different characters"),
        ("abcd" * 16, "less than 5 different characters"),
        ("django-insecure-" + GOOD, "django-insecure-"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str, why: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", f"{GOOD},{key}")
    for name, read, place in (
        ("SECRET_KEY", keys.secret, ""),
        ("SECRET_KEY_FALLBACKS", keys.secrets, "the second of 2"),
    ):
        with pytest.raises(ImproperlyConfigured, match=f"^{name}: .*{re.escape(why)}.*{place}") as refused:
            read(name)
        assert key not in str(refused.value).replace(f"begins with {why}", "")


def test_strong_keys_are_taken_a_dollar_at_the_beginning_included(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", f"${GOOD}")
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", f" ${GOOD}, {GOOD}")
    assert keys.secret("SECRET_KEY") == f"${GOOD}"
    assert keys.secrets("SECRET_KEY_FALLBACKS") == [f"${GOOD}", GOOD]
    monkeypatch.delenv("SECRET_KEY_FALLBACKS")
    assert keys.secrets("SECRET_KEY_FALLBACKS") == []


@pytest.mark.parametrize(
    "contact",
    [
        *("", "mailto:renraku@localhost", "mailto:me@host.local", "https://localhost/", "https://127.0.0.1/", "me"),
        *("https://192.168.0.7/contact", "https://intranet/", "mailto:push@[::1]", "http://market.example/"),
    ],
)
def test_with_a_key_for_push_the_contact_must_be_real(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    monkeypatch.setenv("VAPID_SUBJECT", contact)
    with pytest.raises(ImproperlyConfigured, match=r"^VAPID_SUBJECT: must be "):
        keys.contact("VAPID_SUBJECT", "mailto:renraku@localhost", needed_by=PUSH)


@pytest.mark.parametrize(
    "contact", ["mailto:push@market.example", "https://market.example/contact", "https://market.example:8443"]
)
def test_a_real_contact_is_taken(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    monkeypatch.setenv("VAPID_SUBJECT", contact)
    assert keys.contact("VAPID_SUBJECT", "mailto:renraku@localhost", needed_by=PUSH) == contact


def test_without_a_key_for_push_nobody_needs_a_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAPID_SUBJECT", raising=False)
    assert keys.contact("VAPID_SUBJECT", "mailto:renraku@localhost") == "mailto:renraku@localhost"
