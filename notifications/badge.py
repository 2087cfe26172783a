"""赤丸の数字: the number beside やることリスト, for every template."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from marketplace import clock
from notifications import todos


def badge(request: HttpRequest) -> dict[str, Any]:
    """Return `unhandled`: how much waits for who looks. Counted when a template asks, and not before."""
    person = getattr(request, "user", None)
    if person is None:
        return {}
    return {"unhandled": SimpleLazyObject(lambda: todos.count(person, clock.now()) if person.is_authenticated else 0)}
