"""CSV of a list: just the columns that it shows, row by row, for spreadsheets."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from marketplace.actions import staff_log
from marketplace.admin.columns import Column
from marketplace.characters import IGNORABLE, is_control

BYTE_ORDER_MARK = "\ufeff"
"""Without it some spreadsheets take UTF-8 for something else."""
ROWS_AT_ONCE = 2_000
LONGEST_ASKED = 1_000
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The full-width signs too: spreadsheets take them for the plain ones."""


class _Echo:
    """Hands back what a CSV writer writes."""

    def write(self, line: str) -> str:
        return line


def logged(
    request: HttpRequest, name: str, columns: Sequence[Column], rows: "QuerySet[Any]", asked: str
) -> StreamingHttpResponse:
    """Write down who saves which list, and answer with it."""
    note(request, name, asked)
    return response(name, columns, rows)


def note(request: HttpRequest, name: str, asked: str) -> None:
    """Write down who saves which list, and what of it: the address asked with its filters and search."""
    staff: Any = request.user
    shown = "".join(each for each in unquote_plus(asked) if not is_control(each))  # no database takes NUL
    staff_log.list_was_exported(staff=staff, name=name, asked=shown[:LONGEST_ASKED])


def response(name: str, columns: Sequence[Column], rows: "QuerySet[Any]") -> StreamingHttpResponse:
    """Answer with a file that is written while it is read: any number of rows, little memory.

    The first row is read at once: a database that is away is known before the answer begins.
    """
    found = rows.iterator(ROWS_AT_ONCE)
    first = list(islice(found, 1))
    return response_of(name, columns, chain(first, found))


def response_of(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> StreamingHttpResponse:
    """Do the same for rows that were read already."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    answer = StreamingHttpResponse(lines(columns, rows, zone), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def lines(columns: Sequence[Column], rows: Iterable[Any], zone: ZoneInfo) -> Iterator[str]:
    """Write the heading and a line a row."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow([str(column.name) for column in columns])
    for row in rows:
        yield writer.writerow([cell(column.value(row), zone) for column in columns])


def cell(value: Any, zone: ZoneInfo) -> Any:
    """Write a value so that no spreadsheet takes text for a formula; times are ISO 8601 of the operator's zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, bool | int | float) or hasattr(value, "as_integer_ratio"):
        return value
    text = "".join(each for each in str(value) if not is_control(each) or each in "\t\r\n")
    return f"'{text}" if _what_counts(text).startswith(BEGINS_A_FORMULA) else text


def _what_counts(text: str) -> str:
    """Return the text from where it begins for a spreadsheet, which may throw away what shows nothing."""
    return text.lstrip("".join({" ", *(each for each in text if ord(each) in IGNORABLE)}))
