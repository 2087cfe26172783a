"""The exception whose message is for the user at the terminal."""

import sys
from collections.abc import Callable


class Trouble(Exception):  # noqa: N818 - not always an error
    """Only the user can fix this. The message is one line that says what is wrong."""


def exit_code(main: Callable[[], int]) -> int:
    """Run `main` and return its exit code. A `Trouble` is printed as one line, with exit code 1."""
    try:
        return main()
    except Trouble as trouble:
        print(f"manage.py: {trouble}", file=sys.stderr, flush=True)
        return 1
