"""Read settings from a `.env` file: KEY=VALUE lines; what stands in the environment already wins."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from config.local.trouble import Trouble

LINE = re.compile(r"(?:export\s+)?(?P<key>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")
QUOTES = "\"'"


def load(path: Path, leave_out: Iterable[str] = ()) -> None:
    """Put the file's settings into the environment, except those it has and those to leave out."""
    if not path.is_file():
        return
    for key, value in parse(path.read_text(encoding="utf-8")).items():
        if key not in leave_out:
            os.environ.setdefault(key, value)


def parse(text: str) -> dict[str, str]:
    """Return the settings of a file's text. Raises `Trouble` with the number of a line that is none."""
    settings = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = LINE.fullmatch(stripped)
        if match is None:
            raise Trouble(f".env, line {number}: expected KEY=VALUE.")
        settings[match["key"]] = _bare(match["value"])
    return settings


def _bare(value: str) -> str:
    """Return a value without its quotes, or without the comment after it."""
    if value and value[0] in QUOTES and value.find(value[0], 1) > 0:
        return value[1 : value.find(value[0], 1)]
    return re.split(r"\s+#", value, maxsplit=1)[0].strip()
