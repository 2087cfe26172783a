"""How pages say durations, as the rules do."""

from datetime import timedelta

import pytest
from django.utils import translation

from marketplace.pages import words


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(hours=1), "1 hour", "1時間"),
        (timedelta(hours=24), "24 hours", "24時間"),
        (timedelta(hours=72), "72 hours", "72時間"),
        (timedelta(days=4), "4 days", "4日"),
        (timedelta(hours=100), "100 hours", "100時間"),
        (timedelta(seconds=40), "40 s", "40秒"),
        (timedelta(hours=1, minutes=30), "1 h 30 min", "1時間30分"),
    ],
)
def test_up_to_72_hours_a_duration_of_the_rules_is_said_in_hours_and_four_days_as_days(
    length: timedelta, english: str, japanese: str
) -> None:
    with translation.override("en"):
        assert words.window(length) == english
    with translation.override("ja"):
        assert words.window(length) == japanese
