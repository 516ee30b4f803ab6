"""Where a system beside the hub holds something else of a person than the hub does: both sides, for a person to decide.

What closes has closed already, by whosever word; here it is only told. What would grant waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from hub.rules.calendar import start_of
from hub.rules.cases.causes import Cause
from hub.rules.demands.trained import Sums, sums_by_year
from hub.rules.fact import Fact, of_kind
from hub.rules.posts.standing import Standing
from hub.rules.unit import Unit
from schemas.credential import CredentialClaim
from schemas.decision import Issued
from schemas.learning import HeldFigures

DATES, HOURS, CLOSED = "partner_dates", "partner_hours", "partner_closed"
LEAST_SECONDS = 36
"""A hundredth of an hour: less is how somebody rounds."""
_INSTANT = timedelta(microseconds=1)
_OPEN = "open"


def of_claims(person: str, facts: Sequence[Fact], zone: ZoneInfo) -> Iterator[Cause]:
    """Numbers that the hub gave and of which somebody says other dates; none once the hub's own are the same."""
    claims = of_kind(facts, CredentialClaim)
    ends = _ends(facts) if claims else {}
    for fact, said in claims:
        ours = max(ends.get(said.credential, said.held_until), said.held_until)
        if said.valid_until == ours:
            continue
        theirs = _last_day(said.valid_until, zone)
        place = (("credential", said.credential), ("theirs", theirs), ("ours", _last_day(ours, zone)))
        key = (person, said.credential, theirs)
        unit = f"{said.credential}={theirs}"
        yield Cause(
            DATES, key, place, unit, said.credential, fact.known_at, 0, said.valid_from or said.as_of, said.valid_until
        )


def of_figures(
    person: str, facts: Sequence[Fact], units: Iterable[Unit], now: datetime, zone: ZoneInfo
) -> Iterator[Cause]:
    """Hours that somebody holds of a course and year other than the hub does; ``open`` is what it has less."""
    told = of_kind(facts, HeldFigures)
    sums = sums_by_year(units, zone, now) if told else {}
    for fact, said in told:
        ours = sums.get((said.course, said.year), Sums()).credited
        more = said.credited_seconds - ours
        if abs(more) < LEAST_SECONDS:
            continue
        theirs = _hours(said.credited_seconds)
        place = (("course", said.course), ("year", str(said.year)), ("theirs", theirs), ("ours", _hours(ours)))
        key = (person, said.course, str(said.year), theirs)
        unit = f"{said.course}@{said.year}={theirs}"
        at = min(said.as_of, start_of(date(said.year + 1, 1, 1), zone))
        yield Cause(HOURS, key, place, unit, said.course, fact.known_at, max(more, 0), at)


def of_closed(person: str, standings: Iterable[Standing], facts: Sequence[Fact], zone: ZoneInfo) -> Iterator[Cause]:
    """Credentials that the hub gave and somebody's word has ended before their end."""
    for standing in standings:
        for state in standing.credentials:
            if not state.own or not state.explicit or state.ended_at is None:
                continue
            until = _ends(facts).get(state.credential)
            if until is not None and state.ended_at < until:
                ours = _last_day(until, zone)
                place = (("credential", state.credential), ("theirs", state.status), ("ours", ours))
                key = (person, state.credential, *state.refs)
                unit = f"{state.credential}={state.status}"
                yield Cause(CLOSED, key, place, unit, state.credential, state.ended_at)


def _ends(facts: Sequence[Fact]) -> dict[str, datetime]:
    """When what the hub issued ends, by credential."""
    return {said.credential: said.issued_until for _fact, said in of_kind(facts, Issued)}


def _last_day(bound: datetime | None, zone: ZoneInfo) -> str:
    """The last valid day before a bound, as people are told it."""
    return _OPEN if bound is None else (bound - _INSTANT).astimezone(zone).date().isoformat()


def _hours(seconds: int) -> str:
    return str((Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_DOWN))
