"""Runs Django's commands for `manage.py`, on the right servers.

Environment: `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY` as given; those that
are missing come from the `up` that runs in this folder.
"""

import os
import sys

from config import environment
from config.local import running
from config.local.project import ROOT
from config.local.trouble import Trouble, exit_code

# These touch no database, but the settings need an address.
WITHOUT_SERVERS = frozenset(
    {
        *("help", "version", "--version", "check", "diffsettings", "makemigrations", "spectacular"),
        *("collectstatic", "compilemessages", "findstatic", "make_vapid_keys", "makemessages"),
    }
)
NOWHERE = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "of a command that signs nothing; used nowhere else",
}


def main() -> int:
    """Complete the environment and hand over to Django."""
    arguments = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _complete(arguments)
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - after the environment is complete
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - as above

    try:
        execute_from_command_line(["manage.py", *arguments])
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from error
    return 0


def _complete(arguments: list[str]) -> None:
    """Fill in missing settings from the running `up`. Raises `Trouble` if some stay missing."""
    environment.read_dotenv(ROOT / ".env")
    environment.take_secrets_in()
    needs_none = arguments[0] in WITHOUT_SERVERS or "--help" in arguments
    for name, value in (running.settings() or (NOWHERE if needs_none else {})).items():
        os.environ.setdefault(name, value)
    missing = [name for name in running.SHARED if not os.environ.get(name)]
    if missing:
        raise Trouble(
            f"{arguments[0]} needs {', '.join(missing)}: set it, "
            "or start `python3 manage.py up` in this folder in another terminal."
        )


if __name__ == "__main__":
    sys.exit(exit_code(main))
