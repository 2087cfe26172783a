"""Builders that read like sentences. They write rows as the actions would have left them.

`now` is the moment that a test stands at; ages are counted back from it.
"""

import uuid
from datetime import UTC, datetime, timedelta

from marketplace import clock, search
from marketplace.models import CancelRequest, Deal, Message, Review, Seller, Service, TalkRoom, User
from marketplace.policy import Policy
from marketplace.vocabulary import ApprovedBy, DealStatus, MessageKind, Party, ServiceStatus

FAR_AWAY = datetime.max.replace(tzinfo=UTC)
STANDARD = Policy()


def days(number: float) -> timedelta:
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


MICROSECOND = timedelta(microseconds=1)


def person(name: str = "person", **fields: object) -> User:
    """Make somebody who can log in with a token only (no password is hashed: it is slow)."""
    user = User(username=f"{name}-{uuid.uuid4().hex[:12]}", **fields)
    user.set_unusable_password()
    user.save()
    return user


def seller(name: str = "seller", *, services: int = 1, user: User | None = None, **figures: object) -> Seller:
    """Make a seller with this many accepting services."""
    made = Seller.objects.create(user=user or person(name), created_at=clock.now(), **figures)
    for _ in range(services):
        service(made)
    return made


def service(
    of: Seller, *, own_status: ServiceStatus = ServiceStatus.ACCEPTING, price: int = 5000, title: str = "A logo"
) -> Service:
    return Service.objects.create(
        seller=of,
        title=title,
        price=price,
        own_status=own_status,
        search_rank=of.search_rank,
        created_at=clock.now(),
        search_text=search.normalised(title),
        search_grams=search.grams(search.normalised(title)),
    )


def on_sale(of: Seller) -> Service:
    """Return the service of this seller that was put on sale first."""
    return of.services.filter(own_status=ServiceStatus.ACCEPTING).earliest("created_at", "pk")


def deal(
    *,
    of: Seller | None = None,
    buyer: User | None = None,
    now: datetime | None = None,
    age: timedelta = timedelta(days=30),
    status: DealStatus = DealStatus.IN_PROGRESS,
    price: int = 5000,
    ended_at: datetime | None = None,
    reply_window: timedelta = STANDARD.reply_window,
    **columns: object,
) -> Deal:
    of = of or seller()
    if status is DealStatus.COMPLETED:
        columns = {"approval_deadline": ended_at, "approved_by": ApprovedBy.BUYER} | columns
    return Deal.objects.create(
        service=of.services.first() or service(of),
        seller=of,
        buyer=buyer or person("buyer"),
        price=price,
        status=status,
        purchased_at=min((now or clock.now()) - age, ended_at or FAR_AWAY),
        ended_at=ended_at,
        silence_before_request=STANDARD.silence_before_request,
        reply_window=reply_window,
        approval_window=STANDARD.approval_window,
        **columns,
    )


def completed_deal(
    *, of: Seller, ended_at: datetime, price: int = 5000, rating: int | None = None, buyer: User | None = None
) -> Deal:
    """Make a deal that ended well, reviewed when a rating is given."""
    made = deal(of=of, buyer=buyer, status=DealStatus.COMPLETED, ended_at=ended_at, price=price)
    if rating is not None:
        Review.objects.create(
            deal=made, seller=of, service=made.service, rating=rating, dated_at=ended_at, recorded_at=ended_at
        )
    return made


def room(
    *,
    silent_for: timedelta = timedelta(0),
    silent: Party = Party.SELLER,
    now: datetime | None = None,
    of: Seller | None = None,
    buyer: User | None = None,
    reply_window: timedelta = STANDARD.reply_window,
) -> TalkRoom:
    """Make a room in which `silent` was last in contact `silent_for` ago; the other wrote just after that."""
    now = now or clock.now()
    made_deal = deal(of=of, buyer=buyer, now=now, reply_window=reply_window)
    last_contact, since_then = now - silent_for, now - silent_for + timedelta(microseconds=10)
    made = TalkRoom.objects.create(
        deal=made_deal,
        buyer=made_deal.buyer,
        seller=made_deal.seller.user,
        opened_at=made_deal.purchased_at,
        buyer_last_contact_at=last_contact if silent is Party.BUYER else since_then,
        seller_last_contact_at=last_contact if silent is Party.SELLER else since_then,
        last_sender=silent.counterpart,
        first_unanswered_at=since_then,
    )
    for sender, at in ((silent, last_contact), (silent.counterpart, since_then)):
        Message.objects.create(room=made, sender=sender, kind=MessageKind.TEXT, body="…", posted_at=at)
    return made


def open_request(in_room: TalkRoom, *, deadline: datetime, requester: Party = Party.BUYER) -> CancelRequest:
    """Make a request that awaits a reply until `deadline`."""
    return CancelRequest.objects.create(
        room=in_room,
        requester=requester,
        placed_at=deadline - in_room.deal.reply_window,
        reply_deadline=deadline,
    )


def overdue_room(
    *,
    by: timedelta = timedelta(seconds=1),
    silent: Party = Party.SELLER,
    of: Seller | None = None,
    buyer: User | None = None,
) -> TalkRoom:
    """Make a room whose open request fell due `by` ago, and that nobody has settled yet."""
    now = clock.now()
    made = room(silent_for=days(6), silent=silent, now=now - max(by - days(20), days(0)), of=of, buyer=buyer)
    open_request(made, deadline=now - by, requester=silent.counterpart)
    return made


def untouched_room(
    *, limit: datetime, window: timedelta = timedelta(days=6), of: Seller | None = None, buyer: User | None = None
) -> TalkRoom:
    """Make a room in which the buyer wrote with the purchase and the seller never did: the first contact is due."""
    made_deal = deal(
        of=of, buyer=buyer, now=limit, age=window, first_contact_window=window, first_contact_deadline=limit
    )
    return _opened(made_deal, {Party.BUYER: (MessageKind.TEXT, made_deal.purchased_at)})


def delivered_room(*, deadline: datetime, of: Seller | None = None, buyer: User | None = None) -> TalkRoom:
    """Make a room with a delivery that the buyer may approve or send back until `deadline`."""
    delivered_at = deadline - STANDARD.approval_window
    made_deal = deal(
        of=of,
        buyer=buyer,
        now=delivered_at,
        age=days(5),
        status=DealStatus.DELIVERED,
        approval_deadline=deadline,
        generation=2,
    )
    said = {
        Party.BUYER: (MessageKind.TEXT, made_deal.purchased_at),
        Party.SELLER: (MessageKind.DELIVERY, delivered_at),
    }
    return _opened(made_deal, said)


def _opened(of_deal: Deal, said: dict[Party, tuple[MessageKind, datetime]]) -> TalkRoom:
    """Make the room of a deal, with one line of each party named, in their order."""
    made = TalkRoom(deal=of_deal, buyer=of_deal.buyer, seller=of_deal.seller.user, opened_at=of_deal.purchased_at)
    for sender, (_, at) in said.items():
        made.stamp_contact(sender, at)
    made.save()
    for sender, (kind, at) in said.items():
        Message.objects.create(room=made, sender=sender, kind=kind, body="…", posted_at=at)
    return made
