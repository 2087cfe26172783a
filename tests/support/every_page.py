"""Every page, each kind of room by both of its people, and who looks at it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.support import addresses


class Visit(NamedTuple):
    """Who looks at what."""

    name: str
    who: str
    path: str


SEEN_BY = {"log-in": "", "services": "", "seller": "", "ask": "yuki", "approve": "yuki", "send-back": "yuki"}
"""Who looks at a page, where it is not the seller."""
IN_ROOM = {"ask": "quiet", "deliver": "running", "approve": "delivered", "send-back": "delivered"}
"""The room that a page is looked at in, where it is not the running one."""


def visits(ids: Mapping[str, Any], rooms: Mapping[str, Any]) -> list[Visit]:
    """Return a visit to every page that there is, and to each kind of room by both."""
    named = {name: path for name, path in addresses.shown(ids) if name not in addresses.PARTS}
    of_rooms = {
        name: dict(addresses.shown({**ids, "room_id": rooms[kind]}))[name]
        for name, kind in IN_ROOM.items()
        if name in named
    }
    every = [Visit(name, SEEN_BY.get(name, "hana"), path) for name, path in {**named, **of_rooms}.items()]
    both = [
        Visit(f"{kind} room", who, f"/talk-rooms/{room}/") for kind, room in rooms.items() for who in ("yuki", "hana")
    ]
    both.append(Visit("running room", "operator", f"/talk-rooms/{rooms['running']}/"))
    both.append(Visit("welcome", "", "/"))
    both.append(Visit("buying", "yuki", f"/services/{ids['on_sale']}/buy/"))
    return [*every, *both]
