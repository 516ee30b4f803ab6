"""What an Open Badge 2.0 says, in the shape of a credential.

Source:  1EdTech Open Badges 2.0 (Assertion, IdentityObject, VerificationObject, RevocationList).
"""

from collections.abc import Collection, Mapping
from typing import Any

from connectors.credential.badges.claims import Claims, id_of, instant, malformed, several
from schemas.errors import PayloadError
from schemas.reading import Limits, read_json
from schemas.words import Words

_KINDS = {"email": "emailAddress"}
"""How the identifiers of a holder are called in 2.0, where 3.0 calls them otherwise."""
HOSTED, SIGNED = frozenset({"hosted", "HostedBadge"}), frozenset({"signed", "SignedBadge"})
"""What a badge may call the way by which it is proven."""
_LIMITS = Limits(items=200_000, any_number=True)


def object_of(body: bytes) -> dict[str, Any]:
    """A JSON object, in which no member stands twice.

    Raises:
        TrustError: ``badge.form``.
    """
    try:
        found = read_json(body, limits=_LIMITS)
    except PayloadError as error:
        raise malformed(Words(f"it cannot be read ({error.code})", f"无法读取（{error.code}）")) from error
    if not isinstance(found, dict):
        raise malformed(Words("it is no JSON object", "不是 JSON 对象"))
    return found


def is_assertion(found: Mapping[str, Any]) -> bool:
    """Whether it is a badge of 2.0."""
    return "Assertion" in several(found.get("type"))


def assertion_of(found: Mapping[str, Any]) -> Claims:
    """What a badge says. Its issuer is empty where the badge class that says it stands elsewhere.

    Raises:
        TrustError: ``badge.form``: it is no badge.
    """
    badge, who, ends = found.get("badge"), found.get("recipient"), found.get("expires")
    about = id_of(badge)
    if not is_assertion(found) or not isinstance(found.get("id"), str) or not isinstance(about, str):
        raise malformed(Words("expected an Assertion with its id and its badge", "应为带 id 和 badge 的 Assertion"))
    if not isinstance(who, dict) or not isinstance(who.get("identity"), str):
        raise malformed(Words("recipient: expected one identity", "recipient：应为一个身份"))
    kind = str(who.get("type"))
    identity = {
        "identityType": _KINDS.get(kind, kind),
        "identityHash": who["identity"],
        "hashed": who.get("hashed") is True or who["identity"].startswith(("sha256$", "md5$")),
        "salt": who.get("salt"),
    }
    return Claims(
        issuer=issuer_of(badge) if isinstance(badge, dict) else "",
        id=found["id"],
        types=frozenset({"Assertion"}),
        begins=instant(found.get("issuedOn"), "issuedOn"),
        ends=None if ends is None else instant(ends, "expires"),
        subject={"identifier": identity, "achievement": {"id": about}},
        statuses=(),
        whole=found,
    )


def issuer_of(badge: Mapping[str, Any]) -> str:
    """Who issues a badge class, or keeps a list of what was revoked.

    Raises:
        TrustError: ``badge.form``: it does not say it.
    """
    issuer = id_of(badge.get("issuer"))
    if not isinstance(issuer, str):
        raise malformed(Words("issuer: expected its id", "issuer：应为其 id"))
    return issuer


def signer_of(found: Mapping[str, Any]) -> str | None:
    """Which key is said to have signed a badge; who it is of is known by the keys that are registered alone."""
    shown = _verification(found)
    named = shown.get("creator", shown.get("url"))
    return named if isinstance(named, str) else None


def require_verified_by(found: Mapping[str, Any], way: Collection[str]) -> None:
    """Return if a badge says that it is proven by this way: by another one its revocations stand elsewhere, too.

    Raises:
        TrustError: ``badge.form``.
    """
    if _verification(found).get("type") not in way:
        raise malformed(
            Words(
                f"verification: expected {' or '.join(sorted(way))}",
                f"verification：应为 {'、'.join(sorted(way))} 之一",
            )
        )


def revocations_of(found: Mapping[str, Any]) -> frozenset[str]:
    """What a list revokes, by ids and uids: badges of 2.0, or credentials of 3.0, which it may say are revoked no more.

    Raises:
        TrustError: ``badge.form``: it is no such list.
    """
    entries = found.get("revokedCredentials")
    if entries is None and "RevocationList" in several(found.get("type")):
        entries = found.get("revokedAssertions")
    if not isinstance(entries, list):
        raise malformed(
            Words(
                "expected a list with revokedCredentials, or a RevocationList with revokedAssertions",
                "应为含 revokedCredentials 的列表，或含 revokedAssertions 的 RevocationList",
            )
        )
    named = [each if isinstance(each, dict) else {"id": each} for each in entries]
    stated = [value for each in named for value in (each.get("id"), each.get("uid")) if value is not None]
    if not all(isinstance(each, str) for each in stated) or not all(each.keys() & {"id", "uid"} for each in named):
        raise malformed(Words("what is revoked: expected ids", "被吊销项：应为 id"))
    holding = [each for each in named if each.get("revoked", True) is not False]
    return frozenset(value for each in holding for value in (each.get("id"), each.get("uid")) if value is not None)


def _verification(found: Mapping[str, Any]) -> Mapping[str, Any]:
    shown = found.get("verification", found.get("verify"))
    return shown if isinstance(shown, dict) else {}
