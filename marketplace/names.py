"""User names as they are compared: the same name however it was typed. Pure."""

import unicodedata

from marketplace.characters import IGNORABLE

ALPHABETS_ALIKE = frozenset({"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LATIN", "LISU"})
"""By the first word of their characters' names."""


def compared_name(name: str) -> str:
    """Return the key by which log-in, throttles and the database compare names.

    Width (Japanese input left on), letter case, blanks around it and characters that show nothing make
    no difference: `ｂｕｙｅｒ`, `BUYER` and `buyer` are one name. It is NFKC_Casefold of Unicode.
    """
    shown = "".join(each for each in name if ord(each) not in IGNORABLE)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    return "".join(each for each in folded if ord(each) not in IGNORABLE).strip()


def mixes_alphabets(name: str) -> bool:
    """Whether letters of several alphabets that look alike stand in the name: with Cyrillic е, `buyеr` is not `buyer`.

    Kanji, kana, Hangul and digits go with any of them (UTS 39).
    """
    letters = (each for each in unicodedata.normalize("NFKC", name) if each.isalpha())
    return len({unicodedata.name(each, "").partition(" ")[0] for each in letters} & ALPHABETS_ALIKE) > 1
