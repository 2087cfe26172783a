"""Logging in by name and password, for the API and the pages alike: what fails is counted by name too.

A name has one more try a minute than an address, so that no address alone can use a name's tries up, and
whoever tries from many addresses is stopped at the name. It is the minute that is refused and not the
person: those who are logged in stay so, and a browser in which the person has logged in before is
counted for itself, so that strangers cannot keep its owner out.
"""

import hashlib
import time

from django.conf import settings

from marketplace.actions import people
from marketplace.http.refusals import InvalidCredentials
from marketplace.http.throttles import MINUTE, TooOften, count_write, take_one_back
from marketplace.models import User
from marketplace.names import compared_name

SCOPE = "login-name"
KNOWN, UNKNOWN = "k", "u"


def with_password(*, username: str, password: str, known_here: bool = False) -> User:
    """Return the person. `known_here`: they have logged in from this browser before.

    Every try is counted before it is looked at, and one that succeeds is taken back: tries at the same moment
    are counted too. It is the same for names that nobody has. Raises `InvalidCredentials`, `TooOften`.
    """
    who = f"{KNOWN if known_here else UNKNOWN}{key_of(username)}"
    minute = int(time.time()) // MINUTE
    most = settings.THROTTLE_LOGIN + 1
    if count_write(SCOPE, who, minute) > most:
        raise TooOften(SCOPE, most)
    person = people.with_password(username=username, password=password)
    if person is None:
        raise InvalidCredentials
    take_one_back(SCOPE, who, minute)
    return person


def key_of(username: str) -> str:
    """Return by what a name is counted, and known in a browser: the same however it was typed."""
    return hashlib.sha256(compared_name(username).encode("utf-8", "surrogatepass")).hexdigest()[:40]
