"""The note that a running `up` leaves for other commands in the same folder."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from config.local.identity import Identity, identify
from config.local.ports import HOME
from config.local.project import ROOT, private_file

# What a command needs to use the same data with the same keys.
SHARED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
UNKNOWN = "it is still starting"


def _note(root: Path) -> Path:
    return root / ".renraku" / "running.json"


@contextmanager
def noted(port: int, settings: Mapping[str, str]) -> Iterator[None]:
    """Leave the note while we run. It holds passwords, so only we can read it."""
    path = _note(ROOT)
    owner = identify(os.getpid())
    content = {
        "owner": asdict(owner) if owner else None,
        "address": f"http://{HOME}:{port}/",
        "settings": {name: settings[name] for name in SHARED},
    }
    private_file(path, json.dumps(content))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def address(root: Path = ROOT) -> str:
    """Return the URL of this folder's `up`."""
    found = _read(root)
    return str(found["address"]) if found else UNKNOWN


def settings(root: Path = ROOT) -> dict[str, str]:
    """Return the settings of this folder's running `up`; empty without one."""
    found = _read(root).get("settings", {})
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _read(root: Path) -> dict[str, object]:
    """Return the note, unless a killed process left it or it is another user's."""
    path = _note(root)
    if not os.access(path, os.R_OK):
        return {}
    content: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    owner = content.get("owner")
    return content if isinstance(owner, dict) and Identity(**owner).alive() else {}
