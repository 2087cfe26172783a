"""CSV of a list: the columns that it shows, row by row, for spreadsheets."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override

from marketplace.actions import staff_log
from marketplace.characters import IGNORABLE, is_control

BYTE_ORDER_MARK = "\ufeff"
"""Without it some spreadsheets misread UTF-8."""
ROWS_AT_ONCE = 2_000
LONGEST_ASKED = 1_000
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The full-width signs too: spreadsheets take them for the plain ones."""


Columns = Mapping[str, Callable[[Any], Any]]
"""How to read each cell from a row, by the heading."""


class _Echo:
    def write(self, line: str) -> str:
        return line


def logged(
    request: HttpRequest, name: str, columns: Columns, rows: "QuerySet[Any]", asked: str
) -> StreamingHttpResponse:
    """Log who saves which list, and answer with it, row by row: any number of rows, little memory.

    The first row is read at once: a database that is away is known before the answer begins.
    """
    note(request, name, asked)
    found = rows.iterator(ROWS_AT_ONCE)
    first = list(islice(found, 1))
    return response_of(name, columns, chain(first, found))


def note(request: HttpRequest, name: str, asked: str) -> None:
    """Log who saves which list, with the filters and search of the URL."""
    staff: Any = request.user
    query = "".join(each for each in unquote_plus(asked) if not is_control(each))  # no database takes NUL
    staff_log.list_was_exported(staff=staff, name=name, asked=query[:LONGEST_ASKED])


def response_of(name: str, columns: Columns, rows: Iterable[Any]) -> StreamingHttpResponse:
    """Answer with a file that is written while it is read."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    language = get_language() or settings.LANGUAGE_CODE
    answer = StreamingHttpResponse(lines(columns, rows, zone, language), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def lines(columns: Columns, rows: Iterable[Any], zone: ZoneInfo, language: str) -> Iterator[str]:
    """Write the headings and a line per row: read after the request, so zone and language are set anew."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(list(columns))
    for row in rows:
        with override(language), timezone.override(zone):
            line = writer.writerow([cell(value(row), zone) for value in columns.values()])
        yield line


def cell(value: Any, zone: ZoneInfo) -> Any:
    """Format a value so that no spreadsheet takes text for a formula; times are ISO 8601 in the operator's zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, bool | int | float) or hasattr(value, "as_integer_ratio"):
        return value
    text = "".join(each for each in str(value) if not is_control(each) or each in "\t\r\n")
    return f"'{text}" if _from_first_visible(text).startswith(BEGINS_A_FORMULA) else text


def _from_first_visible(text: str) -> str:
    """Return the text from where it begins for a spreadsheet, which may drop what shows nothing."""
    return text.lstrip("".join({" ", *(each for each in text if ord(each) in IGNORABLE)}))
