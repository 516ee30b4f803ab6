"""Targets that are written no more, as a write there did what nobody asked for: a person looks, and lets it go on."""

from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import doors as sql

HARM, MASS, BY_HAND = "sink.harm", "sink.mass", "sink.closed-by-hand"
"""A change took from others; many vanished at once; one was closed by another hand."""


def halted(sink: str, session: Connection) -> dict[str, str]:
    """The targets of a sink that are halted, each with why."""
    return {row.target: row.code for row in session.all(sql.halts, {}) if row.sink == sink}


def holds(code: str, wanted: str) -> bool:
    """Whether a halt keeps a change from being written: after harm any, else what opens. A closing always goes on."""
    return code == HARM or wanted == "present"


def halt(sink: str, target: str, code: str, tx: Tx) -> None:
    """Write a target no more until a person says so; said once."""
    if target in halted(sink, tx.session):
        return
    tx.session.run(sql.set_halt, {"sink": sink, "target": target, "code": code, "at": tx.now_us})
    tx.log("halt", connector=sink, target=target, outcome="halted", code=code)
    tx.log("alarm", connector=sink, target=target, code=code)
