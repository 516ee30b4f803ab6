"""What enforcing would change now, and why: wanted against what each sink shows at this moment."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from hub.access.difference import Difference
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink
from hub.identity.directory import Directory
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.review import StandingRow, standings_of


@dataclass(frozen=True, slots=True)
class Reason:
    """A standing that a change comes from: the post, the scope, and what keeps that lower (cause, reason)."""

    position: str
    scope: str
    holds: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """On one line, by the names of the files."""
        causes = ", ".join(f"{cause} {reason}" for cause, reason in self.holds)
        return f"{self.position}={self.scope}" + (f" ({causes})" if causes else "")


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One target that would open or close; ``person`` is the employee number, or the token of one without."""

    person: str
    name: str
    sink: str
    target: str
    wanted: str
    seen: str
    mode: str
    reasons: tuple[Reason, ...]

    def json(self) -> dict[str, Any]:
        """The change for programs."""
        return {**asdict(self), "why": "; ".join(map(str, self.reasons))}


def in_order(changes: Iterable[PlannedChange]) -> list[PlannedChange]:
    """Changes in the order in which they are told: what closes first, by person."""
    return sorted(changes, key=lambda change: (change.wanted, change.person, change.target))


class Plan:
    """Compares, and changes nothing."""

    def __init__(self, sinks: Iterable[Sink], reconciler: Reconciler, directory: Directory, database: Database) -> None:
        self._sinks = sinks
        self._reconciler = reconciler
        self._directory = directory
        self._database = database

    def changes(self, name: str = "") -> list[PlannedChange]:
        """Every change, of one sink if it is named, what closes first, by person.

        Raises:
            UnavailableError: A sink cannot be asked.
        """
        with self._database.reading() as session:
            changes = [
                self._change(difference, session)
                for sink in self._sinks
                if name in ("", sink.name)
                for difference in self._reconciler.differences(sink)
            ]
        return in_order(changes)

    def _change(self, difference: Difference, session: Connection) -> PlannedChange:
        profile = self._directory.profile(difference.person, session)
        standings = session.all(standings_of, {"person": difference.person})
        return PlannedChange(
            person=profile.employee_no if profile else difference.person,
            name=profile.name if profile else "",
            sink=difference.sink,
            target=difference.target,
            wanted=difference.wanted,
            seen=difference.seen,
            mode=difference.mode,
            reasons=tuple(map(_reason, standings)),
        )


def _reason(standing: StandingRow) -> Reason:
    holds = orjson.loads(standing.body).get("holds", ())
    return Reason(standing.position, standing.scope, tuple((each["cause"], each["reason"]) for each in holds))
