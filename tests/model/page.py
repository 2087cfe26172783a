"""A small model of the help page: plain Python, written from the rules alone (nothing of marketplace.rules).

Each doing returns the code that it is refused with, or None. Times are aware; `now` is given.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.model.on_the_page import (
    MICROSECOND,
    Line,
    Milestone,
    Pause,
    Request,
    Review,
    Room,
    Seller,
    Service,
    Terms,
    Verdict,
    Wanted,
    other,
    three_months_before,
)

KINDS = ("reply", "first_contact", "approval")


class Page:
    """The marketplace as the help page tells it."""

    def __init__(self, sellers: list[Seller]) -> None:
        self.sellers = sellers
        self.rooms: list[Room] = []
        self.terms = Terms()
        self.told: Counter[str] = Counter()
        """How many events of each kind there must be."""
        self.seen: Counter[str] = Counter()
        """What happened by the way, for the one who asks whether it ever did."""

    # Buying and selling

    def buy(self, buyer: str, seller: Seller, service: Service, words: bool, now: datetime) -> str | None:  # noqa: FBT001
        if seller.person == buyer:
            return "own_service"
        if service.own_status == "draft":
            return "not_found"
        if not seller.accepts(service):
            return "service_not_accepting"
        running = [room for room in self.rooms if (room.buyer, room.seller, room.has_ended) == (buyer, seller, False)]
        if len(running) >= 10:
            return "too_many_running_deals"
        room = Room(buyer=buyer, seller=seller, opened_at=now, terms=replace(self.terms))
        if room.terms.first_contact is not None:
            room.first_contact_deadline = now + room.terms.first_contact
        self.rooms.append(room)
        room.lines.append(Line(None, "purchase", now - MICROSECOND))
        self.told["deal_purchased"] += 1
        if words:
            room.lines.append(Line("buyer", "text", now))
            room.contact["buyer"], room.last_sender = now, "buyer"
        return None

    def publish(self, service: Service) -> str | None:
        if service.own_status != "draft":
            return "already_published"
        service.own_status = "accepting"
        self.told["service_published"] += 1
        return None

    def pause(self, service: Service) -> str | None:
        if service.own_status == "draft":
            return "service_is_draft"
        service.own_status = "paused"
        self.told["service_paused"] += 1
        return None

    def resume(self, seller: Seller, service: Service) -> str | None:
        if service.own_status == "draft":
            return "service_is_draft"
        if seller.must_acknowledge:
            return "seller_paused"
        service.own_status = "accepting"
        self._lift([service])
        self.told["service_resumed"] += 1
        return None

    def acknowledge(self, seller: Seller, services: list[Service], now: datetime) -> None:
        """R9: by the seller, or by staff on the seller's behalf."""
        waiting = [each for each in seller.verdicts if each.acknowledged_at is None and each.reversed_at is None]
        for verdict in waiting:
            verdict.acknowledged_at = now
        lifted = self._lift(services)
        self.told["seller_resumed"] += bool(waiting or lifted)

    def _lift(self, services: list[Service]) -> int:
        holding = [pause for service in services for pause in service.pauses if not pause.lifted]
        for pause in holding:
            pause.lifted = True
        return len(holding)

    # Talking and asking

    def say(self, room: Room, party: str, kind: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "room_closed", now, words=True)
        if not refused:
            self._write(room, party, kind, "message_posted", now)
        return refused

    def ask(self, room: Room, party: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "deal_not_in_progress", now) or room.refusal(party, now)
        if not refused:
            room.requests.append(Request(party, now, now + room.terms.reply))
            self._told(room, "request_placed", now, "request_placed")
        return refused

    def withdraw(self, room: Room, request: Request, party: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "request_not_open", now)
        if refused:
            return refused
        if request.requester != party:
            return "permission_denied"
        if request.status != "awaiting_reply":
            return "request_not_open"
        self._end(request, "withdrawn", now)
        self._told(room, "request_withdrawn", now, "request_withdrawn")
        return None

    # Delivering, judging, reviewing

    def deliver(self, room: Room, party: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "deal_not_in_progress", now, only="seller", words=True)
        if refused or room.status != "in_progress":
            return refused or "deal_not_in_progress"
        room.status, room.approval_deadline = "delivered", now + room.terms.approval
        room.generation += 1
        request = room.open_request
        self._write(room, party, "delivery", "deal_delivered", now)
        if request and request.requester == party:
            self._end(request, "ended_with_deal", now)
            self._told(room, "request_ended_with_deal", now, "request_ended_with_deal")
        return None

    def approve(self, room: Room, party: str, now: datetime) -> str | None:
        refused = self._judge(room, party, now, words=False)
        if refused:
            return refused
        self._complete(room, "buyer", now)
        self._told(room, "deal_completed", now, "approved")
        self._recount([room.seller], now)
        return None

    def send_back(self, room: Room, party: str, now: datetime) -> str | None:
        refused = self._judge(room, party, now, words=True)
        if refused:
            return refused
        room.status, room.approval_deadline = "in_progress", None
        room.generation += 1
        self._write(room, party, "send_back", "deal_sent_back", now)
        return None

    def _judge(self, room: Room, party: str, now: datetime, *, words: bool) -> str | None:
        refused = self._enter(
            room, party, "deal_not_in_progress", now, only="buyer", words=words, when_approved="approval_window_passed"
        )
        return refused or (None if room.status == "delivered" else "nothing_delivered")

    def review(self, room: Room, party: str, stars: int, now: datetime) -> str | None:
        refused = self._enter(room, party, None, now, only="buyer")
        if refused:
            return refused
        if room.status != "completed":
            return "deal_not_completed"
        if room.reviewed:
            return "already_reviewed"
        room.reviewed = True
        room.seller.reviews.append(Review(stars, now))
        self.told["review_written"] += 1
        self._recount([room.seller], now)
        return None

    def _complete(self, room: Room, by: str, at: datetime) -> None:
        room.status, room.approved_by, room.ended_at = "completed", by, at
        room.seller.completed.append((at, 5_000))

    # 「あらかじめ納品までのスケジュールを相手に共有」

    def share(self, room: Room, party: str, wanted: Sequence[Wanted], now: datetime, *, foreign: bool) -> str | None:
        """Make the schedule what is wanted; `foreign` says that an id among them is not of this room, or doubled."""
        kept = [each.of for each in wanted if each.of is not None]
        removed = [each for each in room.shared if not any(each is one for one in kept)]
        news = [each for each in wanted if each.says_something_new]
        is_contact = bool(news or removed) and not foreign
        refused = self._enter(room, party, "room_closed", now, only="seller", words=is_contact)
        if refused or foreign:
            return refused or "unknown_milestone"
        if not is_contact:
            self.seen["share: nothing changed"] += 1
            return None
        self._change_schedule(room, news, removed, now)
        self._write(room, party, "schedule_change", "schedule_changed", now)
        return None

    def _change_schedule(self, room: Room, news: list[Wanted], removed: list[Milestone], now: datetime) -> None:
        for milestone in removed:
            milestone.keep_what_it_said(now)
            milestone.removed_at = now
        for each in news:
            if each.of is None:
                room.schedule.append(Milestone(each.title, each.due_on, now if each.done else None, now))
            else:
                each.of.keep_what_it_said(now)
                each.of.title, each.of.due_on = each.title, each.due_on
                each.of.done_at = (each.of.done_at or now) if each.done else None

    # R10: what staff may do

    def hold(self, room: Room, request: Request, now: datetime) -> str | None:
        refused = self._steer(room, request, now)
        if refused or request.deadline is None:
            return refused or "request_already_held"
        request.remaining, request.held_at, request.deadline = request.deadline - now, now, None
        return self._has_moved(room, request, "request_held", now)

    def release(self, room: Room, request: Request, now: datetime) -> str | None:
        refused = self._steer(room, request, now)
        if refused or request.remaining is None:
            return refused or "request_not_held"
        request.deadline, request.held_at, request.remaining = now + request.remaining, None, None
        return self._has_moved(room, request, "request_released", now)

    def extend(self, room: Room, request: Request, by: timedelta, now: datetime) -> str | None:
        refused = self._steer(room, request, now)
        if refused:
            return refused
        if request.deadline is not None:
            request.deadline += by
        if request.remaining is not None:
            request.remaining += by
            self.seen["extend: while held"] += 1
        return self._has_moved(room, request, "request_extended", now)

    def _steer(self, room: Room, request: Request, now: datetime) -> str | None:
        self.seen["staff: verdict"] += self.settle(room, "staff", now)
        return None if request.status == "awaiting_reply" else "request_not_open"

    def _has_moved(self, room: Room, request: Request, kind: str, now: datetime) -> str | None:
        request.generation += 1
        self._told(room, kind, now, kind)
        return None

    def reverse(self, room: Room, verdict: Verdict, now: datetime) -> str | None:
        """The deal stays cancelled; its review is hidden; only this verdict's pauses are lifted."""
        if verdict.reversed_at is not None:
            return "already_reversed"
        verdict.at_fault, verdict.reversed_at = "nobody", now
        for review in room.seller.reviews:
            if review.verdict is verdict:
                review.hidden_at = now
        for service in room.seller.services:
            for pause in service.pauses:
                pause.lifted = pause.lifted or pause.verdict is verdict
        self._told(room, "verdict_reversed", now, "verdict_reversed")
        self._recount([room.seller], now)
        return None

    def hide(self, line: Line) -> str | None:
        if line.hidden:
            return "message_already_hidden"
        line.hidden = True
        self.told["message_hidden"] += 1
        return None

    # 「24時間以内に出品者から返信がない場合」, and the other deadlines

    def settle(self, room: Room, woken_by: str, now: datetime) -> int:
        return self.settle_all(room.decided_by(now), woken_by, now, only=room)

    def settle_all(self, kind: str | None, woken_by: str, now: datetime, only: Room | None = None) -> int:
        """Carry out what a deadline of this kind has decided, in all rooms at once: one recount a seller."""
        rooms = [room for room in self.rooms if only in (None, room)] if kind else []
        found = [room for room in rooms if room.decided_by(now) == kind]
        decide: Callable[[Room, str, datetime], bool] = self._approve_by_window if kind == "approval" else self._cancel
        changed = [room.seller for room in found if decide(room, woken_by, now)]
        self._recount([seller for seller in self.sellers if seller in changed], now)
        self.seen[f"{woken_by}: {kind}"] += len(found)
        return len(found)

    def _approve_by_window(self, room: Room, _woken_by: str, now: datetime) -> bool:
        assert room.approval_deadline is not None
        self._complete(room, "window", room.approval_deadline)
        self._told(room, "deal_completed", now, "approved_by_window")
        return True

    def _cancel(self, room: Room, woken_by: str, now: datetime) -> bool:
        at, _, kind = room.running()[0]
        self.seen["two deadlines at the same moment"] += [each for each, _, _ in room.running()].count(at) > 1
        self.seen["two deadlines had passed"] += len([each for each, _, _ in room.running() if now > each]) > 1
        cause = "no_contact" if kind == "reply" else "no_first_contact"
        request = room.open_request
        room.status, room.cause, room.ended_at = "cancelled", cause, at
        at_fault = other(request.requester) if request and kind == "reply" else "seller"
        room.verdict = Verdict(cause, at_fault, at, now, woken_by)
        self._told(room, "deal_cancelled", now, "cancelled" if kind == "reply" else "cancelled_without_first_contact")
        if request:
            self._end(request, "auto_cancelled" if kind == "reply" else "ended_with_deal", at)
            self.told["request_ended_with_deal"] += kind == "first_contact"
        return at_fault == "seller" and self._the_seller_answers(room.seller, room.verdict)

    def _the_seller_answers(self, seller: Seller, verdict: Verdict) -> bool:
        seller.verdicts.append(verdict)
        seller.reviews.append(Review(1, verdict.effective_at, verdict))
        for service in seller.services:
            if service.own_status == "accepting":
                service.pauses.append(Pause(verdict))
        return True

    def move_windows(self, now: datetime) -> int:
        """R11: "daily for sellers from whose window something fell"."""
        left_behind = [each for each in self.sellers if each.oldest and each.oldest < three_months_before(now)]
        self._recount(left_behind, now)
        return len(left_behind)

    def buyer_record(self, buyer: str, now: datetime) -> dict[str, int]:
        since = three_months_before(now)
        ended = [room for room in self.rooms if room.buyer == buyer and room.ended_at and room.ended_at >= since]
        return {
            "completed": len([room for room in ended if room.status == "completed"]),
            "cancelled_for_silence": len([room for room in ended if room.verdict and room.verdict.at_fault == "buyer"]),
        }

    # How each doing begins, and what it leaves

    def _enter(
        self,
        room: Room,
        party: str,
        when_ended: str | None,
        now: datetime,
        *,
        only: str | None = None,
        words: bool = False,
        when_approved: str | None = None,
    ) -> str | None:
        """R3, R7: whoever writes to an overdue room meets what the deadline already gave."""
        if only not in (None, party):
            return "permission_denied"
        self.settle(room, "visit", now)
        if room.verdict and room.verdict.at_fault == party:
            refused: str | None = "reply_deadline_passed"
        elif when_approved and room.approved_by == "window":
            refused = when_approved
        else:
            refused = when_ended if room.has_ended else None
        self.told["reply_refused_late"] += words and refused in ("reply_deadline_passed", "approval_window_passed")
        return refused

    def _write(self, room: Room, party: str, kind: str, told: str, now: datetime) -> None:
        """R6: what is contact moves the party's clock and is the reply; the seller's first ends the limit."""
        room.lines.append(Line(party, kind, now))
        self.told[told] += 1
        if kind == "automatic":
            return
        room.contact[party], room.last_sender = now, party
        if party == "seller":
            room.first_contact_deadline = None
        request = room.open_request
        if request and request.requester != party:
            self._end(request, "revoked_by_reply", now)
            self.told["request_revoked"] += 1
            self.seen[f"revoked by {kind}"] += 1

    def _end(self, request: Request, status: str, at: datetime) -> None:
        request.end(status, at)
        self.seen[f"held: {status}"] += request.held_at is not None
        self.seen[f"request: {status}"] += 1

    def _told(self, room: Room, event: str, now: datetime, line: str) -> None:
        self.told[event] += 1
        room.lines.append(Line(None, line, now))

    def _recount(self, sellers: list[Seller], now: datetime) -> None:
        self.told["standing_changed"] += sum(seller.recount(now) for seller in sellers)
