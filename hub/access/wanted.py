"""What the standings of a person want outside: every target that a post of theirs can open, open or closed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.access.modes import Modes
from hub.access.resting import Way, ways_to
from hub.rules.posts.standing import Standing
from schemas.access import Presence
from schemas.position import Position

_Targets = dict[tuple[str, str], list[Standing]]


@dataclass(frozen=True, slots=True)
class WantedTarget:
    """One target as the standings want it. ``explicit``: somebody's own word closes it, an issuer's or a block of HR's.

    ``rests_on`` are the ways to a target that is granted; none where it rests on no credential.
    """

    sink: str
    target: str
    wanted: Presence
    explicit: bool
    positions: tuple[str, ...]
    enforced: bool
    rests_on: tuple[Way, ...] = ()


def wanted_targets(
    standings: Sequence[Standing], positions: Mapping[str, Position], modes: Modes, now: datetime
) -> Iterable[WantedTarget]:
    """Every target that a position of the person can open, and whether it shall be open.

    A target is closed only if all positions that can open it are enforced, and opened if one is that grants
    it: what a position in observe decides is never carried out.
    """
    covering, granting = _by_target(standings, positions)
    for (sink, target), covered in sorted(covering.items()):
        granted = granting.get((sink, target), [])
        wanted = _wanted(sink, target, covered, granted, modes, now)
        yield replace(wanted, rests_on=ways_to(sink, target, granted, positions))


def _by_target(standings: Sequence[Standing], positions: Mapping[str, Position]) -> tuple[_Targets, _Targets]:
    """Which standings can open each target, and which of them do."""
    covering: _Targets = {}
    granting: _Targets = {}
    for standing in standings:
        for sink, by_scope in positions[standing.position].targets.items():
            for scope, targets in by_scope.items():
                for target in targets:
                    covered = covering.setdefault((sink, target), [])
                    if standing not in covered:
                        covered.append(standing)
                    if scope == standing.scope:
                        granting.setdefault((sink, target), []).append(standing)
    return covering, granting


def _wanted(
    sink: str, target: str, covered: list[Standing], granted: list[Standing], modes: Modes, now: datetime
) -> WantedTarget:
    def enforced(standing: Standing) -> bool:
        return modes.enforced("position", standing.position, now)

    carried_out = any(map(enforced, granted)) if granted else all(map(enforced, covered))
    return WantedTarget(
        sink=sink,
        target=target,
        wanted="present" if granted else "absent",
        explicit=not granted and any(hold.explicit for each in covered for hold in each.holds),
        positions=tuple(sorted(each.position for each in (granted or covered))),
        enforced=carried_out and modes.enforced("sink", sink, now),
    )
