"""The code of a test notice: six digits that stand in no row.

They follow from the test's id and SECRET_KEY, so that the worker that sends the notice can say them;
the test keeps a hash alone. When SECRET_KEY changes between the two, the code of either key is right.
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
    """Return what is kept of a code."""
    return _hashes(test_id, code)[0]


def is_right(test: ChannelTest, code: str) -> bool:
    """Whether this is the code of the test, or the one that another of our keys draws for it."""
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
    """Return what the words of a notification speak of, the code of a test included."""
    facts: dict[str, Any] = notification.facts
    return facts | {"code": code_of(facts["test"])} if notification.kind == Kind.TEST else facts


def masked_facts_of(notification: Notification) -> dict[str, Any]:
    """Return the same for anybody but its reader: the code is the reader's alone."""
    facts: dict[str, Any] = notification.facts
    return facts | {"code": "•" * DIGITS} if notification.kind == Kind.TEST else facts


def addressee(notification: Notification, person: User) -> User:
    """Return whom to send to: a test of an address goes to that one, whatever the person has entered since.

    Otherwise a code that arrived at one address could confirm another.
    """
    if notification.kind != Kind.TEST or notification.channel != Channel.EMAIL:
        return person
    tested = copy.copy(person)
    tested.email = notification.facts["address"]
    return tested
