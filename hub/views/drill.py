"""What it would take if an issuer withdrew all its credentials at once: which doors close, how long that takes them,
and how many are left in each post. Nothing is withdrawn."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import orjson
from pydantic import TypeAdapter

from hub.access.gate import Gates
from hub.access.resting import read_ways
from hub.access.sinks import Sink
from hub.clock import Clock
from hub.rules.values import Alternatives, HeldNumber, RestsOn
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import access, review
from hub.store.tables.access import DesiredRow
from hub.store.tables.review import StandingRow
from hub.wording import meant
from schemas.errors import CallError, LicetError
from schemas.position import Position
from schemas.words import Words

REQUESTS = 3
"""A look, the change, and the look that confirms it."""
PROBES = 5
"""So many questions say how fast a sink answers."""
_RESTS_ON = TypeAdapter(tuple[RestsOn, ...])
_Target = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SinkLoad:
    """What one sink would have to do. ``longest`` is how many of it concern one target: those follow each other.

    ``seconds`` is how long it takes at the speed at which the sink answers now; none where it does not, which ``code``
    says.
    """

    sink: str
    closings: int
    longest: int
    seconds: float | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class PostManning:
    """How many stand in full scope at a post, how many would, and how many must."""

    position: str
    now: int
    after: int
    at_least: int

    @property
    def is_short(self) -> bool:
        """Whether too few would be left."""
        return self.after < min(self.at_least, self.now) or (self.after == 0 < self.now)


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a withdrawal would come to. ``people`` lose at least one door or scope, of ``of``."""

    issuer: str
    credentials: tuple[str, ...]
    numbers: int
    people: int
    of: int
    sinks: tuple[SinkLoad, ...]
    posts: tuple[PostManning, ...]

    @property
    def short(self) -> tuple[PostManning, ...]:
        """The posts that would have too few, or nobody."""
        return tuple(each for each in self.posts if each.is_short)

    def json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {**asdict(self), "posts": [{**asdict(each), "short": each.is_short} for each in self.posts]}


class Drill:
    """Tries a withdrawal on what is known; reads, and asks the sinks whether they answer."""

    def __init__(
        self, database: Database, positions: Mapping[str, Position], sinks: Mapping[str, Sink], clock: Clock
    ) -> None:
        self._database = database
        self._positions = positions
        self._sinks = sinks
        self._clock = clock

    def revoke(self, issuer: str, *, progress: Callable[[int, int], None] | None = None) -> Drilled:
        """What follows where this issuer withdraws everything.

        Raises:
            CallError: No position has a credential of this issuer.
        """
        names = self._names(issuer)
        closings, numbers, before, lost = Counter[_Target](), set[HeldNumber](), Counter[str](), Counter[str]()
        concerned = 0
        with self._database.reading() as session:
            people = sorted(row.person for row in session.all(review.holders, {}))
            for done, person in enumerate(people, 1):
                targets = list(_closing(person, names, session))
                standings = session.all(review.standings_of, {"person": person})
                losing = [each.position for each in standings if _loses_full(each, names)]
                numbers.update(held for each in standings for held in _numbers(each) if held.credential in names)
                before.update(each.position for each in standings if each.scope == "full")
                closings.update(targets)
                lost.update(losing)
                concerned += bool(targets or losing)
                if progress is not None:
                    progress(done, len(people))
        posts = [
            PostManning(name, before[name], before[name] - lost[name], position.manning.at_least)
            for name, position in sorted(self._positions.items())
            if lost[name]
        ]
        loads = self._loads(closings)
        return Drilled(issuer, tuple(sorted(names)), len(numbers), concerned, len(people), loads, tuple(posts))

    def _names(self, issuer: str) -> frozenset[str]:
        """What the credentials of an issuer are called by its words."""
        rules = [(n, rule) for position in self._positions.values() for n, rule in position.credential.items()]
        names = frozenset(rule.scheme or name for name, rule in rules if rule.issuer == issuer)
        if not names:
            known = sorted({rule.issuer for _name, rule in rules})
            near = meant(issuer, known)
            expected = f"who issues a credential of a position: {', '.join(known)}{near}"
            raise CallError(
                Words(
                    f"--issuer: found {issuer!r}, expected {expected}",
                    f"--issuer：{issuer!r} 不颁发岗位所需资质；可用：{'、'.join(known)}{near.zh}",
                )
            )
        return names

    def _loads(self, closings: Mapping[_Target, int]) -> tuple[SinkLoad, ...]:
        hands = Gates(self._sinks, self._clock).share
        return tuple(
            self._load(self._sinks.get(name), name, [n for (sink, _), n in closings.items() if sink == name], hands)
            for name in sorted({sink for sink, _target in closings})
        )

    def _load(self, sink: Sink | None, name: str, of_targets: list[int], hands: int) -> SinkLoad:
        total, longest = sum(of_targets), max(of_targets)
        if sink is None:
            return SinkLoad(name, total, longest, None, "sink.unknown")
        try:
            answer = self._answer_seconds(sink)
        except LicetError as error:
            return SinkLoad(name, total, longest, None, error.code)
        return SinkLoad(name, total, longest, REQUESTS * answer * max(longest, total / hands))

    def _answer_seconds(self, sink: Sink) -> float:
        """How long the sink takes for one answer, as it is now.

        Raises:
            LicetError: It gives none.
        """
        took = []
        for _ in range(PROBES):
            began = self._clock.monotonic()
            sink.door.probe()
            took.append(self._clock.monotonic() - began)
        return median(took)


def _closing(person: str, names: Collection[str], session: Connection) -> Iterable[_Target]:
    """The targets that would close: open, and resting on nothing else."""
    rows: list[DesiredRow] = session.all(access.desired_of, {"person": person})
    for row in rows:
        ways = read_ways(row.rests_on) if row.rests_on and row.wanted == "present" else ()
        if ways and row.mode == "enforce" and not any(_stands(way, names) for way in ways):
            yield row.sink, row.target


def _loses_full(standing: StandingRow, names: Collection[str]) -> bool:
    """Whether somebody stands in full scope, and would no more."""
    ways = [each.needs for each in _rests_on(standing) if each.scope == "full"]
    return standing.scope == "full" and bool(ways) and not any(_stands(way, names) for way in ways)


def _numbers(standing: StandingRow) -> Iterable[HeldNumber]:
    return (held for rung in _rests_on(standing) for alternatives in rung.needs for held in alternatives)


def _rests_on(standing: StandingRow) -> tuple[RestsOn, ...]:
    return _RESTS_ON.validate_json(orjson.dumps(orjson.loads(standing.body).get("rests_on", [])))


def _stands(needs: Iterable[Alternatives], names: Collection[str]) -> bool:
    """Whether every need is met by a number of another issuer too."""
    return all(any(held.credential not in names for held in alternatives) for alternatives in needs)
