"""The form of what is written to people: salutation, body, sender and date; days and times as an office writes them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_SALUTATIONS = {"zh": "{reader}，您好：", "en": "Dear {reader},"}
_SENDERS = {"zh": "特殊岗位资质管理平台", "en": "Licet, for special positions"}


def letter_text(reader: str, body: Iterable[str], language: str, day: date) -> str:
    """A letter to a reader, dated."""
    lines = [_SALUTATIONS[language].format(reader=reader), "", *body]
    return "\n".join([*lines, "", _SENDERS[language], written_day(day, language)])


def written_day(day: date, language: str) -> str:
    """A day: 2026年2月16日."""
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else day.isoformat()


def written_time(at: datetime, language: str, zone: ZoneInfo) -> str:
    """An instant, in the site's time."""
    local = at.astimezone(zone)
    return f"{written_day(local.date(), language)} {local:%H:%M}"


def written_until(at: datetime, language: str, zone: ZoneInfo) -> str:
    """The end of a time, exclusive: of one that ends with a day that day, the last that is in it."""
    local = at.astimezone(zone)
    if local.timetz().replace(tzinfo=None) == datetime.min.time():
        return written_day(local.date() - timedelta(days=1), language)
    return written_time(at, language, zone)
