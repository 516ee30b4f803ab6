"""What is enforced, observed or frozen: per position, per sink, or all. Everything starts in observe."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

import orjson

from audit_log.entry import Actor, Committed
from hub.access.restore import is_restored
from hub.clock import from_us, stamp, to_us
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import access as sql
from hub.store.tables import review
from hub.store.tables.access import DesiredRow
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words

ModeScope = Literal["position", "sink", "all"]
ALL = "all"
"""The name of the mode that holds for all."""
ModeKind = Literal["enforce", "freeze", "unfreeze"]


@dataclass(frozen=True, slots=True)
class Mode:
    """One row: from when it is enforced (``None``: observe), until when it is frozen. Its entry says who and why."""

    enforced_from: datetime | None = None
    frozen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModeAct:
    """What somebody does to a mode: the members of its entry, and the entry's id if a reason is enclosed with it."""

    kind: ModeKind
    actor: Actor
    reason: Committed | None = None
    entry: str | None = None


class Modes:
    """All modes at one reading."""

    def __init__(self, rows: dict[tuple[str, str], Mode], *, restored: bool = False) -> None:
        self.rows = rows
        self.restored = restored
        """Whether this is a restored copy that nobody has released: it grants nothing."""

    @classmethod
    def read(cls, store: Connection) -> "Modes":
        """The modes as they stand."""
        return cls(_by_name(store.all(sql.modes, {})), restored=is_restored(store))

    @classmethod
    def of_posts(cls, posts: Collection[str], store: Connection) -> "Modes":
        """The same, but of positions only these, where there may be a thousand."""
        asked = {"posts": orjson.dumps(sorted(posts)).decode()}
        return cls(_by_name(store.all(sql.modes_of, asked)), restored=is_restored(store))

    @staticmethod
    def enforced_anywhere(store: Connection) -> bool:
        """Whether any position is enforced, or will be: where none is, nothing was ever to be issued."""
        return store.one(sql.any_enforced, {}) is not None

    def of(self, scope: ModeScope, name: str) -> Mode:
        """The mode of one position or sink."""
        return self.rows.get((scope, name), Mode())

    def enforced(self, scope: ModeScope, name: str, now: datetime) -> bool:
        """Whether decisions about it are carried out."""
        start = self.of(scope, name).enforced_from
        return start is not None and start <= now

    def acts(self, row: DesiredRow, now: datetime) -> bool:
        """Whether what is decided of a target is carried out: enforced, and not frozen unless an issuer said so.

        A restored hub closes, and opens nothing.
        """
        if row.mode != "enforce" or (self.restored and row.wanted == "present"):
            return False
        explicit = bool(row.explicit) and row.wanted == "absent"
        return explicit or not self.frozen(row.sink, row.positions.split(","), now)

    def enforced_since(self, position: str) -> datetime | None:
        """From when a position is enforced, if at all."""
        return self.of("position", position).enforced_from

    def all_enforced(self) -> Iterator[tuple[str, datetime]]:
        """Every position that is enforced, or will be, with from when."""
        rows = self.rows.items()
        return (
            (name, mode.enforced_from) for (scope, name), mode in rows if scope == "position" and mode.enforced_from
        )

    def next_change(self, positions: Collection[str], now: datetime) -> datetime | None:
        """When something begins to be enforced, or a freeze ends, that may concern who holds these positions."""
        modes = [mode for (scope, name), mode in self.rows.items() if scope != "position" or name in positions]
        instants = [at for mode in modes for at in (mode.enforced_from, mode.frozen_until)]
        return min((at for at in instants if at is not None and at > now), default=None)

    def frozen(self, sink: str, positions: Iterable[str], now: datetime) -> bool:
        """Whether derived changes wait at this sink, or for one of these positions."""
        keys: list[tuple[ModeScope, str]] = [("all", ALL), ("sink", sink)]
        keys += [("position", each) for each in positions]
        return any((until := self.of(*key).frozen_until) is not None and until > now for key in keys)


def scope_of(name: str, positions: Collection[str], sinks: Collection[str]) -> ModeScope:
    """Whether a name is a position, a sink, or all of them.

    Raises:
        CallError: It is none of these.
    """
    if name in positions:
        return "position"
    if name in sinks:
        return "sink"
    if name == "all":
        return "all"
    known = [*positions, *sinks]
    raise CallError(
        Words(
            f"found {name!r}, expected a position or a sink: {', '.join(known)}{meant(name, known)}",
            f"没有名为 {name!r} 的岗位或权限系统；可用：{'、'.join(known)}{meant(name, known).zh}",
        )
    )


def set_mode(scope: ModeScope, name: str, mode: Mode, act: ModeAct, tx: Tx) -> None:
    """Change a mode and have everyone whom it touches looked at again."""
    tx.session.run(
        sql.set_mode,
        {
            "scope": scope,
            "name": name,
            "enforced_from": _us(mode.enforced_from),
            "frozen_until": _us(mode.frozen_until),
        },
    )
    tx.log(
        "mode",
        entry=act.entry,
        mode=act.kind,
        scope=scope,
        name=name,
        actor=act.actor,
        reason=act.reason,
        enforced_from=None if mode.enforced_from is None else stamp(mode.enforced_from),
        frozen_until=None if mode.frozen_until is None else stamp(mode.frozen_until),
    )
    rows = (
        tx.session.all(review.holders_of, {"position": name})
        if scope == "position"
        else tx.session.all(review.holders, {})
    )
    starts = mode.enforced_from if act.kind == "enforce" and mode.enforced_from else tx.now
    for row in rows:
        tx.postpone(row.person, max(to_us(starts), tx.now_us), "mode", crowd=True)


def _by_name(rows: Iterable[sql.ModeRow]) -> dict[tuple[str, str], Mode]:
    return {(row.scope, row.name): Mode(_instant(row.enforced_from), _instant(row.frozen_until)) for row in rows}


@lru_cache(maxsize=1024)  # a thousand positions are enforced from a few instants
def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _us(instant: datetime | None) -> int | None:
    return None if instant is None else to_us(instant)
