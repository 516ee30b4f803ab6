"""Whose a credential is: by an identifier that it states, plain or hashed; never by a guess.

Source:  1EdTech Open Badges 3.0 (IdentityObject) and 2.0 (IdentityObject): ``sha256$`` over identity and salt.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any, NamedTuple

from connectors.credential.badges.claims import Claims
from connectors.credential.badges.settings import Settings
from schemas.errors import TrustError
from schemas.pointer import at, text_of
from schemas.words import Words

_SCHEMES = {"mailto:": "emailAddress", "tel:": "telephone"}
_MOST = 16


class Identity(NamedTuple):
    """One identifier of a holder: its kind, and the value or a digest of it with a salt."""

    kind: str
    value: str
    salt: str | None = None

    def is_of(self, claimed: str, kind: str) -> bool:
        """Whether it is the identity of who is claimed to hold the credential, by the kind that the roster knows.

        Of other kinds somebody may have chosen the value: a nickname, a page.
        """
        if self.kind != kind:
            return False
        spellings = {claimed, claimed.lower()}
        if self.salt is None:
            return self.value.lower() in spellings or self.value == claimed
        return any(
            compare_digest(self.value.lower(), f"sha256${sha256((each + self.salt).encode()).hexdigest()}")
            for each in spellings
        )


def holder_of(claims: Claims, claimed: str, settings: Settings) -> str:
    """The identifier by which the roster knows the holder.

    ``claimed`` is who is said to hold it, by the folder that it lies in; the credential has to agree.

    Raises:
        TrustError: ``badge.recipient``: it is somebody else's, nobody's who could be named, or several people's.
    """
    if settings.holder_at is not None:
        found = {text for text in [text_of(at(claims.whole, settings.holder_at))] if text}
        identities = [Identity(settings.identified_by, each) for each in found]
    else:
        identities = list(_identities(claims.subject))
    if claimed:
        if any(each.is_of(claimed, settings.identified_by) for each in identities):
            return claimed
        raise _nobody(Words("found a credential of somebody else than its folder names", "凭证的持有人与所在目录不符"))
    plain = {each.value for each in identities if each.salt is None and each.kind == settings.identified_by}
    if len(plain) == 1:
        return plain.pop()
    if any(each.salt is not None for each in identities):
        raise _nobody(
            Words(
                "found a hashed holder, expected it in a folder that is named by the holder's identifier",
                "持有人为散列值，凭证应放入以其标识命名的目录",
            )
        )
    raise _nobody(
        Words(
            f"found {len(plain)} holders by {settings.identified_by}, expected one",
            f"按 {settings.identified_by} 有 {len(plain)} 名持有人，应为一名",
        )
    )


def _identities(subject: Mapping[str, Any]) -> Iterator[Identity]:
    own = subject.get("id")
    if isinstance(own, str):
        scheme = next((each for each in _SCHEMES if own.lower().startswith(each)), "")
        yield Identity(_SCHEMES.get(scheme, "id"), own[len(scheme) :])
    stated = subject.get("identifier", ())
    for each in (stated if isinstance(stated, list) else [stated])[:_MOST]:
        if isinstance(each, dict) and isinstance(each.get("identityHash"), str):
            salt = str(each.get("salt") or "") if each.get("hashed") is True else None
            yield Identity(str(each.get("identityType")), each["identityHash"], salt)


def _nobody(what: Words) -> TrustError:
    return TrustError("badge.recipient", what)
