"""Proof of origin of an HTTP request by RFC 9421: who signed it, when, and that its bytes are the signed ones."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, HTTPSignatureAlgorithm
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from connectors.keys import KeyRing, OwnKey
from connectors.port import Request
from schemas.errors import TrustError
from schemas.words import Words

TAG, MESSAGE = "authority-push", "message"
"""What a signature is for: an event of an authority, or any other message."""
REQUIRED = frozenset({"@method", "@target-uri", "content-type", "content-digest"})

_ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {"ed25519": ED25519, "es256": ECDSA_P256_SHA256}
_SIGNATURES = ("signature-input", "signature")
_HEADERS = (*_SIGNATURES, "content-digest", "content-type")
_MAX_SIGNATURES = 16
_MAX_HEADER = 16 * 1024
_MAX_LIFE_S = 300
_MEMBER = re.compile(r"[a-z*][a-z0-9_.*-]*=:([A-Za-z0-9+/]+={0,2}):")
_FIELD = re.compile(r'"([^@"][^"]*)"')
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good signature says of itself."""

    kid: str
    created_at: datetime
    nonce: str | None
    headers: Mapping[str, str]
    """The signatures, and the fields that the good ones cover."""
    covered: frozenset[str]
    """The names of the header fields that the good signatures cover whole."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is demanded of a signature: its tag, and how far ``created`` may lie before or after arrival."""

    tag: str = TAG
    max_past: timedelta = timedelta(seconds=300)
    max_future: timedelta = timedelta(seconds=60)


_DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as the library wants to see it."""

    method: str
    url: str
    headers: dict[str, str]


def verify(request: Request, keys: KeyRing, policy: Policy = _DEFAULT) -> Proof:
    """Who signed ``request``; judged at ``request.arrived_at``, over the body's bytes as they came.

    Signatures of another tag are left alone, and so are those of keys that are not believed beside one that is: while
    a peer changes its keys it signs with both. Of those that are believed every one must be good, and each of another
    key. A replay verifies again: the caller knows the message by its own id.

    Raises:
        TrustError: ``sig.missing``, ``sig.components``, ``sig.stale``, ``sig.key-unknown``, ``sig.key-state``
            or ``sig.bad``.
    """
    _check_form(request.headers)
    _check_digest(request.headers["content-digest"], request.body)
    verifier = _Verifier(keys, policy, request.arrived_at)
    message = _Message(request.method, request.target, _named(request.headers))
    try:
        results = verifier.verify(message, expect_tag=policy.tag, max_age=None)
    except HTTPMessageSignaturesException as error:
        raise _translated(error) from error
    result = results[0]
    if len({str(each.parameters["keyid"]) for each in results}) < len(results):
        raise TrustError(
            "sig.bad",
            Words(
                f"more than one signature of one key has the tag {policy.tag}; expected one",
                f"同一密钥有多个标签为 {policy.tag} 的签名，应为一个",
            ),
        )
    created = datetime.fromtimestamp(int(result.parameters["created"]), UTC)
    covered = _covered(results)
    shown = {name: value for name, value in message.headers.items() if name in covered or name in _SIGNATURES}
    return Proof(str(result.parameters["keyid"]), created, result.nonce, shown, covered)


def _covered(results: Iterable[VerifyResult]) -> frozenset[str]:
    """The header fields that were verified whole: what has parameters is a part of one, or another form of it.

    Nothing is taken from the text of ``signature-input``, where anybody can add a signature that nobody verifies.
    """
    components = {each for result in results for each in result.covered_components}
    return frozenset(found[1] for each in components if (found := _FIELD.fullmatch(each)))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that any signature names, and the signatures: the library prepares each one that it is given."""
    inputs = headers["signature-input"]
    named = {name: value for name, value in headers.items() if f'"{name}"' in inputs}
    return {**named, "signature-input": inputs, "signature": headers["signature"]}


def _translated(error: HTTPMessageSignaturesException) -> TrustError:
    """The refusal for a failure of the library, whose texts may quote the message."""
    if isinstance(error.__cause__, HTTPMessageSignaturesException) or isinstance(error, InvalidSignature):
        return TrustError(
            "sig.bad",
            Words(
                "signature does not verify over method, target, headers and digest as received",
                "签名与收到的方法、目标、报头及摘要不符",
            ),
        )
    return TrustError(
        "sig.bad", Words("request cannot be put into the form that is signed", "请求无法转换为签名所用的形式")
    )


def _check_form(headers: Mapping[str, str]) -> None:
    """What the library leaves open: size, number of signatures, and one spelling for each base64 value."""
    for name in _HEADERS:
        if not headers.get(name):
            raise TrustError(
                "sig.missing",
                Words(
                    f"header {name} is missing; expected a signature by RFC 9421",
                    f"缺少报头 {name}，应有 RFC 9421 签名",
                ),
            )
    if any(len(headers[name]) > _MAX_HEADER for name in _HEADERS):
        raise TrustError(
            "sig.bad",
            Words(f"a signature header has more than {_MAX_HEADER} characters", f"签名报头超过 {_MAX_HEADER} 个字符"),
        )
    members = headers["signature"].split(",")
    if len(members) > _MAX_SIGNATURES:
        raise TrustError(
            "sig.bad",
            Words(
                f"{len(members)} signatures found; expected at most {_MAX_SIGNATURES}",
                f"现有 {len(members)} 个签名，应不超过 {_MAX_SIGNATURES} 个",
            ),
        )
    for member in members:
        found = _MEMBER.fullmatch(member.strip(" \t"))
        if found is None or not _is_canonical(found[1]):
            raise TrustError(
                "sig.bad",
                Words(
                    "header signature is not label=:base64: with padding and no spare bits",
                    "报头 signature 不是带填充且无多余位的 label=:base64:",
                ),
            )


def _is_canonical(text: str) -> bool:
    try:
        return b64encode(b64decode(text, validate=True)).decode() == text
    except Base64Error:
        return False


def _check_digest(header: str, body: bytes) -> None:
    """RFC 9530: the sha-256 member must be there once and be that of the body; other algorithms are not read."""
    members = [m for part in header.split(",") if (m := part.strip(" \t")).startswith("sha-256=")]
    found = _DIGEST.fullmatch(members[0]) if len(members) == 1 else None
    if found is None:
        raise TrustError(
            "sig.bad",
            Words(
                "header content-digest has no readable sha-256 member, or more than one",
                "报头 content-digest 没有可读取的 sha-256 项，或多于一项",
            ),
        )
    if not compare_digest(found[1].encode(), b64encode(sha256(body).digest())):
        raise TrustError(
            "sig.bad", Words("content-digest is not that of the body received", "content-digest 与收到的报文不符")
        )


def sign(method: str, url: str, media: str, body: bytes, signer: OwnKey, at: datetime, nonce: str) -> Mapping[str, str]:
    """The headers that prove a request of ours as ``verify`` proves one, with the tag of a message; its type is one."""
    digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    message = _Message(method, url, {"content-digest": digest, **({"content-type": media} if media else {})})
    private: Any = signer.private
    ours = MappingKeyResolver(public_keys={}, private_keys={signer.kid: private})
    covered = sorted(REQUIRED if media else REQUIRED - {"content-type"})
    HTTPMessageSigner(signature_algorithm=_ALGORITHMS[signer.algorithm], key_resolver=ours).sign(
        message,
        key_id=signer.kid,
        created=at,
        expires=at + timedelta(seconds=_MAX_LIFE_S),
        nonce=nonce,
        label="licet",
        tag=MESSAGE,
        covered_component_ids=covered,
        use_existing_digest=True,
    )
    return {name.lower(): value for name, value in message.headers.items()}


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, with our clock, our keys and our demands; made for one request."""

    def __init__(self, keys: KeyRing, policy: Policy, now: datetime) -> None:
        super().__init__(signature_algorithm=ED25519, key_resolver=MappingKeyResolver(public_keys={}, private_keys={}))
        self._keys, self._policy, self._now = keys, policy, now

    def _get_sig_inputs_and_signatures(self, message: Any, **wanted: Any) -> Iterator[Any]:
        """What the library verifies: the signatures of keys that are believed; if there is none, the first says why."""
        found = list(super()._get_sig_inputs_and_signatures(message, **wanted))  # type: ignore[no-untyped-call]  # the base has no types
        yield from [each for each in found if self._is_believed(each[1].params.get("keyid"))] or found[:1]

    def _is_believed(self, kid: object) -> bool:
        try:
            self._keys.at(str(kid), self._now)
        except TrustError:
            return False
        return True

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Called by the library before anything else of a signature: coverage, then freshness, then the key."""
        self._check_coverage(sig_input)
        self._check_freshness(sig_input.params)
        key = self._keys.at(str(sig_input.params["keyid"]), self._now)
        # One algorithm a key, from its record: the library then compares an ``alg`` of the message with it.
        if key.algorithm not in _ALGORITHMS or isinstance(key.public, X25519PublicKey):
            raise TrustError(
                "sig.bad",
                Words(
                    f"key {key.kid!r} signs no request: it is a key of another algorithm",
                    f"密钥 {key.kid!r} 属于其他算法，不能签署请求",
                ),
            )
        self.signature_algorithm = _ALGORITHMS[key.algorithm]
        self.key_resolver = MappingKeyResolver(public_keys={key.kid: key.public}, private_keys={})

    def _check_coverage(self, sig_input: Any) -> None:
        covered = {item.value for item in sig_input if not item.params}
        if missing := REQUIRED - covered:
            raise TrustError(
                "sig.components",
                Words(
                    f"signature does not cover {', '.join(sorted(missing))}", f"签名未覆盖 {'、'.join(sorted(missing))}"
                ),
            )
        if absent := {"created", "keyid"} - set(sig_input.params):
            raise TrustError(
                "sig.components",
                Words(
                    f"signature has no parameter {', '.join(sorted(absent))}",
                    f"签名缺少参数 {'、'.join(sorted(absent))}",
                ),
            )

    def _check_freshness(self, parameters: Any) -> None:
        created, now = parameters["created"], self._now.timestamp()
        age, policy = now - created, self._policy
        if not -policy.max_future.total_seconds() <= age <= policy.max_past.total_seconds():
            raise TrustError(
                "sig.stale",
                Words(
                    f"signature is {age:.0f} s old at arrival; expected {policy}",
                    f"签名到达时已有 {age:.0f} 秒，应符合 {policy}",
                ),
            )
        expires = parameters.get("expires")
        if expires is not None and not (created < expires <= created + _MAX_LIFE_S and now < expires):
            raise TrustError(
                "sig.stale",
                Words(
                    f"signature lives {expires - created} s and is {age:.0f} s old",
                    f"签名有效期为 {expires - created} 秒，到达时已有 {age:.0f} 秒",
                ),
            )
