"""`manage.py bench NAME [arguments]`: run a module of tests/benchmarks on throw-away servers.

These write to the disk as real ones do: a benchmark without `fsync` measures nothing.
The benchmark gets `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY`.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from config.local.console import say
from config.local.project import ROOT
from config.local.servers import throw_away
from config.local.trouble import Trouble, exit_code

FOLDER = ROOT / "tests" / "benchmarks"


def available(folder: Path = FOLDER) -> list[str]:
    """Return the names of the modules that can be run."""
    return sorted(path.stem for path in folder.glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))


def main() -> int:
    """Run one benchmark; return its exit code."""
    arguments = sys.argv[1:]
    names = available()
    if not arguments:
        print("\n".join(names) or "there are no benchmarks yet.")
        return 0
    if arguments[0] not in names:
        raise Trouble(f"no benchmark {arguments[0]!r}; there are: {', '.join(names) or 'none yet'}.")
    with throw_away(careless=False) as servers:
        say(f"servers: {', '.join(servers.descriptions)}")
        environment = {"SECRET_KEY": secrets.token_urlsafe(48), **os.environ, **servers.environment}
        command = [sys.executable, "-m", f"tests.benchmarks.{arguments[0]}", *arguments[1:]]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(exit_code(main))
