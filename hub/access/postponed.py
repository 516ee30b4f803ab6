"""Doors of a post that says when they close after a lapse: open until then, unless somebody's own word
closes them: an issuer's, or a block that a person set.

Only what the rules gave and then took is a lapse: what people opened beside them ends when they said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from hub.access.resting import read_ways
from hub.access.wanted import WantedTarget
from hub.rules.closing.closing_time import closes_at
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.standing import Standing
from hub.store.tables.access import DesiredRow

_LEFT = "not_assigned"
"""Whoever does not stand in the post any more has not lapsed there, but left."""


class Postponed(NamedTuple):
    """What is wanted outside by now, and the instants ahead at which something of it closes."""

    wanted: list[WantedTarget]
    ends: list[datetime]


def postponed(
    wanted: Iterable[WantedTarget],
    rows: Iterable[DesiredRow],
    standings: Sequence[Standing],
    rulebook: Rulebook,
    now: datetime,
) -> Postponed:
    """What is wanted, but for doors that are open and whose posts let them close later."""
    opened = {(row.sink, row.target): row for row in rows if row.wanted == "present"}
    by_post = {standing.position: standing for standing in standings}
    kept: list[WantedTarget] = []
    ends: list[datetime] = []
    for target in wanted:
        row = opened.get((target.sink, target.target))
        end = None if row is None or target.wanted == "present" else _end(target, row, by_post, rulebook, now)
        if row is None or end is None or end <= now:
            kept.append(target)
        else:
            posts = tuple(row.positions.split(","))
            ends.append(end)
            kept.append(replace(target, wanted="present", positions=posts, rests_on=read_ways(row.rests_on or "[]")))
    return Postponed(kept, ends)


def _end(
    target: WantedTarget, row: DesiredRow, by_post: Mapping[str, Standing], rulebook: Rulebook, now: datetime
) -> datetime | None:
    """When a door closes, by whichever of the posts that opened it lets it be open longest; nothing: at once."""
    if target.explicit:
        return None
    lapsed = [by_post[post] for post in row.positions.split(",") if post in by_post and post in rulebook.positions]
    return max((_closes(each, rulebook, now) for each in lapsed), default=None)


def _closes(standing: Standing, rulebook: Rulebook, now: datetime) -> datetime:
    if standing.lapsed_at is None or any(hold.explicit or hold.reason == _LEFT for hold in standing.holds):
        return now
    return closes_at(standing.lapsed_at, rulebook.current(standing.position, now), rulebook.workdays, rulebook.zone)
