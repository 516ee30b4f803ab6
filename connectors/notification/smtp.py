"""Mail over SMTP: one envelope for each recipient and message.

Wire:    SMTP with EHLO; STARTTLS (RFC 3207) or TLS from the start; plain only to loopback.
Trust:   The server's certificate; login (RFC 4954) where a user is set, never without TLS.
Repeats: ``Message-ID`` is made from the key, so a mailbox can tell a repeat; SMTP itself cannot.
Source:  RFC 5321 4.2 (reply codes), 4.5.3.2 (the answer after DATA decides), 6.1 (a lost answer may mean delivery);
         RFC 3463 (what a refusal is about).
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, model_validator

from connectors.absence import code_of
from connectors.http import Limit, PlainSocket, TlsSocket, open_socket, require_allowed, tls_context
from connectors.port import Address, Link, Message, Receipt, Spec
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from schemas.record import MAIL_ADDRESS
from schemas.words import Words

_WORD = 75  # RFC 2047 2: the most that an encoded word may have
_HOST = r"^(?:[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]?)$"
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=_WORD)  # no server is asked whether it takes 8-bit bodies
_ADDRESS = re.compile(MAIL_ADDRESS, re.ASCII)
_ENHANCED = re.compile(rb"5\.([12]\.\d{1,3})\b")  # RFC 3463: 1 is about an address, 2 about a mailbox
_OF_SENDER = (b"1.7", b"1.8")
RECIPIENT, MESSAGE = "mail.recipient", "mail.message"


def _calendar() -> datetime:
    return datetime.now(UTC)


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one mail server."""

    host: str = Field(pattern=_HOST, description="Name or address of the mail server.")
    port: int = Field(default=587, gt=0, lt=65536, description="Port: 587 with starttls, 465 with tls, 25 with none.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected; none is for loopback only."
    )
    sender: str = Field(max_length=254, pattern=rf"^{MAIL_ADDRESS}$", description="Address that the mail comes from.")
    user: str = Field(default="", description="Login name; empty for a server that wants none.")
    password: SecretStr | None = Field(default=None, description="Password of the login.")
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )
    deadline_seconds: float = Field(
        default=15.0, gt=0, le=300, description="Longest time for each step: connecting, one command, the message."
    )
    answer_seconds: float = Field(
        default=600.0,
        gt=0,
        le=900,
        description="Longest wait for the answer to a whole message (RFC 5321: 10 minutes).",
    )
    helo: str = Field(
        default="[127.0.0.1]",
        pattern=r"^[!-~]{1,128}$",
        description="Name by which we greet the server (RFC 5321, 4.1.4).",
    )
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses (not needed with security none)."
    )

    @model_validator(mode="after")
    def _is_protected(self) -> "Settings":
        if self.security == "none" and self.user:
            raise ValueError(
                Words(
                    "security starttls or tls for a login, not none",
                    "登录时 security 为 starttls 或 tls",
                )
            )
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError(
                Words(
                    "security starttls or tls; none is for loopback only",
                    "security 为 starttls 或 tls；none 仅限本机",
                )
            )
        if bool(self.user) != (self.password is not None):
            raise ValueError(Words("user and password together", "user 与 password 同时填写"))
        return self


class Smtp:
    """Sends notices as mail."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _calendar,
    ) -> None:
        self.name = name
        self._settings = settings
        self._monotonic = monotonic
        self._now = now
        self._plain = settings.security == "none"
        self._allow_private = settings.allow_private_address or self._plain
        require_allowed(settings.host.strip("[]"), allow_private=self._allow_private, plain=self._plain)
        authorities = None if settings.ca_file is None else str(settings.ca_file)
        self._context = tls_context(authorities) if settings.security != "none" else None

    def send(self, message: Message, *, to: Address, key: str) -> Receipt:
        """Hand one message over to the server; its ``Message-ID`` is the receipt's id.

        Raises:
            UnavailableError: No connection, or a reply 4xx.
            UnknownOutcomeError: The connection ended after the whole message had been sent.
            RejectedError: ``mail.recipient``: no such reader there, or no address of mail. ``mail.message``: the
                message, or who sends it, is refused. ``peer.auth``: we are.
        """
        recipient = _recipient(to)
        mail = _mail(message, self._settings.sender, recipient, key, self._now())
        limit = Limit(self._monotonic, self._allow_private)
        settings = self._settings
        server = _Server(limit, settings.helo, settings.deadline_seconds, settings.answer_seconds)
        try:
            self._greet(server)
            detail = server.hand_over(settings.sender, recipient, mail.as_bytes())
        except (OSError, ValueError) as error:  # smtplib's own failures are OSErrors
            raise _failure(self.name, error, server) from error
        finally:
            server.close()
        return Receipt(id=str(mail["Message-ID"]), detail=detail)

    def _greet(self, server: "_Server") -> None:
        settings = self._settings
        server.open(settings.host, settings.port, settings.security, self._context)
        if settings.user and settings.password is not None:
            server.login(settings.user, settings.password.get_secret_value())


def message_id(key: str, sender: str) -> str:
    """The ``Message-ID`` of a key: always the same, and it tells nothing about the key."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


def _recipient(to: Address) -> str:
    if to.kind != "mail" or _ADDRESS.fullmatch(to.value) is None:
        raise RejectedError(
            RECIPIENT,
            Words(
                "the recipient's mail address is malformed; expected name@domain in ASCII",
                "收件人邮箱格式无效，应为 ASCII 的 name@domain",
            ),
        )
    return to.value


def _mail(message: Message, sender: str, to: str, key: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(now)  # RFC 5322 3.6: there must be one
    mail["Message-ID"] = message_id(key, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies to a machine
    mail.set_content("\n".join([message.text, *_links(message.links)]))
    return mail


def _links(links: Sequence[Link]) -> list[str]:
    """Each on a line of its own, apart from the text, as plain mail shows them."""
    return ["", *(f"{link.label}: {link.url}" for link in links)] if links else []


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failure(name: str, error: Exception, server: "_Server") -> UnavailableError | UnknownOutcomeError | RejectedError:
    """What a failed exchange means; the server's text stays out, since servers quote addresses."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
    if 400 <= code < 500:
        return UnavailableError(
            "peer.throttled", Words(f"{name}: mail server answered {code}", f"{name}：邮件服务器应答 {code}")
        )
    if 500 <= code < 600:
        return RejectedError(
            _refused(code, error, server.command),
            Words(f"{name}: mail server answered {code}", f"{name}：邮件服务器应答 {code}"),
        )
    if server.handed_over:
        return UnknownOutcomeError(
            Words(
                f"{name}: message sent, but its answer did not come ({type(error).__name__})",
                f"{name}：邮件已发出，未收到应答（{type(error).__name__}）",
            )
        )
    lost = isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPResponseException)
    if isinstance(error, smtplib.SMTPException) and not lost:
        return RejectedError(
            "peer.auth",
            Words(
                f"{name}: mail server offers no STARTTLS or no login that we know",
                f"{name}：邮件服务器不支持 STARTTLS，或没有可用的登录方式",
            ),
        )
    return UnavailableError(
        code_of(error),
        Words(
            f"{name}: mail server away ({type(error).__name__})", f"{name}：邮件服务器无应答（{type(error).__name__}）"
        ),
    )


def _refused(code: int, error: Exception, command: str) -> str:
    """What a final refusal is about: us, the reader, or the message.

    Some servers look up the reader only after the whole message; their enhanced status (RFC 3463) says so.
    """
    if code in (530, 534, 535, 538):
        return "peer.auth"
    text = error.smtp_error if isinstance(error, smtplib.SMTPResponseException) else b""
    found = _ENHANCED.match(text if isinstance(text, bytes) else text.encode())
    of_reader = found is not None and found[1] not in _OF_SENDER
    return RECIPIENT if command == "RCPT" or of_reader else MESSAGE


class _Server(smtplib.SMTP):
    """One connection, each step of which has its own deadline, and which knows whether DATA was sent.

    To end before the server may answer a whole message makes a copy of each that it takes slowly (RFC 5321, 4.5.3.2).
    """

    def __init__(self, limit: Limit, helo: str, step_seconds: float, answer_seconds: float) -> None:
        super().__init__(local_hostname=helo)
        self._limit = limit
        self._step_seconds = step_seconds
        self._answer_seconds = answer_seconds
        self._tls_first: ssl.SSLContext | None = None
        self._plain = False
        self.handed_over = False
        self.command = ""

    def open(self, host: str, port: int, security: str, context: ssl.SSLContext | None) -> None:
        """Connect, read the greeting, protect the connection and greet; nothing else is sent in the clear."""
        self._host = host  # smtplib checks the certificate's name against it
        self._begin(self._step_seconds)
        self._plain, self._tls_first = security == "none", context if security == "tls" else None
        self._expect(self.connect(host, port), 220)
        self._expect(self.ehlo(), 250)
        if security == "starttls":
            self._expect(self.starttls(context=context), 220)
            self._limited(self.sock)
            self._expect(self.ehlo(), 250)

    def hand_over(self, sender: str, to: str, mail: bytes) -> str:
        """MAIL, RCPT and DATA for one recipient; gives the reply that took the message."""
        self._expect(self.docmd(f"MAIL FROM:<{sender}>"), 250)
        self._expect(self.docmd(f"RCPT TO:<{to}>"), 250, 251)
        self._expect(self.docmd("DATA"), 354)
        self.handed_over = True
        self._begin(self._step_seconds)
        self.send(_dotted(mail))
        self._begin(self._answer_seconds)
        code, text = self.getreply()
        self._expect((code, text), 250)
        return f"{code} {text[:120].decode('ascii', 'replace')}"

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send one command; it and its answer have a deadline of their own."""
        self.command = cmd.partition(" ")[0]
        self._begin(self._step_seconds)
        super().putcmd(cmd, args)

    def _begin(self, seconds: float) -> None:
        self._limit.ends = self._limit.monotonic() + seconds

    @staticmethod
    def _expect(reply: tuple[int, bytes], *codes: int) -> None:
        if reply[0] not in codes:
            raise smtplib.SMTPResponseException(*reply)

    def _limited(self, opened: Any) -> None:
        assert isinstance(opened, TlsSocket)
        opened.limit = self._limit

    def _get_socket(self, host: str, port: int, timeout: Any) -> PlainSocket | ssl.SSLSocket:
        opened = open_socket(host, port, self._limit, plain=self._plain)
        if self._tls_first is None:
            return opened
        try:
            protected = self._tls_first.wrap_socket(opened, server_hostname=host)
        except BaseException:
            opened.close()
            raise
        self._limited(protected)
        return protected


def _dotted(mail: bytes) -> bytes:
    """A message as DATA wants it: CRLF, doubled leading dots, a single dot at the end (RFC 5321, 4.5.2)."""
    lines = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


SPEC = Spec(title="Mail over SMTP", settings=Settings, build=Smtp, ports=("messenger",), reaches=("mail",))
