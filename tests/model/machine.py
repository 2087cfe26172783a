"""Does the same on the page and in the database, whatever people do and in whatever order, and compares."""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.model.acts import Acts
from tests.model.beginnings import BEGINNINGS
from tests.model.both_sides import (
    ROOMS_AT_MOST,
    choice,
    finders,
    is_delivered,
    is_in_progress,
    is_running,
    mostly_buyer,
    parties,
    soon_after,
)
from tests.model.on_the_page import other
from tests.support.factories import MICROSECOND, days, hours


class Marketplace(Acts):
    """The acts, and the stories that luck seldom tells."""

    beginning: ClassVar[str] = "nothing"

    @initialize()
    def three_purchases(self) -> None:
        """Each example begins with three rooms, and with a story that luck seldom tells."""
        for who in (1, 0, 1):
            self.buy("buyer", who, 0, words=True)
        for doing, *given in BEGINNINGS[self.beginning]:
            getattr(self, doing)(*given)

    @rule(n=choice, who=mostly_buyer, waits=st.booleans())
    def somebody_asks(self, n: int, who: str, waits: bool) -> None:  # noqa: FBT001
        if waits:
            self.ask_as_soon_as_possible(n, who)
        else:
            self.ask(n, who)

    def ask_as_soon_as_possible(self, n: int, who: str) -> None:
        """Write, wait until the other side was silent for long enough, and ask."""
        n = self._of(n, is_in_progress)
        room = self._room(n)
        if room.open_request or room.status != "in_progress":
            return
        if room.last_sender != who:
            self.say(n, who, "text")
        owed_from = room.first_unanswered() or self.now
        self._wait_until(max(room.silent_since(other(who)) + room.terms.silence, owed_from + room.terms.owed))
        self.ask(n, who)

    @rule(n=choice, who=mostly_buyer, finder=st.integers(0, 7), beside=soon_after)
    def a_silence_lasts(self, n: int, who: str, finder: int, beside: timedelta) -> None:
        """Nobody answers until the deadline, or a microsecond longer; then somebody looks, or the silent one acts."""
        n = self._of(n, is_in_progress)
        self.ask_as_soon_as_possible(n, who)
        request = self._room(n).open_request
        if request is None or request.deadline is None:
            return
        self._wait_until(request.deadline + beside)
        silent = other(request.requester)
        if finder < 4:
            self.somebody_looks(n, finder, "reply")
        elif silent == "seller":
            late: list[Callable[[], None]] = [
                lambda: self.say(n, silent, "text"),
                lambda: self.deliver(n, silent),
                lambda: self.share(n, silent, "add", 1),
                lambda: self.staff_steers(n, "hold", hours(1)),
            ]
            late[finder - 4]()
        else:
            self.the_buyer_judges(n, silent, 1, ["approve", "send back", "review", "review"][finder - 4])
            self.say(n, silent, "text")

    @precondition(lambda machine: len(machine.page.rooms) < ROOMS_AT_MOST)
    @rule(
        who=st.sampled_from([0, 1]),
        finder=finders,
        limit=st.sampled_from([days(3) - MICROSECOND, days(3), days(3) + MICROSECOND, days(2)]),
        beside=soon_after,
    )
    def nobody_answers_a_purchase(self, who: int, finder: int, limit: timedelta, beside: timedelta) -> None:
        """Buy with a first-contact limit at, or beside, the deadline of the request that follows; then look."""
        self.acknowledge(who, None)
        self.the_policy_changes(days(2), hours(24), hours(72), limit, days(0))
        before = len(self.rooms)
        self.buy("buyer", who, 0, words=True)
        if len(self.rooms) == before:
            return
        self.ask_as_soon_as_possible(before, "buyer")
        self._wait_until(max(at for at, _, _ in self._room(before).running()) + beside)
        self.somebody_looks(before, finder, "first_contact")

    @rule(
        n=choice,
        waits=st.sampled_from([None, None, timedelta(0), MICROSECOND]),
        finder=finders,
        doing=st.sampled_from(["approve", "approve", "send back", "look", "nothing"]),
        stars=st.integers(1, 5),
    )
    def a_delivery_is_judged(self, n: int, waits: timedelta | None, finder: int, doing: str, stars: int) -> None:
        """At once, or at the end of the window, or a microsecond later; by the buyer, or by whoever looks."""
        n = self._of(n, is_delivered if doing == "look" else is_running)
        room = self._room(n)
        if room.status == "in_progress":
            self.deliver(n, "seller")
        if room.approval_deadline is not None and waits is not None:
            self._wait_until(room.approval_deadline + waits)
        if doing == "look":
            self.somebody_looks(n, finder, "approval")
        elif doing != "nothing":
            self.the_buyer_judges(n, "buyer", stars, doing)
            self.the_buyer_judges(n, "buyer", stars, "review")
            self.the_buyer_judges(n, "buyer" if stars > 1 else "seller", stars, "review")

    @rule(
        n=choice,
        who=parties,
        first=st.sampled_from(["hold", "hold", "extend"]),
        then=st.sampled_from(
            ["release", "hold", "extend", "say", "withdraw", "deliver", "share", "an old wake-up", "a wake-up"]
        ),
        waits=st.sampled_from([hours(1), days(5)]),
    )
    def a_request_is_steered(self, n: int, who: str, first: str, then: str, waits: timedelta) -> None:
        """Ask, have staff hold or extend it, and let something happen to it a good while later."""
        n = self._of(n, is_in_progress)
        self.ask_as_soon_as_possible(n, who)
        self.staff_steers(n, first, hours(1))
        self.world.clock.advance(waits)
        following: dict[str, Callable[[], None]] = {
            "say": lambda: self.say(n, other(who), "text"),
            "withdraw": lambda: self.withdraw(n, who),
            "deliver": lambda: self.deliver(n, "seller"),
            "share": lambda: self.share(n, "seller", "add", 1),
            "an old wake-up": lambda: self.wake_up(n, "reply", 1),
            "a wake-up": lambda: self.wake_up(n, "reply"),
        }
        following.get(then, lambda: self.staff_steers(n, then, days(2)))()
