"""The door: looks up one person at the terminal, says what may open to them, and writes what shall."""

import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock

from connectors.access.hikvision.records import Record, changed, is_ending, right_of
from connectors.access.hikvision.settings import DoorsOf, Settings
from connectors.access.hikvision.wire import Wire
from connectors.port import Applied, Capabilities, Change, Leased, Observation
from schemas.access import Presence
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_UNPROVEN = "sink.uncalibrated"


def _calendar() -> datetime:
    return datetime.now(UTC)


class Hikvision:
    """Opens and closes doors of one terminal to people enrolled there, and reads back what may be open."""

    def __init__(self, name: str, settings: Settings, now: Callable[[], datetime] = _calendar) -> None:
        self.name = name
        self._targets = settings.targets
        self._lease = None if settings.lease_hours is None else timedelta(hours=settings.lease_hours)
        self._wire = Wire(name, settings)
        self._now = now
        self._found = ""
        self._lock = Lock()

    def capabilities(self) -> Capabilities:
        """A person's record can be read back exactly, and can end by itself."""
        return Capabilities("exact", lease_s=0.0 if self._lease is None else self._lease.total_seconds())

    def probe(self) -> None:
        """Ask for one page of people."""
        next(self._wire.people(), None)

    def resolve(self, person: str) -> str:
        """The employee number, of somebody who is enrolled.

        Raises:
            RejectedError: ``sink.no-person``; ``sink.ambiguous``; ``sink.uncalibrated``: nobody was found, and a search
                by number finds nobody else either.
        """
        found = self._named(person)
        if not found and not self._search_works():
            raise RejectedError(
                _UNPROVEN,
                Words(
                    f"{self.name}: a search by employee number finds nobody at all",
                    f"{self.name}：按工号查询找不到任何人",
                ),
            )
        if len(found) != 1:
            code = "sink.ambiguous" if found else "sink.no-person"
            raise RejectedError(
                code,
                Words(
                    f"{self.name}: {len(found)} people have this employee number; expected one",
                    f"{self.name}：该工号有 {len(found)} 人，应为一人",
                ),
            )
        return person

    def matches(self, person: str) -> frozenset[str]:
        """The employee number, where somebody has it."""
        return frozenset({person} if self._named(person) else ())

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target may open to the person; who is not found is gone once a search has found somebody."""
        doors = {target: self._doors(target) for target in targets}
        found = self._named(subject)
        rights = [right_of(each, self._now()) for each in found]
        is_gone = not found and self._search_works()
        presence: dict[str, Presence] = {}
        unproven = {}
        for target, each in doors.items():
            is_open = any(right.opens(each.doors) for right in rights)
            presence[target] = "present" if is_open else "absent"
            if not is_open and not (all(right.said or right.ended for right in rights) if found else is_gone):
                unproven[target] = _UNPROVEN
        answer = json.dumps(found, ensure_ascii=False, sort_keys=True, default=str)
        digests = {"request_sha256": _digest(f"UserInfo {subject}"), "answer_sha256": _digest(answer)}
        ending = frozenset(target for target, each in doors.items() if any(self._is_ending(one, each) for one in found))
        evidence = {target: dict(digests) for target in targets}
        return Observation(presence, evidence, unproven, gone=is_gone, ending=ending)

    def members(self, target: str) -> frozenset[str]:
        """Employee numbers of all to whom a target may open."""
        return self.leased(target).members

    def leased(self, target: str) -> Leased:
        """The same, and whose lease must be renewed, or has run out."""
        doors, now = self._doors(target), self._now()
        members, ending = set(), set()
        for each in self._everybody():
            if right_of(each, now).opens(doors.doors):
                members.add(str(each["employeeNo"]))
            if self._is_ending(each, doors):
                ending.add(str(each["employeeNo"]))
        return Leased(frozenset(members), frozenset(ending))

    def _is_ending(self, record: Record, doors: DoorsOf) -> bool:
        has = right_of(record, self._now()).plans.keys() & set(doors.doors)
        return bool(has) and is_ending(record, self._now(), self._lease)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Write one person's doors anew, from how they stand now; ``fence`` is not sent (ISAPI has no place for it)."""
        target, opens = self._doors(change.target), change.wanted == "present"
        found = self._named(change.subject)
        if not found and not opens:
            return "noop"
        if len(found) != 1:
            raise UnavailableError(
                "sink.no-person",
                Words(
                    f"{self.name}: the person is gone, or there twice; look again",
                    f"{self.name}：此人已不存在或重复；请重新查询",
                ),
            )
        self._wire.write(changed(found[0], target, self._now(), opens=opens, lease=self._lease), key=change.key)
        return "applied"

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    def _doors(self, target: str) -> DoorsOf:
        doors = self._targets.get(target)
        if doors is None:
            raise RejectedError(
                "sink.no-target",
                Words(f"{self.name}: targets: there is no {target!r}", f"{self.name}：targets：没有 {target!r}"),
            )
        return doors

    def _named(self, employee: str) -> list[Record]:
        """Records of one employee number; firmware that ignores the filter lists everybody."""
        found = [each for each in self._wire.people(employee) if str(each.get("employeeNo")) == employee]
        if found:
            with self._lock:
                self._found = employee
        return found

    def _everybody(self) -> list[Record]:
        return [each for each in self._wire.people() if each.get("employeeNo") not in (None, "")]

    def _search_works(self) -> bool:
        """Whether a search by number finds somebody now: whom it found last, or else one whom the terminal lists."""
        with self._lock:
            known = self._found
        if known and self._named(known):
            return True
        somebody = next((str(each["employeeNo"]) for each in self._wire.people() if each.get("employeeNo")), "")
        return bool(somebody) and bool(self._named(somebody))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
