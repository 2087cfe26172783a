"""The folder of the project, and `.renraku/` in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]


def state_folder(root: Path = ROOT) -> Path:
    """Return `.renraku/`, which holds locks, the secret key and data of the embedded servers. Makes it if missing."""
    folder = root / ".renraku"
    # For root, the servers run as another user, who must pass through. Secrets inside are 0600.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise Trouble(f"cannot make {folder}: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Trouble(f"cannot write in {folder}: it belongs to another user.")
    return folder


def private_file(path: Path, text: str) -> None:
    """Write a file that only we can read, atomically."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


class Busy(Exception):  # noqa: N818 - an answer, not an error
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an advisory lock, which the kernel releases with the process. Raises `Busy` unless `wait`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Busy from error
        yield
    finally:
        os.close(descriptor)
