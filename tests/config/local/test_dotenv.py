"""Settings from a `.env` file."""

import os
from pathlib import Path

import pytest

from config.local import dotenv
from config.local.trouble import Trouble


def test_lines_are_keys_and_values() -> None:
    """Comments, quotes and `export` are understood as a shell would."""
    text = "# a comment\n\nA=1\nexport B = two words # why\nC='#3'\nD=\"x=y\"\nE=\n"
    assert dotenv.parse(text) == {"A": "1", "B": "two words", "C": "#3", "D": "x=y", "E": ""}


def test_a_line_that_is_none_is_named_without_its_content() -> None:
    """The line may hold a secret: only its number is told."""
    with pytest.raises(Trouble, match=r"^\.env, line 2: expected KEY=VALUE\.$"):
        dotenv.parse("A=1\nmy secret\n")


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of the environment stays; what is to be left out is left out."""
    monkeypatch.setenv("RENRAKU_A", "outer")
    monkeypatch.delenv("RENRAKU_B", raising=False)
    monkeypatch.delenv("RENRAKU_C", raising=False)
    path = tmp_path / ".env"
    path.write_text("RENRAKU_A=inner\nRENRAKU_B=inner\nRENRAKU_C=inner\n", encoding="utf-8")
    dotenv.load(path, leave_out=["RENRAKU_C"])
    assert (os.environ["RENRAKU_A"], os.environ["RENRAKU_B"]) == ("outer", "inner")
    assert "RENRAKU_C" not in os.environ
    monkeypatch.delenv("RENRAKU_B")


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    """Most folders have none."""
    dotenv.load(tmp_path / ".env")
