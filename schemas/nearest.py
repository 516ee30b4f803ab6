"""The known name that was probably meant by a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.words import Words

MEANT = "did you mean"


def did_you_mean(name: str, known: Iterable[str]) -> Words:
    """The known name that is nearest to a misspelt one, as a question; empty where none is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return asked_about(repr(near[0])) if near else Words("", "")


def asked_about(written: str) -> Words:
    """The question whether something was meant, as it is written."""
    return Words(f"{MEANT} {written}?", f"是否应为 {written}？")
