"""From the text of a wire to Python values: one small function per conversion, made once per field."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mappings.document import FieldRule, FromContext
from schemas.faults import shown

Context = Mapping[str, str]
Convert = Callable[[Any, Context], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2200)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)  # the offsets in use on Earth
_NO_END = "9999-12-31"  # the usual way to write that something does not end
_WITHIN_HOUR = {f"{n // 60:02}:{n % 60:02}": timedelta(seconds=n) for n in range(3600)}
_LAST_SECOND = timedelta(minutes=59, seconds=59)
_KEPT_FORM = "YYYY-MM-DD hh:mm:ss"
_KEPT_HOURS = 4096


class Mismatch(Exception):
    """A value that does not fit: a ``Fault`` once its place is known. ``at`` is the pointer within the item."""

    def __init__(self, code: str, found: str, expected: str, at: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.found = found
        self.expected = expected
        self.at = at


def conversion(rule: FieldRule) -> Convert | None:
    """What turns the found value of a field into its Python value; ``None`` where it stays as it is."""
    return _MAKERS[rule.as_](rule) if rule.as_ else None


def setting(given: str | FromContext | None, context: Context) -> str | None:
    """A constant of the document, or what the connector's context says."""
    return context.get(given.context) if isinstance(given, FromContext) else given


# ---------------------------------------------------------------- text and numbers


def _string(value: object, expected: str) -> str:
    if isinstance(value, str):
        return value
    raise Mismatch("schema.type", shown(value), expected)


def _text(_rule: FieldRule) -> Convert:
    def convert(value: Any, _context: Context) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return format(value, "f") if isinstance(value, Decimal) else _string(value, "text or a number")

    return convert


def _trim(_rule: FieldRule) -> Convert:
    # Terminals pad with blanks and NUL; anything else inside an identifier is refused later.
    return lambda value, _context: (value if type(value) is str else _string(value, "text")).strip(" \0")


def _integer(_rule: FieldRule) -> Convert:
    def convert(value: Any, _context: Context) -> int:
        if type(value) is int:
            return value
        digits = value.removeprefix("-") if isinstance(value, str) else ""
        if _is_number(digits) and (digits == "0" or digits[0] != "0"):
            return int(value)
        raise Mismatch("schema.type", shown(value), "a whole number")

    return convert


def _digits(_rule: FieldRule) -> Convert:
    def convert(value: Any, _context: Context) -> int:
        if isinstance(value, str) and _is_number(value):
            return int(value)
        raise Mismatch("schema.type", shown(value), "up to 18 digits as text")

    return convert


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _amount(rule: FieldRule) -> Convert:
    times = rule.times

    def convert(value: Any, _context: Context) -> int:
        text = value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise Mismatch("schema.type", shown(value), "a number such as 40 or 1.5")
        product = Decimal(text) * times
        if found[1] or product != product.to_integral_value():
            raise Mismatch("schema.range", shown(value), f"no less than 0, and whole once multiplied by {times}")
        return int(product)

    return convert


def _cell(_rule: FieldRule) -> Convert:
    """An identifier as a cell of a spreadsheet has it: full-width characters are the plain ones."""

    def convert(value: Any, _context: Context) -> str:
        text = unicodedata.normalize("NFKC", _string(value, "text")).strip(" \0")
        if _ROUNDED.fullmatch(text):
            expected = "all its digits: a spreadsheet has rounded it; format the column as text and enter it again"
            raise Mismatch("schema.range", shown(text), expected)
        return text

    return convert


_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}")
"""A long number as spreadsheets show it; the digits that are missing are lost."""
_AMOUNT = re.compile(r"(-?)(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}


def _boolean(_rule: FieldRule) -> Convert:
    def convert(value: Any, _context: Context) -> bool:
        known = value if isinstance(value, bool) else _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
        if known is None:
            raise Mismatch("schema.type", shown(value), "true or false")
        return known

    return convert


def _split(rule: FieldRule) -> Convert:
    first, others = rule.by[0], rule.by[1:]

    def convert(value: Any, _context: Context) -> tuple[str, ...]:
        text = _string(value, "text")
        for other in others:
            text = text.replace(other, first)
        return tuple(filter(None, map(str.strip, text.split(first))))

    return convert


def _before(rule: FieldRule) -> Convert:
    return lambda value, _context: _halves(value, rule.by)[0]


def _after(rule: FieldRule) -> Convert:
    return lambda value, _context: _halves(value, rule.by)[1]


def _halves(value: Any, by: str) -> tuple[str, str]:
    head, found, tail = _string(value, "text").partition(by)
    if not found:
        raise Mismatch("schema.type", shown(value), f"two parts with {by!r} between them")
    return head, tail


def _strip_prefix(rule: FieldRule) -> Convert:
    given = rule.prefix
    return lambda value, context: _string(value, "text").removeprefix(setting(given, context) or "")


def _activity(rule: FieldRule) -> Convert:
    """What an activity of a learning platform is called: without the prefix, and without the number of one attempt."""
    strip = _strip_prefix(rule)
    return lambda value, context: _identifier(_ATTEMPT.sub("", strip(value, context)).rstrip("?&"))


def _account(rule: FieldRule) -> Convert:
    """Whom an account names: of the own homePage by its name; any other by both, for one name is two people there.

    What is no account stays as it is: another way to name somebody.
    """
    given = rule.prefix

    def convert(value: Any, context: Context) -> str:
        if type(value) is not dict:
            return _identifier(_string(value, "an account, or text"))
        home, name = (_string(value.get(each), "text") for each in ("homePage", "name"))
        own = setting(given, context) or ""
        if own and home.rstrip("/") == own.rstrip("/"):
            return _identifier(name)
        return _identifier(f"{home.replace('|', '%7C')}|{name}")

    return convert


_ATTEMPT = re.compile(r"(?<=[?&])attempt=[0-9]+(?:&|\Z)")
_LONGEST = 128


def _identifier(text: str) -> str:
    """A text as an identifier: what nobody sees is written as in a URI, and what is too long is known by its digest."""
    plain = text if text.isprintable() and " " not in text else "".join(map(_seen, text))
    if len(plain) <= _LONGEST:
        return plain
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _seen(character: str) -> str:
    return character if character.isprintable() and character != " " else quote(character)


# ---------------------------------------------------------------- time


class Zone:
    """Local time of one zone to UTC. Hours of the wall clock are looked up once and kept."""

    def __init__(self, name: str, offset: timedelta | None = None) -> None:
        """``offset``: it is no zone of a place, but always so far ahead of UTC."""
        self.name = name
        self._zone = ZoneInfo(name) if offset is None else timezone(offset)
        self._hours: dict[str, datetime] = {}

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
            change = "repeats" if early < late else "skips"
            raise Mismatch(
                "time.ambiguous", f"{local}, which a clock change {change} in {self.name}", "a time that exists once"
            )
        return early

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
        raise Mismatch("time.invalid", f"zone {shown(name)}", "an IANA zone such as Asia/Shanghai") from error


OFFSET = "@offset"
"""Under this name the context holds what an item says of its own offset."""
_SECONDS = re.compile(r"[+-]?[0-9]{1,5}")


@lru_cache(maxsize=256)
def _offset(text: str) -> Zone:
    """What an item says is its offset, in seconds.

    Raises:
        Mismatch: ``time.offset``.
    """
    ahead = timedelta(seconds=int(text)) if _SECONDS.fullmatch(text) else None
    if ahead is None or not _WEST <= ahead <= _EAST:
        raise Mismatch("time.offset", shown(text), "seconds between -43200 and +50400")
    return Zone(f"offset {text}", ahead)


def _zone_of(rule: FieldRule) -> Callable[[Context], Zone | None]:
    usual = _stated_zone(rule.zone)
    if rule.offset is None:
        return usual
    return lambda context: _offset(context[OFFSET]) if OFFSET in context else usual(context)


def _stated_zone(given: str | FromContext | None) -> Callable[[Context], Zone | None]:
    if isinstance(given, FromContext):
        by = given.context
        return lambda context: zone(name) if (name := context.get(by)) else None
    return lambda _context: zone(given) if given else None


_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))?"
)
_PLACES = re.compile("YYYY|MM|M|DD|D|hh|h|mm|ss")
_PARTS = {"Y": "year", "M": "month", "D": "day", "h": "hour", "m": "minute", "s": "second"}

Parse = Callable[[str, Zone | None], datetime | None]


def rfc3339(text: str, local: Zone | None = None) -> datetime | None:
    """The UTC instant of an RFC 3339 date-time, ``None`` if it is none; without an offset it is time of ``local``.

    Digits beyond microseconds are cut off.

    Raises:
        Mismatch: ``time.invalid``, ``time.offset`` (outside -12:00 to +14:00) or ``time.ambiguous``.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        return None
    *parts, fraction, utc, sign, hours, minutes = found.groups()
    moment = _moment(text, *map(int, parts), int((fraction or "0").ljust(6, "0")[:6]))
    if utc:
        return moment.replace(tzinfo=UTC)
    if sign is None:
        return _local(text, moment, local)
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
    if int(minutes) > 59 or not _WEST <= ahead <= _EAST:
        raise Mismatch("time.offset", shown(text), "an offset between -12:00 and +14:00")
    return (moment - ahead).replace(tzinfo=UTC)


def _moment(text: str, year: int, *rest: int) -> datetime:
    try:
        if year in _YEARS:
            return datetime(year, *rest)  # type: ignore[arg-type]  # noqa: DTZ001 - local time, its zone follows
    except ValueError:
        pass
    raise Mismatch("time.invalid", shown(text), "a date and time of the calendar, 1900 to 2199")


def _local(text: str, moment: datetime, local: Zone | None) -> datetime:
    if local is None:
        raise Mismatch("time.invalid", f"{shown(text)} without offset", "an offset, or the zone of its source")
    return local.utc(moment)


def _unix(text: str, _local: Zone | None) -> datetime | None:
    # Nine or ten digits: 1973 to 2286; fourteen digits are a date.
    return _EPOCH + timedelta(seconds=int(text)) if _is_number(text) and len(text) in (9, 10) else None


def _zk_moment(text: str) -> datetime:
    """The naive local time of the vendor's count of seconds, in which every month has 31 days."""
    if not _is_number(text) or len(text) > 10:
        raise Mismatch("time.invalid", shown(text), "seconds as ZKTeco counts them")
    days, seconds = divmod(int(text), 86400)
    months, day = divmod(days, 31)
    year, month = divmod(months, 12)
    hour, rest = divmod(seconds, 3600)
    return _moment(text, year + 2000, month + 1, day + 1, hour, *divmod(rest, 60))


def _zk(text: str, local: Zone | None) -> datetime | None:
    return _local(text, _zk_moment(text), local) if _is_number(text) and len(text) <= 10 else None


def _zk_text(_rule: FieldRule) -> Convert:
    return lambda value, _context: _zk_moment(_string(value, "text").strip()).strftime("%Y-%m-%d %H:%M:%S")


def _pattern(pattern: str) -> Callable[[str], datetime | None]:
    """A reader of naive local times: a group of letters stands for exactly that many ASCII digits, one for 1 or 2."""
    expression, end = "", 0
    for place in _PLACES.finditer(pattern):
        between = re.escape(pattern[end : place.start()])
        letters = place.group()
        digits = "1,2" if len(letters) == 1 else f"{len(letters)}"
        expression += f"{between}(?P<{_PARTS[letters[0]]}>[0-9]{{{digits}}})"
        end = place.end()
    shape = re.compile(expression + re.escape(pattern[end:]))

    def parse(text: str) -> datetime | None:
        found = shape.fullmatch(text)
        if found is None:
            return None
        parts = {"hour": 0, "minute": 0, "second": 0, **{name: int(part) for name, part in found.groupdict().items()}}
        return _moment(text, *(parts[name] for name in _PARTS.values()))

    return parse


def _parser(form: str) -> Parse:
    if form == "rfc3339":
        return rfc3339
    if form == "unix":
        return _unix
    if form == "zk":
        return _zk
    read = _pattern(form)

    def parse(text: str, local: Zone | None) -> datetime | None:
        moment = read(text)
        if moment is None:
            return None
        instant = _local(text, moment, local)
        if form == _KEPT_FORM and local is not None:
            local.keep(text, moment)
        return instant

    return parse


def _instant(rule: FieldRule) -> Convert:
    forms = rule.formats or ("rfc3339",)
    parsers = tuple(map(_parser, forms))
    keeps, zone_of = _KEPT_FORM in forms, _zone_of(rule)

    def convert(value: Any, context: Context) -> datetime:
        text = value if type(value) is str else _string(value, "a date and time")
        local = zone_of(context)
        if keeps and local is not None and (kept := local.seen(text)) is not None:
            return kept
        for parse in parsers:
            if (instant := parse(text, local)) is not None:
                return instant
        raise Mismatch("time.invalid", shown(text), f"a date and time: {', '.join(forms)}")

    return convert


def _date_start(rule: FieldRule) -> Convert:
    return _day(rule, timedelta())


def _end_of_day(rule: FieldRule) -> Convert:
    return _day(rule, timedelta(days=1))


def _day(rule: FieldRule, later: timedelta) -> Convert:
    forms = rule.formats or ("YYYY-MM-DD",)
    readers, zone_of = tuple(map(_pattern, forms)), _zone_of(rule)

    def convert(value: Any, context: Context) -> datetime | None:
        text = _string(value, "a date")
        if later and text == _NO_END:
            return None
        local = zone_of(context)
        if local is None:
            raise Mismatch("time.invalid", f"{shown(text)} without a zone", "the zone of its source in the settings")
        for read in readers:
            if (midnight := read(text)) is not None:
                return local.day_begins(midnight + later)
        if (instant := rfc3339(text, local)) is not None:
            return instant
        raise Mismatch("time.invalid", shown(text), f"a date: {', '.join(forms)}")

    return convert


_MAKERS: dict[str, Callable[[FieldRule], Convert]] = {
    "text": _text,
    "trim": _trim,
    "cell": _cell,
    "integer": _integer,
    "digits": _digits,
    "amount": _amount,
    "boolean": _boolean,
    "instant": _instant,
    "date_start": _date_start,
    "end_of_day": _end_of_day,
    "split": _split,
    "before": _before,
    "after": _after,
    "strip_prefix": _strip_prefix,
    "activity": _activity,
    "account": _account,
    "zk_text": _zk_text,
}
