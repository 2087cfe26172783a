"""Time passes, and somebody finds a deadline passed."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from marketplace.actions import deadlines, standing
from marketplace.alarms import WakeUp
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.model import agreement, on_the_page, page
from tests.model.both_sides import BothSides, beside, choice, finders, is_running, soon_after
from tests.model.on_the_page import Room
from tests.support.factories import MICROSECOND, hours


class Time(BothSides):
    """The clock, the window of the figures, and whoever looks."""

    @rule(
        n=choice,
        until=st.sampled_from(["a deadline", "the end of a silence", "24 hours after a request", "an hour", "a day"]),
        beside=beside,
    )
    def time_passes(self, n: int, until: str, beside: timedelta) -> None:
        """Stand at a boundary, or a microsecond beside it."""
        n = self._of(n, is_running)
        room = self._room(n)
        if until == "the end of a silence":
            self._wait_until(room.silent_since("buyer" if n % 2 else "seller") + room.terms.silence + beside)
        elif until == "a deadline" and room.running():
            self._wait_until(room.running()[0][0] + beside)
        elif until == "24 hours after a request" and room.requests:
            self._wait_until(room.requests[0].placed_at + hours(24) + beside)
        else:
            self.world.clock.advance(hours(1) if until == "an hour" else hours(24) + beside)
        agreement.who_may_ask(self.policy, self._row(n).pk, room, self.now)

    def the_first_deadline_passes(self, n: int) -> None:
        """Stand a microsecond after the deadline that comes first in a room."""
        self._wait_until(self._room(n).running()[0][0] + MICROSECOND)

    @rule(who=st.sampled_from([0, 1]), waits=st.booleans(), beside=soon_after)
    def a_window_moves(self, who: int, waits: bool, beside: timedelta) -> None:  # noqa: FBT001
        """Three months after the oldest date that a seller's figures count, or a microsecond later."""
        oldest = self.page.sellers[who].oldest
        if waits and oldest is not None and not any(map(is_running, self.page.rooms)):
            self._wait_until(on_the_page.three_months_after(oldest) + beside)
        self.acted = True
        expected = self.page.move_windows(self.now)
        assert standing.recompute_where_the_window_moved() == expected
        self.world.seen["windows moved"] += expected
        for name in ("buyer", "seller 0"):
            record = agreement.a_buyer(self.page, name, self.world.people[name], self.now)
            self.world.seen.update(f"buyer record: {key}" for key, number in record.items() if number)

    # Who finds a deadline passed

    @rule(n=choice, finder=finders, kind=st.sampled_from(page.KINDS))
    def somebody_looks(self, n: int, finder: int, kind: str) -> None:
        self.acted = True
        if finder == 0:
            self.sweep(kind)
        elif finder == 1:
            self.wake_up(n, kind)
        elif finder == 2:
            self.visit(n)
        else:
            self.sweep(None)

    def sweep(self, kind: str | None) -> None:
        """Beat sweeps for each kind; a worker that becomes ready sweeps for all."""
        kinds = [kind] if kind else page.KINDS
        expected = sum(self.page.settle_all(each, "sweep", self.now) for each in kinds)
        settled = deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind(kind) if kind else None)
        assert settled.ended == expected

    def wake_up(self, n: int, kind: str, older: int = 0) -> None:
        """Early or of an older generation, it does nothing; in time, it settles whatever is overdue by now.

        Once its row has ended, it does the same if anything of its kind from its deadline on is overdue.
        """
        self.acted = True
        room, row = self._room(n), self._row(n)
        if kind == "reply" and not room.requests:
            return
        request = room.requests[-1] if kind == "reply" else None
        pk = self._request(row, request).pk if request else row.deal_id
        generation = request.generation if request else room.generation
        due_at = {"first_contact": room.first_contact_deadline, "approval": room.approval_deadline}.get(kind)
        due_at = request.deadline if request else due_at
        expected = self._woken(room, kind, due_at) if due_at is not None and not older else 0
        wake_up = WakeUp(DeadlineKind(kind), pk, generation - older)
        assert deadlines.wake_up(wake_up, rings=0).ended == expected

    def _woken(self, room: Room, kind: str, due_at: datetime) -> int:
        runs = any(each == kind for _, _, each in room.running())
        if not runs:
            later = [at for each in self.page.rooms for at, _, of in each.running() if of == kind]
            found = any(due_at <= at < self.now for at in later)
            return self.page.settle_all(kind, "eta", self.now) if found else 0
        if self.now <= due_at:
            return 0
        return self.page.settle(room, "eta", self.now) + self.page.settle_all(kind, "eta", self.now)

    def visit(self, n: int) -> None:
        expected = self.page.settle(self._room(n), "visit", self.now)
        assert deadlines.settle_room(self._row(n).pk, woken_by=WokenBy.VISIT).ended == expected
