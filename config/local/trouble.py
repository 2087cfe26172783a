"""The exception whose message is for the user at the terminal."""

import sys
from collections.abc import Callable


class Trouble(Exception):  # noqa: N818 - not always an error
    """Only the user can fix this. The message is one line that says what is wrong."""


def told(main: Callable[[], int]) -> int:
    """Run `main`; print a `Trouble` as one line and turn it into exit code 1."""
    try:
        return main()
    except Trouble as trouble:
        print(f"manage.py: {trouble}", file=sys.stderr, flush=True)
        return 1
