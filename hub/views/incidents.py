"""Where incidents of the last twelve months gather: by post and by the course that they concern."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.clock import Clock, to_us
from hub.evidence.facts import fact_of, that_hold
from hub.rules.calendar import add
from hub.store.database import Database
from hub.store.tables.facts import of_kind
from schemas.decision import Incident

BACK = "12 months"


class Pattern(NamedTuple):
    """Incidents of one post that concern one course: how many, of how many people, and when the last one was."""

    position: str
    course: str
    incidents: int
    people: int
    last_at: datetime


def patterns(database: Database, clock: Clock, zone: ZoneInfo) -> list[Pattern]:
    """Every post and course with incidents, the most first. It names nobody."""
    since = add(clock.now(), BACK, zone, -1)
    found: defaultdict[tuple[str, str], list[tuple[str, datetime]]] = defaultdict(list)
    with database.reading() as session:
        asked = {"kind": Incident.KIND, "since": to_us(since)}
        for row in that_hold(session.all(of_kind, asked)):
            said = fact_of(row, Incident).record
            assert isinstance(said, Incident)
            found[said.position, said.course].append((row.subject, said.occurred_at))
    shown = (
        Pattern(*place, len(each), len({who for who, _at in each}), max(at for _who, at in each))
        for place, each in found.items()
    )
    return sorted(shown, key=lambda each: (-each.incidents, each.position, each.course))
