"""Seconds of attendance added up: credited, counted of required, and open."""

from collections.abc import Iterable
from typing import NamedTuple


class Tally(NamedTuple):
    """Seconds: ``credited`` for the hours, ``counted`` of ``required`` for the rate, ``open`` that cannot be told."""

    credited: int = 0
    counted: int = 0
    required: int = 0
    open: int = 0


NOTHING = Tally()


def plus(one: Tally, other: Tally) -> Tally:
    """Both together."""
    return Tally(one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


def minus(one: Tally, other: Tally) -> Tally:
    """One without the other."""
    return Tally(one[0] - other[0], one[1] - other[1], one[2] - other[2], one[3] - other[3])


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    found = NOTHING
    for each in tallies:
        found = plus(found, each)
    return found
