"""The words, as machines read them."""

import re
from enum import StrEnum

import pytest
from django.db.models import TextChoices
from django.utils import translation

from marketplace import errors, vocabulary
from marketplace.vocabulary import CONTACT, MessageKind, Party, Rank

WORDS = [
    each
    for each in vars(vocabulary).values()
    if isinstance(each, type) and issubclass(each, TextChoices | StrEnum) and each not in {TextChoices, StrEnum}
]
REFUSALS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Refusal)]


def test_each_party_s_counterpart_is_the_other_one() -> None:
    assert Party.BUYER.counterpart is Party.SELLER
    assert Party.SELLER.counterpart is Party.BUYER


def test_contact_is_what_a_party_said_and_not_what_a_machine_did() -> None:
    assert MessageKind.TEXT in CONTACT
    assert MessageKind.PROGRESS_REPORT in CONTACT
    assert not {MessageKind.AUTOMATIC, MessageKind.SYSTEM} & CONTACT


def test_ranks_have_levels_0_to_4() -> None:
    assert [rank.level for rank in Rank] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("words", WORDS)
def test_values_are_lower_snake_case_and_fit_their_column(words: type[TextChoices | StrEnum]) -> None:
    for each in words:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", each.value)
        assert len(each.value) <= 32


def test_no_two_refusals_share_a_code() -> None:
    codes = [each.code for each in REFUSALS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_why_in_both_languages(refusal: type[errors.Refusal]) -> None:
    english = str(refusal.message)
    with translation.override("ja"):
        japanese = str(refusal.message)
    assert english.endswith((".", "/"))
    assert english.isascii()
    assert japanese.endswith("。")
    assert not japanese.isascii()
    assert str(refusal(room="1")) == english
    assert 400 <= refusal.status < 500
