"""The clock of a terminal: what it is told, and how far its own is off, as far as live punches show.

``clock``: ``at`` the last look, and ``samples``, seconds by which the last punches were ahead of their arrival. What is
late only makes a punch look older, so the greatest of them is nearest to the truth.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.attendance.zkteco_push.memory import Memory

DRIFT_LIMIT = timedelta(minutes=2)
"""A clock that is off by more than this is told to people."""
_EVERY = timedelta(minutes=10)
_LIVE_BYTES = 512
_SAMPLES, _ENOUGH = 5, 3
_TIME = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")


def looked_at(memory: Memory, body: bytes, now: datetime, zone: ZoneInfo) -> Memory:
    """The memory after a live punch, with how far it was off; now and then is enough."""
    known = memory.get("clock", {})
    if len(body) > _LIVE_BYTES or "gap" in memory or (known and now - datetime.fromisoformat(known["at"]) < _EVERY):
        return memory
    found = _TIME.findall(body)
    try:
        local = datetime.fromisoformat(found[-1].decode())
    except (IndexError, ValueError):
        return memory
    ahead = round((local.replace(tzinfo=zone) - now).total_seconds())
    return {**memory, "clock": {"at": now.isoformat(), "samples": [*known.get("samples", []), ahead][-_SAMPLES:]}}


def drift(memory: Memory) -> timedelta | None:
    """How far a terminal's clock is ahead (or behind, below zero); nothing while too few punches show it."""
    samples = memory.get("clock", {}).get("samples", [])
    if not samples or (len(samples) < _ENOUGH and max(samples) <= 0):
        return None
    return timedelta(seconds=max(samples))


def is_off(memory: Memory) -> bool:
    """Whether a terminal's clock is off by more than can be let pass."""
    off = drift(memory)
    return off is not None and abs(off) > DRIFT_LIMIT


def reaches_back(body: bytes, before: datetime, zone: ZoneInfo) -> bool:
    """Whether punches may be dated before an instant; also where their dates are of a form that is not read here."""
    found = _TIME.findall(body)
    return not found or min(each.replace(b"T", b" ").decode() for each in found) < local_text(before, zone)


def local_text(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as terminals of a zone write it."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def offset(local: datetime) -> str:
    """The offset in hours, or in minutes where it is no whole hour; a wrong one makes the terminal set its clock."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    return str(minutes if minutes % 60 else minutes // 60)


def server_time(now: datetime, zone: ZoneInfo, *, utc: bool = False) -> str:
    """What a terminal hears that asks for the time: its local one, or, ``utc``, that of UTC beside its offset."""
    local = now.astimezone(zone)
    return f"DateTime={_zk_seconds(now.astimezone(UTC) if utc else local)},ServerTZ={local:%z}\n"


def _zk_seconds(local: datetime) -> int:
    """The vendor's count: every month has 31 days."""
    days = ((local.year - 2000) * 12 + local.month - 1) * 31 + local.day - 1
    return days * 86400 + local.hour * 3600 + local.minute * 60 + local.second
