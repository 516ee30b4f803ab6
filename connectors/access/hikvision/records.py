"""What a terminal keeps of one person: which doors are theirs, and until when. Read leniently, judged with suspicion.

Open is whatever may be open: a door that stands in ``doorRight`` or in ``RightPlan``, of somebody whose validity is
unlimited, or ends less than a day ago by the hub's clock (a terminal writes its own time, without an offset).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.access.hikvision.settings import DoorsOf
from schemas.errors import UnavailableError

FIRST, LAST, OVER = "2000-01-01T00:00:00", "2037-12-31T23:59:59", "2000-01-01T00:00:01"
"""The validity that terminals know begins and ends so; what is closed ended a second after the beginning."""
_MARGIN = timedelta(days=1)
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


def changed(record: Record, target: DoorsOf, now: datetime, *, opens: bool) -> dict[str, Any]:
    """The record as it shall be: with some doors, or without them."""
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
        "Valid": _validity(record.get("Valid"), right, opens=opens, is_empty=not plans),
        "doorRight": ",".join(map(str, sorted(plans))),
        "RightPlan": [{"doorNo": door, "planTemplateNo": plan} for door, plan in sorted(plans.items())],
        "addUser": False,  # a person who is not there is not made
    }


def listed(found: Any) -> list[Any]:
    """A list; of one, some firmware gives the object alone."""
    return found if isinstance(found, list) else [] if found is None else [found]


def _validity(valid: Any, right: Right, *, opens: bool, is_empty: bool) -> dict[str, Any]:
    if not opens and is_empty:
        return {"enable": True, "beginTime": FIRST, "endTime": OVER, "timeType": "local"}
    known = valid if isinstance(valid, dict) else {}
    if right.ended:  # by us, or long ago: the hub ends it when its time has come
        return {"enable": True, "beginTime": FIRST, "endTime": LAST, "timeType": "local"}
    return {"enable": True, "beginTime": FIRST, "endTime": LAST, "timeType": "local", **known}


def _ended(valid: Any, now: datetime) -> bool:
    """Whether a validity is over for certain. ``enable: false`` means that there is none: it lasts for ever."""
    if not isinstance(valid, dict) or str(valid.get("enable")).lower() != "true":
        return False
    try:
        end = datetime.fromisoformat(str(valid["endTime"]))
    except (KeyError, ValueError):
        return False
    return end.replace(tzinfo=now.tzinfo) < now - _MARGIN


def _numbers(text: Any) -> list[int]:
    parts = [each.strip() for each in str(text or "").split(",")]
    if not all(each.isdigit() and len(each) < 6 for each in parts if each):
        raise UnavailableError("peer.bad-answer", "doorRight, RightPlan: found something else than numbers of doors")
    return [int(each) for each in parts if each]


def _cut(name: str) -> str:
    """A name within the bytes that terminals keep, at the end of a character."""
    return name.encode()[:_MAX_NAME].decode(errors="ignore")
