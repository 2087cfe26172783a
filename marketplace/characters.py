"""Which characters of a text can be seen. Pure: Unicode's tables and nothing else.

Words must be seen (R6): a text in which nothing is visible is no message, no title and no delivery.
Python's tables lack the property Default_Ignorable_Code_Point, so it is here, with the characters
that count as letters or symbols although their glyph is empty.
"""

import unicodedata
from functools import lru_cache
from itertools import chain

IGNORABLE = frozenset(
    chain(
        (0x00AD, 0x034F, 0x061C, 0x3164, 0xFEFF, 0xFFA0),  # soft hyphen, joiners and marks, Hangul fillers
        range(0x115F, 0x1161),  # Hangul fillers
        range(0x17B4, 0x17B6),  # inherent vowels of Khmer
        range(0x180B, 0x1810),  # variation selectors of Mongolian
        range(0x200B, 0x2010),  # zero-width space and joiners, directional marks
        range(0x202A, 0x202F),  # directional embeddings and overrides
        range(0x2060, 0x2070),  # word joiner, invisible operators, directional isolates
        range(0xFE00, 0xFE10),  # variation selectors
        range(0xFFF0, 0xFFF9),
        range(0x1BCA0, 0x1BCA4),  # shorthand format controls
        range(0x1D173, 0x1D17B),  # musical format controls
        range(0xE0000, 0xE1000),  # tags, ideographic variation selectors
    )
)
"""Default_Ignorable_Code_Point, of DerivedCoreProperties.txt: renderers show nothing for them."""

EMPTY_GLYPHS = frozenset((0x2800, 0xFFFC, 0x13441, 0x13442, 0x1D159))
"""A Braille pattern without dots, a placeholder for an object, blanks between hieroglyphs, a null note head."""

DIRECTIONAL = frozenset(chain((0x061C, 0x200E, 0x200F), range(0x202A, 0x202F), range(0x2066, 0x206A)))
"""What changes the order in which the characters around it are shown."""

SHOWN = frozenset("LNPS")
"""The first letters of the general categories that have a glyph of their own: letters, numbers, punctuation, symbols.

Marks (M) need one to stand on; separators (Z), controls, format characters, surrogates, private use and
unassigned characters (C) say nothing that the other party could read.
"""
SHOWN_BEFORE_NAMED = (
    range(0x1F000, 0x1FB00),
    range(0x1FC00, 0x1FFFE),
    range(0x20000, 0x2FFFE),
    range(0x30000, 0x3FFFE),
)
"""Reserved for emoji and ideographs: the reader's font may know one that this Python does not know yet."""

RIGHT_TO_LEFT = {"R", "AL", "AN"}
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


@lru_cache(maxsize=4096)
def is_seen(character: str) -> bool:
    """Whether this character shows something by itself."""
    code = ord(character)
    if code in IGNORABLE or code in EMPTY_GLYPHS:
        return False
    category = unicodedata.category(character)
    return category[0] in SHOWN or (category == "Cn" and any(code in reserved for reserved in SHOWN_BEFORE_NAMED))


def is_visible(text: str) -> bool:
    """Whether anything can be seen in the text (R6)."""
    return any(map(is_seen, text))


def what_is_seen(text: str) -> str:
    """Return the text as it is compared: composed, without blanks and whatever else shows nothing.

    A mark counts where it stands on something.
    """
    kept: list[str] = []
    stands_on_something = False
    for character in unicodedata.normalize("NFC", text):
        if is_seen(character):
            kept.append(character)
            stands_on_something = True
        elif ord(character) in IGNORABLE:
            continue
        elif unicodedata.category(character)[0] == "M":
            kept += [character] if stands_on_something else []
        else:
            stands_on_something = False
    return "".join(kept)


def control_characters(text: str, *, lines: bool = False) -> list[str]:
    """Return the controls in the text, as `U+202E`, once each: they break lines or turn the direction around.

    With `lines`, tabs and line breaks are none.
    """
    allowed = "\t\n\r" if lines else ""
    found = (each for each in text if is_control(each) and each not in allowed)
    return [f"U+{ord(each):04X}" for each in dict.fromkeys(found)]


def is_control(character: str) -> bool:
    """Whether this is a control, a separator of lines, a directional control or half a character."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or ord(character) in DIRECTIONAL


def isolated(text: str) -> str:
    """Return the text as a part of a plain line: on one line, its direction its own.

    Controls are gone. Right-to-left letters get isolates around them (UAX 9), so that they turn nothing
    around that stands beside them.
    """
    line = " ".join(
        "".join("" if ord(each) in DIRECTIONAL else " " if is_control(each) else each for each in text).split()
    )
    if any(unicodedata.bidirectional(each) in RIGHT_TO_LEFT for each in line):
        return f"{FIRST_STRONG_ISOLATE}{line}{POP_DIRECTIONAL_ISOLATE}"
    return line


def isolated_lines(text: str) -> str:
    """Do the same for each line of a text."""
    return "\n".join(map(isolated, text.splitlines()))
