"""Signatures of a vendor's own form: which parts of a request are joined, how they are hashed, and where that stands.

There is no standard. What vendors do differs in a closed list of parts, which settings name in their order.
"""

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from schemas.transmission import NOTHING

SignedPart = Literal[
    "method", "path", "query", "sorted", "sorted_bare", "body", "body_sha256", "body_md5", "time", "nonce", "key",
    "secret",
]  # fmt: skip
"""``query``: as it is sent; ``sorted``: ``a=1&b=2`` by name, not escaped; ``sorted_bare``: ``a1b2``."""
Hash = Literal["md5", "sha1", "sha256", "sha512"]
SignedName = Literal["key", "time", "nonce", "signature"]
"""What may stand beside a request."""


class Signed(NamedTuple):
    """What a signature adds to a request: parameters of its URL, behind those that it has, or headers."""

    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = NOTHING


@dataclass(frozen=True, slots=True)
class Form:
    """How one vendor signs.

    Attributes:
        parts: What is signed, in this order.
        joint: What stands between two of them.
        names: What key, time, nonce and signature are called where they stand; what has no name is not sent.
        place: Whether they stand in the URL or in headers.
        keyed: HMAC with the secret; otherwise a plain hash of the parts, of which the secret is one.
        digest: The hash.
        written: How the signature is written.
        clock: How the instant is written.
    """

    parts: Sequence[SignedPart]
    names: Mapping[SignedName, str]
    joint: str = ""
    place: Literal["query", "header"] = "header"
    keyed: bool = True
    digest: Hash = "sha256"
    written: Literal["hex", "HEX", "base64"] = "hex"
    clock: Literal["seconds", "milliseconds"] = "seconds"


class Signing:
    """Signs requests with a key and its secret, in the form of one vendor."""

    def __init__(
        self, form: Form, key: str, secret: str, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._form, self._key, self._secret, self._nonce = form, key, secret, nonce

    def sign(self, method: str, path: str, query: Sequence[tuple[str, str]], body: bytes, now: datetime) -> Signed:
        """What is added to a request that is sent ``now``; ``path`` is that of the whole URL."""
        form = self._form
        milliseconds = int(now.timestamp() * 1000)
        told: dict[SignedName, str] = {
            "key": self._key,
            "time": str(milliseconds if form.clock == "milliseconds" else milliseconds // 1000),
            "nonce": self._nonce(),
        }
        shown = {form.names[name]: value for name, value in told.items() if name in form.names}
        pairs = [*query, *(shown.items() if form.place == "query" else ())]
        texts = {**told, "secret": self._secret, "method": method, "path": path, **_of_query(pairs)}
        parts = {**{name: text.encode() for name, text in texts.items()}, **_of_body(body)}
        shown[form.names["signature"]] = self._hashed(form.joint.encode().join(parts[each] for each in form.parts))
        if form.place == "query":
            return Signed(query=tuple(shown.items()))
        return Signed(headers={name.lower(): value for name, value in shown.items()})

    def _hashed(self, text: bytes) -> str:
        form = self._form
        if form.keyed:
            digest = hmac.new(self._secret.encode(), text, form.digest).digest()
        else:
            digest = hashlib.new(form.digest, text, usedforsecurity=False).digest()
        if form.written == "base64":
            return b64encode(digest).decode()
        return digest.hex().upper() if form.written == "HEX" else digest.hex()


def _of_query(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {
        "query": urlencode(pairs, errors="surrogateescape"),  # as the client sends it
        "sorted": "&".join(f"{name}={value}" for name, value in sorted(pairs)),
        "sorted_bare": "".join(f"{name}{value}" for name, value in sorted(pairs)),
    }


def _of_body(body: bytes) -> dict[str, bytes]:
    sha256, md5 = hashlib.sha256(body), hashlib.md5(body, usedforsecurity=False)
    return {"body": body, "body_sha256": sha256.hexdigest().encode(), "body_md5": md5.hexdigest().encode()}
