"""The parts of a page that ask for themselves every few seconds: drawn once, under a tag of what lasts in them."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

MARK = "\0"
"""Stands around the number of a piece that passes. No text has it: PostgreSQL keeps none with a NUL."""

_passing: ContextVar[list[str] | None] = ContextVar("passing", default=None)


@dataclass(frozen=True)
class Live:
    """The parts by name, and the entity tag of all of them."""

    parts: Mapping[str, SafeString]
    tag: str


def passing(text: str) -> SafeString:
    """Write what differs between two looks at the same facts: a running clock, the key of a form.

    While live parts are drawn, only its place is written: the tag is made without it.
    """
    pieces = _passing.get()
    if pieces is None:
        return conditional_escape(text)
    pieces.append(conditional_escape(text))
    return _place(len(pieces) - 1)


def draw(request: HttpRequest, templates: Mapping[str, str], context: Mapping[str, Any]) -> Live:
    """Draw these templates, each once. They know the tag as `tag`."""
    pieces = [""]
    token = SimpleLazyObject(lambda: passing(get_token(request)))
    known = {**context, "tag": _place(0), "csrf_token": token}
    before = _passing.set(pieces)
    try:
        drawn = {name: render_to_string(template, known, request) for name, template in templates.items()}
    finally:
        _passing.reset(before)
    tag = tag_of(MARK.join(drawn.values()))
    pieces[0] = conditional_escape(tag)
    return Live({name: _filled(text, pieces) for name, text in drawn.items()}, tag)


def tag_of(text: str) -> str:
    """Return the strong entity tag of a text."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _place(number: int) -> SafeString:
    return format_html("{}{}{}", MARK, number, MARK)


def _filled(text: str, pieces: list[str]) -> SafeString:
    parts = text.split(MARK)
    parts[1::2] = [pieces[int(number)] for number in parts[1::2]]
    return mark_safe("".join(parts))  # noqa: S308 - the text was rendered, the pieces were escaped
