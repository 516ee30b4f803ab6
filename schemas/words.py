"""A text in both languages: English as the text itself, Chinese beside it."""

from collections.abc import Sequence
from typing import Self

_SHOWN = 64


class Words(str):
    """An English text that knows how it is said in Chinese."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Self:
        """The two texts of one meaning."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def __format__(self, spec: str) -> str:
        """The text within another: ``f"{words}"`` in English, ``f"{words:zh}"`` in Chinese."""
        return self.zh if spec == "zh" else super().__format__(spec)

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Both texts, for copies."""
        return str(self), self.zh


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


def told(text: str, language: str) -> str:
    """A text in a language; what was written in one language alone (a name, a value) as it is."""
    return text.zh if language == "zh" and isinstance(text, Words) else str(text)
