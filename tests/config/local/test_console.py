"""What is printed when nobody listens any more."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.project import ROOT
from config.local.waiting import wait_until

LEFT = "import sys; from config.local import console; sys.stdout.write('left over'); {last}"
COMPLAINT = "import atexit; atexit.register(sys.stderr.write, 'what Python complains of at its end'); console.end()"


@pytest.mark.parametrize(
    ("last", "code"), [("console.end()", 0), (COMPLAINT, 0), ("pass", 120)], ids=["ended", "complaint", "not"]
)
def test_words_that_reach_nobody_do_not_decide_how_it_ends(last: str, code: int) -> None:
    """Python itself tries once more to print what is left, and fails with 120."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-c", LEFT.format(last=last)],
            cwd=ROOT,
            env={},
            stdout=writing,
            stderr=writing,
            check=False,
        )
    finally:
        os.close(writing)
    assert ended.returncode == code


STOPPED_WITHIN_A_PRINT = """
import sys
from config.local import console, stopping
try:
    with stopping.signals():
        console.show("web", "x" * 1_000_000)
except stopping.Stopped:
    console.say("stopped.")
console.end()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_within_a_print_that_nobody_reads_ends_it_in_order(number: signal.Signals, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (tmp_path / "complaints").open("w+", encoding="utf-8") as complaints:
        printing = subprocess.Popen(
            [sys.executable, "-c", STOPPED_WITHIN_A_PRINT], cwd=ROOT, env={}, stdout=writing, stderr=complaints
        )
        try:
            assert wait_until(lambda: not select.select([], [writing], [], 0)[1], 30), "the pipe is not full"
            printing.send_signal(number)
            code = printing.wait(timeout=30)
        finally:
            printing.kill()
            printing.wait()
            os.close(writing)
            os.close(reading)
        complaints.seek(0)
        assert (code, complaints.read()) == (0, "")
