"""Addresses in what people write are links, and nothing else is."""

import re

import pytest

from marketplace.pages.linked import linked

LINK = re.compile(r'<a dir="ltr" href="([^"]*)" title="[^"]*" target="_blank" rel="nofollow ugc noopener">([^<]*)</a>')


def links(text: str) -> list[str]:
    return [found[1] for found in LINK.finditer(linked(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://example.com/a?b=c&d=e#f.", ["https://example.com/a?b=c&amp;d=e#f"]),
        ("http://example.com", ["http://example.com"]),
        ("HTTPS://Example.COM/A", ["https://example.com/A"]),
        ("詳しくはhttps://example.com/aをご覧ください。", ["https://example.com/a"]),
        ("「https://example.com/」と（https://example.jp/x）、", ["https://example.com/", "https://example.jp/x"]),
        ("https://example.com/。https://example.com/！", ["https://example.com/", "https://example.com/"]),
        ("(https://example.com/a_(b)) [https://example.com/c]", ["https://example.com/a_(b)", "https://example.com/c"]),
        ("https://例え.jp/x", ["https://xn--r8jz45g.jp/x"]),
        ("https://example.com/\u202egpj.exe", ["https://example.com/"]),
        ("https://مثال.com/x", ["https://xn--mgbh0fb.com/x"]),
        ("https://example.com:8443/x, then", ["https://example.com:8443/x"]),
        ("https://example.com?q=1!", ["https://example.com?q=1"]),
        ("https://127.0.0.1:8000/", ["https://127.0.0.1:8000/"]),
        ("javascript:alert(1) data:text/html,x ftp://example.com //example.com example.com", []),
        ("xhttps://example.com", []),
        ("https://example.com@evil.example/", []),
        ("https://user:pw@evil.example/", []),
        ("https://" + "a" * 64 + ".com/", []),
        ("https://", []),
        ("https://\u200b.com/", []),
    ],
)
def test_addresses_are_linked_without_the_sentence_around_them(text: str, expected: list[str]) -> None:
    assert links(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> & \"'",
        'https://example.com/"onmouseover="alert(1)',
        "https://example.com/<b>",
        "https://example.com/'x'",
    ],
)
def test_what_people_write_is_escaped(text: str) -> None:
    shown = LINK.sub("", linked(text))
    assert not re.search(r"[<>\"]|&(?!(amp|lt|gt|quot|#x27);)", shown)


def test_nothing_of_the_text_is_lost() -> None:
    text = "a https://example.com/x) b\nhttps://例え.jp、c"
    assert re.sub(r"<[^>]*>", "", linked(text)) == text
