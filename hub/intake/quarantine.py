"""What waits in quarantine: proven to come from whom it says, but not readable; shown, read again, or discarded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from connectors.port import Kept
from hub.audit.enclosures import Enclosures
from hub.clock import from_us
from hub.identity.operators import Operators
from hub.intake.active_mappings import ActiveMappings
from hub.intake.aside import items_of
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Preparer
from hub.intake.proof import Came, opened
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.tables import intake
from hub.store.writer import Writer
from schemas.errors import CallError, LicetError, PayloadError
from schemas.transmission import Fault, Outcome, Transmission
from schemas.words import Words, unlike

WHOLE = -1
"""The item number of a transmission that waits as a whole."""


class WaitingItem(NamedTuple):
    """One waiting item. What was found may name somebody: ``Quarantine.show`` opens it, and leaves an entry."""

    id: str
    connector: str
    transmission: str
    item: int
    code: str
    where: str
    expected: Words
    at: datetime

    def json(self) -> dict[str, Any]:
        """The item for programs."""
        return {**self._asdict(), "expected": str(self.expected), "expected_zh": self.expected.zh}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A waiting item with its bytes, ready to be read again; ``items`` is how many it stands for."""

    connector: str
    wire: Transmission
    items: int


class Quarantine:
    """What an operator does with items that wait. Each act is one unit of work with its entry."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        preparer: Preparer,
        keeper: Keeper,
        writer: Writer,
        mappings: ActiveMappings,
        origins: Mapping[str, Origin],
        operators: Operators,
        enclosures: Enclosures,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._preparer = preparer
        self._keeper = keeper
        self._writer = writer
        self._mappings = mappings
        self._origins = origins
        self._operators = operators
        self._enclosures = enclosures

    def waiting(self, limit: int = 1000) -> list[WaitingItem]:
        """What waits, the oldest first."""
        with self._database.reading() as session:
            rows = session.all(intake.quarantine_list, {"state": "waiting", "limit": limit})
        return [
            WaitingItem(
                row.id,
                row.connector,
                row.transmission,
                row.item,
                row.code,
                row.place,
                Words(row.expected, row.expected_zh),
                from_us(row.at),
            )
            for row in rows
        ]

    def show(self, item_id: str, actor: str) -> bytes:
        """The bytes of one item. Reading them leaves an entry.

        Raises:
            CallError: No such item.
        """
        item, acting = self._open(item_id), self._operators.one(actor)
        self._writer.call(
            lambda tx: tx.log("access", quarantine=item_id, connector=item.connector, actor=acting.member(tx))
        )
        return item.wire.body

    def replay(self, item_id: str, actor: str) -> Kept:
        """Read an item again, with the mapping of today, and judge it from now.

        Raises:
            PayloadError: It still cannot be read; nothing changed.
            CallError: No such item, or its connector is gone.
        """
        item = self._open(item_id)
        origin = self._origins.get(item.connector)
        if origin is None:
            raise CallError(
                Words(
                    f"it came by {item.connector!r}, which licet.toml names no more; expected that instance",
                    f"该数据来自 {item.connector!r}，licet.toml 已无此连接器实例；请恢复该实例",
                )
            )
        mapping = self._mappings.of(item.connector)
        outcomes = mapping.read(item.wire)
        _require_readable(outcomes)
        acting = self._operators.one(actor)
        prepared = self._preparer.prepare(item.wire._replace(id=f"replay/{item_id}"), outcomes, origin, mapping)

        def unit(tx: Tx) -> Kept:
            (kept,) = self._keeper.keep((prepared,), tx)
            _leave(item_id, item, "released", tx)
            tx.count(item.connector, "duplicate", item.items)
            by = acting.member(tx)
            tx.log("replayed", connector=item.connector, quarantine=item_id, transmission=kept.id, actor=by)
            return kept

        kept = self._writer.call(unit)
        self._keeper.committed(prepared)
        return kept

    def discard(self, item_id: str, reason: str, actor: str) -> None:
        """Decide that an item is not wanted.

        Raises:
            CallError: No reason, nobody, or no such item.
        """
        if not reason or not actor:
            raise CallError(
                Words(
                    "discarding needs a reason and who does it: --reason TEXT --by NAME",
                    "丢弃须注明理由和操作人：--reason 理由 --by 姓名",
                )
            )
        item, acting = self._open(item_id), self._operators.one(actor)

        def unit(tx: Tx) -> None:
            _leave(item_id, item, "discarded", tx)
            tx.count(item.connector, "discarded", item.items)
            entry = tx.new_id()
            why = self._enclosures.keep(entry, "reason", reason.encode(), tx)
            about = {"connector": item.connector, "quarantine": item_id}
            tx.log("discarded", entry=entry, **about, reason=why, actor=acting.member(tx))

        self._writer.call(unit)

    def _open(self, item_id: str) -> _Opened:
        with self._database.reading() as session:
            row = session.one(intake.quarantine_one, {"id": item_id})
            if row is None or row.state != "waiting":
                raise CallError(
                    Words(
                        f"nothing waits in quarantine under {item_id!r}; see `licet quarantine list`",
                        f"隔离区中没有编号 {item_id!r}；见 `licet quarantine list`",
                    )
                )
            whole = session.one(intake.transmission, {"id": row.transmission})
        assert whole is not None
        content = self._sealer.open_body(whole.bucket, whole.sealed, f"{row.connector}/{whole.digest.hex()}")
        came = None if content is None else self._item(row, whole, opened(content))
        if came is None:
            erased = Words("the bytes were erased with their week's key", "原始内容已随当周密钥销毁")
            raise LicetError("schema.missing", erased)
        wire = came.transmission(row.connector, from_us(whole.received_at))
        whole_items: int = orjson.loads(whole.counts).get("quarantined", 1)
        return _Opened(row.connector, wire, whole_items if row.item == WHOLE else items_of(row.place))

    def _item(self, row: intake.QuarantinedItem, whole: intake.TransmissionRow, came: Came) -> Came | None:
        """What came, with the bytes of the item alone if it is one of many."""
        if row.item == WHOLE:
            return came
        body = self._sealer.open(row.bucket, row.sealed, f"{row.connector}/{whole.digest.hex()}/{row.item}")
        return None if body is None else came._replace(body=body)


def _require_readable(outcomes: tuple[Outcome, ...]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Fault):
            why = unlike(outcome.found, outcome.expected)
            words = Words(f"still not readable: {why}", f"仍无法读取：{why.zh}")
            raise PayloadError(outcome.code, words, outcome.where)


def _leave(item_id: str, item: _Opened, state: str, tx: Tx) -> None:
    if not tx.session.run(intake.set_quarantine, {"of": item_id, "state": state}):
        raise CallError(
            Words(
                f"{item_id}: somebody else has replayed or discarded it meanwhile; nothing was changed",
                f"{item_id}：已由他人重放或丢弃；未作改动",
            )
        )
    tx.count(item.connector, "quarantined", -item.items)
