"""`manage.py lint`: every check of the code, in one list. All run; one failure is enough to fail."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from config.local.console import say
from config.local.project import ROOT
from config.local.servers import throw_away
from config.local.trouble import exit_code

CODE_CHECKS = (
    "ruff check .",
    "ruff format --check .",
    "mypy .",
    "lint-imports",
    "deptry .",
)
# These compare the code with a database, or start the application.
DEPLOY_CHECK = "manage.py check --deploy --fail-level WARNING"
DJANGO_CHECKS = (
    DEPLOY_CHECK,
    "manage.py makemigrations --check --dry-run",
    "manage.py spectacular --validate --fail-on-warn --file /dev/null",
)
DEPLOYED = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "market.example",
    "PUBLIC_URL": "https://market.example",
    "BEHIND_PROXY": "true",
    "PROXIES": "1",
    "SECURE_COOKIES": "true",
}


def main() -> int:
    """Run all checks. Returns 1 if any failed."""
    # mypy's Django plugin imports the settings, which need the addresses of servers.
    with throw_away(careless=True) as servers:
        environment = {"SECRET_KEY": secrets.token_urlsafe(48), **os.environ, **servers.environment}
        failed = [check for check in (*CODE_CHECKS, *DJANGO_CHECKS) if not _passes(check, environment)]
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed.")
    return int(bool(failed))


def _passes(check: str, environment: dict[str, str]) -> bool:
    """Run one check, with its command above its output."""
    say(f"$ {check}")
    if check == DEPLOY_CHECK:
        environment = environment | DEPLOYED
    program, *arguments = check.split()
    bin_folder = Path(sys.executable).parent
    command = [sys.executable, str(ROOT / program)] if program.endswith(".py") else [str(bin_folder / program)]
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
