"""`docker-compose.yml` as Compose reads it: interpolated, service by service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from config.local.project import ROOT

FILE = ROOT / "docker-compose.yml"
DJANGO = {"DJANGO_SETTINGS_MODULE": "config.settings"}
DOCKERFILE = ROOT / "config/Dockerfile"
PLACE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Z_]+)(?:(?P<way>:[-?])(?P<rest>[^}]*))?\})")


class NotSetError(Exception):
    """What Compose says of a variable that must be set."""


@dataclass(frozen=True)
class Service:
    """What a container of a service is started with."""

    name: str
    command: list[str]
    environment: dict[str, str]
    volumes: dict[str, str]
    """Where each is mounted, and what: a path of the project, or a volume's name."""
    secrets: dict[str, str]
    """Where each is mounted, and the file."""
    raw: dict[str, Any]


def read(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services. Raises `NotSetError`."""
    told = _filled(yaml.safe_load(FILE.read_text(encoding="utf-8")), variables)
    files = {name: each["file"] for name, each in told["secrets"].items()}
    return {name: _service(name, each, files) for name, each in told["services"].items()}


def of_the_image() -> dict[str, str]:
    """Return the environment that the image brings."""
    [line] = re.findall(r"^ENV (.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pair.split("=", 1) for pair in line.replace("$PATH", "/usr/local/bin:/usr/bin:/bin").split())


def copied_into_the_image() -> dict[str, str]:
    """Return what of the project lies where in the image."""
    found = re.findall(r"^COPY (\w+) (/app/\w+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return {there: here for here, there in found}


def _service(name: str, raw: dict[str, Any], files: Mapping[str, str]) -> Service:
    mounted = [each.removesuffix(":ro").rsplit(":", 1) for each in raw.get("volumes", [])]
    command = [*raw.get("entrypoint", []), *raw.get("command", [])]
    environment = raw.get("environment", {})
    secrets = {f"/run/secrets/{each}": files[each] for each in raw.get("secrets", [])}
    return Service(name, command, environment, {there: here for here, there in mounted}, secrets, raw)


def _filled(thing: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(thing, dict):
        return {key: _filled(value, variables) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_filled(each, variables) for each in thing]
    return PLACE.sub(lambda found: _value(found, variables), thing) if isinstance(thing, str) else thing


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    value = variables.get(found["name"], "")
    if value or not found["way"]:
        return value
    if found["way"] == ":?":
        raise NotSetError(found["rest"])
    return str(found["rest"])
