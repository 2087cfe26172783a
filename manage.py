#!/usr/bin/env python3
"""The one command of Renraku: `python3 manage.py --help` lists what it can do.

This file must be readable by any Python 3, so that an old one is told what is
missing instead of meeting a syntax error: no f-strings, no future imports.
What happens next stands in `config/local/commands.py`.
"""

import sys

OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Refuse an old Python in one line, or hand over to the commands."""
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write("manage.py: Renraku needs Python " + wanted + " or newer; this is Python " + found + ".\n")
        return 1
    from config.local import commands  # noqa: PLC0415 - an older Python could not read it

    return commands.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
