"""Breaks of a session as its plan writes them: two times of the wall clock, on whichever of its days they lie."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from schemas.words import Words

_BETWEEN = re.compile(r"\s*[-\u2010-\u2015\u2212~\u301c至到]\s*")
_DAY = timedelta(days=1)


def _clock(text: str) -> time:
    hour, _colon, minute = text.partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(minute) == 2):
        raise ValueError
    return time(int(hour), int(minute))


def _written(text: str) -> str:
    try:
        first, last = map(_clock, _BETWEEN.split(unicodedata.normalize("NFKC", text).strip()))
        if first == last:
            raise ValueError
    except ValueError as error:
        raise ValueError(Words("a break such as 12:00-13:00", "休息时段，如 12:00-13:00")) from error
    return f"{first:%H:%M}-{last:%H:%M}"


PauseText = Annotated[str, AfterValidator(_written)]
"""A break as ``12:00-13:00``."""


class Pause(NamedTuple):
    """A break from one instant to another."""

    start: datetime
    end: datetime


def pauses_of(texts: Iterable[str], starts_at: datetime, zone: str) -> tuple[Pause, ...]:
    """The breaks of what starts then, in their order: each the first one after the start."""
    return tuple(sorted(_first_after(starts_at, text, ZoneInfo(zone)) for text in texts))


def _first_after(starts_at: datetime, text: str, zone: ZoneInfo) -> Pause:
    first, last = map(_clock, text.split("-"))
    day = starts_at.astimezone(zone).date()
    if datetime.combine(day, first, zone) < starts_at:
        day += _DAY
    ends_on = day if first < last else day + _DAY
    start, end = datetime.combine(day, first, zone), datetime.combine(ends_on, last, zone)
    return Pause(start.astimezone(UTC), end.astimezone(UTC))
