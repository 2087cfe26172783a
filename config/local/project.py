"""Where things lie: the folder of the project, and the folders it makes for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]


def state_folder(root: Path = ROOT) -> Path:
    """Return `.renraku/`, made when missing: locks, the secret key, and what the embedded servers keep."""
    folder = root / ".renraku"
    # Root's servers run as another user, who must be able to walk through; the secrets inside are 0600.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise Trouble(f"cannot make {folder}: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Trouble(f"cannot write in {folder}: it belongs to another user.")
    return folder


def private_file(path: Path, text: str) -> None:
    """Write a file that only we can read, replacing it in one step."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


class Busy(Exception):  # noqa: N818 - an answer, not an error
    """Somebody else holds the lock."""


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an advisory lock, which the kernel releases with the process. Raises `Busy` when not told to wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Busy from error
        yield
    finally:
        os.close(descriptor)
