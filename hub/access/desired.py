"""What must be true outside: targets per person and sink, derived from standings. State, not commands.

A target is present if any standing of the person grants it, so closing one post never takes the door that
another one gives. The person's epoch grows only where a target changes; it fences everything that is sent.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.access.modes import Modes
from hub.rules.dossier import Standing
from hub.store import queries as q
from hub.store.writer import Tx
from schemas.access import Presence
from schemas.position import Position

REVOKE_LANE, GRANT_LANE = 0, 1


@dataclass(frozen=True, slots=True)
class Wish:
    """One target as the standings want it."""

    sink: str
    target: str
    wanted: Presence
    explicit: bool
    positions: tuple[str, ...]
    enforced: bool


@dataclass(frozen=True, slots=True)
class Desired:
    """One row of what must be true."""

    sink: str
    target: str
    wanted: str
    explicit: int
    positions: str
    mode: str
    epoch: int
    state: str
    decision: str
    decided_at: int
    observed: str | None
    observed_at: int | None


def wishes(
    standings: Sequence[Standing], positions: Mapping[str, Position], modes: Modes, now: datetime
) -> Iterable[Wish]:
    """Every target that a position of the person can open, and whether it shall be open.

    A target is closed only if all positions that can open it are enforced, and opened if one is that grants
    it: what a position in observe decides is never carried out.
    """
    covering: dict[tuple[str, str], list[Standing]] = {}
    granting: dict[tuple[str, str], list[Standing]] = {}
    for standing in standings:
        for sink, by_scope in positions[standing.position].targets.items():
            for scope, targets in by_scope.items():
                for target in targets:
                    covered = covering.setdefault((sink, target), [])
                    if standing not in covered:
                        covered.append(standing)
                    if scope == standing.scope:
                        granting.setdefault((sink, target), []).append(standing)
    for (sink, target), covered in sorted(covering.items()):
        yield _wish(sink, target, covered, granting.get((sink, target), []), modes, now)


def _wish(
    sink: str, target: str, covered: list[Standing], granted: list[Standing], modes: Modes, now: datetime
) -> Wish:
    def enforced(standing: Standing) -> bool:
        return modes.enforced("position", standing.position, now)

    carried_out = any(map(enforced, granted)) if granted else all(map(enforced, covered))
    return Wish(
        sink=sink,
        target=target,
        wanted="present" if granted else "absent",
        explicit=not granted and any(hold.explicit for each in covered for hold in each.holds),
        positions=tuple(sorted(each.position for each in (granted or covered))),
        enforced=carried_out and modes.enforced("sink", sink, now),
    )


def left_over(
    rows: Iterable[Desired], wanted: Sequence[Wish], positions: Mapping[str, Position], modes: Modes, now: datetime
) -> Iterable[Wish]:
    """Targets that were open to the person and that none of their posts names any more.

    One of a post that nobody knows now stays as it is: a file that is missing closes nothing.
    """
    named = {(wish.sink, wish.target) for wish in wanted}
    for row in rows:
        posts = tuple(row.positions.split(","))
        closed = row.wanted == "absent" and row.state == "confirmed"
        if closed or (row.sink, row.target) in named or not set(posts) <= set(positions):
            continue
        enforced = all(modes.enforced("position", each, now) for each in posts)
        enforced = enforced and modes.enforced("sink", row.sink, now)
        yield Wish(row.sink, row.target, "absent", bool(row.explicit), posts, enforced)


def desire(person: str, wanted: Iterable[Wish], decision: str, tx: Tx) -> None:
    """Write what must be true; where a target changes the epoch grows and delivery is armed."""
    before = {(row.sink, row.target): row for row in read(person, tx)}
    moved, waiting = [], []
    for said in wanted:
        row = before.get((said.sink, said.target))
        wish = said if said.enforced or row is None else _pressed(said, row)
        if _moves(wish, row):
            moved.append(wish)
        elif row is not None:
            if _described(wish) != _description(row):
                _write(person, wish, row, row.epoch, row.decision, tx)
            if wish.enforced and row.state not in ("confirmed", "sent"):
                waiting.append((wish, row.epoch))
    epoch = _grown(person, tx) if moved else 0
    for wish in moved:
        _write(person, wish, before.get((wish.sink, wish.target)), epoch, decision, tx)
    # What was decided, or found, while frozen has nothing new to say, but somebody must look.
    armed = [wish for wish in moved if wish.enforced] + [wish for wish, _epoch in waiting]
    arm(person, armed, epoch or max((old for _wish, old in waiting), default=0), tx)


def read(person: str, tx: Tx) -> list[Desired]:
    """What must be true for a person, as it stands."""
    return [Desired(*row) for row in tx.session.all(q.desired_of, {"person": person})]


def rearm(doors: Mapping[str, Collection[str]], person: str, source: str, tx: Tx) -> None:
    """Have delivery look again at what it carries out at the doors that know people by a source (source -> doors).

    For a person whose identifiers there have changed: what was under way with the old ones confirms nothing.
    """
    sinks = doors.get(source)
    rows = [row for row in read(person, tx) if row.sink in sinks and row.mode == "enforce"] if sinks else []
    if not rows:
        return
    epoch = _grown(person, tx)
    for row in rows:
        place = {"of": person, "at_sink": row.sink, "for_target": row.target}
        state = "unknown" if row.state in ("unknown", "sent") else "decided"
        tx.session.run(q.set_epoch, {**place, "epoch": epoch})
        seen = {"observed": row.observed, "observed_at": row.observed_at}
        tx.session.run(q.set_delivery, {**place, "state": state, **seen})
    arm(person, rows, epoch, tx)


def arm(person: str, wanted: Iterable[Wish | Desired], epoch: int, tx: Tx) -> None:
    """Have delivery look at a person's sinks, revocations before everything else."""
    lanes: dict[str, int] = {}
    for wish in wanted:
        lane = REVOKE_LANE if wish.wanted == "absent" else GRANT_LANE
        lanes[wish.sink] = min(lane, lanes.get(wish.sink, GRANT_LANE))
    for sink, lane in lanes.items():
        row = {"person": person, "sink": sink, "lane": lane, "epoch": epoch, "next_at": 0}
        tx.session.run(q.arm, {**row, "lease_until": None, "tries": 0})
        tx.wake("delivery")


def _pressed(wish: Wish, row: Desired) -> Wish:
    """The wish, unless it would call off an issuer's own word before it was seen carried out.

    Only what is enforced may do that: a position in observe says what it would do, and stops nothing.
    """
    under_way = row.explicit and row.wanted == "absent" and row.mode == "enforce" and row.state != "confirmed"
    if not under_way:
        return wish
    return Wish(row.sink, row.target, "absent", True, tuple(row.positions.split(",")), True)


def _moves(wish: Wish, row: Desired | None) -> bool:
    """Whether something must happen outside: another wish, or one that counts from now on.

    A closure that waits in a freeze counts anew once it is the issuer's own word.
    """
    if row is None or row.wanted != wish.wanted:
        return True
    now_explicit = wish.explicit and not row.explicit and row.state != "confirmed"
    return wish.enforced and (row.mode != "enforce" or now_explicit)


def _described(wish: Wish) -> tuple[int, str, str]:
    return int(wish.explicit), ",".join(wish.positions), _mode(wish)


def _description(row: Desired) -> tuple[int, str, str]:
    return row.explicit, row.positions, row.mode


def _mode(wish: Wish) -> str:
    return "enforce" if wish.enforced else "observe"


def _grown(person: str, tx: Tx) -> int:
    tx.session.run(q.grow_epoch, {"of": person})
    row = tx.session.one(q.person, {"person": person})
    assert row is not None
    return int(row[1])


def _write(person: str, wish: Wish, row: Desired | None, epoch: int, decision: str, tx: Tx) -> None:
    moved = row is None or epoch != row.epoch
    # A grant whose answer was lost may still land: whoever closes must know.
    lost = row is not None and row.state == "unknown" and (row.wanted, wish.wanted) == ("present", "absent")
    tx.session.run(
        q.set_desired,
        {
            "person": person,
            "sink": wish.sink,
            "target": wish.target,
            "wanted": wish.wanted,
            "explicit": int(wish.explicit),
            "positions": ",".join(wish.positions),
            "mode": _mode(wish),
            "epoch": epoch,
            "state": "unknown" if lost else "decided" if row is None or moved else row.state,
            "decision": decision or (row.decision if row else ""),
            "decided_at": tx.now_us if row is None or moved else row.decided_at,
            "observed": row.observed if row else None,
            "observed_at": row.observed_at if row else None,
        },
    )
