"""Who answers for a stand-in, a secondment or a contractor, and left: HR is asked who does now.

Nothing closes before the end that was stated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of
from hub.rules.cases.causes import Cause
from hub.rules.fact import Fact
from hub.rules.people.stints import Sponsored, leaving, left_out, sponsored

SPONSOR_LEFT = "sponsor_left"
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Departure:
    """That somebody leaves, from when on, and when that was known; ``said``: by a last day, else by no roster."""

    who: str
    at: datetime
    known_at: datetime
    said: bool


def departure(who: str, facts: Sequence[Fact]) -> Departure | None:
    """How somebody leaves of whom these facts are: at the last day, or as a whole roster named them no more.

    What comes first. Who stands in a later roster again did not leave by having been left out of one.
    """
    left = leaving(facts)
    found = [] if left is None else [Departure(who, left.at, left.known_at, said=True)]
    missed = left_out(facts)
    found += [] if missed is None else [Departure(who, missed.said_at, missed.known_at, said=False)]
    return min(found, key=lambda each: each.at, default=None)


def answered_for(facts: Sequence[Fact], now: datetime) -> list[Sponsored]:
    """The times in posts, present and to come, for which somebody answers."""
    return [each for each in sponsored(facts) if each.span.end > now]


def of_sponsors(
    stints: Iterable[Sponsored], departures: Mapping[str, Departure], now: datetime, zone: ZoneInfo
) -> Iterator[Cause]:
    """Times in posts of which the one who answers for them left: one case for all whom one person answered for."""
    for stint in stints:
        left = departures.get(stint.sponsor)
        if left is None or left.at > now:
            continue
        day = day_of(left.at - _INSTANT if left.said else left.at, zone).isoformat()
        place = (("sponsor", left.who), ("last_day" if left.said else "unlisted_on", day))
        unit = f"{stint.position}@{stint.span.start.isoformat()}"
        since = max(left.at, left.known_at, stint.known_at)
        key = (left.who, left.at.isoformat())
        yield Cause(SPONSOR_LEFT, key, place, unit, stint.position, since, 0, stint.span.start, stint.span.end)


def next_departures(stints: Iterable[Sponsored], departures: Mapping[str, Departure], now: datetime) -> list[datetime]:
    """The instants ahead at which one who answers for somebody leaves: HR is asked then."""
    ahead = {(each.span.end, departures[each.sponsor].at) for each in stints if each.sponsor in departures}
    return [at for end, at in ahead if now < at < end]
