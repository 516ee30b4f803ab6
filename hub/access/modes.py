"""What is enforced, observed or frozen: per position, per sink, or all. Everything starts in observe."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from hub.clock import from_us, to_us
from hub.store.commit import Tx
from hub.store.statement import Session
from hub.store.tables import access as sql
from hub.store.tables import review
from schemas.errors import ConfigError

ModeScope = Literal["position", "sink", "all"]


@dataclass(frozen=True, slots=True)
class Mode:
    """One row: from when it is enforced (``None``: observe), until when it is frozen, why, and who said so."""

    enforced_from: datetime | None = None
    frozen_until: datetime | None = None
    reason: str = ""
    actors: str = ""


class Modes:
    """All modes at one reading."""

    def __init__(self, rows: dict[tuple[str, str], Mode]) -> None:
        self.rows = rows

    @classmethod
    def read(cls, store: Session) -> "Modes":
        """The modes as they stand."""
        return cls(
            {
                (scope, name): Mode(_instant(enforced), _instant(frozen), reason, actors)
                for scope, name, enforced, frozen, reason, actors in store.all(sql.modes, {})
            }
        )

    def of(self, scope: ModeScope, name: str) -> Mode:
        """The mode of one position or sink."""
        return self.rows.get((scope, name), Mode())

    def enforced(self, scope: ModeScope, name: str, now: datetime) -> bool:
        """Whether decisions about it are carried out."""
        start = self.of(scope, name).enforced_from
        return start is not None and start <= now

    def enforced_since(self, position: str) -> datetime | None:
        """From when a position is enforced, if at all."""
        return self.of("position", position).enforced_from

    def next_change(self, positions: Collection[str], now: datetime) -> datetime | None:
        """When something begins to be enforced, or a freeze ends, that may concern who holds these positions."""
        modes = [mode for (scope, name), mode in self.rows.items() if scope != "position" or name in positions]
        instants = [at for mode in modes for at in (mode.enforced_from, mode.frozen_until)]
        return min((at for at in instants if at is not None and at > now), default=None)

    def frozen(self, sink: str, positions: Iterable[str], now: datetime) -> bool:
        """Whether derived changes wait at this sink, or for one of these positions."""
        keys: list[tuple[ModeScope, str]] = [("all", "all"), ("sink", sink)]
        keys += [("position", each) for each in positions]
        return any((until := self.of(*key).frozen_until) is not None and until > now for key in keys)


def scope_of(name: str, positions: Collection[str], sinks: Collection[str]) -> ModeScope:
    """Whether a name is a position, a sink, or all of them.

    Raises:
        ConfigError: It is none of these.
    """
    if name in positions:
        return "position"
    if name in sinks:
        return "sink"
    if name == "all":
        return "all"
    raise ConfigError(f"found {name!r}, expected a position or a sink: {', '.join([*positions, *sinks])}")


def enforce(scope: ModeScope, name: str, start: datetime, actors: Sequence[str], tx: Tx) -> None:
    """Carry out from an instant what is decided about a position or sink. Takes two different people.

    Raises:
        ConfigError: Fewer than two people, or all at once.
    """
    if len({actor.strip() for actor in actors if actor.strip()}) < 2 or scope == "all":
        raise ConfigError("enforcing takes two different people and one position or sink: --by A --by B")
    _change(scope, name, "enforce", actors, tx, enforced_from=start)


def freeze(scope: ModeScope, name: str, until: datetime, reason: str, actors: Sequence[str], tx: Tx) -> None:
    """Hold derived changes of a position, a sink or all until an instant (shown in its zone); explicit ones pass.

    Raises:
        ConfigError: No reason, nobody, or an instant that is over.
    """
    if not reason or not any(map(str.strip, actors)):
        raise ConfigError("freezing needs a reason and who does it: --reason TEXT --by NAME")
    if until <= tx.now:
        raise ConfigError(f"--until: found {until.isoformat()}, expected one that lies ahead")
    _change(scope, name, "freeze", actors, tx, frozen_until=until.astimezone(UTC), reason=reason)


def unfreeze(scope: ModeScope, name: str, actors: Sequence[str], tx: Tx) -> None:
    """Let derived changes go on.

    Raises:
        ConfigError: Nobody is named.
    """
    if not any(map(str.strip, actors)):
        raise ConfigError("unfreezing needs who does it: --by NAME")
    _change(scope, name, "unfreeze", actors, tx, frozen_until=None)


def _change(scope: ModeScope, name: str, kind: str, actors: Sequence[str], tx: Tx, **changed: Any) -> None:
    before = Modes.read(tx.session).of(scope, name)
    set_mode(scope, name, replace(before, actors=", ".join(actors), **changed), kind, tx)


def set_mode(scope: ModeScope, name: str, mode: Mode, kind: str, tx: Tx) -> None:
    """Change a mode and have everyone whom it touches looked at again."""
    tx.session.run(
        sql.set_mode,
        {
            "scope": scope,
            "name": name,
            "enforced_from": _us(mode.enforced_from),
            "frozen_until": _us(mode.frozen_until),
            "reason": mode.reason,
            "actors": mode.actors,
        },
    )
    tx.log(
        "mode",
        mode=kind,
        scope=scope,
        name=name,
        actor=mode.actors,
        reason=mode.reason or None,
        enforced_from=None if mode.enforced_from is None else mode.enforced_from.isoformat(),
        frozen_until=None if mode.frozen_until is None else mode.frozen_until.isoformat(),
    )
    rows = (
        tx.session.all(review.holders_of, {"position": name})
        if scope == "position"
        else tx.session.all(review.holders, {})
    )
    starts = mode.enforced_from if kind == "enforce" and mode.enforced_from else tx.now
    for row in rows:
        tx.postpone(row.person, max(to_us(starts), tx.now_us), f"{kind} {scope} {name}")


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _us(instant: datetime | None) -> int | None:
    return None if instant is None else to_us(instant)
