"""How titles are found: by pairs of characters, so that Japanese needs neither word boundaries nor an extension."""

import unicodedata
from itertools import pairwise


def normalised(text: str) -> str:
    """Return text as it is compared: full and half width, letter case and runs of blanks make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams(normal: str) -> list[str]:
    """Return every character and every pair of neighbours in each word, once, sorted.

    Single characters are there so that a search for one (猫) is answered by the same index.
    """
    words = normal.split()
    found = {character for word in words for character in word}
    found |= {first + second for word in words for first, second in pairwise(word)}
    return sorted(found)


def asked_grams(word: str) -> list[str]:
    """Return what the index is asked for one word: its pairs, or the character when there is only one."""
    return sorted({first + second for first, second in pairwise(word)}) or [word]
