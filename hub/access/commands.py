"""Commands for peers that fetch them: what waits, what was handed over, and what a peer said of it.

A command stands in the store before it is handed over, sealed, for it may name somebody. That it was fetched, and
that it was answered, says what a peer took, never that a door is as it must be: that is for an observation to say.
"""

from collections.abc import Sequence
from typing import NamedTuple

from audit_log.entry import Actor
from connectors.port import Command, CommandResult, Reception
from hub.access.desired import enqueue, read, set_state
from hub.access.leases import store_us, us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.tables import commands as sql
from hub.store.tables import connectors
from hub.store.tables.access import DesiredRow
from hub.store.tables.commands import CommandRow

ROUTINE, OPERATOR = "routine", "operator"
"""What a command is about that concerns nobody: the adapter's own question, and one of an operator's."""
OUTSTANDING = 100
"""How many commands that were handed over and not answered a peer is known by."""
REFUSED_SECONDS = 60.0
"""A change that a peer refused is queued again after this long."""

_Peer = tuple[str, str]


class Order(NamedTuple):
    """Commands to be queued, in their order: for which peer of an instance, their words, and what they are about."""

    connector: str
    peer: str
    texts: tuple[str, ...]
    person: str = ""
    target: str = OPERATOR
    epoch: int = 0


class Exchange(NamedTuple):
    """What one request of a peer came to: commands to hand over now, and all that it has not answered."""

    handed: tuple[Command, ...]
    outstanding: tuple[Command, ...]


class Commands:
    """The commands of all peers. What was handed over is cached, as every request of a peer is read with it."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._outstanding: dict[_Peer, tuple[Command, ...]] = {}

    def invalidate(self) -> None:
        """Somebody else wrote: read again."""
        self._outstanding.clear()

    def outstanding(self, connector: str, peer: str) -> tuple[Command, ...]:
        """What a peer was handed and has not answered."""
        commands = self._outstanding.get((connector, peer))
        if commands is None:
            with self._database.reading() as store:
                rows = store.all(sql.commands_in, _in("sent", connector, peer))
            commands = self._outstanding[connector, peer] = self._opened(connector, peer, rows)
        return commands

    def concerns(self, connector: str, peer: str, reception: Reception) -> bool:
        """Whether a request must be followed by an ``exchange``."""
        if reception.results or reception.asks:
            return True
        if not reception.fetches:
            return False
        with self._database.reading() as store:
            return store.one(sql.waiting_command, {"connector": connector, "peer": peer}) is not None

    # --- inside the transaction ------------------------------------------------------------------------------

    def queue(self, order: Order, tx: Tx, actor: Actor | None = None) -> int:
        """Have a peer fetch commands; the number of the last. Earlier ones about the same, not fetched, are dropped."""
        connector, peer = order.connector, order.peer
        if order.target != OPERATOR:
            about = {"person": order.person, "target": order.target}
            tx.session.run(sql.drop_commands, {"of": connector, "which": peer, **about})
        last = tx.session.one(sql.last_command, {"connector": connector, "peer": peer})
        number = 0 if last is None or last.id is None else last.id
        for text in order.texts:
            number += 1
            self._insert(order, number, text, tx)
            _enter(connector, peer, number, "queued", order, tx, actor)
        if order.target == ROUTINE:
            stale = {"connector": connector, "peer": peer, "target": ROUTINE, "before": number - OUTSTANDING}
            tx.session.run(sql.forget_commands, stale)
        return number

    def _insert(self, order: Order, number: int, text: str, tx: Tx) -> None:
        key = self._sealer.bucket(tx.now)
        sealed = self._sealer.seal(key, text.encode(), _aad(order.connector, order.peer, number))
        row = {"connector": order.connector, "peer": order.peer, "id": number, "key": key, "text": sealed}
        about = {"person": order.person, "target": order.target, "epoch": order.epoch}
        tx.session.run(sql.insert_command, {**row, **about, "queued_at": tx.now_us})

    def exchange(self, connector: str, peer: str, reception: Reception, tx: Tx) -> Exchange:
        """Keep what a peer said of its commands, queue what its adapter asks, and hand over what waits."""
        for result in reception.results:
            self._answer(connector, peer, result, tx)
        if reception.asks:
            self.queue(Order(connector, peer, reception.asks, target=ROUTINE), tx)
        handed = self._fetch(connector, peer, reception.fetches, tx) if reception.fetches else ()
        rows = tx.session.all(sql.commands_in, _in("sent", connector, peer))
        return Exchange(handed, self._opened(connector, peer, rows))

    def exchanged(self, connector: str, peer: str, exchange: Exchange) -> None:
        """The commit of an ``exchange`` is durable."""
        self._outstanding[connector, peer] = exchange.outstanding

    def _answer(self, connector: str, peer: str, result: CommandResult, tx: Tx) -> None:
        place = {"connector": connector, "peer": peer, "id": result.id}
        row = tx.session.one(sql.sent_command, place)
        if row is None:
            return  # never handed over, or answered before
        answered = {"of": connector, "which": peer, "id": result.id, "at": tx.now_us, "result": result.result}
        tx.session.run(sql.command_answered, answered)
        _enter(connector, peer, result.id, "failed" if result.failed else "done", row, tx)
        if row.person:
            _carried_out(connector, peer, row, result.failed, tx)

    def _fetch(self, connector: str, peer: str, limit: int, tx: Tx) -> tuple[Command, ...]:
        state = tx.session.one(connectors.peer, {"connector": connector, "peer": peer})
        if state is None or state.status != "approved":
            return ()  # retired since its request came in
        handed = []
        for row in tx.session.all(sql.commands_in, _in("queued", connector, peer, limit)):
            place = {"of": connector, "which": peer, "id": row.id}
            text = self._text(connector, peer, row)
            if text is None or not _wanted(connector, row, tx):
                tx.session.run(sql.drop_command, place)
                _enter(connector, peer, row.id, "dropped", row, tx)
                continue
            tx.session.run(sql.command_sent, {**place, "at": tx.now_us})
            _enter(connector, peer, row.id, "sent", row, tx)
            handed.append(Command(row.id, text))
        return tuple(handed)

    # --- for people ------------------------------------------------------------------------------------------

    def latest(self, connector: str, peer: str, limit: int) -> list[tuple[CommandRow, str]]:
        """The latest commands of a peer, newest first, with their words; those about a person stay sealed."""
        with self._database.reading() as store:
            rows = store.all(sql.latest_commands, {"connector": connector, "peer": peer, "limit": limit})
        return [(row, "" if row.person else self._text(connector, peer, row) or "") for row in rows]

    def _opened(self, connector: str, peer: str, rows: Sequence[CommandRow]) -> tuple[Command, ...]:
        texts = [(row.id, self._text(connector, peer, row)) for row in rows]
        return tuple(Command(number, text) for number, text in texts if text is not None)

    def _text(self, connector: str, peer: str, row: CommandRow) -> str | None:
        """The words of a command, if the key that sealed them is still there."""
        plain = self._sealer.open(row.key, bytes(row.text), _aad(connector, peer, row.id))
        return None if plain is None else plain.decode()


def _carried_out(sink: str, peer: str, row: CommandRow, failed: bool, tx: Tx) -> None:
    """A peer took all of a change, or refused a part: the target is looked at, or the change is queued again.

    Where something else is wanted by now, what was carried out late must be seen, and taken back.
    """
    target = _newest(sink, row, tx)
    if target is None:
        return
    if target.epoch != row.epoch:
        set_state(row.person, target, "unknown", None, tx)
        enqueue(row.person, [sink], target.epoch, tx)
    elif target.state == "sent" and (failed or not _is_open(sink, peer, row, tx)):
        set_state(row.person, target, "decided" if failed else "accepted", None, tx)
        later = store_us(tx.session) + us(REFUSED_SECONDS) if failed else 0
        enqueue(row.person, [sink], row.epoch, tx, next_at=later)


def _is_open(sink: str, peer: str, row: CommandRow, tx: Tx) -> bool:
    """Whether the peer has not answered all commands of a change."""
    about = {"person": row.person, "target": row.target, "epoch": row.epoch}
    return tx.session.one(sql.open_command, {"connector": sink, "peer": peer, **about}) is not None


def _wanted(sink: str, row: CommandRow, tx: Tx) -> bool:
    """Whether a command about a person is still what must be true."""
    if not row.person:
        return True
    target = _newest(sink, row, tx)
    return target is not None and target.epoch == row.epoch


def _newest(sink: str, row: CommandRow, tx: Tx) -> DesiredRow | None:
    rows = (each for each in read(row.person, tx) if (each.sink, each.target) == (sink, row.target))
    return next(rows, None)


def _enter(
    connector: str, peer: str, number: int, outcome: str, about: Order | CommandRow, tx: Tx, actor: Actor | None = None
) -> None:
    tx.log(
        "command",
        connector=connector,
        peer=peer,
        command=number,
        outcome=outcome,
        actor=actor,
        person=about.person or None,
        target=about.target if about.person else None,
        epoch=about.epoch if about.person else None,
    )


def _in(state: str, connector: str, peer: str, limit: int = OUTSTANDING) -> dict[str, str | int]:
    return {"connector": connector, "peer": peer, "state": state, "limit": limit}


def _aad(connector: str, peer: str, number: int) -> str:
    return f"command/{connector}/{peer}/{number}"
