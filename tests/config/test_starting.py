"""Whatever is started: a refused setting is one line that names it, and no traceback."""

import os
import subprocess
import sys

import pytest

from config.local.project import ROOT

pytestmark = pytest.mark.thorough

WAYS = {
    "up": ["manage.py", "up", "--port", "1"],
    "a command": ["manage.py", "migrate"],
    "python -m django": ["-m", "django", "migrate"],
    "our own command": ["-m", "django", "check_presence", "web"],
    "web": ["-m", "config.local.processes", "web"],
    "deadlines": ["-m", "config.local.processes", "deadlines"],
    "rest": ["-m", "config.local.processes", "rest"],
    "beat": ["-m", "config.local.processes", "beat"],
    "gunicorn": ["-m", "gunicorn", "config.wsgi:application", "--bind", "127.0.0.1:0", "--log-level", "critical"],
    "celery": ["-m", "celery", "-A", "config.celery", "inspect", "ping"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_setting_is_one_line_without_a_traceback(way: str) -> None:
    environment = {**os.environ, "SWEEP_INTERVAL": "soon", "DJANGO_SETTINGS_MODULE": "config.settings"}
    answer = subprocess.run(
        [sys.executable, *WAYS[way]],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [line for line in answer.stdout.splitlines() if line.strip()]
    assert answer.returncode not in {0, None}
    assert [line for line in lines if "SWEEP_INTERVAL: must be" in line] == lines[:1], answer.stdout
    assert "Traceback" not in answer.stdout
    if way != "gunicorn":  # which tells of its workers, whatever the log level
        assert len(lines) == 1
