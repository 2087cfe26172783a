"""Starts a process that cannot outlive us.

Each runs in a session of its own: a Ctrl-C at the terminal reaches us alone,
and we stop the others in order. Should we be killed ourselves, Linux sends them
a signal (PR_SET_PDEATHSIG). This is set by a few lines of Python that turn into
the command, and not by `preexec_fn`, which may deadlock beside threads. The
signal is tied to the *thread* that started the process: start from the main one.
Elsewhere than on Linux, the ledger finds what was left at the next start.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import Signals
from typing import IO

from config.local.accounts import Account

# Arguments: the signal, the expected parent, user and group (-1: stay), then the command.
# The parent may have died before this took effect.
LEASH = """
import ctypes, os, sys
number, parent, user, group = map(int, sys.argv[1:5])
if user >= 0:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
if ctypes.CDLL(None, use_errno=True).prctl(1, number, 0, 0, 0) != 0:
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
if os.getppid() != parent:
    sys.exit("the parent has gone")
os.execvp(sys.argv[5], sys.argv[5:])
"""


def start(
    command: list[str],
    *,
    when_orphaned: Signals,
    output: IO[bytes] | int,
    environment: Mapping[str, str],
    folder: Path,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command as the leader of its own process group; its pid stays that of the command."""
    linux = sys.platform == "linux"
    drop = account if not linux else None
    return subprocess.Popen(
        _leashed(command, when_orphaned, account) if linux else command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
        user=drop.user if drop else None,
        group=drop.group if drop else None,
        extra_groups=[] if drop else None,
    )


def _leashed(command: list[str], when_orphaned: Signals, account: Account | None) -> list[str]:
    user, group = (account.user, account.group) if account else (-1, -1)
    facts = [str(int(number)) for number in (when_orphaned, os.getpid(), user, group)]
    return [sys.executable, "-I", "-S", "-c", LEASH, *facts, *command]
