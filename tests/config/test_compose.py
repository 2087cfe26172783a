"""`docker-compose.yml` is a valid Compose file, and starts what `up` and the tests start.

`tests/config/compose/` holds the Compose specification's schema with its licence.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from config.environment import SECRETS
from config.local import processes
from config.local.project import ROOT
from tests.door import compose

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
OURS = ("web", "deadlines", "rest", "beat", "migrate", "certificate")
THEIRS = ("proxy", "postgres", "redis")
IN_FILES = ("secret_key", "postgres_password", "redis_password")
NEEDED = {
    "ALLOWED_HOSTS": "market.example",
    "PUBLIC_URL": "https://market.example",
    "EMAIL_URL": "consolemail://",
    "EMAIL_FROM": "a@market.example",
}
PINNED = re.compile(r"\d+\.\d+(\.\d+)?-(slim-)?(trixie|bookworm)(@sha256:[0-9a-f]{64})?")


def test_it_is_what_the_specification_says() -> None:
    schema = json.loads((ROOT / "tests/config/compose/compose-spec.json").read_text(encoding="utf-8"))
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
    for needed in NEEDED:
        assert environment[needed] == f"${{{needed}:?set {needed}}}"


@pytest.mark.parametrize("name", OURS)
def test_keys_and_passwords_are_files_that_no_environment_holds(name: str) -> None:
    service = COMPOSE["services"][name]
    read = {name: value for name, value in service["environment"].items() if name.endswith("_FILE")}
    assert read == {
        "SECRET_KEY_FILE": "/run/secrets/secret_key",
        "DATABASE_PASSWORD_FILE": "/run/secrets/postgres_password",
        "REDIS_PASSWORD_FILE": "/run/secrets/redis_password",
    }
    assert tuple(service["secrets"]) == IN_FILES
    assert not {"SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD"} & set(service["environment"])
    for url in ("DATABASE_URL", "REDIS_URL"):
        assert urlsplit(service["environment"][url]).password is None


def test_servers_read_the_files_that_their_clients_read() -> None:
    services = COMPOSE["services"]
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert (services["postgres"]["secrets"], services["redis"]["secrets"]) == (
        ["postgres_password"],
        ["redis_password"],
    )
    assert "$$(cat /run/secrets/redis_password)" in services["redis"]["command"][-1]
    assert {name: each["file"] for name, each in COMPOSE["secrets"].items()} == {
        name: f"${{SECRETS:-./secrets}}/{name}" for name in IN_FILES
    }
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/secrets/" in ignored


def test_every_setting_reaches_every_process() -> None:
    documented = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    local = {"DEBUG", "DEMO_PASSWORD", "PROCESS_ROLE", "PUSH_ALLOWED_HOSTS"}
    passed = {name.removesuffix("_FILE") for name in COMPOSE["services"]["web"]["environment"]}
    assert set(documented) - local == passed


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_has_limits(name: str) -> None:
    limits = COMPOSE["services"][name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}


def test_the_broker_evicts_nothing_and_writes_everything_down() -> None:
    command = " ".join(COMPOSE["services"]["redis"]["command"])
    assert "--maxmemory 256mb --maxmemory-policy noeviction" in command
    assert "--appendonly yes --appendfsync everysec" in command


@pytest.mark.parametrize("missing", NEEDED)
def test_nothing_starts_without_what_is_needed(missing: str) -> None:
    with pytest.raises(compose.NotSetError, match=f"set {missing}"):
        compose.read(NEEDED | {missing: ""})


def test_no_secret_stands_on_a_command_line() -> None:
    given = {name: f"{name.lower()} secret" for name in SECRETS}
    services = compose.read(NEEDED | given)
    commands = {name: str([each.command, each.raw.get("healthcheck")]) for name, each in services.items()}
    assert [(name, secret) for name, line in commands.items() for secret in given.values() if secret in line] == []


def test_the_proxy_alone_is_reachable_from_outside_and_web_is_told_of_it() -> None:
    services = compose.read(NEEDED)
    assert {name for name, each in services.items() if "ports" in each.raw} == {"proxy"}
    assert services["proxy"].raw["ports"] == ["80:8080", "443:8443"]
    told = services["web"].environment
    assert (told["BEHIND_PROXY"], told["PROXIES"], told["SECURE_COOKIES"]) == ("true", "1", "true")


def test_no_service_has_a_name_or_a_port_that_a_second_one_would_want_too() -> None:
    for name in processes.ROLES:
        assert not {"ports", "container_name", "hostname"} & set(COMPOSE["services"][name]), name


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_no_log_grows_without_end(name: str) -> None:
    logging = COMPOSE["services"][name]["logging"]
    assert (logging["driver"], set(logging["options"])) == ("json-file", {"max-size", "max-file"})


@pytest.mark.parametrize("name", [*OURS, "proxy", "redis"])
def test_each_is_a_narrow_box(name: str) -> None:
    service = COMPOSE["services"][name]
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])  # noqa: S108 - a mount
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name in OURS or service["user"] in ("10001", "redis")


def test_what_others_made_is_pinned() -> None:
    dockerfile = compose.DOCKERFILE.read_text(encoding="utf-8")
    images = [COMPOSE["services"][name]["image"] for name in THEIRS] + re.findall(
        r"^FROM (\S+)", dockerfile, re.MULTILINE
    )
    assert len(images) == 5
    assert [image for image in images if not PINNED.fullmatch(image.partition(":")[2])] == []


def test_the_database_is_asked_by_tcp_and_migrating_is_tried_again() -> None:
    assert "--host=127.0.0.1" in COMPOSE["services"]["postgres"]["healthcheck"]["test"]
    assert COMPOSE["services"]["migrate"]["restart"] == "on-failure"


def test_the_image_runs_as_nobody_special_from_the_hashed_lock() -> None:
    dockerfile = (ROOT / "config/Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /runtime.txt" in dockerfile
    assert "USER 10001" in dockerfile
    assert dockerfile.count("FROM ") == 2
