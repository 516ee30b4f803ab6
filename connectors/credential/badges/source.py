"""Looks at every credential of a folder, in rounds: what it says, and how it stands by its issuer's lists."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.credential.badges.documents import NotYet
from connectors.credential.badges.examining import Examined, Examiner, Last, LastOf, short
from connectors.credential.badges.files import File, files_of
from connectors.credential.badges.hosted import HostedBadges
from connectors.credential.badges.lists import StatusLists
from connectors.credential.badges.settings import Settings
from connectors.key_set import KeySetSource, PublishedKey
from connectors.keys import KeyRing, PeerKey
from connectors.port import Page
from connectors.rounds.pace import Pace
from schemas.errors import LicetError
from schemas.transmission import Transmission


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
        self._lists, self._hosted = StatusLists(settings, self._pace), HostedBadges(settings, self._pace)
        self._examiner = Examiner(settings, self._lists, self._hosted)

    def close(self) -> None:
        """Close idle connections."""
        self._lists.close()
        self._hosted.close()

    def published_keys(self) -> Sequence[PublishedKey]:
        """The keys that it publishes now.

        Raises:
            LicetError: They cannot be had, or are none.
        """
        assert self._settings.key_set is not None, "only who publishes keys is asked for them"
        return KeySetSource(self._settings.key_set).fetch()

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What has changed of the next credentials of a round, by the keys of its settings alone.

        Raises:
            UnavailableError: The folder cannot be read.
        """
        return self.poll_by(cursor, (), now)

    def poll_by(self, cursor: Mapping[str, Any], keys: Iterable[PeerKey], now: datetime) -> Page:
        """What has changed of the next credentials of a round, by these keys and those of its settings.

        Raises:
            UnavailableError: The folder cannot be read.
        """
        found = files_of(self._settings.folder)
        if "round" not in cursor:
            self._lists.begin()
            self._hosted.begin()
        self._lists.turn()
        self._hosted.turn()
        current = Round(**cursor["round"]) if "round" in cursor else Round()
        before, ring, brought = cursor.get("said", {}), self._keys.under(keys), list[Transmission]()
        ahead = [each for each in found if each.path > current.after]
        for each in ahead[: self._settings.at_once]:
            try:
                current = self._looked(each, current, cursor, ring, brought, now)
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
        self,
        file: File,
        current: Round,
        cursor: Mapping[str, Any],
        keys: KeyRing,
        brought: list[Transmission],
        now: datetime,
    ) -> Round:
        """The round after one more file; what is new of it is brought."""
        before, others, here = cursor.get("said", {}), current.others, short(file.path.encode())
        last = LastOf(before, here)
        try:
            if file.is_hosted:
                found = self._examiner.hosted(file, last, now)
            else:
                found = self._examiner.signed(file, keys, cursor.get("lists", {}), now)
        except LicetError as error:
            why = {error.code: f"{file.shown}: {error.message}", **current.why}
            kept = {place: said for place, said in before.items() if place.startswith(here)}
            said = {**current.said, **kept}
            return Round(file.path, current.looked_at + 1, others, current.missed + 1, _in_order(why), said)
        if found is None:
            return Round(file.path, current.looked_at + 1, others + 1, current.missed, current.why, current.said)
        now_said, body = _told(found, last.of(found.number), now)
        if body is not None:
            brought.append(self._sent(body, now))
        said = {**current.said, f"{here}:{short(found.number.encode())}": [*now_said]}
        return Round(file.path, current.looked_at + 1, others, current.missed, current.why, said)

    def _sent(self, told: Mapping[str, Any], now: datetime) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type="application/json",
            form="json",
            body=json.dumps(told, ensure_ascii=False, sort_keys=True).encode(),
        )

    def _figures(self, current: Round, now: datetime) -> dict[str, Any]:
        stale = [each.stale_after for each in self._lists.read.values()]
        stale += [each.stale_after for each in self._hosted.read.values()]
        lists: dict[str, Any] = {"read": len(self._lists.read), "missed": self._lists.missed}
        if self._settings.hosted_at:
            lists |= {"hosted_read": len(self._hosted.read), "hosted_missed": self._hosted.missed}
        if stale:
            lists |= {"fetched_at": now, "stale_after": min(stale)}
        badges: dict[str, Any] = {"looked_at": current.looked_at, "others": current.others, "missed": current.missed}
        if current.why:
            first = "; ".join(current.why.values())
            badges["held"] = (
                f"{current.missed} credentials not known, their state stays; the first of each kind: {first}"
            )
        return {"badges": badges, "lists": lists}


def _told(found: Examined, last: Last, now: datetime) -> tuple[Last, Mapping[str, Any] | None]:
    """What stands for a credential in the cursor, and what there is to hand on; nothing where it is as it was."""
    fixed = {
        "holder": found.holder,
        "credential": found.credential,
        "number": found.number,
        "status": found.standing.status,
        "valid_from": _text(found.begins),
        "valid_until": _text(found.ends),
    }
    digest = short(json.dumps(fixed, sort_keys=True).encode())
    if digest == last.digest:
        return last, None
    said_at = _after(last.said_at, found.standing.said_at or found.begins or now, now)
    told = {
        **fixed,
        "since": _since(found, last.status, said_at).isoformat(),
        "said_at": said_at.isoformat(),
        "came": found.came,
        "proof": found.proof,
    }
    dates = (_text(found.begins) or "", _text(found.ends) or "")
    said = Last(found.standing.status, digest, said_at.isoformat(), found.holder, found.credential, *dates)
    return said, {name: value for name, value in told.items() if value is not None}


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
        if place not in current.said and place.partition(":")[2] not in here and Last(*said).is_open(now)
    }
    if not gone:
        return current
    why = {**current.why, "badge.gone": f"{len(gone)} credentials are there no more"}
    missed, said = current.missed + len(gone), {**current.said, **gone}
    return Round(current.after, current.looked_at, current.others, missed, why, said)


def _since(found: Examined, before: str, said_at: datetime) -> datetime:
    """From when on a status holds: what was never withdrawn from its beginning, else since that was said."""
    if found.standing.status == "active" and before in ("", "active"):
        return found.begins or said_at
    return said_at


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
