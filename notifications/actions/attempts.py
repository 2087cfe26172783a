"""Attempts to send, each in a thread of its own, so that a hanging server delays no other notice.

The threads talk to servers and touch no row. The thread that started them does everything else.
"""

import contextlib
import contextvars
import queue
import socket
import threading
import time
from typing import Final
from uuid import UUID

from notifications.channels.base import Channel, NobodyAnswers, Outgoing, TooSlow, Trip
from notifications.models import Notification

AT_ONCE = 8
"""How many notices are sent at once, each to another person."""
SEND_AT_MOST = 30.0
"""Seconds after which an attempt is abandoned."""
LOOK_EVERY = 0.5
"""Seconds after which to look again for notices that became due meanwhile."""
ABANDONED_AT_MOST = 64
"""With so many abandoned threads that have not ended, this process sends nothing more."""


class Attempt:
    """One notice on its way. `error` is what the channel raised, None when the notice was taken."""

    def __init__(self, notification: Notification, notice: Outgoing, channel: Channel, crew: "Crew") -> None:
        self.notification: Final = notification
        self.trip: Final = Trip(say_open=crew.open_the_way)
        self.error: BaseException | None = None
        self.ends = time.monotonic() + SEND_AT_MOST
        self._notice, self._channel, self._crew = notice, channel, crew
        run = contextvars.copy_context().run  # the log lines of the thread name the task
        self._thread = threading.Thread(target=run, args=(self._send,), name="send", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def abandon(self) -> bool:
        """Close the connection and stop waiting. Returns whether the thread still runs."""
        if self.trip.line is not None:
            with contextlib.suppress(OSError):  # hung up already
                socket.socket.shutdown(self.trip.line, socket.SHUT_RDWR)
        if not self.trip.taken:
            reason = f"it took more than {SEND_AT_MOST:.0f} s"
            self.error = TooSlow(reason) if self.trip.trying else NobodyAnswers(reason)
            self.trip.was_too_slow()
        return self._thread.is_alive()

    def _send(self) -> None:
        error: BaseException | None = None
        try:
            self._channel.send(self._notice, self.trip)
        except BaseException as raised:  # noqa: BLE001 - raised again by the one who waits
            error = raised
        self._crew.finish(self, error)


class Crew:
    """The attempts of one sender: at most `AT_ONCE`, and a single one until the server could be reached."""

    _abandoned: Final[list[Attempt]] = []

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._under_way: dict[UUID, Attempt] = {}
        self._news: queue.SimpleQueue[tuple[Attempt, BaseException | None] | None] = queue.SimpleQueue()
        self._is_open = False

    @property
    def free(self) -> int:
        self._abandoned[:] = [each for each in self._abandoned if each._thread.is_alive()]  # noqa: SLF001 - its own
        if len(self._abandoned) >= ABANDONED_AT_MOST:
            return 0
        return (AT_ONCE if self._is_open else 1) - len(self._under_way)

    @property
    def people(self) -> set[UUID]:
        return {each.notification.person_id for each in self._under_way.values()}

    @property
    def under_way(self) -> list[Attempt]:
        return list(self._under_way.values())

    def start(self, notification: Notification, notice: Outgoing) -> None:
        attempt = Attempt(notification, notice, self._channel, self)
        self._under_way[notification.pk] = attempt
        attempt.start()

    def come_back(self) -> list[Attempt]:
        """Return the attempts that ended or took too long, after at most `LOOK_EVERY` seconds."""
        back = []
        with contextlib.suppress(queue.Empty):
            news = self._news.get(timeout=LOOK_EVERY)
            while True:
                if news is None:
                    self._is_open = True
                elif self._under_way.get(news[0].notification.pk) is news[0]:
                    attempt, attempt.error = news[0], news[1]
                    back.append(attempt)
                    del self._under_way[attempt.notification.pk]
                news = self._news.get_nowait()
        return back + self._too_late()

    def open_the_way(self) -> None:
        """Let others start: the server could be reached. Called by the threads."""
        self._news.put(None)

    def finish(self, attempt: Attempt, error: BaseException | None) -> None:
        self._news.put((attempt, error))

    def _too_late(self) -> list[Attempt]:
        now = time.monotonic()
        late = [each for each in self._under_way.values() if now >= each.ends]
        for attempt in late:
            del self._under_way[attempt.notification.pk]
            if attempt.abandon():
                self._abandoned.append(attempt)
        return late
