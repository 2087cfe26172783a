"""`manage.py demo`: the story of a silent seller, on the real stack, with shortened durations.

PostgreSQL and Redis are started for it alone and thrown away; `DATABASE_URL` and `REDIS_URL` are not
looked at. A terminal gets a live display; with `NO_COLOR`, or into a file, it prints plain lines.

Exits with 0 if every statement was true, with 1 if anything differed or did not come in
time, with 128 + the signal's number when it was stopped (Ctrl-C: 130).
"""

import argparse
import io
import sys
import time

from config.demo.checks import DiffersError
from config.demo.display import Display, choose
from config.demo.stage import stage
from config.demo.story import tell
from config.local.console import say
from config.local.stopping import Stopped, signals
from config.local.trouble import exit_code

WELCOME = "The story of Renraku: days are seconds here, everything else is real."


def main() -> int:
    """Tell the story. Returns the exit code."""
    argparse.ArgumentParser(prog="manage.py demo", description="Tell the story of a silent seller.").parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Japanese shows question marks
    try:
        with signals():
            return _tell()
    except Stopped as stopped:
        say("stopped.")
        return 128 + stopped.number
    except (DiffersError, TimeoutError) as failure:
        print(f"\nmanage.py: the demonstration failed: {failure}", file=sys.stderr, flush=True)
        return 1


def _tell() -> int:
    with choose() as display:
        display.put(WELCOME, "bold")
        with stage(display) as ready:
            count = tell(ready, display)
            _end(display, count)
    return 0


def _end(display: Display, count: int) -> None:
    took = time.monotonic() - display.began
    display.put("")
    display.put(f"All {count} statements were checked, and hold ({took:.0f} s).", "bold green")
    display.note("stopping everything…")


if __name__ == "__main__":
    sys.exit(exit_code(main))
