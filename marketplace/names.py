"""User names as they are compared: the same name however it was typed. Pure."""

import unicodedata

from marketplace.characters import IGNORABLE


def compared_name(name: str) -> str:
    """Return the key by which log-in, throttles and the database compare names.

    Width (Japanese input left on), letter case, blanks around it and characters that show nothing make
    no difference: `ｂｕｙｅｒ`, `BUYER` and `buyer` are one name. It is NFKC_Casefold of Unicode.
    """
    shown = "".join(each for each in name if ord(each) not in IGNORABLE)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    return "".join(each for each in folded if ord(each) not in IGNORABLE).strip()
