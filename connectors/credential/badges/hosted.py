"""Badges that are proven by where they stand: what their issuer's server says counts, no copy in hand.

Source:  1EdTech Open Badges 2.0 (hosted verification: the document at its id; 410 or ``revoked`` where it was revoked).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.credential.badges.assertion import HOSTED, assertion_of, issuer_of, object_of, require_verified_by
from connectors.credential.badges.claims import Claims, malformed
from connectors.credential.badges.documents import Documents
from connectors.credential.badges.lists import kept
from connectors.credential.badges.settings import Settings
from connectors.http import Answer
from connectors.rounds.pace import Pace
from schemas.credential import Status
from schemas.errors import TrustError, UnavailableError
from schemas.words import Words

_ACCEPT = "application/ld+json, application/json;q=0.9"
_GONE = 410
_HEARD = (404, _GONE)


class HostedBadge(NamedTuple):
    """What a server says of a badge, and how it stands. One that was withdrawn need not say more: it has no claims.

    A badge that is gone (410) without a word that it was revoked is suspended: whoever takes down all of a server
    would revoke everything for ever.
    """

    claims: Claims | None
    status: Status
    proof: str
    stale_after: datetime


class HostedBadges:
    """The hosted badges of one issuer. What a round has asked for is kept until the next one begins."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._issuer, self._stale = settings.issuer, timedelta(hours=settings.stale_hours)
        self._credentials = frozenset(settings.credentials.values())
        self._badges = Documents(settings, settings.hosted_at, _ACCEPT, "badge.issuer", pace)
        self._classes = Documents(settings, settings.hosted_at, _ACCEPT, "badge.issuer", pace)

    def begin(self) -> None:
        """A round begins: every badge is asked for anew."""
        self._badges.begin()
        self._classes.begin()

    def turn(self) -> None:
        """A page of a round begins."""
        self._badges.turn()
        self._classes.turn()

    def close(self) -> None:
        """Close idle connections."""
        self._badges.close()
        self._classes.close()

    @property
    def read(self) -> Mapping[str, HostedBadge]:
        """The badges that were read in this round, by address."""
        return self._badges.read

    @property
    def missed(self) -> int:
        """How many were not had in this round."""
        return self._badges.missed

    def badge(self, url: str, now: datetime) -> HostedBadge:
        """What the server of a badge says of it.

        Raises:
            LicetError: It cannot be had, is another one, or is another issuer's.
            NotYet: It has to wait.
        """
        found = self._badges.once(url, lambda answer: self._read(url, answer, now), heard=_HEARD)
        if found.claims is not None and found.claims.about in self._credentials:
            self._require_class(found.claims)
        return found

    def _require_class(self, claims: Claims) -> None:
        """Return if the class of a badge is the issuer's, by its own address where it has one.

        What a badge says of its class is believed of no other: on one server several issuers may write badges.
        """
        about = claims.about
        if self._classes.stands(about) or not claims.issuer:
            self._classes.once(about, lambda answer: self._class(about, answer), heard=_HEARD)

    def _read(self, url: str, answer: Answer, now: datetime) -> HostedBadge:
        stale_after, text = now + self._stale, kept(answer.body.decode("utf-8", "replace"))
        if answer.status == _GONE and not _says_revoked(url, answer.body):
            return HostedBadge(None, "suspended", f"{_GONE}", stale_after)
        found = _document(url, answer)
        if found.get("revoked") is True:
            return HostedBadge(None, "revoked", text, stale_after)
        if found.get("revoked", False) is not False:
            raise malformed(Words("revoked: expected true or false", "revoked：应为 true 或 false"))
        require_verified_by(found, HOSTED)
        claims = assertion_of(found)
        if claims.issuer not in ("", self._issuer):
            raise TrustError(
                "badge.issuer",
                Words(
                    "found a badge of another issuer, expected one of `issuer`",
                    "徽章出自其他颁发方，应为 `issuer` 之一",
                ),
            )
        return HostedBadge(claims, "active", text, stale_after)

    def _class(self, url: str, answer: Answer) -> None:
        if answer.status == _GONE or issuer_of(_document(url, answer)) != self._issuer:
            raise TrustError(
                "badge.issuer",
                Words(
                    "found a badge class of another issuer, expected one of `issuer`",
                    "徽章类别出自其他颁发方，应为 `issuer` 之一",
                ),
            )


def _says_revoked(url: str, body: bytes) -> bool:
    try:
        found = object_of(body)
    except TrustError:
        return False
    return found.get("id") == url and found.get("revoked") is True


def _document(url: str, answer: Answer) -> dict[str, Any]:
    """The document that stands at an address, and says so itself."""
    if answer.status not in (200, _GONE):
        raise UnavailableError(
            "badge.missing",
            Words(
                f"its address answered {answer.status}; that revokes nothing", f"其地址应答 {answer.status}，不视为吊销"
            ),
        )
    found = object_of(answer.body)
    if found.get("id") != url:
        raise malformed(
            Words("found a document whose id is another address than it stands at", "文档的 id 不是其所在地址")
        )
    return found
