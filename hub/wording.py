"""How people read a scope and a state, in Chinese and English: one word for each, in mail and in commands."""

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.nearest import did_you_mean
from schemas.words import Words, told

_SCOPES = {
    "none": {"zh": "不得上岗", "en": "none"},
    "supervised": {"zh": "监护下辅助作业", "en": "supervised"},
    "full": {"zh": "正式上岗", "en": "full"},
}
_REQUIREMENTS = {
    "met": {"zh": "达标", "en": "met"},
    "not_met": {"zh": "未达标", "en": "not met"},
    "unknown": {"zh": "待核实", "en": "unknown"},
}
_PRESENCES = {
    "present": {"zh": "开通", "en": "open"},
    "absent": {"zh": "关闭", "en": "closed"},
}
_DELIVERIES = {
    "decided": {"zh": "已决定", "en": "decided"},
    "held": {"zh": "暂缓", "en": "held"},
    "sent": {"zh": "已发送", "en": "sent"},
    "unknown": {"zh": "结果未知", "en": "unknown"},
    "accepted": {"zh": "已受理", "en": "accepted"},
    "confirmed": {"zh": "已核实", "en": "confirmed"},
    "drifted": {"zh": "与决定不符", "en": "drifted"},
    "failed": {"zh": "失败", "en": "failed"},
}

PROVENANCES: Mapping[str, Words] = {
    "issuer_file": Words("a file that its issuer signed", "发证机构签名文件"),
    "push": Words("its issuer's own push", "发证机构推送"),
    "query": Words("a query at its issuer", "向发证机构查询"),
    "two_persons": Words("two people who checked it", "两人核验"),
    "person": Words("one person who entered it", "一人登记"),
    "self": Words("what its holder says", "本人申报"),
}
"""How a credential is known, as people say it: the one place for it."""
_CONNECTORS = {
    "well": {"zh": "正常", "en": "well"},
    "away": {"zh": "无应答", "en": "away"},
    "refused": {"zh": "对端拒绝", "en": "refused"},
    "waiting": {"zh": "有积压", "en": "waiting"},
    "unheard": {"zh": "尚无联系", "en": "not heard yet"},
}

DEVICE_WORDS: Mapping[str, Words] = {
    "pending": Words("pending", "待批准"),
    "approved": Words("approved", "已批准"),
    "rejected": Words("rejected", "已拒绝"),
    "retired": Words("retired", "已停用"),
}
"""How a device stands, as people say it."""


_COUNTED = {
    re.compile(r"(\d+) items: "): r"\1 条：",
    re.compile(r"\blines? ([\d, …-]+\d|\d+)"): r"第 \1 行",
    re.compile(r"\bcolumn (\d+)"): r"第 \1 列",
    re.compile(r"\bbyte (\d+)"): r"第 \1 字节",
}


def place_words(where: str) -> Words:
    """Where something stands in a body: a line and a column are counted, a pointer is as it is written."""
    chinese = where
    for counted, said in _COUNTED.items():
        chinese = counted.sub(said, chinese)
    return Words(where, chinese)


def provenance_word(known_by: str, language: str) -> str:
    """By which way a credential is known, as people say it."""
    return told(PROVENANCES[known_by], language)


def connector_word(state: str, language: str) -> str:
    """How a connector stands, as people say it."""
    return _CONNECTORS[state][language]


def scope_word(scope: str, language: str) -> str:
    """A scope as people call it; one without a word of its own as it is."""
    if scope.startswith("partial"):
        return f"部分权限 {scope[7:]}" if language == "zh" else scope
    return _SCOPES.get(scope, {}).get(language, scope)


def requirement_word(state: str, language: str) -> str:
    """Whether a requirement is met, as people say it."""
    return _REQUIREMENTS[state][language]


def presence_word(presence: str, language: str) -> str:
    """Whether a target is open to a person, as people say it."""
    return _PRESENCES[presence][language]


def delivery_word(state: str, language: str) -> str:
    """How far a target is on its way to being as decided."""
    return _DELIVERIES[state][language]


def printable(text: str) -> str:
    """A text for one line of a terminal: what would move, colour, hide or break it is written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or unicodedata.category(each) == "Zs" else _escaped(each) for each in text
    )


_FORMULA = tuple("=+-@|%\t\r\n\0＝＋－＠")
"""What a spreadsheet may take a cell for a formula by, also as it is written wide."""


def spreadsheet_cell(text: str) -> str:
    """A text for one cell of a table that people open: a spreadsheet finds no formula in it."""
    return f"'{text}" if text.lstrip(" \u3000\xa0").startswith(_FORMULA) else text


def printable_lines(text: str) -> str:
    """A text of several lines, each of them printable."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(character: str) -> str:
    if character.isascii() or character in "\x85\u2028\u2029":
        return character.encode("unicode_escape").decode()
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class PrintableFormatter(logging.Formatter):
    """A line of the process log each record, whatever its values hold; a stack trace keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """The lines of a stack trace."""
        return printable_lines(super().formatException(ei))


def meant(name: str, known: Iterable[str]) -> Words:
    """The known name that is nearest to one that is not known, as the end of a sentence; empty where none is near."""
    near = did_you_mean(name, known)
    return Words(f"; {near}", f"；{near.zh}") if near else near
