"""When a message may be delivered: what is urgent at once, all else in the digest of a working day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of
from hub.rules.workdays import Workdays

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DigestHours:
    """The hour of the digest on working days; it never comes on a holiday."""

    zone: ZoneInfo
    workdays: Workdays
    digest_at: time = time(9)

    def deliver_at(self, decided_at: datetime, *, urgent: bool, matter_at: datetime | None = None) -> datetime:
        """When a message that was decided then is delivered; at once, if its matter comes before the digest."""
        if urgent:
            return decided_at
        digest = self._next_digest(decided_at)
        return decided_at if matter_at is not None and matter_at <= digest else digest

    def _next_digest(self, instant: datetime) -> datetime:
        day = day_of(instant, self.zone)
        while True:
            digest = datetime.combine(day, self.digest_at, self.zone).astimezone(instant.tzinfo)
            if digest >= instant and self.workdays.is_working(day):
                return digest
            day += _DAY
