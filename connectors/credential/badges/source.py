"""Looks at every credential of a folder, in rounds: what it says, and how it stands by its issuer's lists."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from connectors.credential.badges.claims import Claims, claims_of, malformed
from connectors.credential.badges.files import File, files_of, text_of_file
from connectors.credential.badges.holder import holder_of
from connectors.credential.badges.lists import TYPES, NotYet, Standing, StatusLists
from connectors.credential.badges.settings import Settings
from connectors.jose import verify_token
from connectors.keys import KeyRing
from connectors.port import Page
from connectors.rounds.pace import Pace
from schemas.credential import Status
from schemas.errors import LicetError, TrustError
from schemas.transmission import Transmission


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round has come; plain JSON in a cursor.

    ``said`` is what was handed on last of each file: how often it was, its status, and a digest of it.
    """

    after: str = ""
    looked_at: int = 0
    others: int = 0
    missed: int = 0
    code: str = ""
    why: str = ""
    said: dict[str, list[Any]] = field(default_factory=dict)

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
        current = _with_gone(current, before)
        here = {url: at for url, at in dated.items() if url in read or current.missed}
        return Page(
            tuple(brought),
            {"said": current.said, "lists": here},
            summary=self._figures(current, now),
            alarm=current.code,
        )

    def _looked(
        self, file: File, current: Round, cursor: Mapping[str, Any], brought: list[Transmission], now: datetime
    ) -> Round:
        """The round after one more file; what is new of it is brought."""
        place = _short(file.path.encode())
        turn, status, digest = cursor.get("said", {}).get(place, (0, "", ""))
        others, missed, code, why = current.others, current.missed, current.code, current.why
        said = [turn, status, digest]
        try:
            told = self._told(file, status, cursor.get("lists", {}), now)
            if told is None:
                others += 1
            elif told["digest"] != digest:
                said = [turn + 1, told["status"], told.pop("digest")]
                brought.append(self._sent(told, turn + 1, now))
            error = None
        except LicetError as failed:
            error = failed
        if error is not None:
            missed, code, why = missed + 1, code or error.code, why or f"{file.shown}: {error.message}"
        return Round(file.path, current.looked_at + 1, others, missed, code, why, {**current.said, place: said})

    def _told(self, file: File, before: str, lists: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
        """What there is to hand on of a credential; nothing of one that is none of those which are looked for.

        Raises:
            LicetError: It is not believed, or nobody knows how it stands.
            NotYet: A list has to wait.
        """
        token = text_of_file(self._settings.folder, file)
        signed = verify_token(token, self._keys, now, TYPES)
        claims = claims_of(signed.payload)
        if claims.issuer != self._settings.issuer:
            raise TrustError("badge.issuer", "found a credential of another issuer, expected one of `issuer`")
        credential = self._credential(claims)
        if credential is None:
            return None
        holder = holder_of(claims, file.claimed, self._settings)
        standing = self._lists.standing(claims, lists, now)
        if standing.error is not None:
            raise standing.error
        fixed = {
            "holder": holder,
            "credential": credential,
            "number": claims.number(signed.payload),
            "status": standing.status,
            "valid_from": _text(claims.begins),
            "valid_until": _text(claims.ends),
        }
        since = _since(claims, standing, before, now)
        read = [{"url": url, "signed": signed_list} for url, signed_list in standing.lists.items()]
        proof = {"token": token.decode("ascii"), "key": signed.kid, "lists": read}
        said_at = _text(standing.said_at)
        told = {**fixed, "since": since.isoformat(), "said_at": said_at, "came": "signed", "proof": proof}
        return {**{name: value for name, value in told.items() if value is not None}, "digest": _digest(fixed)}

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

    def _sent(self, told: Mapping[str, Any], turn: int, now: datetime) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type="application/json",
            form="json",
            body=json.dumps({**told, "turn": str(turn)}, ensure_ascii=False, sort_keys=True).encode(),
            path=str(turn),
        )

    def _figures(self, current: Round, now: datetime) -> dict[str, Any]:
        read = self._lists.read
        lists: dict[str, Any] = {"read": len(read), "missed": self._lists.missed}
        if read:
            lists |= {"fetched_at": now, "stale_after": min(each.stale_after for each in read.values())}
        badges: dict[str, Any] = {"looked_at": current.looked_at, "others": current.others, "missed": current.missed}
        if current.why:
            badges["held"] = f"{current.missed} credentials not known, their state stays; the first: {current.why}"
        return {"badges": badges, "lists": lists}


def _with_gone(current: Round, before: Mapping[str, Any]) -> Round:
    """A round that has ended: what was there and is gone keeps its state, and somebody hears of it."""
    gone = {place: said for place, said in before.items() if place not in current.said and said[0]}
    if not gone:
        return current
    return Round(
        current.after,
        current.looked_at,
        current.others,
        current.missed + len(gone),
        current.code or "badge.gone",
        current.why or f"{len(gone)} files are there no more",
        {**current.said, **gone},
    )


def _since(claims: Claims, standing: Standing, before: str, now: datetime) -> datetime:
    """From when on a status holds: what was never withdrawn from its beginning, else since its list says so."""
    said_at = standing.said_at or now
    if standing.status == "active" and before in ("", "active"):
        return claims.begins or said_at
    return said_at


def _digest(fixed: Mapping[str, Status | str | None]) -> str:
    return _short(json.dumps(fixed, sort_keys=True).encode())


def _short(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
