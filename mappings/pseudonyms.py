"""Other words in the place of what may name somebody: as long, of the same signs, the same one for the same word."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

_HAN = (
    "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥东西南北中天地人和山水木火土金日月星"
    "春夏秋冬江河湖海云雨风雪花草林松竹梅兰田石玉"
)
"""Signs that stand for others: all of them in GB2312."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HEXADECIMAL = "abcdef"
_HEXADECIMAL_SIGNS = frozenset("0123456789abcdefABCDEF")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(0*)([0-9]+)")
_SECONDS_DIGITS, _DAY_SECONDS = 10, 86400
_UNIX = re.compile(r"[0-9]{9,10}|[0-9]{12,13}")
_HALF = r"(?:[AaPp][Mm]|上午|下午)"
_CLOCK = rf"{_HALF}?\s*[0-9]{{1,2}}[:时][0-9]{{1,2}}(?:[:分][0-9]{{1,2}})?[分秒]?(?:[.,][0-9]{{1,9}})?\s*{_HALF}?"
_ZONE = r"\s*(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_SMALL = re.compile(r"\s*-?(?:[0-9]{1,3}(?:\.[0-9]{1,3})?%?|[0-9]{1,2}(?::[0-9]{2}){1,2}|[+-][0-9]{1,5})\s*")
_FOR_EVER = "9999"
"""The year of those who mean no end."""
_INSTANTS = (
    re.compile(
        r"\s*(?P<y>[0-9]{4})(?P<a>[-/.年])(?P<m>[0-9]{1,2})(?P<b>[-/.月])(?P<d>[0-9]{1,2})"
        rf"(?P<rest>日?(?:[T\s]*{_CLOCK}{_ZONE})?\s*)"
    ),
    re.compile(
        r"\s*(?P<y>[0-9]{4})(?P<a>)(?P<m>[0-9]{2})(?P<b>)(?P<d>[0-9]{2})"
        rf"(?P<rest>(?:T?[0-9]{{6}}(?:[.,][0-9]{{1,9}})?{_ZONE}|\s+{_CLOCK}{_ZONE})?\s*)"
    ),
)

Replace = Callable[[str], str]


def words_in(text: str) -> list[str]:
    """The runs of letters, digits and Chinese signs in a text."""
    return _WORD.findall(text)


def pseudonyms(key: bytes) -> Replace:
    """What replaces each word of a text; without the key nobody tells which words they were."""

    def replaced(found: re.Match[str]) -> str:
        word = found[0]
        made = (_like_all(word, key, turn) for turn in range(16))
        return next((each for each in made if each != word), "x" * len(word))

    return lambda text: _WORD.sub(replaced, text)


def other_numbers(replace: Replace) -> Replace:
    """What replaces the numbers of a text alone; a zero that leads a number stays."""
    return lambda text: _NUMBER.sub(lambda found: found[1] + replace(found[2]), text)


def _like_all(word: str, key: bytes, turn: int) -> str:
    letters = _HEXADECIMAL if set(word) <= _HEXADECIMAL_SIGNS else _LETTERS
    return "".join(_like(sign, random, letters) for sign, random in zip(word, _randoms(word, key, turn), strict=False))


def _randoms(word: str, key: bytes, turn: int) -> Iterator[int]:
    n = 0
    while True:
        made = hmac.digest(key, f"{turn}/{n}/{word}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        yield from (int.from_bytes(made[at : at + 2], "big") for at in range(0, len(made), 2))
        n += 1


def _like(sign: str, random: int, letters: str) -> str:
    """Another sign of the same kind."""
    if sign.isascii():
        if sign.isdigit():
            return str(1 + random % 9)
        letter = letters[random % len(letters)]
        return letter.upper() if sign.isupper() else letter
    if "０" <= sign <= "９":
        return chr(ord("１") + random % 9)
    return _HAN[random % len(_HAN)]


def small_number(text: str) -> str | None:
    """A number too small to name anybody, or a time of day, as it is: what has bounds is replaced by no other."""
    return text if _SMALL.fullmatch(text) else None


def shifted(days: int) -> Callable[[str], str | None]:
    """What moves a text that is an instant or a day, and nothing else, by days, written as before."""

    def moved(text: str) -> str | None:
        plain = text.strip()
        if _UNIX.fullmatch(plain):
            factor = 1 if len(plain) <= _SECONDS_DIGITS else 1000
            return str(int(plain) + days * _DAY_SECONDS * factor)
        found = next(filter(None, (each.fullmatch(text) for each in _INSTANTS)), None)
        return _moved(text, found, days) if found else None

    return moved


def _moved(text: str, found: re.Match[str], days: int) -> str | None:
    if found["y"] == _FOR_EVER:
        return text
    try:
        at = datetime(int(found["y"]), int(found["m"]), int(found["d"])) + timedelta(days=days)  # noqa: DTZ001 - a day
    except (ValueError, OverflowError):
        return None
    written = f"{at.year:04}{found['a']}{_as(at.month, found['m'])}{found['b']}{_as(at.day, found['d'])}"
    return text[: found.start("y")] + written + found["rest"]


def _as(value: int, before: str) -> str:
    """A part of a date in two digits where the one before had two."""
    return str(value) if len(before) == 1 else f"{value:02}"


def weeks_back(random: int) -> int:
    """By how many days instants are moved: some whole weeks into the past."""
    return -7 * (52 + random % 260)
