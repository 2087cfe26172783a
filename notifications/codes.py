"""The code of a test notice: six digits that stand in no row.

They follow from the test's id and SECRET_KEY, so that the worker that sends the notice can say them;
the test keeps a hash alone.
"""

import copy
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from marketplace.models import User
from notifications.models import ChannelTest, Notification
from notifications.vocabulary import Channel, Kind

DIGITS = 6
SALT = "notifications.test"


def of_test(test_id: UUID | str) -> str:
    """Return the code of this test."""
    drawn = salted_hmac(SALT, str(test_id), algorithm="sha256").hexdigest()
    return f"{int(drawn, 16) % 10**DIGITS:0{DIGITS}}"


def hashed(test_id: UUID | str, code: str) -> str:
    """Return what is kept of a code."""
    return salted_hmac(f"{SALT}.hash", f"{test_id} {code}", algorithm="sha256").hexdigest()


def is_right(test: ChannelTest, code: str) -> bool:
    """Whether this is the code that the test carried."""
    return constant_time_compare(hashed(test.pk, code), test.code_hash)


def facts_of(notification: Notification) -> dict[str, Any]:
    """Return what the words of a notification speak of, the code of a test included."""
    facts: dict[str, Any] = notification.facts
    return facts | {"code": of_test(facts["test"])} if notification.kind == Kind.TEST else facts


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
