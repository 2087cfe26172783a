"""Rows for the pages to show: `python -m tests.browser.scenery` writes them into a stack's database.

Prints one line of JSON: the sessions of its people, what addresses name, and a room of each kind.
"""

import json
import os
import uuid
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

from marketplace import clock, visits  # noqa: E402
from marketplace.actions import cancel_requests, delivery, schedule, talk  # noqa: E402
from marketplace.actions.schedule import Line  # noqa: E402
from marketplace.models import Milestone, Seller, TalkRoom, User  # noqa: E402
from marketplace.vocabulary import MessageKind  # noqa: E402
from tests.support import factories, told  # noqa: E402
from tests.support.factories import days, hours  # noqa: E402

LONG = "https://example.com/" + "very-long-" * 20
"""What people paste: it has no place to break, and must not make a page wide."""


def main() -> None:
    """Write the rows."""
    call_command("load_demo", verbosity=0, stdout=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    yuki = factories.person("yuki", email="yuki@example.com")
    hana = factories.seller(services=2, user=factories.person("hana", email="hana@example.com"))
    walkers = [_walkers(manner) for manner in ("with", "without")]
    rooms = {**running_rooms(yuki, hana), **ended_rooms(yuki, hana)}
    _noticed(yuki, hana.user)
    people = {"yuki": yuki, "hana": hana.user, "operator": User.objects.get(username="operator")}
    people["unei"] = factories.person("unei", is_staff=True, is_superuser=True, language="ja")
    ids = {
        "room_id": rooms["running"].pk,
        "deal_id": rooms["completed"].deal_id,
        "request_id": rooms["asked"].cancel_requests.get().pk,
        "seller_id": hana.pk,
        "service_id": factories.on_sale(hana).pk,
        "on_sale": factories.service(factories.seller(services=0)).pk,
        "milestone_id": Milestone.objects.filter(room=rooms["running"]).order_by("due_on")[0].pk,
        **told.one_of_each(hana.user),
    }
    print(  # noqa: T201 - the answer
        json.dumps(
            {
                "sessions": {name: _session(person) for name, person in people.items()},
                "ids": {name: str(each) for name, each in ids.items()},
                "rooms": {name: str(each.pk) for name, each in rooms.items()},
                "walkers": walkers,
            }
        )
    )


def _walkers(manner: str) -> dict[str, Any]:
    """Make two people who meet for the first time: they log in by password, and she sells two things."""
    mark = uuid.uuid4().hex[:8]
    buyer, seller = (
        User.objects.create_user(f"{name}-{manner}-{mark}", password=os.environ["DEMO_PASSWORD"])
        for name in ("mori", "kato")
    )
    sells = factories.seller(services=0, user=seller)
    titles = [f"{title} {mark}" for title in ("Calligraphy", "Stamp")]
    for title in titles:
        factories.service(sells, title=title)
    return {"buyer": buyer.username, "seller": seller.username, "titles": titles, "mark": mark}


def running_rooms(buyer: User, seller: Seller) -> dict[str, TalkRoom]:
    """Make a room of each kind that goes on."""
    now = clock.now()
    running, quiet, asked = (factories.room(of=seller, buyer=buyer, silent_for=days(5)) for _ in range(3))
    today = now.date()
    schedule.share(
        room_id=running.pk,
        seller=seller.user,
        lines=[
            Line(title="初稿", due_on=today - days(2), done=True),
            Line(title="2稿", due_on=today - days(1)),
            Line(title="納品日", due_on=today + days(9)),
        ],
    )
    talk.post_message(room_id=running.pk, author=seller.user, body=f"Look: {LONG}", kind=MessageKind.PROGRESS_REPORT)
    cancel_requests.place(room_id=asked.pk, requester=buyer, reason="No word for five days.")
    delivered = factories.delivered_room(of=seller, buyer=buyer, deadline=now + hours(30))
    return {"running": running, "quiet": quiet, "asked": asked, "delivered": delivered}


def ended_rooms(buyer: User, seller: Seller) -> dict[str, TalkRoom]:
    """Make a room of each kind of end. The verdict pauses the seller."""
    completed = factories.delivered_room(of=seller, buyer=buyer, deadline=clock.now() + hours(1))
    delivery.approve(room_id=completed.pk, buyer=buyer)
    reviewed = factories.delivered_room(of=seller, buyer=buyer, deadline=clock.now() + hours(1))
    delivery.approve(room_id=reviewed.pk, buyer=buyer)
    delivery.review(deal_id=reviewed.deal_id, buyer=buyer, rating=5, comment="Lovely.")
    cancelled = factories.overdue_room(of=seller, buyer=buyer, by=timedelta(minutes=5))
    visits.see(buyer, pk=cancelled.pk)
    return {"completed": completed, "reviewed": reviewed, "cancelled": cancelled}


def _noticed(*people: User) -> None:
    for person in people:
        told.notice(person)


def _session(person: User) -> str:
    """Log somebody in without a password: hashing one is slow."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    key: Any = session.session_key
    return str(key)


if __name__ == "__main__":
    main()
