"""The known name that was probably meant by a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.words import Words

MEANT = "did you mean"
_NEAR, _NEAR_WITH_DIGITS = 0.6, 0.75
"""How alike a name is that was probably meant: numbers are half alike by chance, and another one is somebody else."""


def did_you_mean(name: str, known: Iterable[str]) -> Words:
    """The known name that is nearest to a misspelt one, as a question; empty where none is near."""
    cutoff = _NEAR_WITH_DIGITS if any(map(str.isdigit, name)) else _NEAR
    near = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return asked_about(repr(near[0])) if near else Words("", "")


def asked_about(written: str) -> Words:
    """The question whether something was meant, as it is written."""
    return Words(f"{MEANT} {written}?", f"是否应为 {written}？")
