"""How titles are found: by pairs of characters, so that Japanese needs neither word boundaries nor an extension.

A search compares what people see, not how it was typed.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from marketplace.characters import EMPTY_GLYPHS, IGNORABLE

LONG_SOUND = "ー"
DASH = "-"
DASHES = frozenset("-‐‑‒–—―⁃−─━﹘ｰー〡ㅡ")
"""Hyphens, dashes, minus signs, rules: and the long-sound mark, for which many of them are typed."""
KANA = frozenset(
    map(chr, [*range(0x3041, 0x3097), *range(0x309D, 0x30A0), *range(0x30A1, 0x30FB), *range(0x30FC, 0x3100)])
)

ALIKE = str.maketrans(
    dict.fromkeys("〜∼∽∾˜⁓〰", "~")
    | dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ´`ꞌ", "'")
    | dict.fromkeys("“”„‟″‶ʺ〝〞〟«»", '"')
    | dict.fromkeys("·•‧∙⋅", "・")
    | dict.fromkeys("⁄∕⧸", "/")
    | dict.fromkeys("○◯〇⚪", "○")
    | dict(zip("ヘベペヶヵ", "へべぺケカ", strict=True))  # the same shape in both kana; small letters in counts (3ヶ月)
)
"""What looks like one character and has several codes. NFKC knows the full-width ones already."""
VOICING = str.maketrans({"゛": "\u3099", "゜": "\u309a"})
"""Marks typed as characters of their own; NFKC would set a blank before them."""


def normalised(text: str) -> str:
    """Return text as it is compared.

    Width, letter case, runs of blanks, invisible characters (variation selectors too), composed or not,
    and which of several look-alike dashes, quotes, dots, waves, circles and kana was typed make no difference.
    """
    seen = "".join(each for each in text if ord(each) not in IGNORABLE and ord(each) not in EMPTY_GLYPHS)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen.translate(ALIKE | VOICING)).casefold())
    shown = (each for each in folded.translate(ALIKE) if each.isspace() or not _is_hidden(each))
    return " ".join("".join(_with_one_dash(shown)).split())


def grams(normal: str) -> list[str]:
    """Return every character and every pair of neighbours in each word, once, sorted.

    Single characters are there so that a search for one (猫) is answered by the same index.
    """
    words = normal.split()
    found = {character for word in words for character in word}
    found |= {first + second for word in words for first, second in pairwise(word)}
    return sorted(found)


def asked_words(text: str) -> list[str]:
    """Return what a title must hold for this search, each once.

    A dash at the beginning is left out: what stands before it in the title says which one it is.
    """
    words = (word.lstrip(DASH + LONG_SOUND) for word in normalised(text).split())
    return list(dict.fromkeys(filter(None, words)))


def asked_grams(word: str) -> list[str]:
    """Return what the index is asked for one word: its pairs, or the character when there is only one."""
    return sorted({first + second for first, second in pairwise(word)}) or [word]


def _with_one_dash(text: Iterator[str]) -> Iterator[str]:
    """Write every dash as the long-sound mark after kana, as a hyphen elsewhere: what is well typed stays."""
    before = ""
    for character in text:
        dash = LONG_SOUND if before in KANA else DASH
        before = dash if character in DASHES else character
        yield before


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or ord(character) in IGNORABLE
