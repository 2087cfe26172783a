"""A small model of the help page: plain Python, written from the rules alone (nothing of marketplace.rules).

Each doing returns the code that it is refused with, or None. Times are aware; `now` is given.
"""

import calendar
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

A_DAY = timedelta(hours=24)
TOKYO = timedelta(hours=9)


def other(party: str) -> str:
    return "seller" if party == "buyer" else "buyer"


@dataclass
class Request:
    requester: str
    placed_at: datetime
    deadline: datetime
    status: str = "awaiting_reply"
    ended_at: datetime | None = None

    def end(self, status: str, at: datetime) -> None:
        self.status, self.ended_at = status, at


@dataclass
class Verdict:
    at_fault: str
    effective_at: datetime
    recorded_at: datetime
    woken_by: str
    acknowledged_at: datetime | None = None


@dataclass
class Pause:
    verdict: Verdict
    lifted: bool = False


@dataclass
class Service:
    own_status: str
    pauses: list[Pause] = field(default_factory=list)


@dataclass
class Seller:
    person: str
    services: list[Service]
    completed: list[tuple[datetime, int]] = field(default_factory=list)
    """When each deal ended well, and its price."""
    stars: list[tuple[datetime, int]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    figures: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """Completed, yen, cancelled at fault, stars, reviews: as of the last recount."""

    @property
    def must_acknowledge(self) -> bool:
        return any(verdict.acknowledged_at is None for verdict in self.verdicts)

    def accepts(self, service: Service) -> bool:
        """R9: its own state is accepting, no unlifted pause covers it, and every verdict is acknowledged."""
        held = any(not pause.lifted for pause in service.pauses)
        return service.own_status == "accepting" and not held and not self.must_acknowledge

    def recount(self, now: datetime) -> None:
        """R11: over the 3 calendar months before now, in Tokyo."""
        since = three_months_before(now)
        prices = [price for at, price in self.completed if since <= at <= now]
        stars = [given for at, given in self.stars if since <= at <= now]
        at_fault = [verdict for verdict in self.verdicts if since <= verdict.effective_at <= now]
        self.figures = (len(prices), sum(prices), len(at_fault), sum(stars), len(stars))

    @property
    def rank(self) -> str:
        completed, yen, at_fault, stars, reviews = self.figures
        ended = completed + at_fault
        nine_tenths = ended > 0 and 10 * completed >= 9 * ended
        well_rated = reviews > 0 and 10 * stars >= 48 * reviews
        if yen >= 100_000 and nine_tenths and well_rated:
            return "platinum"
        if yen >= 50_000 and nine_tenths and well_rated:
            return "gold"
        if completed >= 10 and 10 * completed >= 8 * ended:
            return "silver"
        return "bronze" if completed >= 10 else "regular"

    @property
    def search_rank(self) -> Decimal:
        completed, _, at_fault, stars, reviews = self.figures
        level = ["regular", "bronze", "silver", "gold", "platinum"].index(self.rank)
        rating = Decimal(stars) / reviews if reviews else Decimal("3.5")
        ended = completed + at_fault
        below = ended >= 5 and 10 * completed < 8 * ended
        points = 1000 * level + 100 * rating - (3000 if below else 0)
        return points.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@dataclass
class Room:
    buyer: str
    seller: Seller
    opened_at: datetime
    silence: timedelta
    window: timedelta
    status: str = "in_progress"
    ended_at: datetime | None = None
    contact: dict[str, datetime] = field(default_factory=dict)
    last_sender: str | None = None
    requests: list[Request] = field(default_factory=list)
    verdict: Verdict | None = None

    @property
    def open_request(self) -> Request | None:
        return next((request for request in self.requests if request.status == "awaiting_reply"), None)

    def silent_since(self, party: str) -> datetime:
        return self.contact.get(party, self.opened_at)

    def is_overdue(self, now: datetime) -> bool:
        return self.open_request is not None and now > self.open_request.deadline

    def refusal(self, party: str, now: datetime) -> str | None:
        """R1 and R8, in the order of the page."""
        if self.status != "in_progress":
            return "deal_not_in_progress"
        if self.open_request:
            return "request_already_open"
        if self.last_sender != party:
            return "last_message_not_yours"
        if now - self.silent_since(other(party)) < self.silence:
            return "respondent_contacted_recently"
        placed = [request for request in self.requests if request.requester == party]
        if len([request for request in placed if now - request.placed_at < A_DAY]) >= 3:
            return "too_many_requests_today"
        return None


class Page:
    """The marketplace as the help page tells it."""

    def __init__(self, sellers: list[Seller]) -> None:
        self.sellers = sellers
        self.rooms: list[Room] = []
        self.silence = timedelta(days=4)
        self.window = timedelta(hours=24)
        self.told: Counter[str] = Counter()
        """How many events of each kind there must be."""
        self.said = 0
        """How many messages of the parties there must be."""

    # Buying and selling

    def buy(self, buyer: str, seller: Seller, service: Service, words: bool, now: datetime) -> str | None:  # noqa: FBT001
        if seller.person == buyer:
            return "own_service"
        if service.own_status == "draft":
            return "not_found"
        if not seller.accepts(service):
            return "service_not_accepting"
        room = Room(buyer=buyer, seller=seller, opened_at=now, silence=self.silence, window=self.window)
        self.rooms.append(room)
        self.told["deal_purchased"] += 1
        if words:
            self.said += 1
            room.contact["buyer"], room.last_sender = now, "buyer"
        return None

    def publish(self, service: Service) -> str | None:
        if service.own_status != "draft":
            return "already_published"
        service.own_status = "accepting"
        return None

    def pause(self, service: Service) -> str | None:
        if service.own_status == "draft":
            return "service_is_draft"
        service.own_status = "paused"
        return None

    def resume(self, seller: Seller, service: Service) -> str | None:
        if service.own_status == "draft":
            return "service_is_draft"
        if seller.must_acknowledge:
            return "seller_paused"
        service.own_status = "accepting"
        self._lift([service])
        return None

    def acknowledge(self, seller: Seller, services: list[Service], now: datetime) -> None:
        for verdict in seller.verdicts:
            verdict.acknowledged_at = verdict.acknowledged_at or now
        self._lift(services)

    def _lift(self, services: list[Service]) -> None:
        for service in services:
            for pause in service.pauses:
                pause.lifted = True

    # Talking and asking

    def say(self, room: Room, party: str, kind: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "room_closed", now)
        if refused:
            self.told["reply_refused_late"] += refused == "reply_deadline_passed"
            return refused
        self.said += 1
        if kind != "automatic":
            room.contact[party], room.last_sender = now, party
            request = room.open_request
            if request and request.requester != party:
                request.end("revoked_by_reply", now)
                self.told["request_revoked"] += 1
        return None

    def ask(self, room: Room, party: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "deal_not_in_progress", now) or room.refusal(party, now)
        if not refused:
            room.requests.append(Request(party, now, now + room.window))
            self.told["request_placed"] += 1
        return refused

    def withdraw(self, room: Room, request: Request, party: str, now: datetime) -> str | None:
        refused = self._enter(room, party, "request_not_open", now)
        if refused:
            return refused
        if request.requester != party:
            return "permission_denied"
        if request.status != "awaiting_reply":
            return "request_not_open"
        request.end("withdrawn", now)
        self.told["request_withdrawn"] += 1
        return None

    def _enter(self, room: Room, party: str, when_ended: str, now: datetime) -> str | None:
        """R3, R7: whoever writes to an overdue room meets the verdict that the deadline already gave."""
        self.settle(room, "visit", now)
        if room.verdict and room.verdict.at_fault == party:
            return "reply_deadline_passed"
        return when_ended if room.status == "cancelled" else None

    # 「24時間以内に出品者から返信がない場合」

    def settle(self, room: Room, woken_by: str, now: datetime) -> int:
        request = room.open_request
        if request is None or not room.is_overdue(now):
            return 0
        request.end("auto_cancelled", request.deadline)
        room.status, room.ended_at = "cancelled", request.deadline
        room.verdict = Verdict(other(request.requester), request.deadline, now, woken_by)
        self.told["deal_cancelled"] += 1
        if room.verdict.at_fault == "seller":
            self._the_seller_answers(room.seller, room.verdict, now)
        return 1

    def settle_all(self, woken_by: str, now: datetime) -> int:
        return sum(self.settle(room, woken_by, now) for room in self.rooms)

    def _the_seller_answers(self, seller: Seller, verdict: Verdict, now: datetime) -> None:
        seller.verdicts.append(verdict)
        seller.stars.append((verdict.effective_at, 1))
        for service in seller.services:
            if service.own_status == "accepting":
                service.pauses.append(Pause(verdict))
        seller.recount(now)


def three_months_before(now: datetime) -> datetime:
    """Go back three months on a calendar in Tokyo, whose clocks never change."""
    there = now + TOKYO
    year, month = (there.year, there.month - 3) if there.month > 3 else (there.year - 1, there.month + 9)
    day = min(there.day, calendar.monthrange(year, month)[1])
    return there.replace(year=year, month=month, day=day) - TOKYO
