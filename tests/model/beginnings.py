"""Stories that an example of the state machine may begin with: what must be seen does not hang on luck.

Each step names a doing of `machine.Marketplace`, and with what. Rooms 0 and 2 are of one seller.
"""

from typing import Any

from tests.support.factories import MICROSECOND, days, hours

JUDGEMENTS = ("approve", "send back", "review")
AN_HOUR = hours(1)

BEGINNINGS: dict[str, list[tuple[Any, ...]]] = {
    "nothing": [],
    "questions": [
        *(("the_buyer_judges", 0, who, 5, doing) for who in ("buyer", "seller") for doing in JUDGEMENTS),
        ("deliver", 0, "buyer"),
        ("ask", 0, "seller"),
        ("ask", 0, "buyer"),
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("ask", 0, "buyer"),
        ("withdraw", 0, "seller"),
        ("staff_steers", 0, "release", AN_HOUR),
        ("the_first_deadline_passes", 0),
        ("ask", 0, "seller"),
        ("withdraw", 0, "seller"),
    ],
    "a word owed": [
        ("the_policy_changes", days(2), hours(24), hours(72), None, days(3)),
        ("buy", "buyer", 0, 0, False),
        ("time_passes", 3, "the end of a silence", MICROSECOND),
        ("say", 3, "buyer", "text"),
        ("ask", 3, "buyer"),
        ("ask_as_soon_as_possible", 3, "buyer"),
    ],
    "as many deals as may run": [("buy", "buyer", 0, 0, False)] * 10,
    "a shop": [
        ("a_seller_decides", 1, 3, "publish", None),
        ("a_seller_decides", 1, 0, "pause", None),
        ("a_seller_decides", 1, 2, "resume", None),
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("the_first_deadline_passes", 0),
        ("sweep", "reply"),
        ("buy", "buyer", 1, 1, False),
        ("buy", "seller 0", 0, 1, False),
        ("buy", "buyer", 0, 3, False),
        ("a_seller_decides", 1, 0, "resume", None),
        ("a_seller_decides", 1, 0, "have it resumed", None),
        ("a_seller_decides", 1, 0, "resume", None),
    ],
    "a plan": [
        *(("share", 0, "seller", doing, 1) for doing in ("add", "add", "nothing", "foreign", "doubled", "change")),
        ("share", 0, "buyer", "add", 1),
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("share", 0, "seller", "finish", 1),
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("the_first_deadline_passes", 0),
        ("share", 0, "seller", "nothing", 1),
        ("share", 0, "seller", "remove", 1),
    ],
    "a silent buyer": [
        ("ask_as_soon_as_possible", 0, "seller"),
        ("the_first_deadline_passes", 0),
        ("say", 0, "buyer", "text"),
        *(("the_buyer_judges", 0, "buyer", 5, doing) for doing in JUDGEMENTS),
        ("a_window_moves", 0, False, MICROSECOND),
        ("say", 0, "seller", "text"),
        ("share", 0, "seller", "add", 1),
    ],
    "a long life": [
        ("deliver", 0, "seller"),
        ("the_buyer_judges", 0, "buyer", 5, "send back"),
        ("deliver", 0, "seller"),
        ("the_buyer_judges", 0, "buyer", 5, "approve"),
        *(("the_buyer_judges", 0, "buyer", 5, doing) for doing in ("review", *JUDGEMENTS)),
        ("say", 0, "buyer", "text"),
        ("a_window_moves", 0, False, MICROSECOND),
        ("staff_hides", 0, 0),
        ("staff_hides", 0, 0),
    ],
    "too late": [
        ("deliver", 0, "seller"),
        ("the_first_deadline_passes", 0),
        ("the_buyer_judges", 0, "buyer", 5, "approve"),
        ("deliver", 1, "seller"),
        ("the_first_deadline_passes", 1),
        ("the_buyer_judges", 1, "buyer", 5, "send back"),
        ("the_buyer_judges", 0, "buyer", 4, "review"),
    ],
    "steered": [
        ("ask_as_soon_as_possible", 0, "buyer"),
        *(("staff_steers", 0, doing, AN_HOUR) for doing in ("hold", "hold", "extend")),
        ("withdraw", 0, "buyer"),
        *(("staff_steers", 0, doing, AN_HOUR) for doing in ("hold", "release", "extend")),
        ("ask_as_soon_as_possible", 1, "seller"),
        ("staff_steers", 1, "hold", AN_HOUR),
        ("deliver", 1, "seller"),
        ("ask_as_soon_as_possible", 2, "buyer"),
        ("staff_steers", 2, "hold", AN_HOUR),
        ("say", 2, "seller", "text"),
        ("ask_as_soon_as_possible", 2, "buyer"),
        *(("staff_steers", 2, doing, AN_HOUR) for doing in ("release", "hold", "release")),
        ("the_first_deadline_passes", 2),
        ("staff_steers", 2, "extend", AN_HOUR),
    ],
    "two verdicts": [
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("ask_as_soon_as_possible", 2, "buyer"),
        ("the_first_deadline_passes", 2),
        ("sweep", "reply"),
        ("staff_reverses", 0),
        ("staff_reverses", 0),
    ],
    "two deadlines at once": [
        ("nobody_answers_a_purchase", 0, 0, days(3), MICROSECOND),
        ("nobody_answers_a_purchase", 1, 3, days(3) - MICROSECOND, MICROSECOND),
    ],
    "wake-ups": [
        ("deliver", 2, "seller"),
        ("the_first_deadline_passes", 2),
        ("wake_up", 2, "approval"),
        ("ask_as_soon_as_possible", 0, "buyer"),
        ("the_first_deadline_passes", 0),
        ("wake_up", 0, "reply"),
    ],
}
