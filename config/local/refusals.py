"""Ask the settings whether they take the environment, before anything is started for it."""

import subprocess
import sys
from collections.abc import Mapping

from config.local.django_command import NOWHERE
from config.local.project import ROOT
from config.local.trouble import Trouble


def check_settings(environment: Mapping[str, str]) -> None:
    """Raise `Trouble` with the line of the first setting that is refused. Servers may be given later."""
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
