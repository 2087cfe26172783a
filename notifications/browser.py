"""Which browser this is: a signed cookie keeps the push address that was subscribed in it.

So a log-out takes the subscription back without scripts, and so does another person's log-in: the
cookie outlives sessions, as the subscription does.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

COOKIE = "push-address"
SALT = "notifications.browser"
A_YEAR = 365 * 24 * 3600


def remember(answer: HttpResponseBase, endpoint: str) -> None:
    """Keep in this browser which address was subscribed in it."""
    answer.set_signed_cookie(
        COOKIE,
        endpoint,
        salt=SALT,
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def subscribed_in(request: HttpRequest) -> str:
    """Return the address that was subscribed in this browser, empty for none."""
    return str(request.get_signed_cookie(COOKIE, default="", salt=SALT))
