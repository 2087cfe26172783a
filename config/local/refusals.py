"""Checks the settings before anything is started."""

import subprocess
import sys
from collections.abc import Mapping

from config.local.django_command import NOWHERE
from config.local.project import ROOT
from config.local.trouble import Trouble


def check_settings(environment: Mapping[str, str]) -> None:
    """Raise `Trouble` with the line about the first bad setting. Addresses of servers may be missing."""
    given = {name: value for name, value in environment.items() if value}
    answer = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**NOWHERE, **given},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise Trouble(answer.stderr.strip().splitlines()[-1])
