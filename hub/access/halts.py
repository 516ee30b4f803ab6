"""Targets that are written no more, as a write there did what nobody asked for: a person looks, and lets it go on."""

from collections.abc import Collection, Sequence

from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import access
from hub.store.tables import doors as sql
from hub.store.tables.doors import HaltRow
from hub.store.writer import Writer
from schemas.errors import ConfigError

HARM, MASS = "sink.harm", "sink.mass"
"""A change took from others, or many vanished at once."""


def halted(sink: str, session: Connection) -> frozenset[str]:
    """The targets of a sink that are written no more."""
    return frozenset(row.target for row in session.all(sql.halts, {}) if row.sink == sink)


def halt(sink: str, target: str, code: str, tx: Tx) -> None:
    """Write a target no more until a person says so; said once."""
    if target in halted(sink, tx.session):
        return
    tx.session.run(sql.set_halt, {"sink": sink, "target": target, "code": code, "at": tx.now_us})
    tx.log("halt", connector=sink, target=target, outcome="halted", code=code)
    tx.log("alarm", connector=sink, target=target, code=code)


class Halts:
    """What operators see of halted targets, and their word that lets them go on."""

    def __init__(self, sinks: Collection[str], writer: Writer, operators: Operators) -> None:
        self._sinks = sinks
        self._writer = writer
        self._operators = operators

    def all(self) -> list[HaltRow]:
        """Every target that is written no more, and why."""
        return self._writer.call(lambda tx: tx.session.all(sql.halts, {}))

    def resume(self, sink: str, target: str, actors: Sequence[str]) -> None:
        """Let a target be written again.

        Raises:
            ConfigError: Nobody is named, or it is not halted.
        """
        acting = self._operators.named(actors)
        if not acting:
            raise ConfigError("writing a target again needs who says so: --by NAME")

        def unit(tx: Tx) -> None:
            if target not in halted(sink, tx.session):
                raise ConfigError(f"{sink}/{target}: found no halt; `licet halts` shows what is halted")
            tx.session.run(sql.end_halt, {"sink": sink, "target": target})
            tx.log("halt", connector=sink, target=target, outcome="resumed", actor=acting.member(tx))
            tx.session.run(access.wake_sink, {"sink": sink})
            tx.wake_delivery()

        self._writer.call(unit)
