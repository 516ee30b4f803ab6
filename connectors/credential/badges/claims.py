"""What a signed credential says, in one shape, whichever of the ways to write it its issuer chose.

Source:  W3C Verifiable Credentials Data Model 1.1 (6.3.1: the ``vc`` claim) and 2.0; Securing Verifiable Credentials
         using JOSE and COSE; 1EdTech Open Badges 3.0 (8.2.3: JWT claims).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.errors import PayloadError, TrustError
from schemas.reading import Limits, read_json
from schemas.words import Words

_LONGEST_ID = 128
_LIMITS = Limits(string=8 << 20, any_number=True)
"""A list may be a long text; few members of a credential are read."""
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC).timestamp(), datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Claims(NamedTuple):
    """What a credential says. ``id`` is empty where it has none; ``begins`` is when its issuer says that it holds."""

    issuer: str
    id: str
    types: frozenset[str]
    begins: datetime | None
    ends: datetime | None
    subject: Mapping[str, Any]
    statuses: tuple[Mapping[str, Any], ...]
    whole: Mapping[str, Any]

    @property
    def about(self) -> str:
        """The id of what was achieved; empty where it names none."""
        found = id_of(self.subject.get("achievement"))
        return found if isinstance(found, str) else ""

    def are_of(self, issuer: str, header: Mapping[str, Any]) -> bool:
        """Whether they are of an issuer, as its header says, too, if it says whose they are."""
        return self.issuer == issuer and bool(header.get("iss", issuer) == issuer)

    def number(self, payload: bytes) -> str:
        """By which number it is known: its id, or a digest of what was signed where it has none."""
        return number_of(self.id) if self.id else f"sha256:{sha256(payload).hexdigest()}"


def number_of(id_: str) -> str:
    """The number of a credential with an id: the id itself, or its digest where it is long or odd."""
    if len(id_) <= _LONGEST_ID and id_.isascii() and id_.isprintable():
        return id_
    return f"sha256:{sha256(id_.encode()).hexdigest()}"


def claims_of(payload: bytes, audience: str = "") -> Claims:
    """What a payload says; ``audience`` is what this hub is called in one that is meant for somebody (RFC 7519, 4.1.3).

    Raises:
        TrustError: ``badge.form``: it is no credential, says two things at once, or is meant for somebody else.
    """
    try:
        found = read_json(payload, limits=_LIMITS)
    except PayloadError as error:
        raise malformed(
            Words(f"what is signed cannot be read ({error.code})", f"签名内容无法读取（{error.code}）")
        ) from error
    if not isinstance(found, dict):
        raise malformed(Words("what is signed is no JSON object", "签名内容不是 JSON 对象"))
    wrapped = found.get("vc")
    if wrapped is not None and (not isinstance(wrapped, dict) or "credentialSubject" in found):
        raise malformed(
            Words("found a credential both in vc and beside it, expected one", "vc 及其外各有一份凭证，应为一份")
        )
    if "aud" in found and (not audience or audience not in several(found["aud"])):
        raise malformed(
            Words(
                "aud: found a credential that is meant for somebody else than `audience`",
                "aud：凭证的接收方不是 `audience`",
            )
        )
    said = wrapped if isinstance(wrapped, dict) else found
    types = frozenset(each for each in several(said.get("type")) if isinstance(each, str))
    if "VerifiableCredential" not in types:
        raise malformed(Words("what is signed is no VerifiableCredential", "签名内容不是 VerifiableCredential"))
    subject = _one_subject(said.get("credentialSubject"))
    _same("credentialSubject.id and sub", subject.get("id"), found.get("sub"), needed=False)
    return Claims(
        issuer=_same("issuer and iss", id_of(said.get("issuer")), found.get("iss")),
        id=_same("id and jti", said.get("id"), found.get("jti"), needed=False),
        types=types,
        begins=max(_instants(said, found, ("validFrom", "issuanceDate"), "nbf"), default=None),
        ends=min(_instants(said, found, ("validUntil", "expirationDate"), "exp"), default=None),
        subject=subject,
        statuses=_objects(said.get("credentialStatus")),
        whole=said,
    )


def malformed(what: Words) -> TrustError:
    """The refusal of what is no credential that can be read here."""
    return TrustError("badge.form", what)


def several(value: Any) -> Sequence[Any]:
    """What one or several values are."""
    return value if isinstance(value, list) else () if value is None else (value,)


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    found = tuple(several(value))
    if not all(isinstance(each, dict) for each in found) or len(found) > 16:
        raise malformed(Words("credentialStatus: expected up to 16 objects", "credentialStatus：应为至多 16 个对象"))
    return found


def _one_subject(value: Any) -> Mapping[str, Any]:
    found = several(value)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise malformed(
            Words(
                "credentialSubject: expected one object: a credential of one person",
                "credentialSubject：应为一个对象，即一人的凭证",
            )
        )
    return dict(found[0])


def id_of(value: Any) -> Any:
    """The id of what is written as an object, or as its id alone."""
    return value.get("id") if isinstance(value, dict) else value


def _same(what: str, *values: Any, needed: bool = True) -> str:
    """What all say that say it."""
    stated = [each for each in values if each is not None]
    found = {each for each in stated if isinstance(each, str)}
    if len(found) > 1 or not all(isinstance(each, str) for each in stated) or (needed and not found):
        raise malformed(Words(f"{what}: expected one and the same text", f"{what}：应为同一文字"))
    return found.pop() if found else ""


def _instants(
    said: Mapping[str, Any], claims: Mapping[str, Any], names: Sequence[str], claim: str
) -> Iterator[datetime]:
    """What is stated in words, and as seconds in a claim: where they differ, the narrower holds."""
    for name in names:
        if (text := said.get(name)) is not None:
            yield instant(text, name)
    if (seconds := claims.get(claim)) is not None:
        number = isinstance(seconds, int | float | Decimal) and not isinstance(seconds, bool)
        if not number or not _EARLIEST <= seconds < _LATEST:
            raise malformed(Words(f"{claim}: expected seconds since 1970", f"{claim}：应为 1970 年起的秒数"))
        yield datetime.fromtimestamp(float(seconds), UTC)


def instant(text: object, name: str) -> datetime:
    """An instant with its offset.

    Raises:
        TrustError: ``badge.form``.
    """
    try:
        found = datetime.fromisoformat(str(text))
        if found.tzinfo is None:
            raise ValueError(text)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise malformed(
            Words(
                f"{name}: expected an instant with its offset, such as 2026-03-02T00:00:00Z",
                f"{name}：应为带时区偏移的时刻，如 2026-03-02T00:00:00Z",
            )
        ) from error
