"""A text in both languages: English as the text itself, Chinese beside it."""

from collections.abc import Sequence
from typing import Self

_SHOWN = 64
_CLAUSES = ("没有", "缺少", "未填写", "未知", "未找到", "无法", "不存在", "不符合", "含有")
"""How a Chinese text begins that says by itself what is found, without a word before it."""
_VERBS = ("写明", "重新", "同时")
_DEMANDS = ("不", "大于", "小于", "早于", "晚于", "与", "在")
"""How one begins that follows "should" at once; one of the latter with 的 in it is a thing, and not a demand."""


class Words(str):
    """An English text that knows how it is said in Chinese: ``f"{words}"`` is English, ``f"{words.zh}"`` Chinese."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Self:
        """The two texts of one meaning."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # str's own takes one text
        """Both texts, for copies."""
        return str(self), self.zh


NOTHING = Words("", "")


def quoted(value: object) -> Words:
    """A value as it is written in a program, cut to 64 characters: the same in both languages."""
    shown = repr(value)
    cut = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return Words(cut, cut)


def named(name: str) -> Words:
    """A name, which is the same in both languages."""
    return Words(name, name)


def joined(texts: Sequence[str], between: Words) -> Words:
    """Texts as one, with something between them."""
    return Words(between.join(texts), between.zh.join(told(each, "zh") for each in texts))


def found_and_should(found: str, expected: str) -> str:
    """What was found and what should be instead, as a Chinese notice says it."""
    said, wanted = told(found, "zh").strip(), told(expected, "zh").strip()
    said = "未填写" if said == "无" else said
    if said == "未填写" and (wanted == "有值" or wanted.startswith("一个值")):
        return f"{said}，应填写{wanted.removeprefix('有值').removeprefix('一个值')}".removesuffix("，应填写")
    stated = said if said.startswith(_CLAUSES) and "的" not in said else f"现为{apart(said)}"
    return f"{stated}，{should_be(wanted)}"


def unlike(found: str, expected: str) -> Words:
    """What was found, and what was expected in its place."""
    return Words(f"found {found}, expected {expected}", found_and_should(found, expected))


def parted(said: Words) -> tuple[Words, Words]:
    """What a sentence (``found X, expected Y``) says was found and what was expected: nothing where it says none."""
    found, _comma, expected = said.removeprefix("found ").partition(", expected ")
    zh, _comma, should = said.zh.removeprefix("现为").strip().partition("，应")
    return Words(found, zh), Words(expected, should.removeprefix("为").strip()) if expected and should else NOTHING


def should_be(expected: str) -> str:
    """What something should be, as a Chinese notice says it."""
    wanted = told(expected, "zh").strip()
    demands = wanted.startswith(_VERBS) or (wanted.startswith(_DEMANDS) and "的" not in wanted)
    return f"应{wanted}" if demands else f"应为{apart(wanted)}"


def apart(text: str) -> str:
    """A Chinese text behind another: a blank stands between that and Latin letters alone."""
    return f" {text}" if text[:1].isascii() else text


def number_of(number: int, one: str, many: str = "") -> str:
    """A number and what it counts, as English says it: ``1 case``, ``2 cases``; ``many`` where an s is not all."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def told(text: str, language: str) -> str:
    """A text in a language; what was written in one language alone (a name, a value) as it is."""
    return text.zh if language == "zh" and isinstance(text, Words) else str(text)
