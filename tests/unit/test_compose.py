"""`docker-compose.yml` is a valid Compose file, and starts what `up` and the tests start.

`tests/compose/` holds the Compose specification's schema with its licence.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from config.local import processes

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
OURS = ("web", "deadlines", "rest", "beat", "migrate")


def test_it_is_what_the_specification_says() -> None:
    schema = json.loads((ROOT / "tests/compose/compose-spec.json").read_text(encoding="utf-8"))
    specification = jsonschema.Draft201909Validator(schema)
    specification.validate(COMPOSE)
    with pytest.raises(jsonschema.ValidationError):
        specification.validate({**COMPOSE, "services": {"web": {"comand": "x"}}})


@pytest.mark.parametrize("role", processes.ROLES)
def test_each_process_is_started_from_the_one_place_where_its_command_stands(role: str) -> None:
    service = COMPOSE["services"][role]
    assert service["command"][:4] == ["python", "-m", "config.local.processes", role]
    assert service["healthcheck"]["test"][-2:] == ["check_presence", role]
    assert service["stop_grace_period"] == "60s"
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_no_secret_has_a_default(name: str) -> None:
    environment = COMPOSE["services"][name]["environment"]
    for secret in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "PUBLIC_URL", "EMAIL_URL", "EMAIL_FROM"):
        assert re.search(r"\$\{[A-Z_]+:\?set [A-Z_]+\}", environment[secret]), secret


def test_every_setting_reaches_every_process() -> None:
    documented = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    local = {"DEBUG", "DEMO_PASSWORD", "PROCESS_ROLE", "PUSH_ALLOWED_HOSTS"}
    passed = set(COMPOSE["services"]["web"]["environment"])
    assert set(documented) - local == passed


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_has_limits(name: str) -> None:
    limits = COMPOSE["services"][name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}


def test_the_broker_evicts_nothing_and_writes_everything_down() -> None:
    command = " ".join(COMPOSE["services"]["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes --appendfsync everysec" in command


def test_the_image_runs_as_nobody_special_from_the_hashed_lock() -> None:
    dockerfile = (ROOT / "config/Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /runtime.txt" in dockerfile
    assert "USER 10001" in dockerfile
    assert dockerfile.count("FROM ") == 2
