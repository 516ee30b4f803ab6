"""Who may use the workbench: one link opens it once, and what it gives in return opens nothing else.

A link is made beside the hub, by whoever may read its token, and proves that by itself: nothing of it is kept. A
session is kept in memory alone, by its digest, and goes with the hub.
"""

import base64
import binascii
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from schemas.errors import TrustError
from schemas.words import Words

LINK_SECONDS = 600.0
SESSION_SECONDS = 8 * 3600.0
SESSIONS = 16
"""So many at once; with one more the oldest ends."""
_STAMP, _CHANCE, _PROOF = 8, 16, 32
_REFUSED = Words(
    "the link was used, is older than 10 minutes, or the hub was started after it was made;"
    " `licet mapping page` prints another",
    "链接已使用、已超过 10 分钟，或平台在其生成后重新启动；请用 `licet mapping page` 生成新的链接",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has begun: what proves it from now on, and for how long."""

    token: str
    seconds: int


def link_code(api_token: str, now: float, random: Callable[[int], bytes] = os.urandom) -> str:
    """What opens the workbench of the hub of a token once, within ten minutes of the machine's clock."""
    said = round(now * 1000).to_bytes(_STAMP, "big") + random(_CHANCE)
    return base64.urlsafe_b64encode(said + _proof(api_token, said)).decode().rstrip("=")


class Sessions:
    """Those who have opened the workbench. Safe to ask from many threads.

    ``machine`` is the machine's calendar, in seconds: links are made and used within minutes, on one machine.
    """

    def __init__(
        self,
        api_token: str,
        machine: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._api_token = api_token
        self._machine = machine
        self._monotonic = monotonic
        self._random = random
        self._began = machine()
        self._used: dict[bytes, float] = {}
        self._ends: dict[bytes, float] = {}
        self._lock = Lock()

    def open(self, code: str) -> Opened:
        """Begin a session by the code of a link.

        Raises:
            TrustError: It is none of this hub, too old, or was used.
        """
        made_at, chance = self._read(code)
        now = self._machine()
        if not max(self._began, now - LINK_SECONDS) <= made_at <= now + 1:
            raise _refused()
        with self._lock:
            self._used = {each: at for each, at in self._used.items() if at > now - LINK_SECONDS}
            if chance in self._used:
                raise _refused()
            self._used[chance] = made_at
            return self._begin()

    def _begin(self) -> Opened:
        token = base64.urlsafe_b64encode(self._random(32)).decode().rstrip("=")
        while len(self._ends) >= SESSIONS:
            del self._ends[next(iter(self._ends))]
        self._ends[_digest(token)] = self._monotonic() + SESSION_SECONDS
        return Opened(token, round(SESSION_SECONDS))

    def holds(self, token: str) -> bool:
        """Whether a token is that of a session that has not ended."""
        digest = _digest(token)
        with self._lock:
            ends = self._ends.get(digest)
            if ends is not None and ends <= self._monotonic():
                del self._ends[digest]
                return False
        return ends is not None

    def _read(self, code: str) -> tuple[float, bytes]:
        try:
            raw = base64.b64decode(code + "=" * (-len(code) % 4), b"-_", validate=True)
        except (ValueError, binascii.Error) as error:
            raise _refused() from error
        said, proof = raw[: _STAMP + _CHANCE], raw[_STAMP + _CHANCE :]
        if len(raw) != _STAMP + _CHANCE + _PROOF or not hmac.compare_digest(proof, _proof(self._api_token, said)):
            raise _refused()
        return int.from_bytes(said[:_STAMP], "big") / 1000, said[_STAMP:]


def _refused() -> TrustError:
    return TrustError("auth.token", _REFUSED)


def _proof(api_token: str, said: bytes) -> bytes:
    key = hmac.digest(api_token.encode(), b"licet workbench link 1", "sha256")
    return hmac.digest(key, said, "sha256")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
