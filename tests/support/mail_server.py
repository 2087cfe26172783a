"""A mail server on loopback that accepts, refuses, hangs or hangs up, as it is told."""

import asyncio
import email
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from config.local.ports import HOME, free_port

HANGS, HANGS_UP, DRIPS = "hangs", "hangs up", "drips"


class MailServer:
    """What arrived, and how it behaves: an answer by command, `HANGS` or `HANGS_UP`; unless told, it accepts."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.senders: list[str] = []
        self.asked = 0
        """How many recipients it was asked to take."""
        self.at: dict[str, str] = {}
        self.for_recipient: dict[str, str] = {}
        """How it answers RCPT for these addresses."""
        self.meanwhile: Callable[[], Any] | None = None
        """Called while the sender waits for the answer to its message."""
        self.port = free_port()
        self._controller = Controller(self, hostname=HOME, port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server, self.for_recipient.get(address, "250 OK"))

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.meanwhile:
            await asyncio.get_running_loop().run_in_executor(None, self.meanwhile)
        answer = await self._answer("DATA", server)
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = email.message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
            self.senders.append(str(envelope.mail_from))
        return answer

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - the same
        return await self._answer("QUIT", server, "221 Bye")

    async def _answer(self, command: str, server: SMTP, usual: str = "250 OK") -> str:
        told = self.at.get(command, usual)
        if told == DRIPS:
            await self._drip(server)
        if told == HANGS:
            await asyncio.Event().wait()
        if told == HANGS_UP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return told

    async def _drip(self, server: SMTP) -> None:
        """Say one byte after the other of an answer that never ends, until nobody listens."""
        assert isinstance(server.transport, asyncio.Transport)
        while not server.transport.is_closing():
            server.transport.write(b"2")
            await asyncio.sleep(0.05)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Have one that runs."""
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


LITTLE_PATIENCE = 0.5
"""Seconds to wait for a server that hangs; one that answers may need longer on a busy machine."""


def send_to(port: int, settings: Settings, patience: float = 5.0) -> None:
    """Let e-mail leave by the server at this port, waiting so many seconds for each answer."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = HOME, port, patience
