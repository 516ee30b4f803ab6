"""What must be true outside: a row per person, sink and target. State, not commands.

A target is present if any standing of the person grants it, so closing one post never takes the door that
another one gives. The person's epoch grows only where a target changes; it fences everything that is sent.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from hub.access.modes import Modes
from hub.access.resting import dump_ways
from hub.access.wanted import WantedTarget
from hub.store.commit import Tx
from hub.store.tables import access as sql
from hub.store.tables import identity
from hub.store.tables.access import DesiredRow
from schemas.position import Position

REVOKE_LANE, GRANT_LANE = 0, 1
_IN_DOUBT = frozenset({"unknown", "sent", "accepted"})
_FIELDS_OF = itemgetter(*DesiredRow._fields)
"""States of a target of which a write may still show."""


def read(person: str, tx: Tx) -> list[DesiredRow]:
    """What must be true for a person, as it stands."""
    return tx.session.all(sql.desired_of, {"person": person})


def read_all(people: str, tx: Tx) -> Mapping[str, list[DesiredRow]]:
    """The same by person for many, whoever has anything; ``people`` is a JSON array."""
    return tx.session.by_person(sql.desired_of_people, {"people": people})


def abandoned_targets(
    rows: Iterable[DesiredRow],
    wanted: Sequence[WantedTarget],
    positions: Mapping[str, Position],
    modes: Modes,
    now: datetime,
) -> Iterable[WantedTarget]:
    """Targets that were open to the person and that none of their posts names any more: to be closed.

    One of a post that nobody knows now stays as it is: a file that is missing closes nothing.
    """
    named = {(target.sink, target.target) for target in wanted}
    for row in rows:
        posts = tuple(row.positions.split(","))
        closed = row.wanted == "absent" and row.state == "confirmed"
        if closed or (row.sink, row.target) in named or not all(post in positions for post in posts):
            continue
        enforced = all(modes.enforced("position", post, now) for post in posts)
        enforced = enforced and modes.enforced("sink", row.sink, now)
        yield WantedTarget(row.sink, row.target, "absent", bool(row.explicit), posts, enforced)


class _Queued(NamedTuple):
    """A person whose targets at a sink are to be delivered."""

    person: str
    sink: str
    lane: int
    epoch: int


class Desire(NamedTuple):
    """What must be true for a person by a decision, and ``rows`` as they stood before it."""

    person: str
    wanted: Iterable[WantedTarget]
    decision: str
    rows: Sequence[DesiredRow]


def desire(
    person: str, wanted: Iterable[WantedTarget], decision: str, tx: Tx, rows: Sequence[DesiredRow] | None = None
) -> None:
    """Write what must be true; where a target changes the epoch grows and delivery looks at its sink.

    ``rows`` are what ``read`` gives, if they were read in this commit already.
    """
    desire_all([Desire(person, wanted, decision, read(person, tx) if rows is None else rows)], tx)


def desire_all(desires: Iterable[Desire], tx: Tx) -> None:
    """The same for many, each named once, with one statement of a kind for all."""
    changes = [_Change(each) for each in desires]
    epochs = _grown([each.person for each in changes if each.moved], tx)
    rows = [row for each in changes for row in each.rows(epochs.get(each.person, 0), tx)]
    if rows:
        tx.session.many(sql.set_desired, rows)
    _enqueue([place for each in changes for place in each.queued(epochs.get(each.person, 0))], tx)


class _Change:
    """What changes for one person: what must happen outside, what is only told otherwise, and what waits on."""

    def __init__(self, desire: Desire) -> None:
        self.person = desire.person
        self.moved: list[WantedTarget] = []
        self._decision = desire.decision
        self._told: list[WantedTarget] = []
        self._waiting: list[DesiredRow] = []
        self._rows = {(row.sink, row.target): row for row in desire.rows}
        for target in desire.wanted:
            self._add(target, self._rows.get((target.sink, target.target)))

    def _add(self, target: WantedTarget, row: DesiredRow | None) -> None:
        kept = target if target.enforced or row is None else _keep_open_revocation(target, row)
        if row is None or _moves(kept, row):
            self.moved.append(kept)
            return
        if _is_told_otherwise(kept, row):
            self._told.append(kept)
        if kept.enforced and row.state not in ("confirmed", "sent", "held"):
            self._waiting.append(row)  # decided, or found, in a freeze: nothing new to say, but somebody must look

    def rows(self, epoch: int, tx: Tx) -> list[dict[str, Any]]:
        """What is written; what moves does so under its new epoch."""
        told = [(each, self._rows[each.sink, each.target]) for each in self._told]
        written = [_row(self.person, each, row, row.epoch, row.decision, tx) for each, row in told]
        moved = [(each, self._rows.get((each.sink, each.target))) for each in self.moved]
        written += [_row(self.person, each, row, epoch, self._decision, tx) for each, row in moved]
        self._rows |= {(row["sink"], row["target"]): _as_read(row) for row in written}
        return written

    def queued(self, epoch: int) -> Iterable[_Queued]:
        """Which sinks delivery looks at, once ``rows`` are written."""
        sinks = {target.sink for target in self.moved if target.enforced} | {row.sink for row in self._waiting}
        at = epoch or max((row.epoch for row in self._waiting), default=0)
        return _lanes(self.person, sinks, at, self._rows.values())


def requeue(doors: Mapping[str, Collection[str]], person: str, source: str, tx: Tx) -> None:
    """Have delivery look again at what it carries out at the doors that know people by a source (source -> doors).

    For a person whose identifiers there have changed: what was under way with the old ones confirms nothing.
    """
    sinks = doors.get(source)
    rows = [row for row in read(person, tx) if row.sink in sinks and row.mode == "enforce"] if sinks else []
    if not rows:
        return
    epoch = _grown([person], tx)[person]
    for row in rows:
        set_epoch(person, row, epoch, tx)
        set_state(person, row, "unknown" if row.state in _IN_DOUBT else "decided", None, tx)
    enqueue(person, {row.sink for row in rows}, epoch, tx)


def enqueue(person: str, sinks: Iterable[str], epoch: int, tx: Tx, *, next_at: int = 0) -> None:
    """Have delivery look at sinks of a person: before everything else where something is not seen closed yet.

    ``next_at`` is an instant of the store's clock; 0 is at once.
    """
    sinks = set(sinks)
    if sinks:
        _enqueue(_lanes(person, sinks, epoch, read(person, tx)), tx, next_at)


def _lanes(person: str, sinks: Iterable[str], epoch: int, rows: Iterable[DesiredRow]) -> list[_Queued]:
    """Sinks of a person as they are queued, by how everything that must be true for the person stands."""
    late = [row for row in rows if row.mode == "enforce" and row.state != "confirmed"]
    revoked = {row.sink for row in late if row.wanted == "absent"}
    return [_Queued(person, sink, REVOKE_LANE if sink in revoked else GRANT_LANE, epoch) for sink in sorted(sinks)]


def _enqueue(queued: Sequence[_Queued], tx: Tx, next_at: int = 0) -> None:
    if not queued:
        return
    rest = {"next_at": next_at, "crowd": int(tx.crowd)}
    tx.session.many(sql.enqueue, [{**each._asdict(), **rest} for each in queued])
    tx.wake_delivery()


def advance(person: str, row: DesiredRow, tx: Tx) -> DesiredRow:
    """The row under an epoch of its own, so that what is sent for it next is no repeat of what was sent before."""
    epoch = _grown([person], tx)[person]
    set_epoch(person, row, epoch, tx)
    return row._replace(epoch=epoch)


def set_epoch(person: str, row: DesiredRow, epoch: int, tx: Tx) -> None:
    """Give a row another epoch."""
    tx.session.run(sql.set_epoch, {"of": person, "at_sink": row.sink, "for_target": row.target, "epoch": epoch})


def set_state(
    person: str, row: DesiredRow, state: str, seen: str | None, tx: Tx, *, settles_at: int | None = None
) -> None:
    """Write how a row stands, and what was seen now; with nothing seen the last observation stays."""
    tx.session.run(
        sql.set_delivery,
        {
            "of": person,
            "at_sink": row.sink,
            "for_target": row.target,
            "state": state,
            "observed": row.observed if seen is None else seen,
            "observed_at": row.observed_at if seen is None else tx.now_us,
            "settles_at": settles_at,
        },
    )


def _keep_open_revocation(target: WantedTarget, row: DesiredRow) -> WantedTarget:
    """The target as wanted, or an issuer's own word that was not seen carried out yet, which nothing calls off.

    Only what is enforced may do that: a position in observe says what it would do, and stops nothing.
    """
    under_way = row.explicit and row.wanted == "absent" and row.mode == "enforce" and row.state != "confirmed"
    if not under_way:
        return target
    return WantedTarget(row.sink, row.target, "absent", True, tuple(row.positions.split(",")), True)


def _moves(target: WantedTarget, row: DesiredRow) -> bool:
    """Whether something must happen outside: it is wanted otherwise, or counts from now on.

    A closure that waits in a freeze counts anew once it is the issuer's own word.
    """
    if row.wanted != target.wanted:
        return True
    now_explicit = target.explicit and not row.explicit and row.state != "confirmed"
    return target.enforced and (row.mode != "enforce" or now_explicit)


def _is_told_otherwise(target: WantedTarget, row: DesiredRow) -> bool:
    """Whether only why a target is as it is has changed."""
    now = int(target.explicit), ",".join(target.positions), _mode(target), _rests_on(target, row)
    return now != (row.explicit, row.positions, row.mode, row.rests_on)


def _rests_on(target: WantedTarget, row: DesiredRow | None) -> str:
    """What the grant rests on; what closes keeps what the grant rested on, as its issuer may still have to say so."""
    if target.wanted == "absent":
        return row.rests_on if row is not None else ""
    return dump_ways(target.rests_on) if target.rests_on else ""


def _mode(target: WantedTarget) -> str:
    return "enforce" if target.enforced else "observe"


def _grown(people: Sequence[str], tx: Tx) -> Mapping[str, int]:
    """The new epoch of each of these people."""
    if not people:
        return {}
    tx.session.many(identity.grow_epoch, [{"of": each} for each in people])
    asked = {"people": orjson.dumps(people).decode()}
    return {row.person: row.epoch for row in tx.session.all(identity.epochs_of, asked)}


def _row(
    person: str, target: WantedTarget, row: DesiredRow | None, epoch: int, decision: str, tx: Tx
) -> dict[str, Any]:
    moved = row is None or epoch != row.epoch
    # What was written before may still land, or be seen later: whoever wants otherwise must know.
    lost = row is not None and row.state in _IN_DOUBT and row.wanted != target.wanted
    return {
        "person": person,
        "sink": target.sink,
        "target": target.target,
        "wanted": target.wanted,
        "explicit": int(target.explicit),
        "positions": ",".join(target.positions),
        "rests_on": _rests_on(target, row),
        "mode": _mode(target),
        "epoch": epoch,
        "state": "unknown" if lost else "decided" if row is None or moved else row.state,
        "decision": decision or (row.decision if row else ""),
        "decided_at": tx.now_us if row is None or moved else row.decided_at,
        "observed": row.observed if row else None,
        "observed_at": row.observed_at if row else None,
        "settles_at": None if row is None or moved else row.settles_at,
    }


def _as_read(row: Mapping[str, Any]) -> DesiredRow:
    """A row that was written, as it is read."""
    return DesiredRow._make(_FIELDS_OF(row))
