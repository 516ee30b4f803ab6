"""Doors that two people opened to somebody for a while, whatever the rules say; each closes at its end by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from hub.access.wanted import WantedTarget
from hub.clock import from_us
from hub.store.commit import Tx
from hub.store.tables import overrides as sql
from hub.store.tables.overrides import OverrideRow

CODE = "access.break-glass"


class Overrides:
    """The openings of one person that have not been concluded."""

    def __init__(self, rows: Sequence[OverrideRow], now_us: int) -> None:
        self._rows = rows
        self._now_us = now_us

    @classmethod
    def of(cls, person: str, tx: Tx) -> "Overrides":
        """Those of a person, in a commit."""
        return cls(tx.session.all(sql.overrides_of, {"person": person}), tx.now_us)

    @classmethod
    def of_all(cls, people: str, tx: Tx) -> "Mapping[str, Overrides]":
        """The same by person for many, whoever has any; ``people`` is a JSON array."""
        found = defaultdict[str, list[OverrideRow]](list)
        for row in tx.session.all(sql.overrides_of_people, {"people": people}):
            found[row.person].append(OverrideRow(row.id, row.sink, row.target, row.at, row.ends_at))
        return {person: cls(rows, tx.now_us) for person, rows in found.items()}

    @property
    def ends(self) -> list[datetime]:
        """The instants ahead at which one ends."""
        return [from_us(each.ends_at) for each in self._rows if each.ends_at > self._now_us]

    def over(self, wanted: Iterable[WantedTarget]) -> list[WantedTarget]:
        """What is wanted, with these: open until their end, and closed then, unless the rules open it anyway."""
        rows = {(each.sink, each.target): each for each in sorted(self._rows, key=lambda row: row.ends_at)}
        kept = []
        for target in wanted:
            row = rows.pop((target.sink, target.target), None)
            granted = target.wanted == "present" and target.enforced
            kept.append(target if row is None or granted else self._instead(row, target))
        return [*kept, *(self._instead(row, _nobodys(row)) for row in rows.values())]

    def conclude(self, person: str, tx: Tx) -> None:
        """Those that have ended are on record as ended; their doors are wanted closed in this same commit."""
        for row in self._rows:
            if row.ends_at <= self._now_us:
                tx.session.run(sql.conclude_override, {"of": row.id})
                tx.log("override", connector=row.sink, person=person, target=row.target, outcome="ended")

    def _instead(self, row: OverrideRow, target: WantedTarget) -> WantedTarget:
        # A closing at the end waits for no freeze, and for no post to be enforced: the hub itself opened the door.
        is_open = row.ends_at > self._now_us
        wanted = replace(target, wanted="present" if is_open else "absent", explicit=not is_open, rests_on=())
        return replace(wanted, enforced=True)


def _nobodys(row: OverrideRow) -> WantedTarget:
    """A target that no post of the person names."""
    return WantedTarget(row.sink, row.target, "absent", False, (), True)
