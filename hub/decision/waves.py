"""Waves of closures that the hub derived: one cause at many in a post at once waits for a person, whole."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

import orjson

from hub.access.postponed import Postponed
from hub.access.resting import read_ways
from hub.access.wanted import WantedTarget
from hub.clock import from_us, to_us
from hub.decision.announced import is_announced
from hub.rules.closing.guard import ALWAYS_PASS, WAVE, guard_limit
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing
from hub.store.commit import Tx
from hub.store.tables import guarded as sql
from hub.store.tables.access import DesiredRow
from hub.store.tables.guarded import GuardedRow
from schemas.position import Position

CODE = "guard.wave"
TARGETS = "targets"
"""The cause of a closing where rules take a target away from a scope."""
_Door = tuple[str, str]


class Waves:
    """The closures of one person, in a commit, and the waves that they are part of."""

    def __init__(self, person: str, positions: Mapping[str, Position], tx: Tx) -> None:
        self._person = person
        self._positions = positions
        self._tx = tx

    def over(
        self,
        wanted: Sequence[WantedTarget],
        rows: Iterable[DesiredRow],
        after: Iterable[Standing],
        dossier: Dossier,
    ) -> Postponed:
        """What is wanted, but for doors whose closing is part of a wave that waits, or that a person refused.

        With the instants at which such a refusal ends.
        """
        closing = {(each.sink, each.target) for each in wanted if _is_derived(each)}
        opened = {(row.sink, row.target): row for row in rows if row.wanted == "present"}
        self._forget(closing, opened.keys())
        self._note(closing, opened, [each for each in after if not is_announced(each, dossier.facts)])
        held = [each for each in self._known() if is_held(each, self._tx.now_us)]
        open_ = {door: row for each in held for door, row in doors_of(each).items() if door in closing}
        ends = [from_us(each.until) for each in held if each.until is not None]
        return Postponed([_kept(each, open_.get((each.sink, each.target))) for each in wanted], ends)

    def _known(self) -> list[GuardedRow]:
        return self._tx.session.all(sql.guarded_of, {"person": self._person})

    def _forget(self, closing: Set[_Door], opened: Set[_Door]) -> None:
        """Drop closures that are none any more, and those that a person let go on and that are done."""
        for row in self._known():
            doors = doors_of(row).keys()
            is_over = doors.isdisjoint(closing)
            is_decided = row.state in ("released", "refused") and not is_held(row, self._tx.now_us)
            if is_over or (is_decided and doors.isdisjoint(opened)):
                place = {"of": self._person, "at_position": row.position, "of_cause": row.cause}
                self._tx.session.run(sql.forget, place)

    def _note(self, closing: Set[_Door], opened: Mapping[_Door, DesiredRow], fallen: Iterable[Standing]) -> None:
        """Keep what closes now and is not known yet; where that makes a wave, all of it waits."""
        known = {(row.position, row.cause): row for row in self._known()}
        shut = [opened[door] for door in sorted(closing & opened.keys())]
        for standing in fallen:
            doors = [row for row in shut if standing.position in row.positions.split(",")]
            for cause, closed in self._by_cause(standing, doors, opened.keys()):
                row = known.get((standing.position, cause))
                if row is None or row.state == "passed":
                    self._keep(standing.position, cause, closed)
                    self._guard(standing.position, cause)

    def _by_cause(
        self, standing: Standing, doors: Sequence[DesiredRow], opened: Set[_Door]
    ) -> Iterable[tuple[str, Sequence[DesiredRow]]]:
        """Each cause of a standing by which doors close, with these doors.

        What no higher scope of the post opens is not lost by a fall: the post's file takes it away from the scope.
        """
        above = self._above(standing)
        fallen = [row for row in doors if (row.sink, row.target) in above]
        taken = [row for row in doors if (row.sink, row.target) not in above]
        yield from ((cause, fallen) for cause in (self._causes(standing, opened) if fallen else ()))
        if taken:
            yield TARGETS, taken

    def _above(self, standing: Standing) -> set[_Door]:
        """What scopes above that of a standing open."""
        return {
            (sink, target)
            for sink, scopes in self._positions[standing.position].targets.items()
            for scope, targets in scopes.items()
            if rank(scope) > rank(standing.scope)
            for target in targets
        }

    def _causes(self, standing: Standing, opened: Set[_Door]) -> Iterable[str]:
        """What keeps a scope below the highest one that stood open, and nothing that kept it from rising further."""
        by_scope: dict[str, set[_Door]] = {}
        for sink, scopes in self._positions[standing.position].targets.items():
            for scope, targets in scopes.items():
                by_scope.setdefault(scope, set()).update((sink, target) for target in targets)
        had = max((scope for scope, doors in by_scope.items() if doors <= opened), key=rank, default="")
        holds = [hold for hold in standing.holds if hold.below == had] or standing.holds
        return dict.fromkeys(hold.cause for hold in holds)

    def _keep(self, position: str, cause: str, doors: Iterable[DesiredRow]) -> None:
        row = {"person": self._person, "position": position, "cause": cause, "at": self._tx.now_us}
        kept = orjson.dumps([[each.sink, each.target, each.positions, each.rests_on or "[]"] for each in doors])
        state = {"wave": "", "state": "passed", "until": None}
        self._tx.session.run(sql.set_guarded, {**row, **state, "doors": kept.decode()})

    def _guard(self, position: str, cause: str) -> None:
        since = to_us(self._tx.now - WAVE)
        place: dict[str, str | int] = {"position": position, "cause": cause, "since": since}
        size = self._tx.session.one(sql.wave_size, place)
        assert size is not None, "a count has a row"
        if size.wave is None and size.people <= self._limit(size.people, place):
            return
        wave = size.wave or f"{cause}@{self._tx.now_us:x}"
        members = [each.person for each in self._tx.session.all(sql.passed, place)]
        self._tx.session.run(sql.hold_passed, {**place, "wave": wave})
        for person in members:
            if person != self._person:
                self._tx.postpone(person, self._tx.now_us, "date")  # what was let pass is opened again
        if size.wave is None:
            self._tx.log("alarm", code=CODE, position=position)

    def _limit(self, found: int, place: dict[str, str | int]) -> int:
        """How many may pass; who stands in the post is counted only where that may matter."""
        if found <= ALWAYS_PASS:
            return ALWAYS_PASS
        holders = self._tx.session.one(sql.holder_count, place)
        people = self._tx.session.one(sql.people_count, {})
        assert holders is not None and people is not None, "a count has a row"
        return guard_limit(people.people, holders.people)


def is_held(row: GuardedRow, now_us: int) -> bool:
    """Whether a closure waits for a person, or was refused until later."""
    refused = row.state == "refused" and row.until is not None and row.until > now_us
    return row.state == "waiting" or refused


def _is_derived(target: WantedTarget) -> bool:
    """Whether it is a closing that is carried out and that nobody asked for in so many words."""
    return target.enforced and target.wanted == "absent" and not target.explicit


def doors_of(row: GuardedRow) -> dict[_Door, tuple[str, str]]:
    """The doors of a closure, each with the posts that opened it and what that rested on."""
    return {(sink, target): (posts, rests_on) for sink, target, posts, rests_on in orjson.loads(row.doors)}


def _kept(target: WantedTarget, opened: tuple[str, str] | None) -> WantedTarget:
    if opened is None:
        return target
    posts, rests_on = opened
    return replace(target, wanted="present", positions=tuple(posts.split(",")), rests_on=read_ways(rests_on))
