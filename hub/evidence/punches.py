"""Punches as the rules want them: when each happened, and what makes its date doubtful.

The id of a punch is its slice and its key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from hub.clock import from_us, to_us
from hub.evidence.device_clocks import DeviceClocks
from hub.evidence.provenance import punch_id
from hub.rules.attendance.punches import is_ahead
from hub.rules.attendance.sightings import CLOCK_SKEW
from hub.rules.fact import Fact, Rank
from hub.rules.span import Span
from hub.store.statement import Connection
from hub.store.tables import punches
from hub.store.tables.punches import PunchRow, within
from schemas.attendance import Punch

LATE = timedelta(minutes=15)
"""So long after its terminal was complete a punch may still come, and count."""
_NOTHING: Mapping[str, str] = {}


def punches_within(asked: Mapping[str, object], span: Span, store: Connection) -> list[Fact]:
    """Punches of a time, both ends of it too, of every identifier of a person as long as it was theirs.

    ``asked``: person and known_by, as the queries want them.
    """
    return [fact for fact in recorded_within(asked, span, store) if span.start <= fact.record.at <= span.end]


def recorded_within(asked: Mapping[str, object], span: Span, store: Connection) -> list[Fact]:
    """The same, and those that their devices dated within that time though, as people stated later, they were not."""
    start, end, known_by = to_us(span.start), to_us(span.end), asked["known_by"]
    assert isinstance(known_by, int), "stored microseconds"
    clocks = DeviceClocks.read(store, known_by)
    rows = {(row.slice, row.key): row for window in clocks.windows(start, end) for row in _rows(asked, window, store)}
    return [punch_of(row, clocks) for row in rows.values()]


def _rows(asked: Mapping[str, object], window: tuple[int, int], store: Connection) -> Iterable[PunchRow]:
    return store.all(punches.punches_of, {**asked, "slices": within(*window), "from": window[0], "until": window[1]})


def punch_of(row: PunchRow, clocks: DeviceClocks) -> Fact:
    """The fact of a punch. Its source is the device; it happened when the device says, or when people stated it."""
    stated = clocks.of(row.device, row.at, row.arrived_at, ahead=_is_ahead(row))
    if stated is None:
        return _punch(row, row.at, _doubt(row))
    at = row.at + stated.offset
    fact = _punch(row, at, "behind_mark" if _is_behind(at, _terminal(row)) else "")
    return replace(fact, known_at=max(fact.known_at, stated.fact.known_at), beside=(stated.fact.id,))


def _punch(row: PunchRow, at: int, doubt: str) -> Fact:
    record = Punch(
        subject=row.subject,
        device=row.device,
        occurred_at=from_us(at),
        occurred_local=row.occurred_local,
        direction=row.direction,
        verify=row.verify,
        verify_raw=row.verify_raw,
    )
    id = punch_id(row.slice, row.key)
    arrived_at, known_at = from_us(row.arrived_at), from_us(row.known_at)
    return Fact(id, row.device, Rank.ISSUER, arrived_at, known_at, record, doubt=doubt)


def _doubt(row: PunchRow) -> str:
    """Why the date of a punch proves nothing, by what its terminal was when it brought it."""
    terminal = _terminal(row)
    if "clock_off" in terminal or _is_ahead(row):
        return CLOCK_SKEW
    return "behind_mark" if _is_behind(row.at, terminal) else ""


def _is_ahead(row: PunchRow) -> bool:
    return is_ahead(from_us(row.at), from_us(row.arrived_at))


def _terminal(row: PunchRow) -> Mapping[str, str]:
    """What was known of the terminal with the message that brought a punch."""
    known: Mapping[str, str] = _NOTHING if row.terminal is None else orjson.loads(row.terminal)
    return known


def _is_behind(at: int, terminal: Mapping[str, str]) -> bool:
    """Whether a punch is of a time of which its terminal had said that all was there."""
    complete = terminal.get("complete_until")
    return complete is not None and from_us(at) < datetime.fromisoformat(complete) - LATE
