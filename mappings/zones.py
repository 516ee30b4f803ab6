"""Local time to UTC, and back."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from mappings.mismatch import Context, Mismatch
from mappings.rules import Details, FieldRule, FromContext
from schemas.faults import shown
from schemas.words import Words

WEST, EAST = timedelta(hours=-12), timedelta(hours=14)
"""The offsets in use on Earth."""
_WITHIN_HOUR = {f"{n // 60:02}:{n % 60:02}": timedelta(seconds=n) for n in range(3600)}
_LAST_SECOND = timedelta(minutes=59, seconds=59)
_KEPT_HOURS = 4096
SIXTY = tuple(f":{n:02}" for n in range(60))
"""How a minute or a second stands in a clock time, behind what is before it."""


class Zone:
    """Local time of one zone to UTC, and back. Hours of the wall clock are looked up once and kept."""

    def __init__(self, name: str, offset: timedelta | None = None) -> None:
        """``offset``: it is no zone of a place, but always so far ahead of UTC."""
        self.name = name
        self._zone = ZoneInfo(name) if offset is None else timezone(offset)
        self._hours: dict[str, datetime] = {}
        self._told: dict[tuple[date, int], str] = {}

    def seen(self, text: str) -> datetime | None:
        """The instant of ``YYYY-MM-DD hh:mm:ss`` if its hour was kept."""
        begins, later = self._hours.get(text[:13]), _WITHIN_HOUR.get(text[14:])
        return None if begins is None or later is None or text[13] != ":" else begins + later

    def keep(self, text: str, local: datetime) -> None:
        """Remember the hour of such a text, unless a clock change falls into it."""
        begins = local.replace(minute=0, second=0)
        try:
            first, last = self.utc(begins), self.utc(begins.replace(minute=59, second=59))
        except Mismatch:
            return
        if last - first == _LAST_SECOND:
            if len(self._hours) >= _KEPT_HOURS:
                self._hours.clear()
            self._hours[text[:13]] = first

    def utc(self, local: datetime) -> datetime:
        """The instant of a naive local time.

        Raises:
            Mismatch: ``time.ambiguous`` where a clock change skips or repeats it.
        """
        early, late = self.day_begins(local), local.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        if early != late:
            change = Words("repeats", "重复") if early < late else Words("skips", "跳过")
            raise Mismatch(
                "time.ambiguous",
                Words(
                    f"{local}, which a clock change {change} in {self.name}",
                    f"{local}，因 {self.name} 时钟调整而{change.zh}",
                ),
                Words("a time that exists once", "唯一存在的时间"),
            )
        return early

    def local(self, instant: datetime) -> datetime:
        """The local time of an instant."""
        return instant.astimezone(self._zone)

    def told(self, instant: datetime) -> str:
        """``YYYY-MM-DD hh:mm:ss`` of an instant in UTC."""
        hour = self._told.get((instant.date(), instant.hour))
        if hour is None:
            hour = self._tell_hour(instant)
        if not hour:
            return self.local(instant).isoformat(" ", "seconds")[:19]
        return f"{hour}{SIXTY[instant.minute]}{SIXTY[instant.second]}"

    def _tell_hour(self, instant: datetime) -> str:
        """How an hour of UTC begins here, kept; empty where another hour begins or a clock change falls into it."""
        begins = instant.replace(minute=0, second=0, microsecond=0)
        first, last = self.local(begins), self.local(begins + _LAST_SECOND)
        whole = first.minute == first.second == 0 and last - first == _LAST_SECOND
        if len(self._told) >= _KEPT_HOURS:
            self._told.clear()
        self._told[instant.date(), instant.hour] = told = first.isoformat(" ")[:13] if whole else ""
        return told

    def day_begins(self, midnight: datetime) -> datetime:
        """The instant of a naive midnight; where the clock skips it the change itself, where it repeats the first."""
        return midnight.replace(tzinfo=self._zone).astimezone(UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The zone of an IANA name.

    Raises:
        Mismatch: No such zone.
    """
    try:
        return Zone(name)
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise Mismatch(
            "time.invalid",
            Words(f"zone {shown(name)}", f"时区 {shown(name)}"),
            Words("an IANA zone such as Asia/Shanghai", "IANA 时区，如 Asia/Shanghai"),
        ) from error


OFFSET = "@offset"
"""Under this name the context holds what an item says of its own offset."""
_SECONDS = re.compile(r"[+-]?[0-9]{1,5}")


@lru_cache(maxsize=256)
def stated_offset(text: str) -> Zone:
    """What an item says is its offset, in seconds.

    Raises:
        Mismatch: ``time.offset``.
    """
    ahead = timedelta(seconds=int(text)) if _SECONDS.fullmatch(text) else None
    if ahead is None or not WEST <= ahead <= EAST:
        raise Mismatch("time.offset", shown(text), Words("seconds between -43200 and +50400", "-43200 至 +50400 秒"))
    return Zone(f"offset {text}", ahead)


def zone_by(given: str | FromContext | None) -> Callable[[Context], Zone | None]:
    """What tells the zone that a document states, or that its connector does."""
    if isinstance(given, FromContext):
        by = given.context
        return lambda context: zone(name) if (name := context.get(by)) else None
    return lambda _context: zone(given) if given else None


def zone_of(details: Details) -> Callable[[Context], Zone | None]:
    """The same, where an item may state its own offset, which then holds."""
    usual = zone_by(details.zone)
    if not isinstance(details, FieldRule) or details.offset is None:
        return usual
    return lambda context: stated_offset(context[OFFSET]) if OFFSET in context else usual(context)
