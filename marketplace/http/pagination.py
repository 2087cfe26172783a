"""Keyset pagination: every page costs the same, and ties do not matter.

A cursor holds the ordering values of a row, signed. The next page starts after that row, by one comparison
of rows, `(a, b) < (x, y)`, which PostgreSQL serves from the index of the order.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Self

from django.core import signing
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from marketplace.http.refusals import InvalidCursor

STANDARD_PAGE = 50
LARGEST_PAGE = 100


class Digits(serializers.IntegerField):
    """A whole number in a URL: ASCII digits only, where Python would accept those of any script."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"-?[0-9]+", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class NoQuery(serializers.Serializer[Any]):
    """The query of a URL that takes no parameters."""


class PageQuery(NoQuery):
    page_size = Digits(
        min_value=1,
        max_value=LARGEST_PAGE,
        default=STANDARD_PAGE,
        error_messages={"min_value": "{min_value}", "max_value": "{max_value}"},
        help_text="How many entries a page has at most.",
    )
    cursor = serializers.CharField(
        required=False, help_text="Where the page begins: follow `next` and `previous` instead of making one up."
    )


class Row(Func):
    """A row of values, compared as a whole."""

    function = "ROW"
    output_field = BooleanField()


@dataclass(frozen=True)
class Cursor:
    values: list[str]
    backwards: bool

    def written(self, salt: str) -> str:
        return signing.Signer(salt=salt).sign_object([self.backwards, *self.values])

    @classmethod
    def read(cls, text: str, salt: str) -> Self:
        """Parse a cursor. Raises `InvalidCursor` for one that this list did not make."""
        try:
            backwards, *values = signing.Signer(salt=salt).unsign_object(text)
        except (signing.BadSignature, ValueError) as foreign:
            raise InvalidCursor from foreign
        return cls(values, backwards)


class Order:
    """The order of a queryset: descending columns, the last of which is unique."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        self.paths = [str(name).removeprefix("-") for name in queryset.query.order_by]
        if not all(str(name).startswith("-") for name in queryset.query.order_by):
            raise NotImplementedError("a list is read in descending order")
        self.columns = [_column(queryset.model, path) for path in self.paths]
        self.salt = f"cursor {queryset.model.__name__} {' '.join(self.paths)}"

    def place(self, row: Model) -> list[str]:
        """Return the row's ordering values, as text that keeps every digit."""
        return [str(_value(row, path)) for path in self.paths]

    def beyond(self, cursor: Cursor) -> LessThan | GreaterThan:
        """Return the condition for rows past the cursor."""
        here = Row(*[F(path) for path in self.paths])
        known = zip(self.columns, cursor.values, strict=True)
        there = Row(*[Value(column.to_python(text), output_field=column) for column, text in known])
        return GreaterThan(here, there) if cursor.backwards else LessThan(here, there)


@dataclass(frozen=True)
class KeysFirst:
    """A list that is read in two statements: the keys of a page by short indexes, then the rows of these keys.

    In one statement, PostgreSQL may join the rows of the whole marketplace before it keeps a page of them.
    """

    sides: tuple[QuerySet[Any], ...]
    """Querysets in one order that share no row."""
    rows: Callable[[Collection[Any]], list[Any]]
    """Reads the rows of these keys, in any order."""


class KeysetPagination(BasePagination):
    """`{results, next, previous}`; the links are absolute URLs or null."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # or `KeysFirst`
        """Read one page. `view.asked` is the validated query."""
        asked: dict[str, Any] = view.asked
        self.address = remove_query_param(request.build_absolute_uri(), "cursor")
        self.order = Order(queryset.sides[0] if isinstance(queryset, KeysFirst) else queryset)
        text = asked.get("cursor")
        self.cursor = Cursor.read(text, self.order.salt) if text is not None else None
        found = self._read(queryset, asked["page_size"] + 1)
        self.more = len(found) > asked["page_size"]
        self.page = found[: asked["page_size"]]
        if self.cursor and self.cursor.backwards:
            self.page.reverse()
        return self.page

    def _read(self, found: QuerySet[Any] | KeysFirst, number: int) -> list[Any]:
        if not isinstance(found, KeysFirst):
            return list(self._cut(found, number))
        keys = self._keys(found, number)
        place = {key: n for n, key in enumerate(keys)}
        return sorted(found.rows(keys), key=lambda row: place[row.pk])

    def _keys(self, found: KeysFirst, number: int) -> list[Any]:
        first, *others = [self._cut(side, number).values_list("pk", *self.order.paths) for side in found.sides]
        merged = first.union(*others, all=True).order_by(*first.query.order_by)[:number] if others else first
        return [key for key, *_ in merged]

    def _cut(self, queryset: QuerySet[Any], number: int) -> QuerySet[Any]:
        if self.cursor is None:
            return queryset[:number]
        if self.cursor.backwards:
            queryset = queryset.order_by(*self.order.paths)
        return queryset.filter(self.order.beyond(self.cursor))[:number]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next(), "previous": self._previous()})

    def _next(self) -> str | None:
        came_back = self.cursor is not None and self.cursor.backwards
        return self._link(self.page[-1], backwards=False) if self.page and (came_back or self.more) else None

    def _previous(self) -> str | None:
        went_on = self.cursor is not None and not self.cursor.backwards
        came_back = self.cursor is not None and self.cursor.backwards and self.more
        return self._link(self.page[0], backwards=True) if self.page and (went_on or came_back) else None

    def _link(self, row: Model, *, backwards: bool) -> str:
        cursor = Cursor(self.order.place(row), backwards).written(self.order.salt)
        return replace_query_param(self.address, "cursor", cursor)

    def get_schema_operation_parameters(self, _view: Any) -> list[dict[str, Any]]:
        """Empty: the view documents its own query."""
        return []

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }


def _column(model: Any, path: str) -> "Field[Any, Any]":
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # noqa: SLF001 - Django's documented name
    column: Field[Any, Any] = model._meta.get_field(name)  # noqa: SLF001
    return column


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row
