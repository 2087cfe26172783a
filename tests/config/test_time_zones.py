"""The lock's time zones count, whatever the host's say."""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

from config.local.project import ROOT

ASK = """
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

ZoneInfo("Asia/Tokyo")  # somebody looked before the settings were read
import django
django.setup()
print(datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")).utcoffset(), "Mars/Phobos" in available_timezones())
"""


def test_old_time_zones_of_the_host_change_nothing(tmp_path: Path) -> None:
    utc = resources.files("tzdata.zoneinfo").joinpath("UTC").read_bytes()
    for name in ("Asia/Tokyo", "Mars/Phobos"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(utc)
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", ASK]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["9:00:00", "False"]
