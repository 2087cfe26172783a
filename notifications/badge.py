"""The to-do list for every template, read only if a template asks for it, and once a request."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from marketplace import clock
from notifications import todos
from notifications.todos import Todo, TodoKind, Unhandled

READ = "_unhandled"
"""Where a request keeps what was read for it."""


def badge(request: HttpRequest) -> dict[str, Any]:
    """Return `unhandled`, the number in the red circle 赤丸の数字, and `todos_besides_pauses`: (to-do, its words)."""
    person = getattr(request, "user", None)
    if person is None:
        return {}
    return {
        "unhandled": SimpleLazyObject(lambda: unhandled_in(request).number),
        "todos_besides_pauses": SimpleLazyObject(lambda: _besides_pauses(unhandled_in(request))),
    }


def unhandled_in(request: HttpRequest, now: datetime | None = None) -> Unhandled:
    """Return what waits for the request's person: nothing for anonymous ones. One statement a request."""
    kept = vars(request)
    if READ not in kept:
        person = request.user
        kept[READ] = todos.unhandled_by(person, now or clock.now()) if person.is_authenticated else Unhandled(0, [])
    unhandled: Unhandled = kept[READ]
    return unhandled


def _besides_pauses(unhandled: Unhandled) -> list[tuple[Todo, str]]:
    return [(todo, todo.text) for todo in unhandled.first if todo.kind is not TodoKind.PAUSED]
