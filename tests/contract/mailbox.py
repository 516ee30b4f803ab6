"""A real mail server of somebody else that keeps what it took, and refuses, hangs up or stalls on demand."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


@dataclass
class Mailbox:
    """The other side: what it took, and how it behaves at a command. ``port`` is where it listens."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    answer: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    hang_up_after_data: bool = False
    hang_up_once: bool = False
    stall_after_data: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answer.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return self.answer.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" not in self.answer:
            self.taken.append(envelope)
        if self.hang_up_after_data:
            assert server.transport is not None
            server.transport.abort()
            self.hang_up_after_data = not self.hang_up_once
        while self.stall_after_data and not self.released.is_set():
            await asyncio.sleep(0.01)
        return self.answer.get("DATA", "250 OK taken as 4711")

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=default) for each in self.taken]  # type: ignore[misc,arg-type]


@contextmanager
def listening() -> Iterator[Mailbox]:
    """A mailbox on a free loopback port."""
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        mailbox.released.set()
        controller.stop()
