"""Stretches of a recording as a platform writes them: seconds of its own clock, from where to where somebody played."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from schemas.words import Words

_SECONDS = r"[0-9]{1,6}(?:\.[0-9]{1,9})?"
_STRETCH = re.compile(rf"({_SECONDS})(?:-|\[\.\])({_SECONDS})")
_BETWEEN = re.compile(r"\[,\]|,")

Stretch = tuple[float, float]
"""From and to, in seconds of the recording."""


def _positive(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,20})?", text) or not float(text):
        raise ValueError(Words("a number of seconds such as 3840 or 3840.5", "秒数，如 3840 或 3840.5"))
    return text


def _not_negative(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,20})?", text):
        raise ValueError(Words("a number of seconds such as 0 or 754.5", "秒数，如 0 或 754.5"))
    return text


Position = Annotated[str, AfterValidator(_not_negative)]
"""A place in a recording in seconds, as ``754.5``."""

Seconds = Annotated[str, AfterValidator(_positive)]
"""A length in seconds as ``3840.5``, more than none."""


def _written(text: str) -> str:
    """The same in one form, whichever was used; stretches without length left out."""
    found = [_STRETCH.fullmatch(each.strip()) for each in _BETWEEN.split(text)] if text.strip() else []
    spans = [(each[1], each[2]) for each in found if each is not None]
    if len(spans) < len(found) or any(float(start) > float(end) for start, end in spans):
        raise ValueError(Words("stretches of seconds such as 0-754.5,760-1200", "以秒表示的时段，如 0-754.5,760-1200"))
    return ",".join(f"{start}-{end}" for start, end in spans if float(start) < float(end))


Stretches = Annotated[str, StringConstraints(max_length=16384), AfterValidator(_written)]
"""Stretches as ``0-754.5,760-1200``; read also as the video profile of xAPI writes them, ``0[.]754.5[,]760[.]1200``."""


def stretches_of(text: str) -> tuple[Stretch, ...]:
    """The stretches of a text in that form, in its order."""
    bounds = (each.split("-") for each in text.split(",") if each)
    return tuple((float(start), float(end)) for start, end in bounds)
