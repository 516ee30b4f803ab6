"""What a terminal keeps of one person: which doors are theirs, and until when. Read leniently, judged with suspicion.

Open is whatever may be open: a door that stands in ``doorRight`` or in ``RightPlan``, of somebody whose validity is
unlimited, or ends less than a day ago by the hub's clock (a terminal writes its own time, without an offset).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.access.hikvision.settings import DoorsOf
from schemas.errors import UnavailableError
from schemas.words import Words

FIRST, LAST, OVER = "2000-01-01T00:00:00", "2037-12-31T23:59:59", "2000-01-01T00:00:01"
"""The validity that terminals know begins and ends so; what is closed ended a second after the beginning."""
LEASED = "2000-01-01T00:00:02"
"""A validity that begins so is a lease of the hub's: any other end was set by somebody at the terminal."""
_MARGIN = timedelta(days=1)
_EASTERNMOST = timedelta(hours=14)
"""A terminal's own time is at most so far ahead of UTC: no lease ends there before it was to."""
_UNLIMITED = 2037
"""An end in the last year that terminals know is none."""
_MAX_NAME = 32

Record = Mapping[str, Any]


class Right(NamedTuple):
    """The doors of one person. ``said``: the terminal states doors of theirs, be they none."""

    plans: Mapping[int, str]
    ended: bool
    said: bool

    def opens(self, doors: Collection[int]) -> bool:
        """Whether one of some doors may open to them."""
        return not self.ended and any(door in self.plans for door in doors)


def right_of(record: Record, now: datetime) -> Right:
    """What a record says.

    Raises:
        UnavailableError: ``peer.bad-answer``: it cannot be read.
    """
    plans = dict.fromkeys(_numbers(record.get("doorRight")), "1")
    for each in listed(record.get("RightPlan")):
        if isinstance(each, dict) and "doorNo" in each:
            plans |= dict.fromkeys(_numbers(each["doorNo"]), str(each.get("planTemplateNo", "1")))
    return Right(plans, _ended(record.get("Valid"), now), "doorRight" in record or "RightPlan" in record)


def is_ending(record: Record, now: datetime, lease: timedelta | None) -> bool:
    """Whether what is open to somebody must be opened anew: by a lease in its first half, or by none where none is set.

    An end that somebody set at the terminal is left to them.
    """
    end, is_ours = _end(record.get("Valid")), _is_leased(record.get("Valid"))
    if lease is None or (end is not None and not is_ours):
        return is_ours
    left = timedelta() if end is None else end.replace(tzinfo=now.tzinfo) - _EASTERNMOST - now
    return not lease / 2 <= left <= lease + _MARGIN  # far ahead: by a clock that was wrong


def changed(
    record: Record, target: DoorsOf, now: datetime, *, opens: bool, lease: timedelta | None = None
) -> dict[str, Any]:
    """The record as it shall be: with some doors, for as long as a ``lease`` if there is one; or without them."""
    right = right_of(record, now)
    # Doors of which somebody's time is over are not theirs any more: a new opening brings none of them back.
    plans = {} if opens and right.ended else dict(right.plans)
    if opens:
        plans |= dict.fromkeys(target.doors, str(target.plan))
    else:
        plans = {door: plan for door, plan in plans.items() if door not in target.doors}
    return {
        "employeeNo": record["employeeNo"],
        **({"name": _cut(str(record["name"]))} if "name" in record else {}),
        "userType": record.get("userType", "normal"),
        "Valid": _opened(record, right, now, lease) if opens else _closed(record, is_empty=not plans),
        "doorRight": ",".join(map(str, sorted(plans))),
        "RightPlan": [{"doorNo": door, "planTemplateNo": plan} for door, plan in sorted(plans.items())],
        "addUser": False,  # a person who is not there is not made
    }


def listed(found: Any) -> list[Any]:
    """A list; of one, some firmware gives the object alone."""
    return found if isinstance(found, list) else [] if found is None else [found]


def _closed(record: Record, *, is_empty: bool) -> dict[str, Any]:
    """The validity of somebody who loses doors: over where none is left, and otherwise as it stands."""
    return _between(FIRST, OVER) if is_empty else {**_between(FIRST, LAST), **_valid(record)}


def _opened(record: Record, right: Right, now: datetime, lease: timedelta | None) -> dict[str, Any]:
    """The validity of somebody to whom doors open. What is over was ended by us, or long ago, and begins anew."""
    valid = _valid(record)
    if _end(valid) is not None and not right.ended and not _is_leased(valid):
        return {**_between(FIRST, LAST), **valid}  # somebody at the terminal has set this end
    if lease is not None:
        return _between(LEASED, min((now + _EASTERNMOST + lease).strftime("%Y-%m-%dT%H:%M:%S"), LAST))
    return _between(FIRST, LAST) if right.ended or _is_leased(valid) else {**_between(FIRST, LAST), **valid}


def _between(begin: str, end: str) -> dict[str, Any]:
    return {"enable": True, "beginTime": begin, "endTime": end, "timeType": "local"}


def _valid(record: Record) -> Mapping[str, Any]:
    valid = record.get("Valid")
    return valid if isinstance(valid, dict) else {}


def _is_leased(valid: Any) -> bool:
    return isinstance(valid, dict) and str(valid.get("beginTime")) == LEASED


def _ended(valid: Any, now: datetime) -> bool:
    """Whether a validity is over for certain. ``enable: false`` means that there is none: it lasts for ever."""
    end = _end(valid)
    return end is not None and end.replace(tzinfo=now.tzinfo) < now - _MARGIN


def _end(valid: Any) -> datetime | None:
    """When a validity ends by the terminal's own clock; nothing where it does not."""
    if not isinstance(valid, dict) or str(valid.get("enable")).lower() != "true":
        return None
    try:
        end = datetime.fromisoformat(str(valid["endTime"]))
    except (KeyError, ValueError):
        return None
    return None if end.year >= _UNLIMITED else end


def _numbers(text: Any) -> list[int]:
    parts = [each.strip() for each in str(text or "").split(",")]
    if not all(each.isdigit() and len(each) < 6 for each in parts if each):
        raise UnavailableError(
            "peer.bad-answer",
            Words(
                "doorRight, RightPlan: found something else than numbers of doors",
                "doorRight、RightPlan：现有非门编号的内容",
            ),
        )
    return [int(each) for each in parts if each]


def _cut(name: str) -> str:
    """A name within the bytes that terminals keep, at the end of a character."""
    return name.encode()[:_MAX_NAME].decode(errors="ignore")
