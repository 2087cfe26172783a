"""`manage.py lint`: every check of the code, in one list. All run; one failure is enough to fail."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from config.local.console import say
from config.local.project import ROOT
from config.local.servers import throw_away
from config.local.trouble import told

CODE_CHECKS = (
    "ruff check .",
    "ruff format --check .",
    "mypy .",
    "lint-imports",
    "deptry .",
)
# These compare the code with a database, or start the application.
DJANGO_CHECKS = (
    "manage.py makemigrations --check --dry-run",
    "manage.py spectacular --validate --fail-on-warn --file /dev/null",
)


def main() -> int:
    """Run all checks. Returns 1 if any failed."""
    # mypy's Django plugin imports the settings, and these ask for servers: so both kinds get them.
    with throw_away(careless=True) as servers:
        environment = {"SECRET_KEY": secrets.token_urlsafe(48), **os.environ, **servers.environment}
        failed = [check for check in (*CODE_CHECKS, *DJANGO_CHECKS) if not _passes(check, environment)]
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed.")
    return int(bool(failed))


def _passes(check: str, environment: dict[str, str]) -> bool:
    """Run one check, with its command above what it says."""
    say(f"$ {check}")
    program, *arguments = check.split()
    bin_folder = Path(sys.executable).parent
    command = [sys.executable, str(ROOT / program)] if program.endswith(".py") else [str(bin_folder / program)]
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(told(main))
