"""What an issuer's own word closes: targets whose grant rests on a number that was suspended or revoked.

It needs neither a rule nor a mode: each grant remembers the numbers it rests on. A post in observe, or one whose file
is gone, keeps nothing open that an issuer closed; but nothing closes because a file is gone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.access.resting import read_ways
from hub.access.wanted import WantedTarget
from hub.decision.words import IssuersWords
from hub.rules.values import HeldNumber
from hub.store.tables.access import DesiredRow

Place = tuple[str, str]
"""A sink and a target there."""


class Ground:
    """A target that is, or was, granted, and what that rests on by the last words of the issuers.

    ``opened``: by the hub, and not seen closed since; what a post in observe only would open is not.
    """

    def __init__(self, row: DesiredRow, words: IssuersWords) -> None:
        self.row = row
        self.opened = _opened(row)
        self.positions = tuple(row.positions.split(","))
        self._words = words
        self._withdrawn: dict[datetime, bool] = {}
        self._credentials: dict[datetime, set[str]] = {}
        self._ways = read_ways(row.rests_on) if row.rests_on else ()

    def stands(self, now: datetime) -> bool:
        """Whether it rests on no credential, or one of its ways stands at an instant."""
        holds = self._words.holds
        ways = (all(any(holds(held, now) for held in alternatives) for alternatives in way) for way in self._ways)
        return not self._ways or any(ways)

    def withdrawn(self, now: datetime) -> bool:
        """Whether no way stands at an instant, after an issuer suspended or revoked a number that it rests on."""
        if now not in self._withdrawn:  # asked for its closing, its reason and its evidence
            numbers = self._numbers()
            self._withdrawn[now] = not self.stands(now) and any(self._words.withdrawn(held, now) for held in numbers)
        return self._withdrawn[now]

    def ends(self, now: datetime) -> list[datetime]:
        """The instants ahead at which a number that it rests on ends."""
        untils = (self._words.until(held) for held in self._numbers())
        return [until for until in untils if until is not None and until > now]

    def credentials(self, now: datetime) -> set[str]:
        """The credentials of which a number was withdrawn, or all it rests on where none was."""
        if now not in self._credentials:  # asked for its reason and its evidence
            held = list(self._numbers())
            withdrawn = {each.credential for each in held if self._words.withdrawn(each, now)}
            self._credentials[now] = withdrawn or {each.credential for each in held}
        return self._credentials[now]

    def evidence(self, now: datetime) -> list[str]:
        """The facts that say so, by id."""
        return self._words.about(self.credentials(now))

    def reason(self, now: datetime) -> str:
        """Why it stands no more, in one word."""
        return "withdrawn" if self.withdrawn(now) else "ended"

    @property
    def place(self) -> Place:
        """Sink and target."""
        return self.row.sink, self.row.target

    def closed(self, *, explicit: bool) -> WantedTarget:
        """The target as it is wanted when it no longer stands."""
        return WantedTarget(self.row.sink, self.row.target, "absent", explicit, self.positions, self.opened)

    def is_news(self, closed: WantedTarget) -> bool:
        """Whether it was not yet closed so."""
        return self.row.wanted == "present" or (closed.explicit and not self.row.explicit)

    def is_of(self, posts: Collection[str]) -> bool:
        """Whether all posts that granted it are among these."""
        return all(each in posts for each in self.positions)

    def _numbers(self) -> Iterable[HeldNumber]:
        return (held for way in self._ways for alternatives in way for held in alternatives)


def grounds(rows: Iterable[DesiredRow], words: IssuersWords) -> list[Ground]:
    """What each target of a person rests on."""
    return [Ground(row, words) for row in rows]


def _opened(row: DesiredRow) -> bool:
    if row.wanted == "absent" and row.state == "confirmed":
        return False
    # What a post in observe took over is in observe, but it was delivered, or seen open, while one was enforced.
    return row.mode == "enforce" or row.state != "decided" or row.observed == "present"


@dataclass(frozen=True, slots=True)
class Closings:
    """What closes whatever the standings want, and what stays as it is because nobody knows its post."""

    closed: Mapping[Place, WantedTarget]
    left: Collection[Place]

    def over(self, wanted: Iterable[WantedTarget]) -> list[WantedTarget]:
        """What is wanted, with these closings."""
        kept = (target for target in wanted if (target.sink, target.target) not in {*self.closed, *self.left})
        return [*kept, *self.closed.values()]

    def news(self, targets: Iterable[Ground]) -> list[Ground]:
        """The targets that close only now."""
        return [each for each in targets if each.place in self.closed and each.is_news(self.closed[each.place])]


def closings(
    targets: Iterable[Ground], wanted: Iterable[WantedTarget], posts: Collection[str], now: datetime
) -> Closings:
    """What issuers closed whatever the standings want, but for targets that a standing grants.

    A target of a post whose file is gone (it is not among ``posts``) is left as it is, until its issuer closes it or
    what it rests on ends.
    """
    granted = {(target.sink, target.target) for target in wanted if target.wanted == "present"}
    closed: dict[Place, WantedTarget] = {}
    left: set[Place] = set()
    for ground in targets:
        if not ground.opened or ground.place in granted:
            continue
        if ground.withdrawn(now):
            closed[ground.place] = ground.closed(explicit=True)
        elif ground.row.wanted == "present" and not ground.is_of(posts):
            if ground.stands(now):
                left.add(ground.place)
            else:
                closed[ground.place] = ground.closed(explicit=False)
    return Closings(closed, left)


def next_ends(targets: Iterable[Ground], posts: Collection[str], now: datetime) -> list[datetime]:
    """When something of a post whose file is gone ends: no standing asks for that look."""
    return [end for ground in targets if ground.opened and not ground.is_of(posts) for end in ground.ends(now)]
