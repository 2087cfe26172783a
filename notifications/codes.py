"""The code of a test notice: six digits that no row holds.

They derive from the test's id and SECRET_KEY, so that the worker that sends the notice can compute them; the
test has only a hash. If SECRET_KEY changes in between, the code of either key is right.
"""

import copy
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare

from marketplace import secret_keys
from marketplace.models import User
from notifications.models import ChannelTest, Notification
from notifications.vocabulary import Channel, Kind

DIGITS = 6
SALT = "notifications.test"


def code_of(test_id: UUID | str) -> str:
    """Return the code of this test."""
    return _drawn(test_id)[0]


def hashed(test_id: UUID | str, code: str) -> str:
    """Return the hash to store."""
    return _hashes(test_id, code)[0]


def is_right(test: ChannelTest, code: str) -> bool:
    """Whether this is the code of the test, by any of our keys."""
    ours = _drawn(test.pk)
    made_by_us = _is_kept(test, *ours)
    drawn = any(constant_time_compare(each, code) for each in ours)
    return _is_kept(test, code) or (made_by_us and drawn)


def _is_kept(test: ChannelTest, *codes: str) -> bool:
    return any(constant_time_compare(kept, test.code_hash) for code in codes for kept in _hashes(test.pk, code))


def _drawn(test_id: UUID | str) -> list[str]:
    """Return the code as each key draws it, the present one first."""
    digests = secret_keys.digests(SALT, str(test_id))
    return [f"{int(digest, 16) % 10**DIGITS:0{DIGITS}}" for digest in digests]


def _hashes(test_id: UUID | str, code: str) -> list[str]:
    return secret_keys.digests(f"{SALT}.hash", f"{test_id} {code}")


def facts_of(notification: Notification) -> dict[str, Any]:
    """Return the facts to render, with the code of a test."""
    facts: dict[str, Any] = notification.facts
    return facts | {"code": code_of(facts["test"])} if notification.kind == Kind.TEST else facts


def masked_facts_of(notification: Notification) -> dict[str, Any]:
    """Return the facts to render for anybody but the recipient: without the code."""
    facts: dict[str, Any] = notification.facts
    return facts | {"code": "•" * DIGITS} if notification.kind == Kind.TEST else facts


def addressee(notification: Notification, person: User) -> User:
    """Return the person to send to, with the tested address for a test, whatever was entered since.

    Otherwise a code that arrived at one address could confirm another.
    """
    if notification.kind != Kind.TEST or notification.channel != Channel.EMAIL:
        return person
    tested = copy.copy(person)
    tested.email = notification.facts["address"]
    return tested
