"""Japanese as a native editor leaves it: what was wrong once comes back nowhere."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from config.local.project import ROOT
from notifications.wording import render

READ = ("*.py", "*.html", "*.js", "*.md")
SHAPES = "marketplace/search.py"
"""Which characters look alike: no text for people."""
FOLDERS = ("config", "marketplace", "notifications")
WRONG = {
    "何も起こりません": "say what happens: キャンセルリクエストは送信できなくなります",
    "からご連絡がありません": "…以降、ご連絡がありません",
    "あなたの番": "ご返信をお待ちしています",
    r"時間に(?!以内)(送信|作成|期限|[0-9]|\{)": "…時間以内に",
    "完了できませんでした": "name what was not done: ログイン・送信…できませんでした",
    "効力": "キャンセル日時",
    "何か返信": "ご返信いただければ",
    "未対応のこと": "未対応の取引",
    "[○△◯]": "a sign that means the reverse elsewhere",
}
INBOX = re.compile(r"inbox\.(html|py)|navigation\.html|settings/(channels|test)\.html")
"""お知らせ is the list in the app; what is sent on a channel is a 通知."""


def texts() -> dict[str, str]:
    found = [path for folder in FOLDERS for kind in READ for path in (ROOT / folder).rglob(kind)]
    read = {str(path.relative_to(ROOT)): path.read_text() for path in [*found, ROOT / "README.md"]}
    return {name: text for name, text in read.items() if name != SHAPES} | translations()


def translations() -> dict[str, str]:
    """Return the entries of the catalogues, by where their text is used."""
    entries: dict[str, str] = {}
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.po")):
        for entry in path.read_text().split("\n\n"):
            for line in re.findall(r"^#: (.+)$", entry, re.MULTILINE):
                for place in line.split():
                    entries[place] = entries.get(place, "") + entry.replace('"\n"', "")
    return entries


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_wrong_once_comes_back_nowhere(wrong: str) -> None:
    assert [name for name, text in texts().items() if re.search(wrong, text)] == [], WRONG[wrong]


def test_what_is_sent_is_called_otherwise_than_the_list_in_the_app() -> None:
    assert [name for name, text in texts().items() if "お知らせ" in text and not INBOX.search(name)] == []


@pytest.mark.parametrize("words", ["cancelled_at_fault", "cancelled_not_at_fault"])
@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"at_fault": "seller"}, "出品者連絡なしキャンセル"),
        ({"at_fault": "buyer"}, "購入者連絡なしキャンセル"),
        ({"followed": {"buyer_cancellations": [0, 1]}}, "購入者連絡なしキャンセル"),  # a notice of before
        ({}, "出品者連絡なしキャンセル"),
    ],
)
def test_a_verdict_is_called_by_the_help_pages_name(words: str, facts: dict[str, Any], name: str) -> None:
    known = {"service": "ロゴ", "counterpart": "hana", "refund": 5000, "effective_at": "2026-03-01T00:00:00+00:00"}
    with translation.override("ja"):
        shown = render(words, {"followed": None, **known, **facts}, datetime(2026, 3, 2, tzinfo=UTC))
    assert f"「{name}」" in shown.body
