"""The one exception whose message is meant for the person at the keyboard."""

import sys
from collections.abc import Callable


class Trouble(Exception):  # noqa: N818 - it reads as what it is, and is not always an error
    """Something that only the person who started us can put right. The message is one line that says what."""


def told(main: Callable[[], int]) -> int:
    """Run `main`; print a `Trouble` as one line and turn it into exit code 1."""
    try:
        return main()
    except Trouble as trouble:
        print(f"manage.py: {trouble}", file=sys.stderr, flush=True)
        return 1
