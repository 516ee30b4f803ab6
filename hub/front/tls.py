"""A listener that speaks TLS: handshakes count to the allowance of their address, and one that fails is told of."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from hub.front.admission import Admission, share_of

AGAIN_SECONDS = 1.0
"""When to accept again after the system could not: it is out of files, or of memory."""

log = logging.getLogger(__name__)


class TlsServer:
    """Accepts at one socket; who is not through with the handshake in time is hung up on."""

    def __init__(
        self,
        listening: socket.socket,
        context: ssl.SSLContext,
        make: Callable[[], asyncio.Protocol],
        *,
        admission: Admission,
        seconds: float,
        refused: Callable[[str, str], None],
    ) -> None:
        self._context = context
        self._make = make
        self._admission = admission
        self._seconds = seconds
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._shaking: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept(listening))

    def close(self) -> None:
        """Accept nobody more; who is in the middle of a handshake is hung up on."""
        for each in (self._accepting, *self._shaking):
            each.cancel()

    async def wait_closed(self) -> None:
        """Return when nothing of it runs."""
        await asyncio.wait((self._accepting, *self._shaking))

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                line, place = await self._loop.sock_accept(listening)
            except OSError as error:
                log.warning("no connection can be accepted: %s", error.strerror)
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            task = self._loop.create_task(self._shake(line, share_of(place[0])))
            self._shaking.add(task)
            task.add_done_callback(self._shaking.discard)

    async def _shake(self, line: socket.socket, address: str) -> None:
        if not self._admission.enter(address):
            self._refused("http.busy", address)
            line.close()
            return
        try:
            await self._loop.connect_accepted_socket(
                self._make, line, ssl=self._context, ssl_handshake_timeout=self._seconds
            )
        except ConnectionResetError:
            pass  # it hung up, as who only looks whether somebody listens
        except OSError:
            self._refused("tls.handshake", address)
        finally:
            self._admission.leave(address)
