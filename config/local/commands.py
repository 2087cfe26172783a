"""The commands of `manage.py`: the lock that each needs, and the module that runs it.

Standard library only: this runs before anything is installed.
"""

import os
import runpy
import sys
from dataclasses import dataclass

from config.local import bootstrap
from config.local.project import ROOT
from config.local.trouble import exit_code

HELP = """\
usage: python3 manage.py COMMAND [arguments]

  up [--port 8000] [--fresh] [--no-demo]
                     start everything: PostgreSQL, Redis, web, two workers, beat; Ctrl-C stops it all
  demo               tell the story of a silent seller in under a minute: the real stack, throw-away data
  test [arguments]   run the tests (pytest, on throw-away servers; the arguments are pytest's)
  test [--long]      run the whole suite in several processes; --long adds the tests that take minutes
  test --quick       run what needs no processes, no browser and no patience
  bench [NAME …]     run a benchmark of tests/benchmarks on throw-away servers; without a name: list them
  lint               run every check of the code
  language CODE      update the catalogues of a language, or begin those of a new one (needs GNU gettext)
  COMMAND            any other is Django's (migrate, shell, createsuperuser …) and uses
                     DATABASE_URL and REDIS_URL, or else the servers of the `up` running in this folder
  help [COMMAND]     Django's list of its commands, or the help of one

The first start makes .venv and installs what config/requirements/ names; it needs Python 3.11
and nothing else. DATABASE_URL and REDIS_URL, when given, are used instead of embedded servers.
Settings may stand in a file .env (KEY=VALUE lines); the environment wins. See .env.example.
"""


@dataclass(frozen=True)
class Command:
    """A command: the lock that it needs, and the module that runs it."""

    lock: str
    module: str


COMMANDS = {
    "up": Command(bootstrap.EMBEDDED, "config.local.up"),
    "demo": Command(bootstrap.EMBEDDED, "config.demo"),
    "test": Command(bootstrap.DEVELOPMENT, "pytest"),
    "bench": Command(bootstrap.DEVELOPMENT, "config.local.bench"),
    "lint": Command(bootstrap.DEVELOPMENT, "config.local.checks"),
    "language": Command(bootstrap.RUNTIME, "config.local.language"),
}
SHARED_OUT = ["--dist", "loadfile", "--no-loadscope-reorder", "--numprocesses"]
# Additional processes: tests that start a stack mostly wait.
FOR_THOSE_THAT_WAIT = 2
DJANGO = Command(bootstrap.RUNTIME, "config.local.django_command")


def main(arguments: list[str]) -> int:
    """Run one command. Returns its exit code, unless this process becomes the command."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(HELP, end="")
        return 0
    return exit_code(lambda: _become(arguments))


def _become(arguments: list[str]) -> int:
    """Prepare the environment and become the command."""
    command = COMMANDS.get(arguments[0], DJANGO)
    environment = bootstrap.ensure(command.lock)
    rest = arguments if command is DJANGO else arguments[1:]
    if arguments[0] == "test":
        rest = _shared_out(rest)
    if command is not DJANGO:
        os.chdir(ROOT)
    if environment.folder.samefile(sys.prefix):
        return _run_here(command.module, rest)
    _run_in(environment, command.module, rest)
    return 1


def _shared_out(arguments: list[str]) -> list[str]:
    """Share the suite out over several processes. They cannot share a given Redis."""
    is_given = os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")
    if is_given or not set(arguments) <= {"--quick", "--long"}:
        return arguments
    number = (os.cpu_count() or 1) + (0 if "--quick" in arguments else FOR_THOSE_THAT_WAIT)
    return [*SHARED_OUT, str(number), *arguments]


def _run_here(module: str, arguments: list[str]) -> int:
    """Run a module in this process, which is the environment's Python already."""
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _run_in(environment: bootstrap.Environment, module: str, arguments: list[str]) -> None:
    """Replace this process by the environment's Python, so that signals and exit codes need no forwarding."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(environment.python, [str(environment.python), "-m", module, *arguments])  # noqa: S606 - no shell is wanted
