"""The README names functions, tests and files: each must be there."""

import re
import tomllib
from importlib import import_module

import pytest

from config.local.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")
RULES = [line.split("|") for line in README.splitlines() if re.match(r"\| R\d+ ", line)]


def names(column: int) -> list[str]:
    return [name for row in RULES for name in re.findall(r"`([^`]+)`", row[column])]


def resolved(name: str) -> object:
    """Find a dotted name below `marketplace`; a bare class is looked for where it may be."""
    for package in ("marketplace", "marketplace.policy", "marketplace.vocabulary", "marketplace.models",
                    "marketplace.models.selling"):  # fmt: skip
        found = _below(package, name.split("."))
        if found is not None:
            return found
    raise AssertionError(f"{name} is nowhere")


def _below(package: str, parts: list[str]) -> object:
    thing: object = import_module(package)
    for part in parts:
        if not hasattr(thing, part):
            try:
                thing = import_module(f"{getattr(thing, '__name__', '')}.{part}")
            except ImportError:
                return None
        else:
            thing = getattr(thing, part)
    return thing


def test_every_rule_has_its_row() -> None:
    assert [row[1].split()[0] for row in RULES] == [f"R{number}" for number in range(1, 14)]


@pytest.mark.parametrize("name", [name for name in names(3) if "/" not in name and "_per_" not in name])
def test_the_code_that_the_readme_names_is_there(name: str) -> None:
    assert resolved(name) is not None


@pytest.mark.parametrize("path", names(4) + [f"marketplace/{name}" for name in names(3) if "/" in name])
def test_the_files_that_the_readme_names_are_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_constraint_that_the_readme_names_is_in_the_database() -> None:
    assert "one_open_request_per_room" in (ROOT / "marketplace/models/talk.py").read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert len(README.split()) <= 2_800


def test_every_document_that_it_names_is_there() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README)
    assert {
        f".github/{name}.md" for name in ("CONTRIBUTING", "DECISIONS", "PERFORMANCE", "CHANGELOG", "SECURITY")
    } <= set(named)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [*project["project"]["dependencies"], *project["dependency-groups"]["embedded"]]
    tools = [each for each in project["dependency-groups"]["dev"] if isinstance(each, str)]
    reasons, of_tools = README.split("## Dependencies")[1].split("\n## ")[0], CONTRIBUTING.split("## Dependencies")[1]
    assert (len(listed) > 10, len(tools) > 10) == (True, True)
    assert [name for name in map(bare, listed) if name not in reasons] == []
    assert [
        name for name in map(bare, tools) if not re.search(rf"\b{name.removesuffix('-stubs')}\b|stubs", of_tools)
    ] == []


def bare(requirement: str) -> str:
    """Return the name of a requirement alone."""
    return re.split(r"[\[<>=]", requirement)[0]


def test_every_setting_is_named() -> None:
    documented = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    production = README.split("## In production")[1].split("\n## ")[0]
    assert [name for name in documented if f"`{name}`" not in production] == []


def test_every_metric_that_it_alerts_on_is_there() -> None:
    metrics = (ROOT / "config/metrics.py").read_text(encoding="utf-8")
    alerts = (ROOT / "config/alerts.yml").read_text(encoding="utf-8")
    named = {re.sub(r"_(total|count|bucket)$", "", name) for name in re.findall(r"renraku_[a-z_]+", README + alerts)}
    assert len(named) > 10
    assert [name for name in named if f'"{name}"' not in metrics] == []
