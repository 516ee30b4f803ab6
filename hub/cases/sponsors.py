"""Finds out of those who answer for somebody whether they left, and who is to be looked at again once they do."""

from collections.abc import Iterable, Mapping

from hub.evidence.facts import fact_of
from hub.rules.cases.sponsors import Departure, departure
from hub.rules.people.stints import Sponsored
from hub.store.commit import Tx
from hub.store.sealing import Sealer
from hub.store.tables import sponsors as sql
from schemas.people import Person, Unlisted

_KINDS = {each.KIND: each for each in (Person, Unlisted)}


class Sponsors:
    """Those who answer for others, by the employee numbers that the roster names."""

    def __init__(self, sealer: Sealer, roster: str) -> None:
        self._sealer = sealer
        self._roster = roster

    def departures(self, person: str, stints: Iterable[Sponsored], tx: Tx) -> Mapping[str, Departure]:
        """Those who answer for a person and leave or left; what is said of any of them later has the person looked at.

        Who is named and in no roster yet did not leave it.
        """
        found: dict[str, Departure] = {}
        for name in sorted({each.sponsor for each in stints}):
            asked = {"sponsor": self._sealer.lookup(self._roster, name)}
            tx.session.run(sql.set_sponsored, {**asked, "person": person})
            rows = [row for row in tx.session.all(sql.said_of_sponsor, asked) if row.body is not None]
            left = departure(rows[0].subject, [fact_of(row, _KINDS[row.kind]) for row in rows]) if rows else None
            if left is not None:
                found[name] = left
        return found
