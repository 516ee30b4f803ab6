"""The single values of xAPI 1.0.3: ids, addresses, language tags, times (Data 2.4.1, 2.4.2.3, 4.2 to 4.6)."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.learning.xapi_push.shapes import Check, fits, mapped
from schemas.words import Words

_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>"]{1,2048}')
_MBOX = re.compile(r"mailto:[^\s@]{1,64}@[^\s@]{1,255}")
_SHA1 = re.compile(r"(?i)[0-9a-f]{40}")
_LANGUAGE = re.compile(r"(?i)(?:[a-z]{2,8}|[ix](?=[-_]))(?:[-_][a-z0-9]{1,8})*")
"""A tag of RFC 5646, by the lengths of its parts; Moodle writes ``zh_cn``."""
_MEDIA_TYPE = re.compile(r"[^\s/;]{1,127}/[^\s/;]{1,127}(?:\s*;[^\x00-\x1f]*)?")
_SHA2 = re.compile(r"(?i)(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})")
_VERSIONS = re.compile(r"1\.0(?:\.[0-9]{1,3})?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_BARE_OFFSET = re.compile(r"(?<=[0-9])([+-][0-9]{2})([0-9]{2})?\Z")
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)
_LAST_FRACTION = re.compile(r"(?<=[0-9])[.,][0-9]+(?=[YMDHSW]\Z)")


def is_uuid(value: Any) -> bool:
    """Whether it is a UUID in the usual spelling."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_iri(value: Any) -> bool:
    """Whether it is an IRI with its scheme."""
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def is_version(value: Any) -> bool:
    """Whether it is a version 1.0.x."""
    return isinstance(value, str) and _VERSIONS.fullmatch(value) is not None


def is_number(value: Any) -> bool:
    """Whether it is a number."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def plain_instant(text: str) -> str:
    """A timestamp with its offset as RFC 3339 has it: ``+0800`` and ``+08`` are ISO 8601 too."""
    date, separator, clock = text.partition(text[10])
    found = _BARE_OFFSET.search(clock)
    if found is None:
        return text
    return f"{date}{separator}{clock[: found.start()]}{found[1]}:{found[2] or '00'}"


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        return False
    try:
        return bool(datetime.fromisoformat(plain_instant(value).upper()))
    except ValueError:
        return False


def _is_duration(value: Any) -> bool:
    # Only the smallest part may have a fraction (ISO 8601).
    return isinstance(value, str) and _DURATION.fullmatch(_LAST_FRACTION.sub("", value)) is not None


def _is_language(value: Any) -> bool:
    return isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None


def _matches(pattern: re.Pattern[str], expected: Words) -> Check:
    return fits(lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None, expected)


text = fits(lambda value: isinstance(value, str), Words("text", "文字"))
name = fits(lambda value: isinstance(value, str) and bool(value), Words("text that is not empty", "非空文字"))
truth = fits(lambda value: isinstance(value, bool), Words("true or false", "true 或 false"))
number = fits(is_number, Words("a number", "数字"))
length = fits(
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0, Words("a whole number", "整数")
)
uuid = fits(is_uuid, Words("a UUID", "UUID"))
iri = fits(is_iri, Words("an IRI", "IRI"))
instant = fits(_is_instant, Words("an RFC 3339 date-time", "RFC 3339 日期时间"))
duration = fits(_is_duration, Words("an ISO 8601 duration such as PT1H30M", "ISO 8601 时长，如 PT1H30M"))
version = fits(is_version, Words("1.0.x", "1.0.x"))
language = fits(_is_language, Words("a language tag (RFC 5646)", "语言标签（RFC 5646）"))
mbox = _matches(_MBOX, Words("mailto: and an address", "mailto: 加邮箱地址"))
sha1 = _matches(_SHA1, Words("40 hex digits", "40 位十六进制数字"))
sha2 = _matches(_SHA2, Words("a SHA-2 digest in hex", "十六进制的 SHA-2 摘要"))
media_type = _matches(_MEDIA_TYPE, Words("a media type", "媒体类型"))
language_map = mapped(
    _is_language,
    Words("a language tag (RFC 5646)", "语言标签（RFC 5646）"),
    text,
    Words("texts by language tag", "以语言标签为名的文字"),
)
extensions = mapped(
    is_iri,
    Words("an IRI", "IRI"),
    lambda _value, _where: None,
    Words("an object whose names are IRIs", "以 IRI 为名的对象"),
)
