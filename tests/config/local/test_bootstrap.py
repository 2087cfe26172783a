"""The environment that makes itself: complete, current, made once, and clear about what is missing."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from config.local.bootstrap import Environment, ensure
from config.local.project import ROOT
from config.local.trouble import Trouble

pytestmark = pytest.mark.thorough

ENSURE = """
import sys
from pathlib import Path
from config.local.bootstrap import Environment, ensure
from config.local.trouble import exit_code
sys.exit(exit_code(lambda: ensure(sys.argv[2], Environment(Path(sys.argv[1]))) and 0))
"""


def wheel(folder: Path, name: str) -> str:
    """Make a small package, and return the lines of a lock that installs it without a network."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return f"{name} @ {path.as_uri()} --hash=sha256:{sha256(path.read_bytes()).hexdigest()}\n"


def installed(environment: Environment, name: str) -> bool:
    """Ask the environment's Python."""
    question = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return subprocess.run([environment.python, "-c", question], check=False).returncode == 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make a project whose locks need no network, with its environment made by two starts at once."""
    root = tmp_path_factory.mktemp("project")
    environment = Environment(root)
    environment.lock_file("runtime").parent.mkdir(parents=True)
    runtime = wheel(root, "first_thing")
    embedded = runtime + wheel(root, "a_server")
    environment.lock_file("runtime").write_text(runtime, encoding="utf-8")
    environment.lock_file("embedded").write_text(embedded, encoding="utf-8")
    environment.lock_file("development").write_text(embedded + wheel(root, "test_tool"), encoding="utf-8")
    return environment


def racing_starts(environment: Environment, count: int = 2) -> list[str]:
    """Start several at once; return what each said."""
    command = [sys.executable, "-c", ENSURE, str(environment.root), "runtime"]
    starts = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(count)]
    said = [start.communicate(timeout=120)[1] for start in starts]
    assert [start.returncode for start in starts] == [0] * count, said
    return said


def test_of_two_racing_starts_one_installs(project: Environment) -> None:
    """The other waits, and finds everything done."""
    said = "".join(racing_starts(project))
    assert said.count("installing the runtime requirements") == 1
    assert said.count("waiting for it") == 1
    assert installed(project, "first_thing")


def test_a_second_start_costs_next_to_nothing(project: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is installed, nothing is said."""
    ensure("runtime", project)
    began = time.perf_counter()
    ensure("runtime", project)
    assert time.perf_counter() - began < 0.3
    assert capfd.readouterr().err == ""


def test_up_adds_its_servers_and_no_later_command_takes_them_away(
    project: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    ensure("runtime", project)
    assert not installed(project, "a_server")
    ensure("embedded", project)
    assert installed(project, "a_server")
    capfd.readouterr()
    ensure("runtime", project)
    assert capfd.readouterr().err == ""


def test_the_development_lock_serves_up_too(project: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    """It holds everything of the runtime lock: `up` after `test` must not take the test tools away."""
    ensure("development", project)
    assert installed(project, "test_tool")
    capfd.readouterr()
    ensure("embedded", project)
    ensure("runtime", project)
    assert capfd.readouterr().err == ""


def test_a_changed_lock_is_noticed(project: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    """The environment of a developer stays one, with what the lock names now."""
    ensure("development", project)
    lock = project.lock_file("development")
    lock.write_text(lock.read_text(encoding="utf-8") + wheel(project.root, "later_thing"), encoding="utf-8")
    capfd.readouterr()
    ensure("runtime", project)
    assert "installing the development requirements" in capfd.readouterr().err
    assert installed(project, "later_thing")


def test_another_python_under_the_environment_is_noticed(project: Environment) -> None:
    """The system's Python was upgraded: what was installed is for the old one."""
    ensure("runtime", project)
    stamp = project.stamp.read_text(encoding="utf-8")
    project.stamp.write_text(stamp.replace(project.version(), "3.11.0rc1"), encoding="utf-8")
    assert not project.serves("runtime")
    project.stamp.write_text(stamp, encoding="utf-8")
    assert project.serves("runtime")


def test_an_interrupted_installation_is_repaired(project: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    """What it left may be half a package: the environment is made again."""
    ensure("runtime", project)
    project.stamp.unlink()
    project.unfinished.touch()
    leftover = project.folder / "leftover"
    leftover.touch()
    ensure("runtime", project)
    assert "installing" in capfd.readouterr().err
    assert installed(project, "first_thing")
    assert not leftover.exists()
    assert not project.unfinished.exists()


def test_a_requirement_that_is_not_what_the_lock_says_is_refused(
    tmp_path: Path, project: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong hash ends the start, and leaves no stamp behind."""
    lock = project.lock_file("runtime")
    before = {path: path.read_text(encoding="utf-8") for path in (lock, project.lock_file("development"))}
    changed = wheel(tmp_path, "forged").rpartition(":")[0] + ":" + "0" * 64 + "\n"
    for path in before:
        path.write_text(changed, encoding="utf-8")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(Trouble, match=r"^pip could not install the requirements"):
        ensure("runtime", project)
    assert not project.stamp.exists()
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")


def test_uv_that_fails_is_followed_by_pip(
    tmp_path: Path, project: Environment, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is only faster; without it everything works."""
    ensure("runtime", project)
    project.stamp.unlink()
    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\necho no certificates >&2\nexit 2\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    ensure("runtime", project)
    assert "uv failed (see above); trying pip." in capfd.readouterr().err
    assert project.serves("runtime")


def test_a_python_without_ensurepip_is_told_which_package_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian splits it off; its own message is longer and easier to miss."""
    environment = Environment(tmp_path)
    environment.lock_file("runtime").parent.mkdir(parents=True)
    environment.lock_file("runtime").touch()
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    with pytest.raises(Trouble, match="python3-venv"):
        ensure("runtime", environment)


def test_an_old_python_is_refused_in_one_line() -> None:
    """By a file that it can read at all."""
    source = (ROOT / "manage.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))
    pretend = textwrap.dedent(
        """
        import runpy, sys
        sys.version_info = (3, 8, 1, "final", 0)
        sys.argv = ["manage.py", "up"]
        runpy.run_path("manage.py", run_name="__main__")
        """
    )
    answer = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == "manage.py: Renraku needs Python 3.11 or newer; this is Python 3.8.1.\n"


def test_help_fits_on_a_screen_and_needs_no_environment() -> None:
    """The first thing that people try."""
    answer = subprocess.run(
        [sys.executable, "-S", "manage.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0
    assert all(f"  {name}" in answer.stdout for name in ("up", "demo", "test", "bench", "lint"))
    assert len(answer.stdout.splitlines()) <= 24
    assert max(map(len, answer.stdout.splitlines())) <= 110
