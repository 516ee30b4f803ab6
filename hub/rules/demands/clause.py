"""A clause: one requirement of a position, judged over a period, with its state at every instant."""

from datetime import datetime
from typing import Protocol

from hub.rules.timeline import Timeline
from hub.rules.values import Period, State, Verdict


class Judged(Protocol):
    """A requirement over one period: its state as a timeline, and its verdict with figures at any instant.

    Both are progress: what was over by the instant. After the end of the period nothing is added.
    """

    @property
    def states(self) -> Timeline[State]:
        """The state at every instant."""

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant, spelt out."""


class Clause(Protocol):
    """A requirement that can be judged over any period."""

    @property
    def name(self) -> str:
        """The requirement's name in its position."""

    def over(self, period: Period) -> Judged:
        """The requirement over one period."""


STATES: tuple[State, ...] = ("not_met", "unknown", "met")


def worst(one: State, other: State) -> State:
    """What two needs come to that must both be met."""
    return min(one, other, key=STATES.index)


def best(one: State, other: State) -> State:
    """What two ways come to of which one is enough."""
    return max(one, other, key=STATES.index)
