"""What silence does in a room, and who can ask to cancel: a sentence for each state."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from marketplace.pages.asking import Way
from marketplace.pages.silence import IF_SILENT, TO_STAFF, YOURS, Risk, Silence
from marketplace.vocabulary import Party

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
AT = NOW + timedelta(hours=3)
RISKS: dict[Risk, tuple[dict[str, Any], str]] = {
    Risk.CERTAIN: (
        {"is_certain": True, "running": SimpleNamespace(at=AT)},
        "If you do not write by Tue 24 Nov 15:00 (JST):",
    ),
    Risk.HELD: (
        {"is_against_you": True},
        "If you do not write before the deadline, once the request runs again:",
    ),
    Risk.AT_ANY_TIME: (
        {"theirs": SimpleNamespace(is_possible=True, possible_from=NOW)},
        "Ken can ask to cancel at any time. If you do not write within 24 hours after that:",
    ),
    Risk.LATER: (
        {"theirs": SimpleNamespace(is_possible=False, possible_from=AT)},
        "From Tue 24 Nov 15:00 (JST), Ken can ask to cancel. If you do not write within 24 hours after that:",
    ),
}
WAYS: dict[Way, tuple[str, str, str]] = {
    Way.CALLED_FOR: ("✓ possible now", "good", ""),
    Way.EARLY: (
        "✓ possible now",
        "",
        "But Ken has had your message for only 2 h: please give them time to reply.",
    ),
    Way.LATER: ("not yet", "", "possible from Tue 24 Nov 15:00 (JST) (in 3 h)"),
    Way.BLOCKED: ("not possible", "", "Waiting is not enough: see what is missing below."),
}
OF_BOTH = {
    Way.CALLED_FOR: "possible now",
    Way.EARLY: "possible now",
    Way.LATER: "from Tue 24 Nov 15:00 (JST)",
    Way.BLOCKED: "not by waiting",
}


def silence(**known: Any) -> Silence:
    """Make a room of which this is known."""
    room = {
        "is_certain": False,
        "is_against_you": False,
        "is_in_progress": True,
        "running": None,
        "theirs": None,
        "you": Party.BUYER,
        "counterpart": SimpleNamespace(username="Ken"),
        "visit": SimpleNamespace(now=NOW, deal=SimpleNamespace(reply_window=timedelta(hours=24))),
    }
    return Silence(SimpleNamespace(**room | known))  # type: ignore[arg-type]  # what it reads of a room


def way_to(way: Way, requester: Party = Party.BUYER) -> SimpleNamespace:
    """Make a party's way to a request."""
    possible_from = AT if way is Way.LATER else None
    return SimpleNamespace(
        way=way, requester=requester, possible_from=possible_from, owed_since=NOW - timedelta(hours=2)
    )


def plain(html: object) -> str:
    """Return the text without its elements."""
    return re.sub("<[^>]+>", "", str(html))


def test_every_state_has_its_words() -> None:
    assert (set(IF_SILENT), set(YOURS), set(TO_STAFF)) == (set(Risk), set(Way), set(Way))


@pytest.mark.parametrize("risk", Risk)
def test_a_risk_has_its_condition(risk: Risk) -> None:
    known, condition = RISKS[risk]
    shown = silence(**known)
    assert shown.risk is risk
    assert plain(shown.if_silent) == condition


@pytest.mark.parametrize("way", Way)
def test_the_reader_s_own_way_has_its_tag_and_words(way: Way) -> None:
    tag, tone, text = WAYS[way]
    yours = silence(yours=way_to(way)).yours
    assert (yours.tag, yours.tone, plain(yours.text)) == (tag, tone, text)


def test_nothing_is_missing_where_no_deal_is_in_progress() -> None:
    yours = silence(yours=way_to(Way.BLOCKED), is_in_progress=False).yours
    assert (yours.tag, yours.text) == ("not possible", "")


@pytest.mark.parametrize("way", Way)
def test_staff_see_the_way_of_each_party(way: Way) -> None:
    both = [way_to(way, party) for party in Party]
    shown = [(party, plain(text)) for party, text in silence(both=both, you=None).of_both]
    assert shown == [("buyer", OF_BOTH[way]), ("seller", OF_BOTH[way])]


@pytest.mark.parametrize(
    ("last_sender", "why"),
    [
        (Party.BUYER, "Ken cannot ask to cancel: the last message is yours."),
        (None, "Ken cannot ask to cancel yet: nobody has written."),
    ],
)
def test_the_other_party_s_way_is_barred_for_a_reason(last_sender: Party | None, why: str) -> None:
    assert silence(talk=SimpleNamespace(last_sender=last_sender)).theirs == why
