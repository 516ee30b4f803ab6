"""A hub on a restored copy: it grants nothing until every sink was observed and a person has released it.

What was decided after the copy was made is not in it: whom it holds entitled may have been revoked since. Revocations
flow, and sweeps say where the doors show something else than the copy knows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from hub.clock import from_us, stamp
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import access, connectors, hub, review
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words


class RestoredState(NamedTuple):
    """When the copy was made, which sinks nobody has looked at since, and how many grants wait."""

    copied_at: datetime
    unobserved: Sequence[str]
    grants: int


class Restore:
    """What holds back a restored hub, and the word that lets it go on."""

    def __init__(self, sinks: Collection[str], database: Database, writer: Writer, operators: Operators) -> None:
        self._sinks = sinks
        self._database = database
        self._writer = writer
        self._operators = operators

    def state(self) -> RestoredState | None:
        """How it stands; nothing if this hub is not a restored copy, or was released."""
        with self._database.reading() as session:
            return self._state(session)

    def _state(self, session: Connection) -> RestoredState | None:
        row = session.one(hub.hub, {})
        if row is None or row.restored_at is None:
            return None
        waiting = session.one(access.waiting_grants, {})
        assert waiting is not None
        since = [name for name in sorted(self._sinks) if not _observed_since(name, row.restored_at, session)]
        return RestoredState(from_us(row.restored_at), since, waiting.grants)

    def release(self, actors: Sequence[str]) -> int:
        """Let grants go on; how many waited.

        Raises:
            CallError: Nobody is named, a sink was not observed since, or there is nothing to release.
        """
        acting = self._operators.named(actors)
        if not acting:
            raise CallError(
                Words("releasing a restored hub needs who does it: --by NAME", "放行恢复的平台须注明操作人：--by 姓名")
            )

        def unit(tx: Tx) -> int:
            state = self._state(tx.session)
            if state is None:
                raise CallError(
                    Words("this hub is not a restored copy, or was released before", "本平台不是恢复的副本，或已放行"),
                    cure=Words(
                        "nothing is to be released: `licet doctor` says how the hub is",
                        "无须放行；用 `licet doctor` 查看平台状态",
                    ),
                )
            if state.unobserved:
                names = ", ".join(state.unobserved)
                raise CallError(
                    Words(
                        f"not observed since the restore: {names}; let the hub run until each of them answers",
                        f"恢复后尚未核对：{names}；请保持平台运行，直至各系统均有应答",
                    )
                )
            tx.session.run(hub.set_restored, {"at": None})
            for row in tx.session.all(review.holders, {}):
                tx.postpone(row.person, tx.now_us, "operator", crowd=True)
            tx.log("resumed", actor=acting.member(tx), count=state.grants)
            tx.wake_delivery()
            return state.grants

        return self._writer.call(unit)


def is_restored(session: Connection) -> bool:
    """Whether nothing may be granted: the store is a copy, and nobody has released it."""
    row = session.one(hub.hub, {})
    return row is not None and row.restored_at is not None


def enter_restored(tx: Tx) -> bool:
    """At the start of a hub: whether it is a restored copy; that is on record, with an alarm."""
    row = tx.session.one(hub.hub, {})
    if row is None or row.restored_at is None:
        return False
    tx.log("restored", since=stamp(from_us(row.restored_at)))
    tx.log("alarm", code="store.restored")
    return True


def _observed_since(sink: str, at: int, session: Connection) -> bool:
    row = session.one(connectors.watermark, {"connector": sink, "peer": ""})
    return row is not None and row.complete_until > at
