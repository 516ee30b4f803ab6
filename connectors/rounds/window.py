"""From when until when is asked for, and how a system writes an instant."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.rounds.settings import RoundSettings, TimeFormat

_LOCAL: dict[str, str] = {
    "local": "%Y-%m-%d %H:%M:%S",
    "local_minutes": "%Y-%m-%d %H:%M",
    "date": "%Y-%m-%d",
    "compact": "%Y%m%d%H%M%S",
}
_GRAINS: dict[str, timedelta] = {"date": timedelta(days=1), "local_minutes": timedelta(minutes=1)}


class Window(NamedTuple):
    """What a round asks for: ``[since, until]``, beginning ``overlap`` before where the last one ended.

    ``reaches_now``: nothing lies beyond its end that is to be asked for now.
    """

    since: datetime
    until: datetime
    reaches_now: bool


def window(settings: RoundSettings, watermark: datetime | None, target: datetime) -> Window:
    """The next window, until ``target`` at most. A clock that was put back moves no beginning ahead of its end."""
    begun = begins(settings) if watermark is None else watermark
    since = min(begun, target)
    until = target
    if settings.window_seconds is not None:
        until = min(target, since + timedelta(seconds=settings.window_seconds - settings.overlap_seconds))
    overlap = timedelta(seconds=0 if watermark is None else settings.overlap_seconds)
    return Window(since - overlap, until, until == target)


def begins(settings: RoundSettings) -> datetime:
    """From when on is asked for at the very first."""
    start = settings.start
    assert start is not None
    if not isinstance(start, datetime):
        start = datetime.combine(start, time())
    return start.replace(tzinfo=_zone(settings)).astimezone(UTC) if start.tzinfo is None else start.astimezone(UTC)


def written(at: datetime, settings: RoundSettings) -> str | int:
    """An instant as the system writes it; in whole seconds, or less, always rounded down."""
    form: TimeFormat = settings.time_format
    if form in ("seconds", "milliseconds"):
        seconds = int(at.timestamp())
        return seconds if form == "seconds" else seconds * 1000
    if form == "iso":
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "iso_ms":
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    local = at.astimezone(_zone(settings)).replace(microsecond=0)
    return local.isoformat() if form == "iso_offset" else local.strftime(_LOCAL[form])


def grain(settings: RoundSettings) -> timedelta:
    """The least by which two instants differ as the system writes them."""
    return _GRAINS.get(settings.time_format, timedelta(seconds=1))


def _zone(settings: RoundSettings) -> ZoneInfo:
    return ZoneInfo(settings.zone or "UTC")


def instant(text: str) -> datetime:
    """What a cursor holds."""
    return datetime.fromisoformat(text)
