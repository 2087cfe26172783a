"""A box like a container's, by bubblewrap: read-only root, tmpfs on /tmp and /dev/shm, user 10001, no capabilities.

What lies in it is the system's /usr and what the image would hold: the virtual environment as /venv, and of the
project what `config/Dockerfile` copies. The accounts of files are not a container's: outside, user 10001 is us.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from config.local.project import ROOT
from tests.door import compose

USER = "10001"
TOOLS = ("bwrap", "curl", "unshare", "nsenter", "ip", "nginx")
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_SYSTEM = ("bin", "sbin", "lib", "lib64", "lib32")


def missing() -> list[str]:
    """Return what a box needs and what is not here."""
    return [each for each in TOOLS if not tool(each)] or _rights()


def _rights() -> list[str]:
    """Return what this machine does not let us make: in a container, for example, a box of one's own."""
    tried = command(["/usr/bin/true"], environment={}, read={}, write={}, tmpfs=[])
    made = subprocess.run(tried, capture_output=True, check=False)
    return [] if made.returncode == 0 else [f"the right to make a box ({made.stderr.decode().strip()})"]


def tool(name: str) -> str | None:
    """Return the path of a program of the system."""
    return shutil.which(name, path=_SBIN)


def command(
    inside: list[str],
    *,
    environment: Mapping[str, str],
    read: Mapping[str, Path],
    write: Mapping[str, Path],
    tmpfs: Iterable[str],
    folder: str = "/",
) -> list[str]:
    """Return the command that runs `inside` in a box. `read` and `write` say what is mounted where."""
    path = [str(tool("bwrap")), "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"]
    path += ["--uid", USER, "--gid", USER, "--cap-drop", "ALL", "--die-with-parent", "--new-session"]
    path += ["--ro-bind", "/usr", "/usr", *_system(), "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    path += ["--proc", "/proc", "--dev", "/dev", "--ro-bind-try", "/etc/ssl/certs", "/etc/ssl/certs"]
    for where in tmpfs:
        path += ["--tmpfs", where]
    for where, what in read.items():
        path += ["--ro-bind", str(what), where]
    for where, what in write.items():
        path += ["--bind", str(what), where]
    path += ["--remount-ro", "/", "--chdir", folder, "--clearenv"]
    for name, value in environment.items():
        path += ["--setenv", name, value]
    return [*path, "--", *inside]


def image() -> dict[str, Path]:
    """Return what our image holds: where, and what of this machine stands for it."""
    holds = {there: ROOT / here for there, here in compose.copied_into_the_image().items()}
    holds["/venv"] = Path(sys.prefix)
    base = Path(sys.base_prefix)
    return holds if base.is_relative_to("/usr") else {str(base): base, **holds}


def _system() -> list[str]:
    """Return the options that make /bin, /lib … what they are here: links into /usr, or folders."""
    options: list[str] = []
    for path in (Path("/", name) for name in _SYSTEM):
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    return options
