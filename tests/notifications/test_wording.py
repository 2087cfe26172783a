"""Every notice says what happened, in both languages, and no name is missing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketplace.vocabulary import EventKind, Language
from notifications import wording
from notifications.catalog import CATALOG, REMINDERS
from notifications.phrases import KINDS, WORDS
from notifications.vocabulary import CRITICAL, Kind, Ladder
from notifications.wording import Reader

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
USED = {line.words for lines in CATALOG.values() for line in lines} | {
    words
    for lines in REMINDERS.values()
    for line in lines
    for words in (line.words, line.to_counterpart, line.once_possible)
    if words
}


def reader(language: Language, zone: str = "Asia/Tokyo") -> Reader:
    return Reader(language=language, zone=ZoneInfo(zone), now=NOW)


def test_every_event_is_in_the_catalogue_and_every_ladder_has_its_words() -> None:
    assert set(CATALOG) == set(EventKind)
    assert set(REMINDERS) == set(Ladder)


def test_every_kind_has_a_name_and_all_words_are_used() -> None:
    assert set(KINDS) == set(Kind)
    assert {"bundle", "digest", "test"} == set(WORDS) - USED
    assert set(WORDS) >= USED


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("words", sorted(WORDS))
def test_each_renders_without_a_missing_name(words: str, language: Language) -> None:
    said = wording.say(words, FACTS, reader(language))
    assert said.title
    assert said.body
    assert "{" not in said.title + said.body
    assert "None" not in said.title + said.body
    assert bool(re.search(r"[ぁ-んァ-ン一-龯]", said.body)) is (language is Language.JAPANESE)


@pytest.mark.parametrize("words", ["request_placed", "request_due", "first_contact_due"])
def test_whoever_is_at_risk_reads_until_when_and_what_happens_otherwise(words: str) -> None:
    english = wording.say(words, FACTS, reader(Language.ENGLISH)).body
    assert "Tue 24 Nov 15:00 (JST) (3 h left)" in english
    assert (
        "If nothing is said until Tue 24 Nov 15:00 (JST): cancelled, 6 services paused, ★1, "
        "completion 91 % → 88 %, rank Gold → Silver, ¥5,000 back to the buyer." in english
    )
    japanese = wording.say(words, FACTS, reader(Language.JAPANESE)).body
    assert (
        "11月24日(火) 15:00 (JST)までにご連絡がない場合: 取引はキャンセル、全6サービスが受付休止、評価★1、"
        "納品完了率 91 % → 88 %、ランク ゴールド → シルバー、購入者へ5,000円を返金。" in japanese
    )


def test_times_are_of_the_reader_s_zone() -> None:
    said = wording.moment(DEADLINE, reader(Language.ENGLISH, "Europe/Berlin"))
    assert said == "Tue 24 Nov 07:00 (CET)"


@pytest.mark.parametrize(
    ("left", "en", "ja"),
    [
        (timedelta(days=1, hours=3, minutes=20), "1 d 3 h left", "1日3時間"),
        (timedelta(hours=5, minutes=20, seconds=9), "5 h 20 min left", "5時間20分"),
        (timedelta(seconds=40), "40 s left", "40秒"),
        (timedelta(seconds=-1), "0 s left", "0秒"),
        (timedelta(days=2), "2 d left", "2日"),
    ],
)
def test_what_remains_is_said_in_its_two_largest_units(left: timedelta, en: str, ja: str) -> None:
    assert wording.remaining(left, Language.ENGLISH) == en
    assert wording.remaining(left, Language.JAPANESE) == ja


def test_a_rate_without_data_and_a_rank_that_stays_are_said_honestly() -> None:
    preview = PREVIEW | {"completion": [None, 0.0], "rank": ["regular", "regular"], "services_paused": 1}
    said = wording.consequence(preview, reader(Language.ENGLISH))
    assert "1 service paused" in said
    assert "completion – → 0 %" in said
    assert "rank" not in said


def test_a_silent_buyer_reads_what_becomes_of_the_record() -> None:
    preview = {"deadline": DEADLINE.isoformat(), "at_fault": "buyer", "refund_yen": 5000, "buyer_cancellations": [1, 2]}
    assert "your record of cancellations for silence 1 → 2" in wording.consequence(preview, reader(Language.ENGLISH))


def test_what_hangs_on_income_is_critical() -> None:
    assert {Kind.PURCHASE, Kind.REQUEST_PLACED, Kind.REQUEST_DUE} <= CRITICAL


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("words", sorted(WORDS))
def test_nothing_counts_down_to_a_deadline_that_has_passed(words: str, language: Language) -> None:
    late = Reader(language=language, zone=ZoneInfo("Asia/Tokyo"), now=DEADLINE + timedelta(microseconds=1))
    said = wording.say(words, FACTS, late)
    for left in ("0 s", "0秒", "あと", "left"):
        assert left not in said.title + said.body
    at_the_last_moment = wording.say(words, FACTS, Reader(language=language, zone=late.zone, now=DEADLINE))
    spoken = WORDS[words].spoken(language)
    counts_down = "{until}" in spoken.body or "{remaining}" in spoken.title
    assert (at_the_last_moment != said) is counts_down


def test_an_old_notice_names_its_deadline_as_one_that_was() -> None:
    late = Reader(language=Language.ENGLISH, zone=ZoneInfo("Asia/Tokyo"), now=DEADLINE + timedelta(days=1))
    said = wording.say("request_due", FACTS, late)
    assert said.title == "The reply about “Logo” was due by Tue 24 Nov 15:00 (JST)"
    assert "Reply by Tue 24 Nov 15:00 (JST). If nothing" in said.body
