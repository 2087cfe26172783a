"""What the parties do in the tests of the start page."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace import clock
from marketplace.actions import deals, schedule, talk
from marketplace.actions.schedule import Line
from marketplace.models import Milestone, Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind
from tests.support import factories
from tests.support.factories import on_sale

TOKYO = ZoneInfo("Asia/Tokyo")


def today() -> date:
    return clock.now().astimezone(TOKYO).date()


def bought(of: Seller, buyer: User) -> TalkRoom:
    return TalkRoom.objects.get(deal=deals.buy(service_id=on_sale(of).pk, buyer=buyer, message="Hello"))


def share(in_room: TalkRoom, *lines: tuple[str, int], of: list[Milestone] | None = None) -> list[Milestone]:
    """Share milestones that many days from today; those of `of` are moved instead of made anew."""
    ids: list[UUID | None] = [each.pk for each in of or []]
    wanted = [
        Line(id=pk, title=title, due_on=today() + timedelta(days=ahead))
        for pk, (title, ahead) in zip([*ids, *[None] * (len(lines) - len(ids))], lines, strict=True)
    ]
    return schedule.share(room_id=in_room.pk, seller=in_room.seller, lines=wanted)


def say(in_room: TalkRoom, author: User, kind: MessageKind = MessageKind.TEXT) -> None:
    talk.post_message(room_id=in_room.pk, author=author, body="…", kind=kind)


def another_seller(name: str) -> Seller:
    return factories.seller(user=factories.person(name))
