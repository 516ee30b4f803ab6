"""The HTTP front: uvicorn with httptools, and the limits that it leaves to us (docs/decisions/0005-front.md)."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn

from hub.front.admission import Admission
from hub.front.languages import InItsLanguage
from hub.front.protocol import LimitedProtocol, Refused
from hub.front.tls import TlsServer
from hub.front.waits import WAITS, Waits
from schemas.errors import ConfigError
from schemas.words import Words

IDLE_SECONDS = 15
SHUTDOWN_SECONDS = 20


def bind(listen: str) -> socket.socket:
    """A listening socket for ``HOST:PORT``; port 0 takes a free one.

    Raises:
        ConfigError: It is no such address, not one of this machine, or taken.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        bound.close()
        system = getattr(error, "strerror", None)
        reason = Words(system, system) if system else Words("no such port", "没有此端口")
        raise ConfigError(
            Words(
                f"cannot listen on {listen!r} ({reason}); expected a free HOST:PORT",
                f"无法监听 {listen!r}（{reason.zh}）；应为空闲的 主机:端口",
            )
        ) from error
    return bound


class Front(uvicorn.Server):
    """A server that can be told to end. Signals are for its process to hear: there may be several of it."""

    def __init__(self, config: uvicorn.Config, admission: Admission, refused: Refused, waits: Waits) -> None:
        super().__init__(config)
        self._handshakes: dict[str, Any] = {"admission": admission, "refused": refused, "seconds": waits.headers}

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept at these sockets."""
        known = {"config": self.config, "server_state": self.server_state, "app_state": {}}
        make: Any = partial(self.config.http_protocol_class, **known)
        self.servers = [await self._accepting(each, make) for each in sockets or ()]
        self.started = True

    async def _accepting(self, bound: socket.socket, make: Any) -> Any:
        if self.config.ssl is None:
            return await asyncio.get_running_loop().create_server(make, sock=bound, backlog=self.config.backlog)
        bound.setblocking(False)
        bound.listen(self.config.backlog)
        return TlsServer(bound, self.config.ssl, make, **self._handshakes)

    def end(self) -> None:
        """Take no new connection, answer what is under way, then stop."""
        self.should_exit = True


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM form: certificate chain, its key, and the authorities of those who are let in (empty: everybody)."""

    certificate: str
    key: str
    client_ca: str = ""


def server(
    app: Any,
    *,
    admission: Admission,
    largest_body: int,
    refused: Refused,
    tls: Tls | None = None,
    waits: Waits = WAITS,
) -> Front:
    """A server for an ASGI application; the caller gives it sockets and runs it.

    ``largest_body`` is what the application takes at most; ``refused`` hears of what never reaches it.
    """
    files: dict[str, Any] = {}
    if tls is not None:
        files = {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
        if tls.client_ca:
            files |= {"ssl_ca_certs": tls.client_ca, "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return Front(
        uvicorn.Config(
            InItsLanguage(app),
            http=partial(  # type: ignore[arg-type]  # any callable that makes a protocol
                LimitedProtocol, admission=admission, largest_body=largest_body, refused=refused, waits=waits
            ),
            loop="uvloop",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,  # nobody in front is trusted to name the client
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            backlog=2048,
            **files,
        ),
        admission,
        refused,
        waits,
    )
