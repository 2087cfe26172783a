"""Addresses in what people write, as links: http and https alone, and nothing of the sentence around them.

A path ends where ASCII does, as on most services: in Japanese the sentence goes on without a space. The host may be
of any script, with a top level in ASCII; it is linked in its ASCII form, so that a look-alike shows its true name.
"""

import re
from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ADDRESS = re.compile(
    r"""(?P<scheme>https?)://
    (?>
      (?P<host>(?:\d{1,3}\.){3}\d{1,3}|(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|localhost)
      (?::\d{1,5})?
      (?:[/?\#][a-z0-9\-._~:/?\#\[\]@!$&'()*+,;=%]*)?
    )
    (?![@:\\])""",
    re.IGNORECASE | re.VERBOSE,
)
BEGINS = re.compile(r"(?<![a-z0-9])(?=https?://)", re.IGNORECASE)
"""Where a URL can begin: not within a word, but right after Japanese text."""
LINK = '<a dir="ltr" href="{target}" title="{target}" target="_blank" rel="nofollow ugc noopener">{shown}</a>'
OF_THE_SENTENCE = ".,:;!?'\""
BRACKETS = {")": "(", "]": "["}


def linked(text: str) -> SafeString:
    """Return the escaped text, with its URLs as links that open in a new tab."""
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[str | SafeString]:
    done = 0
    for begin in BEGINS.finditer(text):
        found = ADDRESS.match(text, begin.start())
        if found is None or begin.start() < done:
            continue
        shown = _without_the_sentence(found[0])
        target = _target(found, shown)
        if target is None:
            continue
        yield text[done : found.start()]
        yield format_html(LINK, target=target, shown=shown)
        done = found.start() + len(shown)
    yield text[done:]


def _without_the_sentence(address: str) -> str:
    """Strip trailing punctuation, and a closing bracket that was opened before the URL."""
    while (last := address[-1]) in OF_THE_SENTENCE or address.count(last) > address.count(BRACKETS.get(last, last)):
        address = address[:-1]
    return address


def _target(found: re.Match[str], shown: str) -> str | None:
    """Return the link's URL; None for a host that no browser would look up."""
    try:
        host = found["host"].encode("idna").decode().lower()
    except UnicodeError:
        return None
    return f"{found['scheme'].lower()}://{host}{shown[found.end('host') - found.start() :]}"
