"""What can be seen of a text: R6, "words must be seen"."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import characters
from marketplace.names import compared_name

INVISIBLE = [
    "", " ", "\u3000", "\t\r\n", "\u00a0", "\u1680", "\u2007\u202f\u205f",  # blanks
    "\x00", "\x07\x1b", "\x85", "\u2028\u2029",  # controls and separators
    "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e\u200f", "\u202a\u202c", "\u202e", "\u2060", "\u2066\u2069",
    "\ufeff", "\u061c", "\u06dd", "\u180e", "\ufff9", "\U000e0001", "\U000e0041", "\U0001d173",  # format characters
    "\u034f", "\u115f", "\u1160", "\u17b4\u17b5", "\u180b", "\u3164", "\ufe0f", "\uffa0", "\ufff0", "\U000e0100",
    "\u2800", "\ufffc", "\U0001d159", "\U00013441",  # letters and symbols without a glyph
    "\u0301", "\u3099", "\u20dd", "\u20e3", "\u093f", "\U00016fe4", " \u0301",  # marks that stand on nothing
    "\ud800", "\udfff\ud800", "\ue000", "\uf8ff", "\U000f0000", "\uffff", "\ufdd0", "\u0378",  # say nothing to others
]  # fmt: skip
VISIBLE = [
    "a", ".", "？", "1", "了解", "ー", "゛", "ｦ", "😀", "👩‍💻", "❤️", "🇯🇵", "🏴\U000e0067\U000e0062\U000e007f", "1️⃣",
    "हिन्दी", "ภาษาไทย", "שלום", "が", "か\u3099", "\u200bok", "\u202eabc\u202c", "\ufffd", "^", "𠮷", "葛\U000e0100",
    "\U0001fae9", "\U0001fc00", "\U00033500",  # of a Unicode newer than Python's, or yet to come
]  # fmt: skip


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_what_shows_nothing_is_not_visible(text: str) -> None:
    assert not characters.is_visible(text)
    assert characters.what_is_seen(text) == ""


@pytest.mark.parametrize("text", VISIBLE, ids=ascii)
def test_words_signs_and_emoji_are_visible(text: str) -> None:
    assert characters.is_visible(text)
    assert characters.what_is_seen(text)


def shows_something(character: str) -> bool:
    """The same by another way: by what Python can print, and by names."""
    name = unicodedata.name(character, "")
    blank = ("FILLER", "BLANK", "NULL NOTEHEAD", "OBJECT REPLACEMENT", "SELECTOR", "GRAPHEME JOINER", "VOWEL INHERENT")
    if unicodedata.category(character) == "Cn":
        return characters.is_seen(character)  # reserved or not: a table, tested above
    return (
        character.isprintable()
        and not character.isspace()
        and not unicodedata.combining(character)
        and (not any(word in name for word in blank) and unicodedata.category(character)[0] != "M")
    )


def test_every_character_of_unicode_is_judged_as_its_name_says() -> None:
    # Pictures of blanks, and lines. The last one came with Unicode 15: newer Pythons know it.
    odd = {"SYMBOL FOR", "BLANK SYMBOL", "OPEN BOX", "GAP FILLER", "LINE FILLER", "PUNCTUATION SPACE FILLER"}
    differ = [
        f"U+{code:04X} {unicodedata.name(chr(code), '?')}"
        for code in range(sys.maxunicode + 1)
        if characters.is_seen(chr(code)) != shows_something(chr(code))
    ]
    assert [each for each in differ if not any(word in each for word in odd)] == []


hidden = st.text(
    alphabet=st.sampled_from([each for text in INVISIBLE for each in text if not unicodedata.combining(each)])
)


@given(st.text(max_size=20), hidden, hidden)
def test_adding_what_shows_nothing_changes_neither_visibility_nor_what_is_seen(
    text: str, before: str, after: str
) -> None:
    assert characters.is_visible(before + text + after) == characters.is_visible(text)
    assert characters.is_visible(text) == bool(characters.what_is_seen(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("初稿", "初\u200b稿"), ("初稿", " 初稿\u3000"), ("First draft", "First  draft\ufeff"), ("が", "か\u3099"),
        ("✔", "✔\ufe0f"), ("初稿", "\u3099初稿"), ("x\u0302", "x\u200d\u0302"),
    ],
)  # fmt: skip
def test_texts_that_differ_in_what_is_not_seen_are_the_same(one: str, other: str) -> None:
    assert characters.what_is_seen(one) == characters.what_is_seen(other)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("初稿", "二稿"), ("x", "x\u0302"), ("ab", "AB"), ("1", "１")]
)
def test_texts_that_look_different_are_not(one: str, other: str) -> None:
    assert characters.what_is_seen(one) != characters.what_is_seen(other)


def test_controls_are_named_as_unicode_names_them() -> None:
    assert characters.control_characters("ロゴ\u202e制作\u202e\n") == ["U+202E", "U+000A"]
    assert characters.control_characters("a\tb\r\nc\u2066", lines=True) == ["U+2066"]
    assert all(not characters.control_characters(text) for text in VISIBLE if "\u202e" not in text)


def test_a_part_of_a_plain_line_turns_nothing_around() -> None:
    assert characters.isolated("ロゴ\u202e\n制作") == "ロゴ 制作"
    assert characters.isolated("שלום") == "\u2068שלום\u2069"


@pytest.mark.parametrize(
    "name", ["buyer", "BUYER", "ｂｕｙｅｒ", " buyer\u3000", "bu\u200byer", "Ｂuyer\ufe0f", "\u2066buyer"], ids=ascii
)
def test_a_name_is_the_same_however_it_was_typed(name: str) -> None:
    assert compared_name(name) == "buyer"


@given(st.text(max_size=30))
def test_comparing_twice_changes_nothing_more(name: str) -> None:
    assert compared_name(compared_name(name)) == compared_name(name)
