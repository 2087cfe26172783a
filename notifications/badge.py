"""The to-do list for every template, read only if a template asks for it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from marketplace import clock
from marketplace.models import User
from notifications import todos
from notifications.todos import Todo, TodoKind


def badge(request: HttpRequest) -> dict[str, Any]:
    """Return `unhandled`, the number in the red circle 赤丸の数字, and `todos_besides_pauses`: (to-do, its words)."""
    person = getattr(request, "user", None)
    if person is None:
        return {}
    return {
        "unhandled": SimpleLazyObject(lambda: todos.count(person, clock.now()) if person.is_authenticated else 0),
        "todos_besides_pauses": SimpleLazyObject(lambda: _besides_pauses(person) if person.is_authenticated else []),
    }


def _besides_pauses(person: User) -> list[tuple[Todo, str]]:
    waiting = todos.waiting_for(person, clock.now())
    return [(todo, todo.text) for todo in waiting if todo.kind is not TodoKind.PAUSED]
