"""The closed lists of the mapping language: its conversions and the formats of time, each with what it does."""

import re
from typing import Literal

Conversion = Literal[
    "text",
    "trim",
    "cell",
    "nfc",
    "nfkc",
    "half_width",
    "upper",
    "lower",
    "pad",
    "slice",
    "before",
    "after",
    "strip_prefix",
    "strip_suffix",
    "sha256",
    "sha1",
    "integer",
    "digits",
    "amount",
    "duration",
    "boolean",
    "instant",
    "date_start",
    "end_of_day",
    "split",
    "list",
    "first",
    "last",
    "activity",
    "account",
    "zk_text",
]

CONVERSIONS: dict[Conversion, str] = {
    "text": "a number as text",
    "trim": "without blanks and NUL at both ends",
    "cell": "an identifier of a spreadsheet: full-width characters plain, trimmed; a rounded number is refused",
    "nfc": "Unicode NFC",
    "nfkc": "Unicode NFKC: compatibility characters become plain ones",
    "half_width": "full-width ASCII becomes plain; nothing else changes",
    "upper": "capital letters",
    "lower": "small letters",
    "pad": "filled on the left with `fill` to `width` characters",
    "slice": "the characters from `start` up to `end`",
    "before": "what stands before the first `by`",
    "after": "what stands after the first `by`",
    "strip_prefix": "without `prefix`, if it begins so",
    "strip_suffix": "without `suffix`, if it ends so",
    "sha256": "SHA-256 of the text in UTF-8, in hexadecimal",
    "sha1": "SHA-1 likewise, for systems that name people by it; it proves nothing",
    "integer": "a whole number: -12, 0, 12; as JSON writes it",
    "digits": "up to 18 digits as a whole number, leading zeros allowed",
    "amount": "a number, or numbers with `units`, times `times`: a whole number that is not negative",
    "duration": "seconds of PT1H30M, 1:30:00, 90 min, 1小时30分, or of the `units` that are stated (学时)",
    "boolean": "true, 1, yes, 是 and false, 0, no, 否",
    "instant": "an instant by `formats`; local time needs `zone`; a date alone is none",
    "date_start": "when a day begins in `zone`",
    "end_of_day": "when a day ends in `zone`; 9999-12-31 is no end",
    "split": "a list of the texts between characters of `by`",
    "list": "one value as a list of one; a list stays",
    "first": "the first of a list",
    "last": "the last of a list",
    "activity": "an xAPI activity without `prefix` and the number of an attempt",
    "account": "an xAPI account: by its name under the own homePage (`prefix`), else by both",
    "zk_text": "seconds as ZKTeco counts them, as local time in text",
}
"""Every conversion and what it gives. Of a list each element is converted, but for split, list, first and last."""

_OTHER_NAMES: dict[Conversion, str] = {
    "text": "string str varchar char 文本 字符串",
    "trim": "strip 去空格",
    "upper": "uppercase toupper 大写",
    "lower": "lowercase tolower 小写",
    "half_width": "halfwidth 半角",
    "pad": "zfill lpad 补零",
    "slice": "substring substr 截取",
    "integer": "int long number bigint 整数 数字",
    "amount": "float double decimal numeric 小数 金额",
    "duration": "seconds minutes hours timedelta 时长",
    "boolean": "bool bit 布尔",
    "instant": "datetime timestamp time unix unix_ms rfc3339 iso8601 时间 时刻 时间戳",
    "date_start": "date day start_of_day day_start 日期",
    "end_of_day": "date_end day_end 截止日期",
    "list": "array 列表 数组",
}
"""What conversions are called in other languages of mappings, and in Chinese."""
ALSO_CALLED = {other: usual for usual, others in _OTHER_NAMES.items() for other in others.split()}

NEEDS: dict[str, tuple[str, ...]] = {
    "date_start": ("zone",),
    "end_of_day": ("zone",),
    "split": ("by",),
    "before": ("by",),
    "after": ("by",),
    "strip_prefix": ("prefix",),
    "activity": ("prefix",),
    "account": ("prefix",),
    "strip_suffix": ("suffix",),
    "pad": ("width",),
}
"""The details without which a conversion cannot be."""

FORMATS: dict[str, str] = {
    "rfc3339": "2026-03-02T08:00:00+08:00, with Z or an offset; without one it is local time of `zone`",
    "iso8601": "the same with offsets such as +08 and +0800 too, and seconds or minutes left out",
    "unix": "seconds since 1970, 9 or 10 digits or a number",
    "unix_ms": "milliseconds since 1970, 12 or 13 digits or a number",
    "zk": "seconds as ZKTeco counts them, local time",
    "excel": "days since 1899-12-30 with a fraction, as spreadsheets keep local time; to the second",
}
PLACES: dict[str, str] = {
    "YYYY": "year",
    "MM": "month",
    "M": "month, one or two digits",
    "DD": "day",
    "D": "day, one or two digits",
    "hh": "hour",
    "h": "hour, one or two digits",
    "mm": "minute",
    "m": "minute, one or two digits",
    "ss": "second",
    "s": "second, one or two digits",
    "SSS": "fraction of a second, one to nine digits",
    "A": "AM, PM, 上午 or 下午: the hour is of twelve",
    "Z": "Z, +08, +0800 or +08:00",
}
"""What stands for what in a pattern of a time; any other letter but T is refused, everything else stands for itself."""

PLACE = re.compile("YYYY|MM|M|DD|D|hh|h|mm|m|SSS|ss|s|A|Z")


def is_format(form: str) -> bool:
    """Whether a text is a named format, or a pattern with a whole date."""
    if form in FORMATS:
        return True
    rest = PLACE.sub("", form)
    return _has_date(form) and not any(each.isascii() and each.isalpha() and each != "T" for each in rest)


def has_hours(form: str) -> bool:
    """Whether a format tells an instant, and no date alone."""
    return form in FORMATS or any(each[0] == "h" for each in PLACE.findall(form))


def _has_date(form: str) -> bool:
    places = PLACE.findall(form)
    kinds = ["month" if each in ("MM", "M") else "minute" if each in ("mm", "m") else each[0] for each in places]
    return {"Y", "month", "D"} <= set(kinds) and len(set(kinds)) == len(kinds)
