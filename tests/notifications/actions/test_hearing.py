"""From an event to the people who are told of it, and the ladders that it moves."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from django.utils import translation

from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, standing, steering, talk
from marketplace.models import Event, Seller, User, Verdict
from marketplace.vocabulary import EventKind, WokenBy
from notifications.actions import hearing, ladders
from notifications.catalog import CATALOG
from notifications.models import Notification, RunningLadder
from notifications.wording import render
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, completed_deal, days, hours, on_sale, person, room

pytestmark = pytest.mark.django_db


def told(person: User) -> list[tuple[str, str]]:
    return [(row.words, row.channel) for row in Notification.objects.filter(person=person).order_by("made_at", "pk")]


def test_a_purchase_tells_the_seller_once_however_often_it_is_heard(frozen: Clock, seller: Seller, buyer: User) -> None:
    deals.buy(service_id=on_sale(seller).pk, buyer=buyer, message="Hello")

    assert hearing.hear() == 1
    assert hearing.hear() == 0
    Event.objects.update(heard_at=None)
    assert hearing.hear() == 1

    assert told(seller.user) == [("purchase", "inapp")]
    assert told(buyer) == []
    assert set(RunningLadder.objects.values_list("ladder", flat=True)) == {
        "silence",
        "unanswered",
        "no_schedule",
        "progress",
    }


def test_what_is_written_as_heard_tells_nobody(frozen: Clock, seller: Seller) -> None:
    completed_deal(of=seller, ended_at=frozen.at)
    standing.recompute(seller_ids=[seller.pk])
    assert Event.objects.get(kind=EventKind.STANDING_CHANGED).heard_at == frozen.at
    assert CATALOG[EventKind.STANDING_CHANGED] == ()
    assert hearing.hear() == 0


def test_each_reminder_of_a_request_is_told_once_and_a_reply_stops_the_rest(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(5), now=frozen.at)
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    frozen.advance(hours(12))
    assert ladders.tick() == 1
    assert ladders.tick() == 0
    frozen.advance(hours(9))
    assert ladders.tick() == 1
    talk.post_message(room_id=talk_room.pk, author=seller.user, body="Sorry!")
    hearing.hear()
    frozen.advance(hours(2))
    assert ladders.tick() == 0

    words = [words for words, _ in told(seller.user)]
    assert words.count("request_due") == 2
    assert words.count("request_placed") == 1


def test_every_act_of_a_deal_s_life_tells_whom_the_catalogue_says(frozen: Clock, seller: Seller, buyer: User) -> None:
    """Each line of the catalogue, from an event as its action writes it, in words that render."""
    chief = person("chief", is_staff=True, is_superuser=True)
    service = on_sale(seller)
    live = Life(frozen, buyer, seller.user, chief)
    live.good_deal(service.pk)
    live.steered_deal(service.pk)
    live.silent_deal(service.pk)
    live.deal_approved_by_its_window(service.pk)

    while hearing.hear():
        pass

    assert not Event.objects.filter(heard_at=None).exists()
    told = set(Notification.objects.filter(event__isnull=False).values_list("words", flat=True))
    assert told == {each.phrase for announcements in CATALOG.values() for each in announcements}
    for notification in Notification.objects.all():
        for language in ("ja", "en"):
            with translation.override(language):
                shown = render(notification.words, notification.facts, frozen.at)
            assert "{" not in shown.title + shown.body
    verdict = Notification.objects.get(words="cancelled_at_fault", person=seller.user, channel="inapp")
    assert verdict.facts["followed"] == {
        "services_paused": 3,
        "stars": 1,
        "completion": [1.0, 0.5],
        "rank": ["regular", "regular"],
        "refund_yen": 5000,
    }


@dataclass(frozen=True)
class Life:
    """Deals that go every way, by the marketplace's own actions."""

    clock: Clock
    buyer: User
    seller: User
    chief: User

    def bought(self, service: UUID) -> UUID:
        room = deals.buy(service_id=service, buyer=self.buyer, message="Hello").talk_room.pk
        talk.post_message(room_id=room, author=self.seller, body="Hello!")
        talk.post_message(room_id=room, author=self.buyer, body="When?")
        return room

    def good_deal(self, service: UUID) -> None:
        room = self.bought(service)
        schedule.share(room_id=room, seller=self.seller, lines=[schedule.Line(title="Draft", due_on=date(2026, 3, 9))])
        delivery.deliver(room_id=room, seller=self.seller, body="Here.")
        delivery.send_back(room_id=room, buyer=self.buyer, body="Not yet.")
        delivery.deliver(room_id=room, seller=self.seller, body="Now.")
        deal = delivery.approve(room_id=room, buyer=self.buyer)
        delivery.review(deal_id=deal.pk, buyer=self.buyer, rating=5)

    def steered_deal(self, service: UUID) -> None:
        room = self.bought(service)
        self.clock.advance(days(4))
        first = cancel_requests.place(room_id=room, requester=self.buyer)
        cancel_requests.withdraw(request_id=first.pk, person=self.buyer)
        second = cancel_requests.place(room_id=room, requester=self.buyer)
        steering.hold(request_id=second.pk, staff=self.chief, reason="illness")
        steering.extend(request_id=second.pk, by=hours(1), staff=self.chief, reason="illness")
        steering.release(request_id=second.pk, staff=self.chief, reason="well again")
        talk.post_message(room_id=room, author=self.seller, body="Sorry!")
        self.clock.advance(days(4))
        cancel_requests.place(room_id=room, requester=self.seller)
        delivery.deliver(room_id=room, seller=self.seller, body="Here.")

    def silent_deal(self, service: UUID) -> None:
        room = self.bought(service)
        self.clock.advance(days(4))
        cancel_requests.place(room_id=room, requester=self.buyer)
        self.clock.advance(hours(24) + MICROSECOND)
        deadlines.settle_room(room, woken_by=WokenBy.SWEEP)
        hearing.hear()
        verdict = Verdict.objects.get(deal__talk_room=room)
        steering.reverse(verdict_id=verdict.pk, staff=self.chief, reason="illness")
        selling.acknowledge(owner=self.seller)

    def deal_approved_by_its_window(self, service: UUID) -> None:
        room = self.bought(service)
        delivery.deliver(room_id=room, seller=self.seller, body="Here.")
        self.clock.advance(hours(72) + MICROSECOND)
        deadlines.settle_room(room, woken_by=WokenBy.SWEEP)
