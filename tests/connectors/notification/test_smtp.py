"""What only mail does; tests/contract/test_messengers.py asks what every messenger must do."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword

from connectors.notification.smtp import SPEC, Settings, Smtp, message_id
from connectors.port import Address, Message
from schemas.errors import RejectedError, UnavailableError
from tests.conftest import HandClock
from tests.connectors.test_http import certificate
from tests.contract.mailbox import listening
from tests.ports import free_port

PASSWORD = "s3cret-password"


def smtp(port: int, folder: Path | None, **more: object) -> Smtp:
    ca_file = str(folder / "cert.pem") if folder else None
    settings = {"host": "127.0.0.1", "port": port, "sender": "licet@hub.example", "ca_file": ca_file}
    return Smtp("mail", Settings.model_validate({**settings, "allow_private_address": True, **more}))


def send(messenger: Smtp) -> bool:
    return bool(messenger.send(Message("s", "t"), to=Address("mail", "wang@staff.example"), key="k").id)


@pytest.fixture
def protected(tmp_path: Path) -> Iterator[int]:
    """A server that wants STARTTLS and a login."""

    def check(server: object, session: object, envelope: object, mechanism: str, given: object) -> AuthResult:
        good = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=certificate(tmp_path),
        require_starttls=True,
        authenticator=check,
        auth_required=True,
    )
    controller.start()
    yield controller.port
    controller.stop()


def test_a_login_happens_under_starttls(protected: int, tmp_path: Path) -> None:
    assert send(smtp(protected, tmp_path, user="hub", password=PASSWORD))


def test_a_wrong_password_is_for_a_person_and_stays_unsaid(protected: int, tmp_path: Path) -> None:
    with pytest.raises(RejectedError) as refused:
        send(smtp(protected, tmp_path, user="hub", password="wrong-password"))
    assert refused.value.code == "peer.auth"
    assert "wrong-password" not in str(refused.value)


def test_nothing_is_sent_to_a_server_whose_certificate_is_unknown(protected: int) -> None:
    with pytest.raises(UnavailableError) as failed:
        send(smtp(protected, None, user="hub", password=PASSWORD))
    assert failed.value.code == "peer.tls"


def test_tls_from_the_start_is_spoken_too(tmp_path: Path) -> None:
    context = certificate(tmp_path)
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port(), ssl_context=None)
    controller.start()
    try:
        with tls_front(context, controller.port) as port:
            assert send(smtp(port, tmp_path, security="tls"))
    finally:
        controller.stop()


class tls_front:
    """Ends TLS in front of a plain server: aiosmtpd's own TLS controller probes itself without our certificate."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self._context, self._port = context, port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listening.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        self._thread.join(5)

    def _run(self) -> None:
        taken, _ = self._listening.accept()
        with (
            self._context.wrap_socket(taken, server_side=True) as hub,
            socket.create_connection(("127.0.0.1", self._port)) as server,
        ):
            back = threading.Thread(target=_pump, args=(server, hub), daemon=True)
            back.start()
            _pump(hub, server)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with pytest.raises(RejectedError):
            send(smtp(controller.port, None))
    finally:
        controller.stop()


def test_a_greeting_that_drips_is_stopped_at_the_deadline() -> None:
    def drip() -> None:
        taken, _ = listening.accept()
        with taken:
            try:
                for _ in range(100):
                    taken.sendall(b"2")
                    time.sleep(0.03)  # each read succeeds in time
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            send(smtp(listening.getsockname()[1], None, security="none", deadline_seconds=0.3))
        assert time.monotonic() - began < 1.2
        thread.join(5)


def test_a_message_id_comes_from_the_key_and_hides_it() -> None:
    made = message_id("person-7/expiry/2026-12-31", "licet@hub.example")
    assert made == message_id("person-7/expiry/2026-12-31", "licet@hub.example")
    assert made != message_id("person-8/expiry/2026-12-31", "licet@hub.example")
    assert made.endswith("@hub.example>")
    assert "person" not in made


@pytest.mark.parametrize(
    "wrong",
    [
        {"security": "none", "host": "mail.example"},
        {"security": "none", "user": "hub", "password": PASSWORD},
        {"user": "hub"},
        {"password": PASSWORD},
    ],
)
def test_settings_that_would_tell_a_secret_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"security|belong|together") as refused:
        Settings.model_validate({"host": "127.0.0.1", "sender": "a@b.example", **wrong})
    assert PASSWORD not in str(refused.value)


def test_it_is_a_messenger() -> None:
    assert SPEC.ports == ("messenger",)
    assert all(field.description for field in Settings.model_fields.values())


def test_a_mail_has_its_date_and_no_encoded_word_longer_than_a_header_may_hold() -> None:
    at = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    with listening() as mailbox:
        settings = {"host": "127.0.0.1", "port": mailbox.port, "sender": "licet@hub.example", "security": "none"}
        messenger = Smtp("mail", Settings.model_validate(settings), now=lambda: at)
        for length in range(1, 60):
            message = Message("机房值守岗位权限已限制𠮷"[: length % 13 + 1] * length, "t")
            messenger.send(message, to=Address("mail", "wang@staff.example"), key=str(length))
        assert {mail["Date"].datetime for mail in mailbox.mails} == {at}
        headers = [bytes(each.content or b"").partition(b"\r\n\r\n")[0] for each in mailbox.taken]
        words = [word for header in headers for word in re.findall(rb"=\?[^ \r\n]*\?=", header)]
        assert len(words) > len(headers) and max(map(len, words)) <= 75


def test_each_step_has_its_own_limit_and_a_whole_message_is_waited_for_longer() -> None:
    """Each answer comes ten seconds late, the last one five minutes, by a clock that the server moves."""
    begun, clock = [], HandClock()

    def serve() -> None:
        taken, _ = listening.accept()
        with taken, taken.makefile("rb") as lines:
            taken.sendall(b"220 slow\r\n")
            for answer in (b"250 slow", b"250 OK", b"250 OK", b"354 go on"):
                begun.append(lines.readline().split()[0].upper())
                clock.seconds += 10
                taken.sendall(answer + b"\r\n")
            while lines.readline() != b".\r\n":
                pass
            clock.seconds += 300
            taken.sendall(b"250 taken at last\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        named = {"host": "127.0.0.1", "port": listening.getsockname()[1], "security": "none"}
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        slow = Smtp("mail", Settings.model_validate({**named, "sender": "licet@hub.example"}), clock.monotonic)
        receipt = slow.send(Message("s", "t"), to=Address("mail", "wang@staff.example"), key="k")
        thread.join()
    assert receipt.detail == "250 taken at last" and begun == [b"EHLO", b"MAIL", b"RCPT", b"DATA"]
