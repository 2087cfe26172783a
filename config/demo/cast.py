"""The people of the demo, and what all of them see of a seller."""

from dataclasses import dataclass, field
from typing import Any

from config.demo.checks import Checks
from config.demo.client import Person
from config.demo.display import Display
from config.demo.stage import Stage

LOGO, CARD, ILLUSTRATION, TRANSLATION = "Logo design", "Business card", "イラスト作成", "翻訳 (日本語・英語)"
SERVICES_OF_SELLER = [ILLUSTRATION, CARD, LOGO]
"""The seller's services, in the order of the list: equal search rank, newest first."""


@dataclass(frozen=True)
class Standing:
    """A seller as everybody sees one."""

    rank: str
    rating: float | None
    delivery_completion_rate: float | None
    search_rank: float
    sales: int
    paused: bool
    accepting: list[str]
    """Titles of the seller's accepting services."""

    @property
    def stars(self) -> str:
        return "none" if self.rating is None else f"{self.rating:.2f}"

    @property
    def completion(self) -> str:
        rate = self.delivery_completion_rate
        return "none" if rate is None else f"{rate:.0%}"


@dataclass
class Play:
    """What each chapter needs: the stage, the people, the display and the checks."""

    stage: Stage
    display: Display
    checks: Checks
    buyer: Person
    seller: Person
    other_seller: Person
    services: dict[str, Any] = field(default_factory=dict)
    """What can be bought at the beginning, by title."""

    def buy(self, title: str, message: str) -> "Room":
        deal = self.buyer.post("deals/", {"service": self.services[title]["id"], "message": message})
        return Room(deal["id"], deal["talk_room"])

    def standing(self, seller: Person) -> Standing:
        """Return what everybody sees of a seller. Public pages settle nothing."""
        number = seller.get("me/")["seller"]
        shown = self.buyer.get(f"sellers/{number}/")
        figures = {name: shown[name] for name in Standing.__annotations__ if name in shown}
        return Standing(**figures, accepting=self.search(f"?seller={number}"))

    def search(self, query: str = "") -> list[str]:
        """Return the titles of the public list, in its order: best search rank first."""
        return [service["title"] for service in self.buyer.get(f"services/{query}")["results"]]

    def change(self, before: Standing, after: Standing) -> None:
        show = self.display.change
        show("services that accept", len(before.accepting), len(after.accepting))
        show("rating", before.stars, after.stars)
        show("delivery completion rate", before.completion, after.completion)
        show("seller rank", before.rank, after.rank)
        show("search rank", f"{before.search_rank:g}", f"{after.search_rank:g}")

    def listed(self, room: "Room") -> Any:
        """Return the deal as the buyer's list shows it. The list settles nothing; opening the room would."""
        [deal] = [deal for deal in self.buyer.get("deals/")["results"] if deal["id"] == room.deal]
        return deal


@dataclass(frozen=True)
class Room:
    deal: str
    number: str

    @property
    def path(self) -> str:
        return f"talk-rooms/{self.number}/"


def cast(stage: Stage, display: Display, checks: Checks) -> Play:
    """Log everybody in."""
    buyer, seller, other_seller = (stage.person(name) for name in ("buyer", "seller", "other-seller"))
    play = Play(stage, display, checks, buyer, seller, other_seller)
    play.services = {service["title"]: service for service in play.buyer.get("services/")["results"]}
    return play
