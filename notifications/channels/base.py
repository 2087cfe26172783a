"""What a channel is: it delivers, and says what became of it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from marketplace.models import User
from notifications.vocabulary import Kind


class TryAgain(Exception):  # noqa: N818 - what to do, not what it is
    """The other end could not take it now."""


class RefusedForGood(Exception):  # noqa: N818 - as above
    """The other end will never take it: an address that does not exist, a browser that is gone."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A notice in its reader's words."""

    id: UUID
    """The same at every attempt, so that a provider that can may tell doubles."""
    person: User
    kind: Kind
    title: str
    body: str
    url: str
    """Where to act."""
    unsubscribe_url: str | None
    """Where one click switches this kind off on this channel; None for what cannot be switched off."""
    critical: bool


class Channel(Protocol):
    """One way to tell somebody something."""

    def send(self, notice: Outgoing) -> None:
        """Hand the notice over. Raises `TryAgain` or `RefusedForGood`; returns when it was taken."""
