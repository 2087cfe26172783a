"""The catalogues: nothing to extract, nothing without Japanese, nothing fuzzy, and compiled as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polib
import pytest

from config.local.project import ROOT

APPS = ("config", "marketplace", "notifications")
CATALOGUES = sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django*.po"))
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
PERCENTS = re.compile(r"%%|%(?:\([^)]*\))?[a-zA-Z]")
MISSING = "not run: GNU gettext is missing: apt-get install gettext"

named = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))


def entries(path: Path) -> list[Any]:
    return list(polib.pofile(str(path)))


def texts(entry: Any) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def written(path: Path) -> list[Any]:
    """Return what a catalogue says of each text, in order; where its lines break makes no difference."""
    return [
        (each.msgctxt, each.msgid, each.msgid_plural, texts(each), sorted(each.flags), sorted(each.occurrences))
        for each in entries(path)
    ]


def test_both_apps_have_catalogues() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in CATALOGUES} >= {"marketplace", "notifications"}


@pytest.mark.skipif(shutil.which("xgettext") is None, reason=MISSING)
def test_extracting_the_messages_changes_no_catalogue(tmp_path: Path) -> None:
    for app in APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "ja", "--verbosity", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/locale/ja/LC_MESSAGES/django*.po"))
    assert made == [path.relative_to(ROOT) for path in CATALOGUES if "/ja/" in str(path)]
    for path in made:
        assert written(tmp_path / path) == written(ROOT / path), f"run manage.py makemessages -l ja: {path}"


@named
def test_every_text_has_its_translation_and_none_is_fuzzy_or_obsolete(path: Path) -> None:
    wrong = [each.msgid for each in entries(path) if not all(texts(each)) or each.fuzzy or each.obsolete]
    assert wrong == []


@named
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    def said(each: Any) -> Any:
        return each.msgctxt, each.msgid, each.msgid_plural, texts(each)

    compiled = polib.mofile(str(path.with_suffix(".mo")))
    assert sorted(map(repr, map(said, compiled))) == sorted(map(repr, map(said, entries(path))))
    assert compiled.metadata["Plural-Forms"] == polib.pofile(str(path)).metadata["Plural-Forms"]


@named
def test_a_translation_names_the_same_facts(path: Path) -> None:
    wrong = []
    for each in entries(path):
        sources = [each.msgid, *([each.msgid_plural] if each.msgid_plural else [])]
        for pattern in (BRACES, PERCENTS) if "%" in each.msgid or "python-format" in each.flags else (BRACES,):
            known = {found for source in sources for found in (match[0] for match in pattern.finditer(source))}
            needed = set.intersection(*({match[0] for match in pattern.finditer(source)} for source in sources))
            for text in texts(each):
                used = {match[0] for match in pattern.finditer(text)}
                if not needed <= used <= known:
                    wrong.append((each.msgid, text))
    assert wrong == []
