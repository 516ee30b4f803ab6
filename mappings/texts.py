"""Conversions of text, and of lists of it."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from mappings.mismatch import TEXT, Context, Convert, Mismatch, setting, text_of
from mappings.rules import Details
from schemas.faults import shown
from schemas.words import Words

_LONGEST_LIST = 1_000
_TEXT_OR_NUMBER = Words("text or a number", "文本或数字")
_ACCOUNT_OR_TEXT = Words("an account, or text", "账号或文本")


def _text(_details: Details) -> Convert:
    def convert(value: Any, _context: Context) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return format(value, "f") if isinstance(value, Decimal) else text_of(value, _TEXT_OR_NUMBER)

    return convert


def _trim(_details: Details) -> Convert:
    # Terminals pad with blanks and NUL; anything else inside an identifier is refused later.
    return lambda value, _context: (value if type(value) is str else text_of(value, TEXT)).strip(" \0")


def _cell(_details: Details) -> Convert:
    """An identifier as a cell of a spreadsheet has it: full-width characters are the plain ones."""

    def convert(value: Any, _context: Context) -> str:
        text = unicodedata.normalize("NFKC", text_of(value, TEXT)).strip(" \0")
        if _NO_VALUE.fullmatch(text):
            raise Mismatch(
                "schema.range",
                shown(text),
                Words("a value: the spreadsheet could not work this cell out", "有效值：电子表格未能算出该单元格"),
            )
        if _ROUNDED.fullmatch(text):
            expected = Words(
                "all its digits: a spreadsheet has rounded it; format the column as text and enter it again",
                "完整数字：电子表格已将其舍入，请把该列设为文本后重新录入",
            )
            raise Mismatch("schema.range", shown(text), expected)
        return text

    return convert


_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}|[0-9]+\.0+", re.IGNORECASE)
"""A number as spreadsheets show it: the digits that are missing, or zeros in front of it, are lost."""
_NO_VALUE = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)
"""What stands in a cell whose formula fails."""


def _plain(change: Callable[[str], str]) -> Callable[[Details], Convert]:
    """A conversion that needs no details: what it makes of a text."""
    return lambda _details: lambda value, _context: change(text_of(value, TEXT))


_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}


def _pad(details: Details) -> Convert:
    width, fill = details.width, details.fill
    return lambda value, _context: text_of(value, TEXT).rjust(width, fill)


def _slice(details: Details) -> Convert:
    start, end = details.start, details.end
    return lambda value, _context: text_of(value, TEXT)[start:end]


def _strip_suffix(details: Details) -> Convert:
    return lambda value, _context: text_of(value, TEXT).removesuffix(details.suffix)


def _split(details: Details) -> Convert:
    first, others = details.by[0], details.by[1:]

    def convert(value: Any, _context: Context) -> tuple[str, ...]:
        text = text_of(value, TEXT)
        for other in others:
            text = text.replace(other, first)
        return _short(tuple(filter(None, map(str.strip, text.split(first)))))

    return convert


def _short(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) > _LONGEST_LIST:
        raise Mismatch(
            "schema.range",
            Words(f"a list of {len(values)}", f"{len(values)} 项的列表"),
            Words(f"at most {_LONGEST_LIST}", f"至多 {_LONGEST_LIST}"),
        )
    return values


def _list(_details: Details) -> Convert:
    return lambda value, _context: _short(tuple(value)) if isinstance(value, list | tuple) else (value,)


def _nth(n: int) -> Callable[[Details], Convert]:
    def convert(value: Any, _context: Context) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return value[n] if value else None

    return lambda _details: convert


def _before(details: Details) -> Convert:
    return lambda value, _context: _halves(value, details.by)[0]


def _after(details: Details) -> Convert:
    return lambda value, _context: _halves(value, details.by)[1]


def _halves(value: Any, by: str) -> tuple[str, str]:
    head, found, tail = text_of(value, TEXT).partition(by)
    if not found:
        raise Mismatch(
            "schema.type", shown(value), Words(f"two parts with {by!r} between them", f"以 {by!r} 分隔的两部分")
        )
    return head, tail


def _strip_prefix(details: Details) -> Convert:
    given = details.prefix
    return lambda value, context: text_of(value, TEXT).removeprefix(setting(given, context) or "")


def _activity(details: Details) -> Convert:
    """What an activity of a learning platform is called: without the prefix, and without the number of one attempt."""
    strip = _strip_prefix(details)
    return lambda value, context: _identifier(_ATTEMPT.sub("", strip(value, context)).rstrip("?&"))


ACCOUNT = ("homePage", "name")
"""What an account is: where it is one, and how it is called there."""


def _account(details: Details) -> Convert:
    """Whom an account names: of the own homePage by its name; any other by both, for one name is two people there.

    What is no account stays as it is: another way to name somebody.
    """
    given = details.prefix

    def convert(value: Any, context: Context) -> str:
        if type(value) is not dict:
            return _identifier(text_of(value, _ACCOUNT_OR_TEXT))
        home, name = (text_of(value.get(each), TEXT) for each in ACCOUNT)
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


TEXTS: Mapping[str, Callable[[Details], Convert]] = {
    "text": _text,
    "trim": _trim,
    "cell": _cell,
    "nfc": _plain(lambda text: unicodedata.normalize("NFC", text)),
    "nfkc": _plain(lambda text: unicodedata.normalize("NFKC", text)),
    "half_width": _plain(lambda text: text.translate(_FULL_WIDTH)),
    "upper": _plain(str.upper),
    "lower": _plain(str.lower),
    "pad": _pad,
    "slice": _slice,
    "before": _before,
    "after": _after,
    "strip_prefix": _strip_prefix,
    "strip_suffix": _strip_suffix,
    "sha256": _plain(lambda text: hashlib.sha256(text.encode()).hexdigest()),
    "sha1": _plain(lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()),
    "activity": _activity,
    "account": _account,
}
"""Makers of conversions of a text, or of a list of texts one by one."""
LISTS: Mapping[str, Callable[[Details], Convert]] = {
    "split": _split,
    "list": _list,
    "first": _nth(0),
    "last": _nth(-1),
}
"""Makers of conversions that make a list, or take one as a whole."""
