"""How credentials stand by the status lists of their issuer: each list asked for once a round, proven, and read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from connectors.credential.badges.assertion import issuer_of, object_of, revocations_of
from connectors.credential.badges.claims import Claims, claims_of, malformed
from connectors.credential.badges.documents import Documents
from connectors.credential.badges.settings import Settings
from connectors.http import Answer
from connectors.jose import verify_token
from connectors.keys import KeyRing
from connectors.rounds.pace import Pace
from connectors.status_list import is_set, wrong
from schemas.credential import Status
from schemas.errors import LicetError, TrustError, UnavailableError
from schemas.words import Words

TYPES = ("", "JWT", "jwt", "vc+jwt", "vc+ld+jwt", "application/vc+jwt")
"""What tokens of credentials call themselves."""
_PLAIN = "application/ld+json, application/json;q=0.9"
_ACCEPT = "application/vc+jwt, application/jwt;q=0.9, */*;q=0.1"
_ENTRIES = frozenset({"BitstringStatusListEntry", "StatusList2021Entry"})
_TYPES = frozenset({"BitstringStatusListCredential", "StatusList2021Credential"})
_NAMING = "1EdTechRevocationList"
"""A status of Open Badges 3.0: a list that nobody signed, of the ids of what is revoked."""
_CLOSING: Mapping[str, Status] = {"revocation": "revoked", "suspension": "suspended"}
_SLACK = timedelta(minutes=5)
"""How far an issuer's clock may be ahead of ours."""
_MOST_PROOF = 32 * 1024
_AT = {404: "status.missing", 410: "status.gone"}


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

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._signed = Documents(settings, settings.status_at, _ACCEPT, "status.list", pace)
        self._plain = Documents(settings, _plain_at(settings), _PLAIN, "status.list", pace)

    def begin(self) -> None:
        """A round begins: every list is asked for anew."""
        self._signed.begin()
        self._plain.begin()

    def turn(self) -> None:
        """A page of a round begins."""
        self._signed.turn()
        self._plain.turn()

    def close(self) -> None:
        """Close idle connections."""
        self._signed.close()
        self._plain.close()

    @property
    def read(self) -> Mapping[str, Read]:
        """What was read in this round, by address."""
        return {**self._signed.read, **self._plain.read}

    @property
    def missed(self) -> int:
        """How many lists were not had in this round."""
        return self._signed.missed + self._plain.missed

    def standing(self, claims: Claims, keys: KeyRing, before: Mapping[str, str], now: datetime) -> Standing:
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
                url, read, closed = self._looked_up(entry, claims, keys, before, now)
                found += closed
                said.append(read.said_at)
                lists[url] = read.proof
            except LicetError as failed:
                error = error or failed
        if not closing and not self._settings.without_status:
            error = TrustError(
                "status.none",
                Words("found a credential that names no status list, expected one", "凭证未注明状态列表，应注明一个"),
            )
        status: Status = "revoked" if "revoked" in found else "suspended" if found else "active"
        return Standing(status, max(said, default=None), lists, None if found else error)

    def revocation(self, claims: Claims, now: datetime) -> Standing:
        """How a signed badge of 2.0 stands: as the list of its issuer says, which says nothing of a suspension.

        Raises:
            NotYet: The list has to wait.
        """
        url = self._settings.revoked_at
        if not url:
            error = TrustError(
                "status.none",
                Words(
                    "found a badge whose issuer has no `revoked_at`, expected one",
                    "该徽章的颁发方未设 `revoked_at`，应设置",
                ),
            )
            return Standing("active", None, {}, None if self._settings.without_status else error)
        try:
            read, revoked = self._named(url, claims, now)
        except LicetError as error:
            return Standing("active", None, {}, error)
        return Standing("revoked" if revoked else "active", read.said_at, {url: read.proof})

    def _looked_up(
        self, entry: Mapping[str, Any], claims: Claims, keys: KeyRing, before: Mapping[str, str], now: datetime
    ) -> tuple[str, Read, list[Status]]:
        """Where an entry has a credential looked up, what was read there, and what that closes it by."""
        if entry.get("type") == _NAMING:
            url = entry.get("id")
            if not isinstance(url, str) or not claims.id:
                raise malformed(
                    Words(
                        "credentialStatus: expected the address of a list, and a credential with an id",
                        "credentialStatus：应为列表地址，且凭证带有 id",
                    )
                )
            read, revoked = self._named(url, claims, now)
            return url, read, ["revoked"] if revoked else []
        url, index, purpose = _entry(entry)
        read = self._list(url, keys, before.get(url, ""), now)
        return url, read, [_CLOSING[purpose]] if is_set(read.subject, index, purpose) else []

    def _named(self, url: str, claims: Claims, now: datetime) -> tuple[Read, bool]:
        """A list that names what is revoked, and whether it names a credential."""
        read = self._plain.once(url, lambda answer: self._revoked(url, _found(answer), now), heard=_AT)
        named = [each for each in (claims.id, claims.whole.get("uid")) if isinstance(each, str)]
        return read, not read.subject["revoked"].isdisjoint(named)

    def _revoked(self, url: str, answer: Answer, now: datetime) -> Read:
        found = object_of(answer.body)
        if found.get("id", url) != url or issuer_of(found) != self._settings.issuer:
            raise wrong(
                Words("found the list of another issuer, or of another address", "列表出自其他颁发方，或属于其他地址")
            )
        stale_after = now + timedelta(hours=self._settings.stale_hours)
        text = answer.body.decode("utf-8", "replace")
        return Read({"revoked": revocations_of(found)}, None, now, stale_after, kept(text))

    def _list(self, url: str, keys: KeyRing, before: str, now: datetime) -> Read:
        def proven(answer: Answer) -> Read:
            token = _found(answer).body.decode("ascii", "replace").strip()
            return self._proven(url, token, keys, before, now)

        return self._signed.once(url, proven, heard=_AT)

    def _proven(self, url: str, token: str, keys: KeyRing, before: str, now: datetime) -> Read:
        """What its issuer signed, if it is the list of this address, dated no earlier than before, and holds now."""
        signed = verify_token(token.encode(), keys, now, TYPES)
        claims = claims_of(signed.payload, self._settings.audience)
        if not claims.are_of(self._settings.issuer, signed.header) or claims.id not in ("", url):
            raise wrong(
                Words("found the list of another issuer, or of another address", "列表出自其他颁发方，或属于其他地址")
            )
        if not claims.types & _TYPES:
            raise wrong(Words("found a credential that is no status list", "该凭证不是状态列表"))
        dated, ends = claims.begins, claims.ends
        if (dated is not None and dated > now + _SLACK) or (ends is not None and ends <= now):
            raise TrustError(
                "status.stale", Words("found a list whose time is over, or has not come", "列表已过期或尚未生效")
            )
        if before and dated is not None and dated < datetime.fromisoformat(before):
            raise TrustError(
                "status.stale",
                Words("found a list that is older than one that was read before", "列表早于上次读取的列表"),
            )
        stale_after = ends or now + timedelta(hours=self._settings.stale_hours)
        return Read(claims.subject, dated, min(dated or now, now), stale_after, kept(token))


def _plain_at(settings: Settings) -> list[str]:
    return [*settings.status_at, *([settings.revoked_at] if settings.revoked_at else [])]


def kept(text: str) -> str:
    """What was said, or its digest where that is long."""
    return text if len(text) <= _MOST_PROOF else f"sha256:{sha256(text.encode()).hexdigest()}"


def _found(answer: Answer) -> Answer:
    """The answer, if there is a list in it."""
    if answer.status != 200:
        told = Words(
            f"status list: answered {answer.status}; that says nothing of a credential",
            f"状态列表：应答 {answer.status}，不能说明凭证的状态",
        )
        raise UnavailableError(_AT[answer.status], told)
    return answer


def _entry(entry: Mapping[str, Any]) -> tuple[str, int, str]:
    """Address, place and purpose of an entry."""
    if entry.get("type") not in _ENTRIES:
        raise TrustError(
            "status.none",
            Words(
                "found a kind of status that is not known here, expected a status list", "状态类型未知，应为状态列表"
            ),
        )
    url, purpose = entry.get("statusListCredential"), entry.get("statusPurpose")
    if not isinstance(url, str) or not isinstance(purpose, str) or purpose not in _CLOSING:
        raise malformed(
            Words(
                "credentialStatus: expected an address and a purpose of revocation or suspension",
                "credentialStatus：应为地址，以及吊销或暂停的用途",
            )
        )
    place = entry.get("statusListIndex")
    text = "" if isinstance(place, bool) else str(place)
    if not text.isascii() or not text.isdigit() or len(text) > 12 or entry.get("statusSize", 1) != 1:
        raise wrong(Words("found no place in a list of single bits", "未注明在单比特列表中的位置"))
    return url, int(text), purpose
