"""What is printed when nobody listens any more."""

import os
import subprocess
import sys

import pytest

from config.local.project import ROOT

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
