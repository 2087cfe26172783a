"""Every notice says what happened, in both languages, and no name is missing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from marketplace.vocabulary import VERDICTS, AtFault, EventKind
from notifications import wording
from notifications.catalog import CATALOG, REMINDERS
from notifications.phrases import BUYER_WAS_SILENT, PHRASES
from notifications.vocabulary import CRITICAL, Channel, Kind, Ladder, State
from notifications.wording import Wording

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
PREVIEW = {
    "deadline": DEADLINE.isoformat(),
    "at_fault": "seller",
    "refund_yen": 5000,
    "services_paused": 6,
    "stars": 1,
    "completion": [0.91, 0.88],
    "rank": ["gold", "silver"],
}
FACTS: dict[str, Any] = {
    "counterpart": "hanako",
    "service": "Logo",
    "price": 12_000,
    "refund": 12_000,
    "preview": PREVIEW,
    "followed": PREVIEW,
    "deadline": DEADLINE.isoformat(),
    "new_deadline": DEADLINE.isoformat(),
    "effective_at": DEADLINE.isoformat(),
    "owed_since": datetime(2026, 11, 20, 4, 0, tzinfo=UTC).isoformat(),
    "silent_since": datetime(2026, 11, 20, 3, 0, tzinfo=UTC).isoformat(),
    "reason": "illness",
    "rating": 4,
    "milestone": "First draft",
    "due_on": "2026-11-25",
    "count": 2,
    "lines": "- one\n- two",
    "code": "123456",
}
USED = {each.phrase for announcements in CATALOG.values() for each in announcements} | {
    words
    for lines in REMINDERS.values()
    for line in lines
    for words in (line.phrase, line.to_counterpart, line.once_possible)
    if words
}


LANGUAGES = ("ja", "en")


@contextmanager
def read_in(language: str, zone: str = "Asia/Tokyo") -> Iterator[None]:
    with translation.override(language), timezone.override(zone):
        yield


def render(phrase: str, language: str, now: datetime = NOW, **facts: Any) -> Wording:
    with read_in(language):
        return wording.render(phrase, FACTS | facts, now)


def test_every_event_is_in_the_catalogue_and_every_ladder_has_its_words() -> None:
    assert set(CATALOG) == set(EventKind)
    assert set(REMINDERS) == set(Ladder)


def test_every_kind_has_a_name_and_all_words_are_used() -> None:
    assert {"bundle", "digest", "test"} == set(PHRASES) - USED
    assert set(PHRASES) >= USED | set(BUYER_WAS_SILENT)
    for word in (*Kind, *Channel, *State):
        labels = []
        for language in LANGUAGES:
            with translation.override(language):
                labels.append(str(word.label))
        assert all(labels)
        assert labels[0] != labels[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("at_fault", ["seller", "buyer"])
@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_each_renders_without_a_missing_name(phrase: str, at_fault: str, language: str) -> None:
    shown = render(phrase, language, at_fault=at_fault)
    assert shown.title
    assert shown.body
    assert "{" not in shown.title + shown.body
    assert "None" not in shown.title + shown.body
    assert bool(re.search(r"[ぁ-んァ-ン一-龯]", shown.body)) is (language == "ja")


@pytest.mark.parametrize("phrase", ["request_placed", "request_due", "first_contact_due"])
def test_whoever_is_at_risk_reads_until_when_and_what_happens_otherwise(phrase: str) -> None:
    english = render(phrase, "en").body
    assert "Tue 24 Nov 15:00 (JST) (3 h left)" in english
    assert (
        "If nothing is said until Tue 24 Nov 15:00 (JST): cancelled, 6 services paused, ★1, "
        "completion 91% → 88%, rank Gold → Silver, ¥5,000 back to the buyer." in english
    )
    japanese = render(phrase, "ja").body
    assert (
        "11月24日(火) 15:00 (JST)までにご連絡がない場合: 取引はキャンセル、全6サービスが受付休止、評価★1、"
        "納品完了率 91% → 88%、ランク ゴールド → シルバー、購入者へ5,000円を返金。" in japanese
    )


def test_times_are_of_the_reader_s_zone() -> None:
    with read_in("en", "Europe/Berlin"):
        title = wording.render("request_released", FACTS, NOW).title
    assert title == "The cancel request runs on until Tue 24 Nov 07:00 (CET)"


@pytest.mark.parametrize(
    ("left", "en", "ja"),
    [
        (timedelta(days=1, hours=3, minutes=20), "1 d 3 h", "1日3時間"),
        (timedelta(hours=5, minutes=20, seconds=9), "5 h 20 min", "5時間20分"),
        (timedelta(seconds=40), "40 s", "40秒"),
        (timedelta(seconds=-1), "0 s", "0秒"),
        (timedelta(days=2), "2 d", "2日"),
    ],
)
def test_what_remains_is_said_in_its_two_largest_units(left: timedelta, en: str, ja: str) -> None:
    for language, span in (("en", en), ("ja", ja)):
        with read_in(language):
            assert wording.format_times(FACTS, DEADLINE - left)["remaining"] == span


def test_a_rate_without_data_and_a_rank_that_stays_are_said_honestly() -> None:
    preview = PREVIEW | {"completion": [None, 0.0], "rank": ["regular", "regular"], "services_paused": 1}
    with read_in("en"):
        sentence = wording.consequence(preview)
    assert "1 service paused" in sentence
    assert "completion – → 0%" in sentence
    assert "rank" not in sentence


def test_a_silent_buyer_reads_what_becomes_of_the_record() -> None:
    preview = {"deadline": DEADLINE.isoformat(), "at_fault": "buyer", "refund_yen": 5000, "buyer_cancellations": [1, 2]}
    with read_in("en"):
        assert "your record of cancellations for silence 1 → 2" in wording.consequence(preview)


def test_one_thing_that_waits_is_not_several() -> None:
    assert render("digest", "en", count=1).title == "1 thing waits for you"
    assert render("digest", "en", count=2).title == "2 things wait for you"
    assert render("bundle", "en", count=1).title == "1 message or change about “Logo”"


@pytest.mark.parametrize(
    ("at_fault", "name"), [("seller", "出品者連絡なしキャンセル"), ("buyer", "購入者連絡なしキャンセル")]
)
def test_a_verdict_has_the_help_pages_name(at_fault: str, name: str) -> None:
    with read_in("ja"):
        assert str(VERDICTS[AtFault(at_fault)]) == name


def test_what_hangs_on_income_is_critical() -> None:
    assert {Kind.PURCHASE, Kind.REQUEST_PLACED, Kind.REQUEST_DUE} <= CRITICAL


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_nothing_counts_down_to_a_deadline_that_has_passed(phrase: str, language: str) -> None:
    late = render(phrase, language, DEADLINE + timedelta(microseconds=1))
    for left in ("0 s", "0秒", "あと", "left"):
        assert left not in late.title + late.body
    at_the_last_moment = render(phrase, language, DEADLINE)
    with read_in(language):
        counts_down = "{until}" in PHRASES[phrase].body or "{remaining}" in PHRASES[phrase].title
    assert (at_the_last_moment != late) is counts_down


def test_an_old_notice_names_its_deadline_as_one_that_was() -> None:
    shown = render("request_due", "en", DEADLINE + timedelta(days=1))
    assert shown.title == "The reply about “Logo” was due by Tue 24 Nov 15:00 (JST)"
    assert "Reply by Tue 24 Nov 15:00 (JST). If nothing" in shown.body
