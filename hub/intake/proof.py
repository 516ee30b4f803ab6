"""What proves the sender of a transmission: named in its entry, and sealed with the body under one commitment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from connectors.port import AuthMethod, Request

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


def with_proof(shown: bytes, body: bytes) -> bytes:
    """What is sealed of a transmission: length of the proof (four bytes, big-endian), proof, body."""
    return len(shown).to_bytes(_LENGTH_BYTES, "big") + shown + body


def body_of(content: bytes) -> bytes:
    """The body of what ``with_proof`` made."""
    return content[_LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big") :]


def proof_of(content: bytes) -> dict[str, Any]:
    """What the sender showed, of what ``with_proof`` made; empty where nobody had to prove anything."""
    length = int.from_bytes(content[:_LENGTH_BYTES], "big")
    shown: dict[str, Any] = orjson.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length]) if length else {}
    return shown
