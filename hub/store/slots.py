"""Where the punches of one time and person lie together, so that they are found without an index of their own.

Punches are the mass. An index by person would have each of them touch a page of its own; the index that keeps them
unique begins with the time instead, and a question about a person and a session asks for each slot of that session.
"""

from collections.abc import Iterable, Iterator

NO_SLOT = 0
"""The slot of facts that are found by their sender's id or by their subject."""

_SLOT_US = 240_000_000
_PERSON_BITS = 32


def slot(token: str, at_us: int) -> int:
    """The slot of what a subject (random token) did at an instant in stored microseconds: a signed 64-bit number."""
    return (at_us // _SLOT_US << _PERSON_BITS) | int(token[: _PERSON_BITS // 4], 16)


def slots(tokens: Iterable[str], from_us: int, until_us: int) -> Iterator[int]:
    """All slots of these subjects between two instants, both inclusive; other subjects may share one."""
    for token in tokens:
        yield from range(slot(token, from_us), slot(token, until_us) + 1, 1 << _PERSON_BITS)
