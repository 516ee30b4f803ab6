"""What came with a body: what proves its sender, named in its entry, and what must be known to read it again.

Both may name somebody, as the body does: they are sealed with it under one commitment, and destroyed with it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from connectors.port import AuthMethod, Request
from schemas.transmission import Transmission

_LENGTH_BYTES = 4
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that are secrets rather than proofs: whoever has them could speak for the sender."""


class SenderProof(NamedTuple):
    """How the sender proved itself (the member ``auth`` of an entry), and what it showed, as JSON."""

    auth: Mapping[str, str]
    shown: bytes


def sender_proof(request: Request, method: AuthMethod, key_id: str, headers: Mapping[str, str]) -> SenderProof:
    """The proof of a request whose sender is trusted: by which method and key, over which target and headers."""
    auth = {"method": method, "result": "verified"}
    if key_id:
        auth["key_id"] = key_id
    shown: dict[str, Any] = {"method": request.method, "target": request.target}
    if headers:
        shown["headers"] = {name: value for name, value in headers.items() if name not in _SECRET}
    return SenderProof(auth, orjson.dumps(shown, option=orjson.OPT_SORT_KEYS))


def rejected(method: AuthMethod) -> Mapping[str, str]:
    """The member ``auth`` of a sender whose proof was not good."""
    return {"method": method, "result": "rejected"}


class Came(NamedTuple):
    """What lies sealed of a transmission: what its sender showed (empty where nobody had to prove anything), what of it
    is known beside the body, and the body."""

    shown: dict[str, Any]
    known: dict[str, Any]
    body: bytes

    def transmission(self, connector: str, received_at: datetime, id: str | None = None) -> Transmission:
        """The transmission as it came."""
        return Transmission(connector, received_at, body=self.body, id=id, **self.known)


def content_of(proof: SenderProof | None, came: Transmission) -> bytes:
    """What is sealed of a transmission: the proof, what is known of it, each after its length (four bytes, big-endian),
    and the body."""
    shown = b"" if proof is None else proof.shown
    known = orjson.dumps(
        {
            "media_type": came.media_type,
            "form": came.form,
            "peer": came.peer,
            "path": came.path,
            "context": dict(came.context),
        }
    )
    sizes = [len(each).to_bytes(_LENGTH_BYTES, "big") for each in (shown, known)]
    return b"".join((sizes[0], shown, sizes[1], known, came.body))


def opened(content: bytes) -> Came:
    """What ``content_of`` made, taken apart."""
    shown, rest = _parted(content)
    known, body = _parted(rest)
    return Came(orjson.loads(shown) if shown else {}, orjson.loads(known), body)


def _parted(content: bytes) -> tuple[bytes, bytes]:
    end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
    return content[_LENGTH_BYTES:end], content[end:]
