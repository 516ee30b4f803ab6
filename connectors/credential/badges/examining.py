"""One file of a credential: what it says, whose it is, how it stands, and what proves that."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from connectors.credential.badges.assertion import (
    SIGNED,
    assertion_of,
    is_assertion,
    object_of,
    require_verified_by,
    signer_of,
)
from connectors.credential.badges.claims import Claims, claims_of, malformed, number_of
from connectors.credential.badges.files import File, text_of_file
from connectors.credential.badges.holder import holder_of
from connectors.credential.badges.hosted import HostedBadge, HostedBadges
from connectors.credential.badges.lists import TYPES, Standing, StatusLists
from connectors.credential.badges.settings import Settings
from connectors.jose import Signed, verify_token
from connectors.keys import KeyRing
from schemas.errors import TrustError
from schemas.words import Words


class Last(NamedTuple):
    """What was handed on last of a credential: how it stood, a digest, when that was said; whose, which, its dates."""

    status: str = ""
    digest: str = ""
    said_at: str = ""
    holder: str = ""
    credential: str = ""
    begins: str = ""
    ends: str = ""

    def is_open(self, now: datetime) -> bool:
        """Whether it may still hold, so that somebody has to look at it."""
        return self.status != "revoked" and (not self.ends or datetime.fromisoformat(self.ends) > now)


class Examined(NamedTuple):
    """What is known of a credential now. ``came`` is what proves it: a signature, or where it stands."""

    number: str
    holder: str
    credential: str
    begins: datetime | None
    ends: datetime | None
    standing: Standing
    came: Literal["signed", "hosted"]
    proof: Mapping[str, Any]


class Examiner:
    """Examines the credentials of one issuer."""

    def __init__(self, settings: Settings, lists: StatusLists, hosted: HostedBadges) -> None:
        self._settings, self._lists, self._hosted = settings, lists, hosted

    def signed(self, file: File, keys: KeyRing, lists: Mapping[str, str], now: datetime) -> Examined | None:
        """What its issuer signed, and how it stands; nothing of one that is none of those which are looked for.

        ``lists`` says how each list was dated that was read last.

        Raises:
            LicetError: It is not believed, or nobody knows how it stands.
            NotYet: A list has to wait.
        """
        token = text_of_file(self._settings.folder, file)
        signed = verify_token(token, keys, now, TYPES, _signer)
        badge = _assertion(signed)
        claims = claims_of(signed.payload, self._settings.audience) if badge is None else badge
        expected = self._settings.issuer
        if badge is None or badge.issuer:
            of = claims.are_of(expected, signed.header)
        else:  # its key is the issuer's; the class that says so, too, stands elsewhere
            of = signed.header.get("iss", expected) == expected
        if not of:
            raise TrustError(
                "badge.issuer",
                Words(
                    "found a credential of another issuer, expected one of `issuer`",
                    "凭证出自其他颁发方，应为 `issuer` 之一",
                ),
            )
        credential = self._credential(claims)
        if credential is None:
            return None
        holder = holder_of(claims, file.claimed, self._settings)
        if badge is None:
            standing = self._lists.standing(claims, keys, lists, now)
        else:
            standing = self._lists.revocation(claims, now)
        if standing.error is not None:
            raise standing.error
        read = [{"url": url, "signed": shown} for url, shown in standing.lists.items()]
        proof = {"token": token.decode("ascii"), "key": signed.kid, "lists": read}
        number = claims.number(signed.payload)
        return Examined(number, holder, credential, claims.begins, claims.ends, standing, "signed", proof)

    def hosted(self, file: File, last: "LastOf", now: datetime) -> Examined | None:
        """What the server of a badge says of it; the copy in hand only says where it stands.

        Of one that was withdrawn a server need not say more: then it is what was handed on of it.

        Raises:
            LicetError: It is not believed, or nobody knows how it stands.
            NotYet: It has to wait.
        """
        copy = object_of(text_of_file(self._settings.folder, file))
        url = copy.get("id")
        if not isinstance(url, str):
            raise malformed(
                Words("expected a badge with the address at which it stands as its id", "徽章的 id 应为其所在地址")
            )
        found = self._hosted.badge(url, now)
        number = number_of(url)
        if found.claims is None:
            return _withdrawn(url, found, last.of(number), now)
        credential = self._credential(found.claims)
        if credential is None:
            return None
        holder, before = holder_of(found.claims, file.claimed, self._settings), last.of(number)
        if before.holder and before.holder.lower() != holder.lower():
            raise TrustError(
                "badge.recipient",
                Words("found a badge of somebody else than it was of before", "徽章的持有人与此前不同"),
            )
        standing, proof = Standing("active", now, {}), _document(url, found)
        return Examined(number, holder, credential, found.claims.begins, found.claims.ends, standing, "hosted", proof)

    def _credential(self, claims: Claims) -> str | None:
        """Our name of what a credential is about."""
        about = {*claims.types, claims.about}
        found = [ours for ours, theirs in self._settings.credentials.items() if theirs in about]
        if len(found) > 1:
            raise malformed(
                Words(
                    f"it is {' and '.join(sorted(found))} at once, expected one of `credentials`",
                    f"同时符合 {'、'.join(sorted(found))}，应为 `credentials` 之一",
                )
            )
        return found[0] if found else None


class LastOf:
    """What was handed on last of each number of one file, or of another one that it was moved from."""

    def __init__(self, before: Mapping[str, Any], here: str) -> None:
        self._before, self._here = before, here

    def of(self, number: str) -> Last:
        """What was handed on last of a number."""
        known_by = short(number.encode())
        own = self._before.get(f"{self._here}:{known_by}")
        found = own or next((said for place, said in self._before.items() if place.endswith(f":{known_by}")), ())
        return Last(*found)


def _withdrawn(url: str, found: HostedBadge, before: Last, now: datetime) -> Examined | None:
    """One that its server withdrew, as it was handed on; nothing of one that never counted here."""
    if not before.holder:
        return None
    begins, ends = (datetime.fromisoformat(each) if each else None for each in (before.begins, before.ends))
    standing, proof = Standing(found.status, now, {}), _document(url, found)
    return Examined(number_of(url), before.holder, before.credential, begins, ends, standing, "hosted", proof)


def short(content: bytes) -> str:
    """A digest by which a thing is known in a cursor."""
    return blake2b(content, digest_size=8).hexdigest()


def _assertion(signed: Signed) -> Claims | None:
    """The badge of 2.0 that was signed; nothing where it is a credential of 3.0."""
    found = object_of(signed.payload)
    if not is_assertion(found):
        return None
    require_verified_by(found, SIGNED)
    return assertion_of(found)


def _signer(payload: bytes) -> str | None:
    try:
        return signer_of(object_of(payload))
    except TrustError:
        return None


def _document(url: str, found: HostedBadge) -> dict[str, str]:
    return {"url": url, "document": found.proof}
