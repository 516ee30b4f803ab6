"""How credentials stand by the status lists of their issuer: each list asked for once a round, proven, and read."""

import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from connectors.credential.badges.claims import Claims, claims_of, malformed
from connectors.credential.badges.settings import Settings
from connectors.http import HttpClient
from connectors.jose import verify_token
from connectors.keys import KeyRing
from connectors.rounds.pace import Pace
from connectors.status_list import is_set, wrong
from schemas.credential import Status
from schemas.errors import LicetError, TrustError, UnavailableError

TYPES = ("", "JWT", "jwt", "vc+jwt", "vc+ld+jwt", "application/vc+jwt")
"""What tokens of credentials call themselves."""
_ACCEPT = "application/vc+jwt, application/jwt;q=0.9, */*;q=0.1"
_ENTRIES = frozenset({"BitstringStatusListEntry", "StatusList2021Entry"})
_TYPES = frozenset({"BitstringStatusListCredential", "StatusList2021Credential"})
_CLOSING: Mapping[str, Status] = {"revocation": "revoked", "suspension": "suspended"}
_SLACK = timedelta(minutes=5)
"""How far an issuer's clock may be ahead of ours."""
_MOST_PROOF = 32 * 1024
_MOST_ASKED = 32
"""Lists that are asked for in one page: a slow server holds up nobody else for long."""
_MOST_MISSED = 3
"""Answers that a server may owe in a round before it is left alone until the next one."""
_AT = {404: "status.missing", 410: "status.gone"}


class NotYet(Exception):
    """A list is needed, and may not be asked for before the pace of this system lets it."""


class Read(NamedTuple):
    """A list that was proven: when it is dated, since when that is so, and until when it proves something."""

    subject: Mapping[str, Any]
    dated: datetime | None
    said_at: datetime
    stale_after: datetime
    proof: str
    """What was signed, or its digest where that is long."""


class Standing(NamedTuple):
    """How a credential stands: since when that was said, and the lists that say so, by their addresses.

    ``error`` is why it is not known, where it is not.
    """

    status: Status
    said_at: datetime | None
    lists: Mapping[str, str]
    error: LicetError | None = None


class StatusLists:
    """The lists of one issuer. What a round has asked for is kept until the next one begins."""

    def __init__(self, settings: Settings, keys: KeyRing, pace: Pace) -> None:
        self._settings, self._keys, self._pace = settings, keys, pace
        self._clients: dict[str, HttpClient] = {base: settings.client(base) for base in _bases(settings)}
        self._heard: dict[str, Read | LicetError] = {}
        self._owed: dict[str, list[UnavailableError]] = {}
        self._asked = 0

    def begin(self) -> None:
        """A round begins: every list is asked for anew."""
        self._heard.clear()
        self._owed.clear()

    def turn(self) -> None:
        """A page of a round begins."""
        self._asked = 0

    def close(self) -> None:
        """Close idle connections."""
        for client in self._clients.values():
            client.close()

    @property
    def read(self) -> Mapping[str, Read]:
        """What was read in this round, by address."""
        return {url: each for url, each in self._heard.items() if isinstance(each, Read)}

    @property
    def missed(self) -> int:
        """How many lists were not had in this round."""
        return sum(isinstance(each, LicetError) for each in self._heard.values())

    def standing(self, claims: Claims, before: Mapping[str, str], now: datetime) -> Standing:
        """How a credential stands by all lists that it names; ``before``: what each list was dated that was read last.

        What closes is believed from any one of them; that it stands is believed only of all.

        Raises:
            NotYet: A list has to wait; those that were had are kept.
        """
        found: list[Status] = []
        said: list[datetime] = []
        lists: dict[str, str] = {}
        error: LicetError | None = None
        closing = [each for each in claims.statuses if each.get("statusPurpose") not in ("message", "refresh")]
        for entry in closing:
            try:
                url, index, purpose = _entry(entry)
                read = self._list(url, before.get(url, ""), now)
                if is_set(read.subject, index, purpose):
                    found.append(_CLOSING[purpose])
                said.append(read.said_at)
                lists[url] = read.proof
            except LicetError as failed:
                error = error or failed
        if not closing and not self._settings.without_status:
            error = TrustError("status.none", "found a credential that names no status list, expected one")
        status: Status = "revoked" if "revoked" in found else "suspended" if found else "active"
        return Standing(status, max(said, default=None), lists, None if found else error)

    def _list(self, url: str, before: str, now: datetime) -> Read:
        if url not in self._heard:
            if self._pace.left() > 0 or self._asked >= _MOST_ASKED:
                raise NotYet
            try:
                self._heard[url] = self._proven(url, self._fetched(url), before, now)
            except LicetError as error:
                self._heard[url] = error
        found = self._heard[url]
        if isinstance(found, LicetError):
            raise found
        return found

    def _fetched(self, url: str) -> str:
        base = next((each for each in self._clients if _is_below(url, each)), None)
        if base is None:
            raise TrustError("status.list", "found a status list elsewhere than status_at says; nobody was asked")
        owed = self._owed.setdefault(base, [])
        if len(owed) >= _MOST_MISSED or (owed and owed[-1].code == "peer.throttled"):
            raise owed[-1]
        self._pace.asked()
        self._asked += 1
        try:
            answer = self._clients[base].call(
                "GET",
                url[len(base) :],
                deadline_s=self._settings.deadline_seconds,
                write=False,
                headers={"accept": _ACCEPT},
            )
        except UnavailableError as error:
            owed.append(_told_apart(error))
            raise owed[-1] from error
        if answer.status != 200:
            code = _AT.get(answer.status, "peer.bad-answer")
            raise UnavailableError(code, f"status list: answered {answer.status}; that says nothing of a credential")
        return answer.body.decode("ascii", "replace").strip()

    def _proven(self, url: str, token: str, before: str, now: datetime) -> Read:
        """What its issuer signed, if it is the list of this address, dated no earlier than before, and holds now."""
        signed = verify_token(token.encode(), self._keys, now, TYPES)
        claims = claims_of(signed.payload, self._settings.audience)
        if not claims.are_of(self._settings.issuer, signed.header) or claims.id not in ("", url):
            raise wrong("found the list of another issuer, or of another address")
        if not claims.types & _TYPES:
            raise wrong("found a credential that is no status list")
        dated, ends = claims.begins, claims.ends
        if (dated is not None and dated > now + _SLACK) or (ends is not None and ends <= now):
            raise TrustError("status.stale", "found a list whose time is over, or has not come")
        if before and dated is not None and dated < datetime.fromisoformat(before):
            raise TrustError("status.stale", "found a list that is older than one that was read before")
        stale_after = ends or now + timedelta(hours=self._settings.stale_hours)
        proof = token if len(token) <= _MOST_PROOF else f"sha256:{sha256(token.encode()).hexdigest()}"
        return Read(claims.subject, dated, min(dated or now, now), stale_after, proof)


def _entry(entry: Mapping[str, Any]) -> tuple[str, int, str]:
    """Address, place and purpose of an entry."""
    if entry.get("type") not in _ENTRIES:
        raise TrustError("status.none", "found a kind of status that is not known here, expected a status list")
    url, purpose = entry.get("statusListCredential"), entry.get("statusPurpose")
    if not isinstance(url, str) or not isinstance(purpose, str) or purpose not in _CLOSING:
        raise malformed("credentialStatus: expected an address and a purpose of revocation or suspension")
    place = entry.get("statusListIndex")
    text = "" if isinstance(place, bool) else str(place)
    if not text.isascii() or not text.isdigit() or len(text) > 12 or entry.get("statusSize", 1) != 1:
        raise wrong("found no place in a list of single bits")
    return url, int(text), purpose


def _bases(settings: Settings) -> list[str]:
    return [each.rstrip("/") for each in settings.status_at]


def _is_below(url: str, base: str) -> bool:
    """Whether an address is another one, or one below it, however it is spelt."""
    plain = url.isascii() and url.isprintable() and not set("#\\@ ") & set(url)
    steps = unquote(urlsplit(url).path).replace("\\", "/").split("/") if plain else [".."]
    return (url == base or url.startswith(base + "/")) and not {".", ".."} & set(steps)


def _told_apart(error: UnavailableError) -> UnavailableError:
    """Why there is no answer: a certificate that is not trusted and a silence have other cures."""
    if isinstance(error.__cause__, ssl.SSLError):
        return UnavailableError("status.tls", error.message)
    if isinstance(error.__cause__, TimeoutError):
        return UnavailableError("status.timeout", error.message)
    return error
