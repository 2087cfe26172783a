"""A language that nobody speaks: each text of the catalogues in ⟦brackets⟧.

What is read outside of brackets was never translated, unless people wrote it: they write Greek here.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django
import polib
import rest_framework
from django.db import connection

from config.local.project import ROOT
from marketplace.readers import languages, time_zones

CODE = "xx"
OPEN, CLOSE = "⟦", "⟧"
LIBRARIES = (Path(django.__file__).parent, Path(rest_framework.__file__).parent)
HEADER = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}


def sources(name: str = "django") -> Iterator[Path]:
    """Return our catalogues and those of the libraries whose texts people read."""
    yield from ROOT.glob(f"*/locale/ja/LC_MESSAGES/{name}.po")
    for library in LIBRARIES:
        yield from library.rglob(f"locale/en/LC_MESSAGES/{name}.po")


def write_catalogue(folder: Path) -> None:
    """Compile the language into a folder for `LOCALE_PATHS`."""
    for name in ("django", "djangojs"):
        made = polib.POFile()
        made.metadata = HEADER
        known: set[tuple[str | None, str]] = set()
        for source in sources(name):
            for entry in polib.pofile(str(source)):
                if (entry.msgctxt, entry.msgid) not in known:
                    known.add((entry.msgctxt, entry.msgid))
                    made.append(_bracketed(entry))
        target = folder / CODE / "LC_MESSAGES"
        target.mkdir(parents=True, exist_ok=True)
        made.save_as_mofile(str(target / f"{name}.mo"))


def _bracketed(entry: Any) -> Any:
    def say(text: str) -> str:
        return f"{OPEN}{text}{CLOSE}"

    made = polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgid_plural=entry.msgid_plural)
    if entry.msgid_plural:
        made.msgstr_plural = {0: say(entry.msgid), 1: say(entry.msgid_plural)}
    else:
        made.msgstr = say(entry.msgid)
    return made


# What people wrote

WRITTEN = {
    "marketplace_service": ("title", "description"),
    "marketplace_message": ("body",),
    "marketplace_cancelrequest": ("reason",),
    "marketplace_milestone": ("title",),
    "marketplace_review": ("comment",),
    "marketplace_user": ("username", "first_name", "last_name"),
}
"""Tables, and their columns that people fill in."""
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠ"
IN_FACTS = ("service", "counterpart", "milestone", "reason", "title", "body")


def write_in_greek() -> None:
    """Rewrite what people wrote: Latin and Japanese letters are the product's from now on."""
    digits = "translate(md5({column}::text), '0123456789abcdef', %s)"
    with connection.cursor() as cursor:
        for table, columns in WRITTEN.items():
            for column in columns:
                kept = "" if column == "username" else f" WHERE {column} <> ''"
                cursor.execute(f"UPDATE {table} SET {column} = left({digits.format(column=column)}, 8){kept}", [GREEK])  # noqa: S608 - names of ours
        for name in IN_FACTS:
            cursor.execute(
                "UPDATE notifications_notification SET facts = jsonb_set(facts, %s, '\"ΑΒΓ\"') WHERE facts ? %s",
                [[name], name],
            )


# What is read outside of brackets

DATA = re.compile(
    r"""
    [0-9a-f]{8}-[0-9a-f-]{27}  # ids
    | \#?\b[0-9A-Fa-f]{8}\b     # their beginnings, the number of a deal
    | \b[a-z]+(?:_[a-z]+)+\b   # codes
    | \b(?:YYYY-MM-DD|CSV)\b
    | \S+@\S+                  # addresses
    | https?://\S+
    | \b[A-Z][A-Za-z]+/[A-Z]\w+(?:/\w+)?  # time zones
    | \b(?:JST|UTC)\b
    | 連?Renraku(?:\ 連絡)?  # the product's name
    """,
    re.VERBOSE,
)
NAMES = {zone.replace("_", " ") for zone in time_zones()} | {name for _code, name in languages()}
"""What can be chosen, and is called the same in every language."""
UNREAD = {"script", "style", "code", "pre", "textarea"}
"""Elements that hold no words of ours: programs, codes, what somebody typed."""
READ_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "label"}
INLINE = {"a", "abbr", "b", "bdi", "br", "em", "i", "small", "span", "strong", "svg", "time", "img", "input", "path"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "circle", "rect"}
BUTTONS = {"submit", "button", "reset"}


def outside(text: str) -> list[str]:
    """Return what stands outside of brackets and is nobody's data."""
    depth, chunks = 0, [""]
    for character in text:
        if character == OPEN:
            depth += 1
            chunks.append("")
        elif character == CLOSE:
            depth = max(depth - 1, 0)
        elif depth == 0:
            chunks[-1] += character
    return [chunk.strip() for chunk in chunks if chunk.strip() not in NAMES and _has_words(DATA.sub("", chunk))]


def _has_words(text: str) -> bool:
    return any(each.isalpha() and not "Α" <= each <= "ω" for each in text)


class _Page(HTMLParser):
    """Reads a page block by block: a sentence may hold elements, and does not go beyond its block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._block = ""
        self._unread: list[str] = []
        self.feed(html)
        self._end_block()

    def _end_block(self) -> None:
        self.found += outside(self._block)
        self._block = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unread:
            if tag not in VOID:
                self._unread.append(tag)
            return
        if tag not in INLINE:
            self._end_block()
        attributes = {name: value or "" for name, value in attrs}
        for name, value in attributes.items():
            is_button = name == "value" and tag == "input" and attributes.get("type") in BUTTONS
            if name in READ_ATTRIBUTES or is_button or (name.startswith("data-") and " " in value):
                self.found += [f"{name}: {each}" for each in outside(value)]
        if tag in UNREAD or ("lang" in attributes and tag != "html"):
            self._unread.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._unread:
            if tag in self._unread:
                while self._unread.pop() != tag:
                    pass
        elif tag not in INLINE:
            self._end_block()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._block += data


def outside_of_page(html: str) -> list[str]:
    """Return what is read on a page outside of brackets, in its attributes too."""
    return _Page(html).found
