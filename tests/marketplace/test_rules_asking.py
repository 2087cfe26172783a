"""R1, R2 and R8: who may place a cancel request, and from when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import errors, rules
from marketplace.policy import Policy
from marketplace.rules import Talk
from marketplace.vocabulary import DealStatus, Party

POLICY = Policy()
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FOUR_DAYS = timedelta(days=4)
A_DAY = timedelta(hours=24)

both_sides = pytest.mark.parametrize("silent", [Party.SELLER, Party.BUYER])


def talk(
    *,
    silent: Party = Party.SELLER,
    silent_for: timedelta = FOUR_DAYS,
    last_sender: Party | None = None,
    requests_ago: tuple[timedelta, ...] = (),
) -> Talk:
    """Make a room where the counterpart of `silent` wrote last, an hour ago."""
    contacts = {silent: NOW - silent_for, silent.counterpart: NOW - timedelta(hours=1)}
    return Talk(
        deal_status=DealStatus.IN_PROGRESS,
        opened_at=NOW - timedelta(days=30),
        silence_before_request=POLICY.silence_before_request,
        buyer_last_contact_at=contacts[Party.BUYER],
        seller_last_contact_at=contacts[Party.SELLER],
        last_sender=last_sender or silent.counterpart,
        recent_requests={silent.counterpart: tuple(NOW - ago for ago in requests_ago)},
    )


def with_last_contact(facts: Talk, party: Party, at: datetime | None) -> Talk:
    if party is Party.BUYER:
        return replace(facts, buyer_last_contact_at=at)
    return replace(facts, seller_last_contact_at=at)


def refusal(facts: Talk, requester: Party = Party.BUYER, now: datetime = NOW) -> type[errors.Refusal] | None:
    return rules.refusal(POLICY, facts, requester, now)


def eligible_at(facts: Talk, requester: Party = Party.BUYER, now: datetime = NOW) -> datetime | None:
    return rules.eligible_at(POLICY, facts, requester, now)


# 「最終連絡から4日以上経過」


@both_sides
def test_after_exactly_four_days_of_silence_the_other_side_may_ask(silent: Party) -> None:
    assert refusal(talk(silent=silent, silent_for=FOUR_DAYS), silent.counterpart) is None


@both_sides
def test_one_microsecond_before_four_days_the_silence_is_too_short(silent: Party) -> None:
    too_short = talk(silent=silent, silent_for=FOUR_DAYS - MICROSECOND)
    assert refusal(too_short, silent.counterpart) is errors.RespondentContactedRecently
    assert eligible_at(too_short, silent.counterpart) == NOW + MICROSECOND


@both_sides
def test_the_clock_starts_at_the_respondent_s_contact_and_not_at_the_requester_s(silent: Party) -> None:
    facts = with_last_contact(talk(silent=silent), silent.counterpart, NOW - MICROSECOND)
    assert refusal(facts, silent.counterpart) is None


@both_sides
def test_the_silent_one_may_not_ask(silent: Party) -> None:
    facts = talk(silent=silent)
    assert refusal(facts, silent) is errors.LastMessageNotYours
    assert eligible_at(facts, silent) is None


@both_sides
def test_who_was_answered_last_may_not_ask_however_long_ago(silent: Party) -> None:
    answered = talk(silent=silent, silent_for=timedelta(days=300), last_sender=silent)
    assert refusal(answered, silent.counterpart) is errors.LastMessageNotYours


@both_sides
def test_the_clock_of_a_party_that_never_wrote_starts_when_the_room_opened(silent: Party) -> None:
    facts = with_last_contact(replace(talk(silent=silent), opened_at=NOW - FOUR_DAYS), silent, None)
    assert facts.silent_since(silent) == NOW - FOUR_DAYS
    assert refusal(facts, silent.counterpart) is None
    opened_later = replace(facts, opened_at=facts.opened_at + MICROSECOND)
    assert refusal(opened_later, silent.counterpart) is errors.RespondentContactedRecently


@both_sides
def test_in_a_room_where_nobody_wrote_nobody_may_ask(silent: Party) -> None:
    unsaid = replace(talk(silent=silent), buyer_last_contact_at=None, seller_last_contact_at=None, last_sender=None)
    assert refusal(unsaid, silent.counterpart) is errors.LastMessageNotYours
    assert eligible_at(unsaid, silent.counterpart) is None
    assert unsaid.last_contact_at is None


def test_the_silence_asked_for_is_the_one_written_into_the_deal() -> None:
    bought_under_two_days = replace(talk(silent_for=timedelta(days=2)), silence_before_request=timedelta(days=2))
    assert refusal(bought_under_two_days) is None
    assert refusal(replace(bought_under_two_days, silence_before_request=timedelta(days=2, microseconds=1))) is (
        errors.RespondentContactedRecently
    )


# The order of the refusals


def test_a_refusal_names_the_first_unmet_condition() -> None:
    everything_wrong = replace(
        talk(silent_for=timedelta(0), last_sender=Party.SELLER, requests_ago=(timedelta(0),) * 3),
        deal_status=DealStatus.CANCELLED,
        deal_ended_at=NOW,
        open_request_placed_at=NOW,
    )
    in_progress = replace(everything_wrong, deal_status=DealStatus.IN_PROGRESS, deal_ended_at=None)
    no_request_open = replace(in_progress, open_request_placed_at=None)
    buyer_wrote_last = replace(no_request_open, last_sender=Party.BUYER)
    silent_enough = replace(buyer_wrote_last, seller_last_contact_at=NOW - FOUR_DAYS)
    met_in_turn = [everything_wrong, in_progress, no_request_open, buyer_wrote_last, silent_enough]
    codes = [found.code for facts in met_in_turn if (found := refusal(facts))]
    assert codes == [
        "deal_not_in_progress",
        "request_already_open",
        "last_message_not_yours",
        "respondent_contacted_recently",
        "too_many_requests_today",
    ]
    assert refusal(replace(silent_enough, recent_requests={})) is None


@pytest.mark.parametrize("status", [each for each in DealStatus if each is not DealStatus.IN_PROGRESS])
def test_a_deal_that_is_delivered_completed_or_cancelled_takes_no_request(status: DealStatus) -> None:
    facts = replace(talk(), deal_status=status)
    assert refusal(facts) is errors.DealNotInProgress
    assert eligible_at(facts) is None


@both_sides
def test_while_a_request_is_open_neither_side_may_place_another(silent: Party) -> None:
    facts = replace(talk(silent=silent), open_request_placed_at=NOW - timedelta(hours=1))
    for party in Party:
        assert refusal(facts, party) is errors.RequestAlreadyOpen
        assert eligible_at(facts, party) is None


def test_each_condition_says_since_when_it_stands() -> None:
    facts = talk(silent_for=timedelta(days=1), requests_ago=(timedelta(hours=2), timedelta(hours=3)))
    since = {each.refusal: (each.met, each.since) for each in rules.conditions(POLICY, facts, Party.BUYER, NOW)}
    assert since == {
        errors.DealNotInProgress: (True, None),
        errors.RequestAlreadyOpen: (True, None),
        errors.LastMessageNotYours: (True, NOW - timedelta(hours=1)),
        errors.RespondentContactedRecently: (False, NOW - timedelta(days=1)),
        errors.TooManyRequestsToday: (True, NOW - timedelta(hours=2)),
    }


# "at most 3 placed in a room by one party in the last 24 h"


@both_sides
def test_a_fourth_request_within_24_hours_is_one_too_many(silent: Party) -> None:
    three = talk(silent=silent, requests_ago=(timedelta(hours=1), timedelta(hours=2), A_DAY - MICROSECOND))
    assert refusal(three, silent.counterpart) is errors.TooManyRequestsToday
    assert eligible_at(three, silent.counterpart) == NOW + MICROSECOND


@both_sides
def test_the_first_of_three_falls_out_after_exactly_24_hours(silent: Party) -> None:
    three = talk(silent=silent, requests_ago=(timedelta(hours=1), timedelta(hours=2), A_DAY))
    assert refusal(three, silent.counterpart) is None


def test_two_requests_leave_room_for_a_third_at_once() -> None:
    assert refusal(talk(requests_ago=(timedelta(0), timedelta(0)))) is None


def test_the_counterpart_s_requests_are_not_counted() -> None:
    facts = replace(talk(), recent_requests={Party.SELLER: (NOW, NOW, NOW)})
    assert refusal(facts) is None


def test_the_order_in_which_the_requests_are_given_does_not_matter() -> None:
    ages = (A_DAY - MICROSECOND, timedelta(hours=1), timedelta(hours=2))
    assert eligible_at(talk(requests_ago=ages)) == NOW + MICROSECOND


# From when


def test_it_has_been_possible_since_the_moment_that_the_silence_was_long_enough() -> None:
    facts = talk(silent_for=timedelta(days=6))
    assert eligible_at(facts) == NOW - timedelta(days=2)


def test_what_comes_last_decides_from_when() -> None:
    ages = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=3))
    assert eligible_at(talk(silent_for=timedelta(days=6), requests_ago=ages)) == NOW + timedelta(hours=21)
    assert eligible_at(talk(silent_for=timedelta(days=1), requests_ago=ages)) == NOW + timedelta(days=3)


# How long a word is owed


@both_sides
def test_who_was_silent_for_four_days_can_be_asked_about_in_the_second_of_one_line(silent: Party) -> None:
    """The page's words bind; but nobody is invited or scolded by them before the word was owed for as long."""
    facts = replace(talk(silent=silent, silent_for=timedelta(days=9)), first_unanswered_at=NOW)
    assert refusal(facts, silent.counterpart) is None
    assert facts.owed_since == NOW
    assert facts.word_overdue_at == NOW + FOUR_DAYS
    assert not facts.is_word_overdue(NOW + FOUR_DAYS - MICROSECOND)
    assert facts.is_word_overdue(NOW + FOUR_DAYS)


@both_sides
def test_a_marketplace_may_ask_that_the_word_was_owed_for_so_long(silent: Party) -> None:
    asked = replace(talk(silent=silent), owed_before_request=A_DAY, first_unanswered_at=NOW - A_DAY + MICROSECOND)
    assert refusal(asked, silent.counterpart) is errors.NotOwedLongEnough
    assert eligible_at(asked, silent.counterpart) == NOW + MICROSECOND
    assert refusal(asked, silent.counterpart, NOW + MICROSECOND) is None
    assert refusal(replace(asked, owed_before_request=timedelta(0)), silent.counterpart) is None


@both_sides
def test_a_word_is_owed_since_the_first_unanswered_message_and_not_before_one_s_own(silent: Party) -> None:
    facts = replace(talk(silent=silent), first_unanswered_at=NOW - timedelta(hours=5))
    assert facts.owed_since == NOW - timedelta(hours=5)
    spoke = with_last_contact(facts, silent, NOW - timedelta(hours=2))
    assert spoke.owed_since == NOW - timedelta(hours=2)
    unknown = replace(facts, first_unanswered_at=None)
    assert unknown.owed_since == NOW - timedelta(hours=1)
    nobody_wrote = replace(unknown, buyer_last_contact_at=None, seller_last_contact_at=None, last_sender=None)
    assert nobody_wrote.owed_since == nobody_wrote.opened_at
    assert replace(facts, deal_status=DealStatus.COMPLETED).owed_since is None


# Whatever the facts


moments = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=8)).map(lambda ago: NOW - ago)
talks = st.builds(
    Talk,
    deal_status=st.sampled_from([DealStatus.IN_PROGRESS] * 4 + list(DealStatus)),
    opened_at=moments,
    silence_before_request=st.timedeltas(min_value=MICROSECOND, max_value=timedelta(days=6)),
    buyer_last_contact_at=st.none() | moments,
    seller_last_contact_at=st.none() | moments,
    last_sender=st.none() | st.sampled_from(Party),
    owed_before_request=st.just(timedelta(0)) | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=6)),
    first_unanswered_at=st.none() | moments,
    deal_ended_at=st.none(),
    open_request_placed_at=st.none() | moments,
    recent_requests=st.dictionaries(st.sampled_from(Party), st.lists(moments, max_size=5).map(tuple)),
)
parties = st.sampled_from(Party)


@given(talks, parties)
def test_a_request_may_be_placed_exactly_when_every_condition_is_met(facts: Talk, requester: Party) -> None:
    every = list(rules.conditions(POLICY, facts, requester, NOW))
    assert (refusal(facts, requester) is None) == all(each.met for each in every)
    assert len(every) == (6 if facts.owed_before_request else 5)


@given(talks, parties)
def test_who_waits_until_eligible_at_may_ask_and_not_a_microsecond_before(facts: Talk, requester: Party) -> None:
    at = eligible_at(facts, requester)
    if at is None:
        assert refusal(facts, requester) is not None
        assert refusal(facts, requester, NOW + timedelta(days=365)) == refusal(facts, requester)
        return
    assert refusal(facts, requester, at) is None
    assert refusal(facts, requester, at - MICROSECOND) is not None
    assert (at <= NOW) == (refusal(facts, requester) is None)


@given(talks, parties)
def test_the_rule_is_the_same_seen_from_the_other_side(facts: Talk, requester: Party) -> None:
    mirrored = replace(
        facts,
        buyer_last_contact_at=facts.seller_last_contact_at,
        seller_last_contact_at=facts.buyer_last_contact_at,
        last_sender=facts.last_sender.counterpart if facts.last_sender else None,
        recent_requests={party.counterpart: placed for party, placed in facts.recent_requests.items()},
    )
    assert refusal(facts, requester) is refusal(mirrored, requester.counterpart)
    assert eligible_at(facts, requester) == eligible_at(mirrored, requester.counterpart)


@pytest.mark.parametrize("status", list(DealStatus))
def test_the_counterpart_of_the_last_sender_owes_the_next_word_until_the_deal_has_ended(status: DealStatus) -> None:
    runs = status in {DealStatus.IN_PROGRESS, DealStatus.DELIVERED}
    for last_sender in Party:
        facts = replace(talk(), deal_status=status, last_sender=last_sender)
        assert facts.owes_the_next_word == (last_sender.counterpart if runs else None)
    unsaid = replace(talk(), deal_status=status, last_sender=None)
    assert unsaid.owes_the_next_word == (Party.SELLER if runs else None)
