"""Fills `.venv` with exactly what a lock file names, from a bare Python.

Standard library only: this runs before anything is installed. A stamp in the
virtual environment says which lock it was filled from, and for which Python.
The kernel's file lock (outside `.venv`, which may be deleted) lets one of
several racing starts install while the others wait.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.local.project import ROOT, Busy, locked, state_folder
from config.local.trouble import Trouble

RUNTIME, EMBEDDED, DEVELOPMENT = LOCKS = ("runtime", "embedded", "development")
"""The locks, each of which holds everything of those before it: production, `up` with its servers, tests."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of a project folder."""

    root: Path = ROOT

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that marks a complete installation."""
        return self.folder / "renraku-stamp.json"

    @property
    def unfinished(self) -> Path:
        """The file that marks a running or interrupted installation."""
        return self.folder / "renraku-unfinished"

    def lock_file(self, lock: str) -> Path:
        return self.root / "config" / "requirements" / f"{lock}.txt"

    def facts(self, lock: str) -> dict[str, str]:
        return {
            "lock": lock,
            "hash": hashlib.sha256(self.lock_file(lock).read_bytes()).hexdigest(),
            "python": str(self.python.resolve()),
            "version": self.version(),
        }

    def version(self) -> str:
        """Return the Python version of the environment, from its pyvenv.cfg."""
        lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        fields = dict(line.split(" = ", 1) for line in lines if " = " in line)
        return fields.get("version") or fields.get("version_info", "unknown")

    def serves(self, lock: str) -> bool:
        """Whether the environment is complete and current for this lock."""
        if not (self.stamp.is_file() and self.python.exists()):
            return False
        stamped = json.loads(self.stamp.read_text(encoding="utf-8"))
        serving = LOCKS[LOCKS.index(lock) :]
        return stamped.get("lock") in serving and bool(stamped == self.facts(stamped["lock"]))


def ensure(lock: str, environment: Environment | None = None) -> Environment:
    """Return the environment, filled from this lock or a wider one. Raises `Trouble`."""
    environment = environment or Environment()
    if environment.serves(lock):
        return environment
    guard = state_folder(environment.root) / "bootstrap.lock"
    try:
        with locked(guard, wait=False):
            _fill(environment, lock)
    except Busy:
        _say("another start is installing; waiting for it.")
        with locked(guard, wait=True):
            _fill(environment, lock)
    return environment


def _fill(environment: Environment, lock: str) -> None:
    """Install, unless the start that held the lock has done so."""
    if environment.serves(lock):
        return
    lock = _widest(environment, lock)
    _say(f"installing the {lock} requirements into .venv (once, and after each change of the lock).")
    if environment.unfinished.exists() or not _usable(environment.python):
        _create(environment)
    environment.stamp.unlink(missing_ok=True)
    environment.unfinished.touch()
    _install(environment, lock)
    environment.stamp.write_text(json.dumps(environment.facts(lock)), encoding="utf-8")
    environment.unfinished.unlink()


def _widest(environment: Environment, lock: str) -> str:
    """Keep what a wider lock installed: a changed lock must not take pytest away."""
    if not environment.stamp.is_file():
        return lock
    stamped = json.loads(environment.stamp.read_text(encoding="utf-8")).get("lock")
    return max(lock, stamped, key=LOCKS.index) if stamped in LOCKS else lock


def _usable(python: Path) -> bool:
    """Whether the interpreter starts (its base may be gone after an upgrade) and has pip."""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _create(environment: Environment) -> None:
    """Make an empty environment; replaces a broken one."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Trouble(
            f"this Python has no module {missing[0]!r}: install the package python3-venv "
            "(Debian, Ubuntu: apt install python3-venv), then start again."
        )
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    python = base if base.exists() else Path(sys.executable)
    _run([str(python), "-m", "venv", "--clear", str(environment.folder)], "making .venv failed")


def _install(environment: Environment, lock: str) -> None:
    """Install with uv if there is one, which is ten times faster. If it fails, or without it, use pip."""
    requirements = ["--require-hashes", "-r", str(environment.lock_file(lock))]
    uv = shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", str(environment.python), *requirements]
        settings = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
        if subprocess.run(command, env=os.environ | settings, check=False).returncode == 0:
            return
        _say("uv failed (see above); trying pip.")
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    pip = [str(environment.python), "-m", "pip", "install", *quiet, *requirements]
    _run(pip, "pip could not install the requirements (see above)")


def _run(command: list[str], complaint: str) -> None:
    """Run a step of the installation. Its own output explains a failure."""
    if subprocess.run(command, check=False).returncode:
        raise Trouble(f"{complaint}.")


def _say(message: str) -> None:
    print(f"manage.py: {message}", file=sys.stderr, flush=True)
