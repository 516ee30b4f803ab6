"""The set of public keys that a peer publishes, read within limits and taken whole or not at all.

Source:  RFC 7517 (JWK sets), RFC 8037 (Ed25519).
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from connectors.absence import NOT_THERE
from connectors.algorithms import KINDS, LEAST_BITS, Algorithm, algorithm_of, public_jwk, read_public
from connectors.http import HttpClient
from schemas.errors import LicetError, RejectedError
from schemas.reading import Limits, read_json
from schemas.words import Words

REFUSED = "keys.set"
_MOST_BYTES, _MOST_KEYS = 64 * 1024, 64
_KID = re.compile(r"[!-~]{1,128}")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_LIMITS = Limits(depth=6, items=2000)


class PublishedKey(NamedTuple):
    """A key that a peer signs with, by its name; ``public`` is its JWK."""

    kid: str
    algorithm: Algorithm
    public: str


class KeySetSettings(BaseModel, frozen=True, extra="forbid"):
    """Where a peer publishes the keys that it signs with."""

    url: str = Field(
        description="For example https://authority.example/.well-known/jwks.json; no redirect is followed."
    )
    deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the set.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder; else the system's."
    )


class KeySetSource:
    """Fetches the set of one peer."""

    def __init__(self, settings: KeySetSettings) -> None:
        self._seconds = settings.deadline_seconds
        self._client = HttpClient(
            settings.url,
            allow_private=settings.allow_private_address,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            max_answer=_MOST_BYTES,
            keep=0,
        )

    def fetch(self) -> list[PublishedKey]:
        """The keys that sign, of the algorithms that are known here.

        Raises:
            UnavailableError: It cannot be had now, or is too large: the keys of before hold.
            RejectedError: ``keys.set``: it is no such set; or the peer does not give it.
        """
        answer = self._client.call("GET", "", deadline_s=self._seconds, write=False)
        if answer.status != 200:
            raise RejectedError(
                NOT_THERE.get(answer.status, REFUSED),
                Words(f"answered {answer.status}, expected a set of keys", f"应答 {answer.status}，应为公钥集合"),
            )
        return read_key_set(answer.body)


def read_key_set(body: bytes) -> list[PublishedKey]:
    """The keys of a set that sign, of the algorithms that are known here; others are passed over.

    Raises:
        RejectedError: ``keys.set``: no set, a name that stands twice or is none, a private or shared key, a key that
            is none, or nothing that is of use.
    """
    try:
        members = read_json(body, limits=_LIMITS)["keys"]
    except (LicetError, KeyError, TypeError) as error:
        raise _refused(Words("found no JSON object with keys", "没有含 keys 的 JSON 对象")) from error
    if not isinstance(members, list) or not 0 < len(members) <= _MOST_KEYS:
        raise _refused(Words(f"expected 1 to {_MOST_KEYS} keys", f"应为 1 至 {_MOST_KEYS} 个密钥"))
    names = [_name(each) for each in members]
    if len(set(names)) != len(names):
        raise _refused(Words("a name stands twice: nobody knows which key is meant", "有名称重复，无法确定所指密钥"))
    found = [key for name, each in zip(names, members, strict=True) if (key := _key(name, each)) is not None]
    if not found:
        raise _refused(Words("found no key that signs by an algorithm that is known here", "没有以已知算法签名的密钥"))
    return found


def _name(member: Any) -> str:
    if not isinstance(member, dict) or not _KID.fullmatch(str(member.get("kid", ""))):
        raise _refused(
            Words(
                "expected objects with kid, of 1 to 128 letters without blanks",
                "应为带 kid 的对象，kid 为 1 至 128 个不含空格的字符",
            )
        )
    if _PRIVATE & member.keys() or member.get("kty") == "oct":
        raise _refused(Words("found a private or shared key in a public set", "公钥集合中有私钥或共享密钥"))
    return str(member["kid"])


def _key(kid: str, member: dict[str, Any]) -> PublishedKey | None:
    algorithm = algorithm_of(str(member.get("use", "sig")), str(member.get("kty")), str(member.get("crv", "")))
    if algorithm is None or KINDS[algorithm].use != "sig" or _is_short(member):
        return None
    names = (KINDS[algorithm].jose, *(("EdDSA",) if algorithm == "ed25519" else ()))
    if member.get("alg", names[0]) not in names:
        return None
    try:
        public = read_public(json.dumps(member), kid, algorithm)
    except LicetError as error:
        raise _refused(error.message) from error
    return PublishedKey(kid, algorithm, json.dumps(public_jwk(public, algorithm, kid), sort_keys=True))


def _is_short(member: dict[str, Any]) -> bool:
    """Whether it is an RSA key that we would not believe: a set often has some for other purposes."""
    return member.get("kty") == "RSA" and len(str(member.get("n", ""))) * 6 < LEAST_BITS


def _refused(words: Words) -> RejectedError:
    return RejectedError(REFUSED, words)
