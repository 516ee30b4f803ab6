"""Looks at every credential of a folder, in rounds: what it says, and how it stands by its issuer's lists."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from connectors.credential.badges.claims import Claims, claims_of, malformed
from connectors.credential.badges.files import File, files_of, text_of_file
from connectors.credential.badges.holder import holder_of
from connectors.credential.badges.lists import TYPES, NotYet, Standing, StatusLists
from connectors.credential.badges.settings import Settings
from connectors.jose import verify_token
from connectors.keys import KeyRing
from connectors.port import Page
from connectors.rounds.pace import Pace
from schemas.errors import LicetError, TrustError
from schemas.transmission import Transmission


class Said(NamedTuple):
    """What was handed on last of one credential of one file: how it stands, a digest, when that was said, its end."""

    status: str = ""
    digest: str = ""
    said_at: str = ""
    ends: str = ""

    def is_open(self, now: datetime) -> bool:
        """Whether it may still hold, so that somebody has to look at it."""
        return self.status != "revoked" and (not self.ends or datetime.fromisoformat(self.ends) > now)


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round has come; plain JSON in a cursor.

    ``said`` has a place for each credential of each file; ``why`` the first reason of each code for what is not known.
    """

    after: str = ""
    looked_at: int = 0
    others: int = 0
    missed: int = 0
    why: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: getattr(self, name) for name in self.__slots__}


class Badges:
    """Looks at the credentials of one issuer.

    Its cursor holds the ``round`` under way, what was ``said`` of each file, and when each of the ``lists`` is dated
    that were read.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        """Read keys and addresses.

        Raises:
            ConfigError: A key cannot be read, or an address is none that would be connected to.
        """
        self.name = name
        self._settings, self._keys = settings, KeyRing.of(settings.keys)
        self._pace = Pace(settings.requests_per_minute)
        self._lists = StatusLists(settings, self._keys, self._pace)

    def close(self) -> None:
        """Close idle connections."""
        self._lists.close()

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What has changed of the next credentials of a round.

        Raises:
            UnavailableError: The folder cannot be read.
        """
        found = files_of(self._settings.folder)
        if "round" not in cursor:
            self._lists.begin()
        current = Round(**cursor["round"]) if "round" in cursor else Round()
        before, brought = cursor.get("said", {}), list[Transmission]()
        ahead = [each for each in found if each.path > current.after]
        self._lists.turn()
        for each in ahead[: self._settings.at_once]:
            try:
                current = self._looked(each, current, cursor, brought, now)
            except NotYet:
                break
        read = {url: _text(each.dated) for url, each in self._lists.read.items() if each.dated is not None}
        dated = {**cursor.get("lists", {}), **read}
        if ahead and current.after != ahead[-1].path:
            left = {"said": before, "lists": dated, "round": current.plain()}
            return Page(tuple(brought), left, summary=self._figures(current, now), again_in=self._pace.left())
        current = _with_gone(current, before, now)
        here = {url: at for url, at in dated.items() if url in read or current.missed}
        first, *more = current.why or [""]
        return Page(
            tuple(brought),
            {"said": current.said, "lists": here},
            summary=self._figures(current, now),
            alarm=first,
            more=tuple(more),
        )

    def _looked(
        self, file: File, current: Round, cursor: Mapping[str, Any], brought: list[Transmission], now: datetime
    ) -> Round:
        """The round after one more file; what is new of it is brought."""
        before, others = cursor.get("said", {}), current.others
        here = _short(file.path.encode())
        try:
            told = self._told(file, before, cursor.get("lists", {}), now)
        except LicetError as error:
            why = {error.code: f"{file.shown}: {error.message}", **current.why}
            kept = {place: said for place, said in before.items() if place.startswith(here)}
            said = {**current.said, **kept}
            return Round(file.path, current.looked_at + 1, others, current.missed + 1, _in_order(why), said)
        if told is None:
            return Round(file.path, current.looked_at + 1, others + 1, current.missed, current.why, current.said)
        if told.body is not None:
            brought.append(self._sent(told.body, now))
        said = {**current.said, f"{here}:{told.number}": [*told.said]}
        return Round(file.path, current.looked_at + 1, others, current.missed, current.why, said)

    def _told(self, file: File, before: Mapping[str, Any], lists: Mapping[str, str], now: datetime) -> "_Told | None":
        """What there is to say of a credential; nothing of one that is none of those which are looked for.

        Raises:
            LicetError: It is not believed, or nobody knows how it stands.
            NotYet: A list has to wait.
        """
        token = text_of_file(self._settings.folder, file)
        signed = verify_token(token, self._keys, now, TYPES)
        claims = claims_of(signed.payload, self._settings.audience)
        if not claims.are_of(self._settings.issuer, signed.header):
            raise TrustError("badge.issuer", "found a credential of another issuer, expected one of `issuer`")
        credential = self._credential(claims)
        if credential is None:
            return None
        holder = holder_of(claims, file.claimed, self._settings)
        standing = self._lists.standing(claims, lists, now)
        if standing.error is not None:
            raise standing.error
        number = claims.number(signed.payload)
        fixed = {
            "holder": holder,
            "credential": credential,
            "number": number,
            "status": standing.status,
            "valid_from": _text(claims.begins),
            "valid_until": _text(claims.ends),
        }
        known_by = _short(number.encode())
        last = _last_said(before, _short(file.path.encode()), known_by)
        digest = _short(json.dumps(fixed, sort_keys=True).encode())
        if digest == last.digest:
            return _Told(known_by, last, None)
        said_at = _after(last.said_at, standing.said_at or claims.begins or now, now)
        read = [{"url": url, "signed": signed_list} for url, signed_list in standing.lists.items()]
        proof = {"token": token.decode("ascii"), "key": signed.kid, "lists": read}
        told = {
            **fixed,
            "since": _since(claims, standing, last.status, said_at).isoformat(),
            "said_at": said_at.isoformat(),
            "came": "signed",
            "proof": proof,
        }
        body = {name: value for name, value in told.items() if value is not None}
        return _Told(known_by, Said(standing.status, digest, said_at.isoformat(), _text(claims.ends) or ""), body)

    def _credential(self, claims: Claims) -> str | None:
        """Our name of what a credential is about."""
        achievement = claims.subject.get("achievement")
        about = set(claims.types)
        if isinstance(achievement, dict) and isinstance(achievement.get("id"), str):
            about.add(achievement["id"])
        found = [ours for ours, theirs in self._settings.credentials.items() if theirs in about]
        if len(found) > 1:
            raise malformed(f"it is {' and '.join(sorted(found))} at once, expected one of `credentials`")
        return found[0] if found else None

    def _sent(self, told: Mapping[str, Any], now: datetime) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type="application/json",
            form="json",
            body=json.dumps(told, ensure_ascii=False, sort_keys=True).encode(),
        )

    def _figures(self, current: Round, now: datetime) -> dict[str, Any]:
        read = self._lists.read
        lists: dict[str, Any] = {"read": len(read), "missed": self._lists.missed}
        if read:
            lists |= {"fetched_at": now, "stale_after": min(each.stale_after for each in read.values())}
        badges: dict[str, Any] = {"looked_at": current.looked_at, "others": current.others, "missed": current.missed}
        if current.why:
            first = "; ".join(current.why.values())
            badges["held"] = (
                f"{current.missed} credentials not known, their state stays; the first of each kind: {first}"
            )
        return {"badges": badges, "lists": lists}


class _Told(NamedTuple):
    """What is known of a credential: a digest of its number, what stands for it in the cursor, and what is new."""

    number: str
    said: Said
    body: Mapping[str, Any] | None


def _last_said(before: Mapping[str, Any], here: str, number: str) -> Said:
    """What was said last of a number: of this file, or of another one that it was moved from."""
    own = before.get(f"{here}:{number}")
    found = own or next((said for place, said in before.items() if place.endswith(f":{number}")), ())
    return Said(*found)


def _after(last: str, said_at: datetime, now: datetime) -> datetime:
    """When a word was said: what was learned after another one is later, whatever its list says of its date."""
    return said_at if not last or said_at > datetime.fromisoformat(last) else now


def _in_order(why: Mapping[str, str]) -> dict[str, str]:
    """Reasons, those first that concern a list and so many credentials."""
    return dict(sorted(why.items(), key=lambda each: (not each[0].startswith(("status.", "peer.")), each[0])))


def _with_gone(current: Round, before: Mapping[str, Any], now: datetime) -> Round:
    """A round that has ended: what may still hold and is gone keeps its state, and somebody hears of it."""
    here = {place.partition(":")[2] for place in current.said}
    gone = {
        place: said
        for place, said in before.items()
        if place not in current.said and place.partition(":")[2] not in here and Said(*said).is_open(now)
    }
    if not gone:
        return current
    why = {**current.why, "badge.gone": f"{len(gone)} credentials are there no more"}
    missed, said = current.missed + len(gone), {**current.said, **gone}
    return Round(current.after, current.looked_at, current.others, missed, why, said)


def _since(claims: Claims, standing: Standing, before: str, said_at: datetime) -> datetime:
    """From when on a status holds: what was never withdrawn from its beginning, else since that was said."""
    if standing.status == "active" and before in ("", "active"):
        return claims.begins or said_at
    return said_at


def _short(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
