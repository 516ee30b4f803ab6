"""What a model expects of a value, said for people in both languages: never in the words of the library that checks."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from schemas.words import Words

_WHOLE = Words("a whole number", "整数")
_NUMBER = Words("a number", "数字")
_TEXT = Words('a text in quotes, as "…"', '加引号的文字，如 "…"')
_TABLE = Words("a table of settings", "一组设置（表）")
_LIST = Words('a list, as ["…", "…"]', '列表，如 ["…", "…"]')
_DAY = Words("a day such as 2026-02-16", "日期，如 2026-02-16")
_INSTANT = Words(
    "an instant with its offset, such as 2026-02-16T09:00:00+08:00", "带时区的时刻，如 2026-02-16T09:00:00+08:00"
)
_CLOCK = Words("a time of day such as 08:30", "时刻，如 08:30")
_SWITCH = Words("true or false", "true 或 false")
_LENGTH = Words("a number of seconds", "秒数")
_OTHER = Words("a value of another kind", "其他类型的值")

_KINDS: Mapping[str, Words] = {
    "missing": Words("a value", "一个值"),
    "extra_forbidden": Words("one of those that are known here", "此处可用的设置名"),
    "int": _WHOLE,
    "float": _NUMBER,
    "decimal": _NUMBER,
    "finite": _NUMBER,
    "string": _TEXT,
    "bool": _SWITCH,
    "dict": _TABLE,
    "mapping": _TABLE,
    "model": _TABLE,
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "frozen": _LIST,
    "date": _DAY,
    "datetime": _INSTANT,
    "timezone": _INSTANT,
    "time": _CLOCK,
    "timedelta": Words("a length of time", "时长"),
    "path": Words('a path in quotes, as "keys/name.pem"', '加引号的路径，如 "keys/name.pem"'),
    "bytes": _TEXT,
    "none": Words("nothing", "不填写"),
}
"""By how the name of a kind of refusal begins."""

SECONDS = Words('a number of seconds in quotes, as "60 seconds"', '加英文引号的秒数，如 "60 seconds"')
"""What an interval of ``licet.toml`` is."""
ZONE = Words("the name of a time zone such as Asia/Shanghai", "时区名称，如 Asia/Shanghai")
"""What a zone is."""
_PATTERNS: Mapping[str, Words] = {
    r"^[!-~][ -~]{0,127}$": Words("printable ASCII, such as application/json", "可打印 ASCII，如 application/json"),
    r"^(/[^/]*)*$": Words("a JSON pointer, such as /data/list", "JSON 指针，如 /data/list"),
    r"^https?://[^?#\s\\@]+$": Words(
        "an address that begins with https:// and has no query", "以 https:// 开头且不带查询参数的地址"
    ),
    r"^(?:https?://[^?#\s\\@/]+(?:/[^?#\s\\@]*)?)?$": Words(
        "an address that begins with https:// and has no query, such as https://hub.example.cn, or nothing",
        "以 https:// 开头的完整地址（不带查询参数），如 https://hub.example.cn，或留空",
    ),
    r"^(?:[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]?)$": Words(
        "the name or address of a host alone, such as mail.example.cn; a port stands in `port`",
        "主机名或 IP 地址（不含协议；端口另填于 `port`），如 mail.example.cn",
    ),
    r"^[!-~]{1,512}$": Words("1 to 512 ASCII characters without blanks", "1 至 512 个不含空格的 ASCII 字符"),
    r"^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+)?$": Words(
        "an address (IRI) with its scheme, such as https://lms.example.cn, or nothing",
        "带协议的地址（IRI），如 https://lms.example.cn，或留空",
    ),
    r"^(/[^?#\s]*)?$": Words("a path that begins with / and has no query", "以 / 开头且不带查询参数的路径"),
    r"^[A-Za-z0-9-]{1,64}$": Words("1 to 64 letters, digits and hyphens", "1 至 64 个字母、数字或连字符"),
    r"^[a-z0-9.-]{1,64}$": Words(
        "1 to 64 small letters, digits, dots and hyphens", "1 至 64 个小写字母、数字、点或连字符"
    ),
    r"^[A-Za-z0-9_.-]{1,64}$": Words(
        "1 to 64 letters, digits, dots, hyphens and underscores", "1 至 64 个字母、数字、点、连字符或下划线"
    ),
    r"^[A-Za-z0-9._-]{1,64}$": Words(
        "1 to 64 letters, digits, dots, hyphens and underscores", "1 至 64 个字母、数字、点、连字符或下划线"
    ),
    r"^[A-Za-z0-9_.-]{0,64}$": Words("the name of an instance, or nothing", "连接器实例名，或留空"),
    r"^(?:[a-z]+/[a-z0-9_]{1,64})?$": Words(
        "world/name of a mapping, such as attendance/zkteco_push", "映射名，如 attendance/zkteco_push"
    ),
    r"^(?:[a-z0-9][a-z0-9_-]{0,63})?$": Words(
        "1 to 64 small letters, digits, hyphens and underscores, or nothing",
        "1 至 64 个小写字母、数字、连字符或下划线，或留空",
    ),
    r"^[1-9][0-9]{0,5} seconds$": SECONDS,
    r"^[!-;=?A-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,253}$": Words(
        "an address of mail such as ops@example.cn", "邮箱地址，如 ops@example.cn"
    ),
    r"^(?:[!-;=?A-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,253})?$": Words(
        "an address of mail such as hr@example.cn, or nothing", "邮箱地址，如 hr@example.cn，或留空"
    ),
    r"^(none|supervised|partial\([1-9]\)|full)$": Words(
        "none, supervised, partial(1) to partial(9), or full", "none、supervised、partial(1) 至 partial(9) 或 full"
    ),
    r"^(hub|authority|qms:[^\s]+)$": Words("hub, authority or qms:NAME", "hub、authority 或 qms:名称"),
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": Words("month and day, such as 12-31", "月和日，如 12-31"),
    r"^[A-Za-z0-9-]*$": Words("letters, digits and hyphens", "字母、数字和连字符"),
    r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?$": Words(
        "https://HOST[:PORT] without a path", "https://主机[:端口]，不带路径"
    ),
    r"^[!-~]{1,128}$": Words("1 to 128 ASCII characters without blanks", "1 至 128 个不含空格的 ASCII 字符"),
    r"^[a-z0-9-]{1,64}$": Words("the name of a header in small letters, such as x-site", "小写的请求头名称，如 x-site"),
    r"^[^/\\]{1,128}$": Words(
        "a pattern of file names, such as *.xml, without a folder", "文件名模式，如 *.xml，不含文件夹"
    ),
    r"^[^/\\]{1,16}$": Words("the end of a file name, such as .part", "文件名后缀，如 .part"),
    r"^[^/\\]*$": Words("the name of a file without a folder, or nothing", "不含文件夹的文件名，或留空"),
    r"^[0-9A-Fa-f]{64}$": Words(
        "64 hexadecimal digits, as sha256sum prints them", "64 位十六进制数，即 sha256sum 的输出"
    ),
    r"^(/([^~/]|~[01])*)+$": Words("a JSON pointer, such as /user/id", "JSON 指针，如 /user/id"),
    r"^((/([^~/]|~[01])*)+|\.|#|\.\.(/\.\.)*((/([^~/]|~[01])*)+|/#)?)$": Words(
        "a place, such as /user/id, ../name, . or #", "位置，如 /user/id、../name、. 或 #"
    ),
    r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$": Words(
        "a name of letters, digits, dots, hyphens and underscores", "由字母、数字、点、连字符和下划线组成的名称"
    ),
    r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$": Words("the name of a header, such as X-Site", "请求头名称，如 X-Site"),
    r"^[a-z]+\.[A-Z][A-Za-z]+$": Words("a record, such as attendance.Punch", "记录，如 attendance.Punch"),
    r"^[^:\x00-\x1f\x7f]+$": Words("a name without a colon", "不含冒号的名称"),
    r"^[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\p{Z}]+$": Words(
        "1 to 128 characters without blanks", "1 至 128 个不含空格的字符"
    ),
}
"""Every shape that a setting or a position file demands of a text."""


def expected(error: ErrorDetails) -> Words:
    """What was expected where a model refused, in both languages."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        raised = context["error"].args[0] if context["error"].args else ""
        return raised if isinstance(raised, Words) else _OTHER
    if kind == "string_pattern_mismatch":
        return of_pattern(context["pattern"])
    return _of_context(kind, context) or _of_kind(kind)


def of_pattern(pattern: str) -> Words:
    """A shape of a text in words; one that has none is shown as it is."""
    return _PATTERNS.get(pattern) or Words(f"a text of the shape {pattern}", f"符合格式 {pattern} 的文字")


def has_words(pattern: str) -> bool:
    """Whether a shape of a text is said in words."""
    return pattern in _PATTERNS


def choices(error: ErrorDetails) -> list[str]:
    """What could stand in the place of a value that is none of a few."""
    if error["type"] == "string_pattern_mismatch":
        return re.findall(r"(?<=[(|])[a-z]{3,}(?=[)|])", error["ctx"]["pattern"])
    return re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))


def _of_context(kind: str, context: Mapping[str, Any]) -> Words | None:
    """What stands with the refusal itself: bounds, lengths, choices."""
    for name, (en, zh) in _BOUNDS.items():
        if name in context:
            bound = f"{context[name]:g}" if isinstance(context[name], float) else context[name]
            return Words(f"{en} {bound}", f"{zh} {bound}")
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        told = str(context.get("expected", context.get("expected_tags", "")))
        return Words(told, told.replace(" or ", " 或 ").replace(", ", "、"))
    for name, (en, zh) in (_LENGTHS_OF_TEXT if kind.startswith("string") else _LENGTHS).items():
        if name in context:
            return Words(en.format(context[name]), zh.format(context[name]))
    return None


_BOUNDS = {
    "ge": ("at least", "不小于"),
    "gt": ("more than", "大于"),
    "le": ("at most", "不大于"),
    "lt": ("less than", "小于"),
}
_LENGTHS_OF_TEXT = {
    "min_length": ("a text of {0} or more characters", "至少 {0} 个字符"),
    "max_length": ("a text of {0} or fewer characters", "至多 {0} 个字符"),
}
_LENGTHS = {
    "min_length": ("{0} or more of them", "至少 {0} 个"),
    "max_length": ("{0} or fewer of them", "至多 {0} 个"),
}


def _of_kind(kind: str) -> Words:
    exact = _KINDS.get(kind) or _KINDS.get(kind.removesuffix("_type").removesuffix("_parsing"))
    if exact:
        return exact
    return _KINDS.get(kind.partition("_")[0], _OTHER)
