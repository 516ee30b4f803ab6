"""How the hub proves itself to a device that wants HTTP Digest: an answer to its challenge, until a new one comes.

Source: RFC 7616 (with MD5, which is all that most devices know; what it protects must go over TLS, or stay inside).
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlencode

from connectors.http import Answer, HttpClient, Parameters
from schemas.errors import RejectedError
from schemas.words import Words

_PARAMETER = re.compile(r'([a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', re.IGNORECASE)
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
}
_ALGORITHMS = ("SHA-256", "MD5")


@dataclass(slots=True)
class _Challenge:
    """What a device asked for, and how often it was answered."""

    realm: str
    nonce: str
    opaque: str
    algorithm: str
    qop: bool
    count: int = 0


class DigestClient:
    """Calls one device. What is refused for its proof alone was not done: it is sent once more with a new one."""

    def __init__(
        self, client: HttpClient, user: str, password: str, nonce: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._client = client
        self._user, self._password, self._nonce = user, password, nonce
        self._challenge: _Challenge | None = None
        self._lock = Lock()

    def call(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        write: bool,
        query: Parameters,
        headers: dict[str, str],
        body: bytes | None = None,
        heard: Collection[int] = (),
    ) -> Answer:
        """The answer to one request, whatever its status of 2xx or 4xx; ``HttpClient`` says what else may happen.

        Raises:
            RejectedError: ``peer.auth``: user or password is refused.
        """
        target = f"{path}?{urlencode(query, errors='surrogateescape')}" if query else path
        for _ in range(3):
            answer = self._client.call(
                method,
                path,
                deadline_s=deadline_s,
                write=write,
                query=query,
                headers={**headers, **self._proof(method, target)},
                body=body,
                heard=(401, 403, *heard),
            )
            if answer.status != 401 or not self._learn(answer.headers.get("www-authenticate", "")):
                break
        if answer.status == 401:
            raise RejectedError(
                "peer.auth",
                Words(
                    f"{method} {path}: answered 401; check user and password of this device",
                    f"{method} {path}：应答 401；请检查该设备的用户名与口令",
                ),
            )
        return answer

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _learn(self, header: str) -> bool:
        """Take a challenge; whether another proof may succeed: it is new, or was not answered yet."""
        found = _challenge(header)
        if found is None:
            return False
        with self._lock:
            self._challenge = found
        return True

    def _proof(self, method: str, target: str) -> dict[str, str]:
        with self._lock:
            if self._challenge is None:
                return {}
            self._challenge.count += 1
            challenge, count = self._challenge, self._challenge.count
        return {"authorization": self._answered(challenge, count, method, self._client.path + target)}

    def _answered(self, challenge: _Challenge, count: int, method: str, target: str) -> str:
        digest = _HASHES[challenge.algorithm]
        secret = digest(f"{self._user}:{challenge.realm}:{self._password}".encode())
        asked, nc, cnonce = digest(f"{method}:{target}".encode()), f"{count:08x}", self._nonce()
        middle = f"{challenge.nonce}:{nc}:{cnonce}:auth" if challenge.qop else challenge.nonce
        parts = {"username": self._user, "realm": challenge.realm, "nonce": challenge.nonce, "uri": target}
        parts["response"] = digest(f"{secret}:{middle}:{asked}".encode())
        if challenge.opaque:
            parts["opaque"] = challenge.opaque
        text = ", ".join(f'{name}="{_quoted(value)}"' for name, value in parts.items())
        text += f", algorithm={challenge.algorithm}"
        return f'Digest {text}, qop=auth, nc={nc}, cnonce="{cnonce}"' if challenge.qop else f"Digest {text}"


def _challenge(header: str) -> _Challenge | None:
    """The best challenge of a header that we can answer; nothing where there is none."""
    found = []
    for text in re.split(r"(?:^|,\s*)Digest\s+", header, flags=re.IGNORECASE)[1:]:
        given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(text)}
        algorithm, qops = given.get("algorithm", "MD5").upper(), given.get("qop", "").replace(" ", "").split(",")
        if algorithm in _HASHES and given.get("nonce") and ("auth" in qops or qops == [""]):
            found.append(
                _Challenge(given.get("realm", ""), given["nonce"], given.get("opaque", ""), algorithm, "auth" in qops)
            )
    return min(found, key=lambda each: _ALGORITHMS.index(each.algorithm), default=None)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
