"""Derived closures that come in a wave wait for a person; announced ends and issuers' words never do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WAVE = timedelta(minutes=10)
ANNOUNCED_FOR = timedelta(days=30)
WARNED_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Closure:
    """A closure of one person's scope in a post, decided and not yet sent.

    ``explicit``: an issuer's word or a person's block. An end is announced if it has stood unchanged for 30 days and
    a channel accepted a warning 7 days before it.
    """

    ends_at: datetime
    person: str
    position: str
    cause: str
    decided_at: datetime
    explicit: bool = False
    stood_since: datetime | None = None
    warned_at: datetime | None = None

    @property
    def announced(self) -> bool:
        """Whether it is an end that everybody was told of in time."""
        stood = self.stood_since is not None and self.ends_at - self.stood_since >= ANNOUNCED_FOR
        return stood and self.warned_at is not None and self.ends_at - self.warned_at >= WARNED_BEFORE

    @property
    def guarded(self) -> bool:
        """Whether a wave of its kind waits for a person."""
        return not self.explicit and not self.announced


def guard_limit(people: int, holders: int) -> int:
    """How many derived closures of one cause in one post may pass within ten minutes."""
    return min(max(20, people * 5 // 100), max(3, holders * 20 // 100))


def waiting(closures: Collection[Closure], people: int, holders: int) -> tuple[Closure, ...]:
    """The closures of one cause and post that wait: the whole wave, if it is larger than the limit."""
    guarded = sorted((each for each in closures if each.guarded), key=lambda each: (each.decided_at, each.person))
    limit = guard_limit(people, holders)
    held: set[Closure] = set()
    for n, first in enumerate(guarded):
        wave = [each for each in guarded[n:] if each.decided_at - first.decided_at < WAVE]
        if len(wave) > limit:
            held.update(wave)
    return tuple(sorted(held))


def manning_holds(closures: Sequence[Closure], present: int, at_least: int) -> tuple[Closure, ...]:
    """The derived closures that would leave too few in full scope: they wait, the earlier ends close first.

    ``present`` counts who stands in full scope now, these persons included. An announced end does not wait.
    """
    through = sum(1 for each in closures if each.explicit or each.announced)
    free = max(present - through - at_least, 0)
    derived = sorted(each for each in closures if not each.explicit and not each.announced)
    return tuple(derived[free:])
