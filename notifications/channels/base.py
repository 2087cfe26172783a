"""The interface of channels: they deliver, and raise what went wrong. They read and write no row."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from marketplace.models import User
from notifications.models import PushSubscription
from notifications.vocabulary import Kind


class TryAgain(Exception):  # noqa: N818 - what to do, not what it is
    """The other end could not take it now. `after` is how long it asked us to wait, at least."""

    def __init__(self, reason: str, *, after: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.after = after


class TooSlow(TryAgain):
    """The other end did not answer in time: other notices to it would fail as well now."""


class NobodyAnswers(TryAgain):
    """Our server is down, or a key is not set: all notices would fail now."""


class OurFault(TryAgain):
    """It does not take our key, or refuses us as a sender.

    The person's channel is not broken by that. If we do not fix it in time, the person is owed a fair notice as
    after any other refusal.
    """


class RefusedForGood(Exception):  # noqa: N818 - as above
    """The other end will never take this notice."""


class NobodyThere(RefusedForGood):
    """It will take no other one either: an address that does not exist, browsers that are gone."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A notice in its reader's language."""

    id: UUID
    """The same at every attempt, so that a provider that can may tell doubles."""
    person: User
    kind: Kind
    language: str
    title: str
    body: str
    url: str
    """Where to act."""
    in_room: bool
    """Whether that is a talk room."""
    unsubscribe_url: str | None
    """Where one click switches this kind off on this channel; None for what cannot be switched off."""
    critical: bool
    now: datetime
    """When it was rendered, by the database's clock."""
    deadline: datetime | None = None
    """After this moment it need not arrive any more."""
    browsers: tuple[PushSubscription, ...] = ()
    """For push: where to, newest first, without those whose service was too slow a moment ago."""
    slow_browsers: int = 0
    """For push: how many were left out."""


@dataclass
class Trip:
    """What happened during an attempt. The thread that sends writes it; the thread that waits reads it."""

    say_open: Callable[[], None] = lambda: None
    """Call it when the way to the first server is open: only then are others sent at the same time."""
    trying: tuple[str, ...] = ()
    """The places that we wait for now: the mailbox or browser first, then its host."""
    slow: set[str] = field(default_factory=set)
    """The places that did not answer in time."""
    answered: set[str] = field(default_factory=set)
    gone: list[PushSubscription] = field(default_factory=list)
    """Browsers that exist no more."""
    taken: bool = False
    """Whether the notice was taken, even if closing the connection fails."""
    line: socket.socket | None = None
    """The connection to close when it takes too long."""

    def was_answered(self) -> None:
        self.answered |= set(self.trying)
        self.trying = ()

    def was_too_slow(self) -> None:
        self.slow |= set(self.trying)
        self.trying = ()


class Channel(Protocol):
    def send(self, notice: Outgoing, trip: Trip) -> None:
        """Hand the notice over. Raises `TryAgain` or `RefusedForGood`; returns when it was taken."""
