"""Finds the system's browser. Playwright's own is never downloaded: a distribution's Chromium gets its updates."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium is on PATH: apt-get install chromium fonts-noto-cjk"


def found() -> str | None:
    """Return the browser's path, None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def arguments() -> list[str]:
    """Return what it is started with: root has no sandbox, a container little shared memory."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
