"""What people type: read by the API's own serializers, so that a page and the API refuse the same things alike.

A form comes back with everything that was typed, and with what is wrong beside each field.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BoundField

from marketplace.errors import Refusal
from marketplace.http.fields import Flag, Whole
from marketplace.http.problems import OF_THE_WHOLE, by_field

OWN_MATTERS = frozenset({"csrfmiddlewaretoken", "once", "next", "seen"})
"""Fields that the page itself adds to a form."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form: fields by name, values as typed, and errors."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refusal: str = ""
    """The refusal of a valid form."""

    def bound(self, name: str) -> BoundField:
        """Return a field with its value as typed and its errors; `quiet_hours.from` is a nested one."""
        *outer, inner = name.split(".")
        fields: Any = self.fields
        for each in outer:
            fields = fields[each].fields
        errors: Any = self.errors.get(name, ())
        prefix = "".join(f"{each}." for each in outer)
        return BoundField(fields[inner], self.values.get(name, ""), errors, prefix)

    @property
    def wrong(self) -> tuple[str, ...]:
        whole = self.errors.get(OF_THE_WHOLE, ())
        return (*whole, self.refusal) if self.refusal else whole


class NotUnderstood(Exception):  # noqa: N818 - not an error of the program: the page shows the form again
    """The input is invalid; `form` has the errors."""

    def __init__(self, form: Form) -> None:
        super().__init__(", ".join(form.errors))
        self.form = form


def empty(serializer: type[serializers.Serializer[Any]], **values: Any) -> Form:
    """Return an empty form with initial values."""
    return Form(fields=serializer().fields, values=values)


def typed(serializer: type[serializers.Serializer[Any]], data: QueryDict) -> Form:
    """Return the form as it was sent, without errors."""
    return Form(fields=serializer().fields, values={name: data.get(name, "") for name in data})


def read(serializer: type[serializers.Serializer[Any]], data: QueryDict) -> dict[str, Any]:
    """Return the input as the API would read it. Raises `NotUnderstood` with every field's errors."""
    asked = serializer(data=dict(_as_json(serializer().fields, data)))
    if asked.is_valid():
        return dict(asked.validated_data)
    found = by_field(serializers.ValidationError(asked.errors).get_full_details())
    errors = {name: tuple(each["message"] for each in said) for name, said in found}
    form = typed(serializer, data)
    raise NotUnderstood(Form(fields=form.fields, values=form.values, errors=errors))


def refused(serializer: type[serializers.Serializer[Any]], data: QueryDict, refusal: Refusal) -> Form:
    """Return the form as it was sent, with the refusal and the fields it is about."""
    form, said = typed(serializer, data), str(refusal.message)
    named = cast("tuple[str, ...]", refusal.facts.get("fields", ()))
    return Form(fields=form.fields, values=form.values, refusal=said, errors=dict.fromkeys(named, (said,)))


def _as_json(fields: Mapping[str, Any], data: QueryDict, inside: str = "") -> Iterator[tuple[str, Any]]:
    """Turn what a browser sends, which is all text, into what the API takes.

    `quiet_hours.from` is the box of `from` within `quiet_hours`. Empty boxes of what may be null are null.
    """
    for name, known in fields.items():
        box = f"{inside}{name}"
        if isinstance(known, Flag):
            yield name, box in data
        elif isinstance(known, serializers.ListField):
            yield name, data.getlist(box)
        elif isinstance(known, serializers.Serializer):
            within = dict(_as_json(known.fields, data, f"{box}."))
            given = {inner: value for inner, value in within.items() if value != ""}  # the others are missing
            yield name, None if known.allow_null and not any(given.values()) else given
        elif box in data:
            text = str(data[box]).replace("\r\n", "\n")
            yield name, None if known.allow_null and not text else _number(text) if isinstance(known, Whole) else text


def _number(text: str) -> int | str:
    """Read a number as people type it: 「１２，０００」 too. What is none stays text, for the field to refuse.

    So does one with more digits than a field reads: Python itself refuses to make a number of some thousands.
    """
    digits = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    return int(digits) if re.fullmatch(r"[0-9]+", digits) and len(digits) <= Whole.MAX_STRING_LENGTH else text
