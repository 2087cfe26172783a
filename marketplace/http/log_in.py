"""Log-in by name and password, for API and pages: failures are counted by name too.

A name has one more try a minute than an address: no single address can use up a name's tries, and an attack
from many addresses is stopped at the name. Sessions that exist stay open. A browser in which the person has
logged in before is counted apart, so that strangers cannot lock its owner out.
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

    Each try is counted before the password is checked, and taken back on success, so that simultaneous tries
    count too. Unknown names are treated alike. Raises `InvalidCredentials`, `TooOften`.
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
    """Return the key under which a name is counted and remembered by browsers, however it was typed."""
    return hashlib.sha256(compared_name(username).encode("utf-8", "surrogatepass")).hexdigest()[:40]
