"""Keeps what people of the house say, each word in one commit.

A word is a transmission of its own, sealed like every other one, with facts that the rules read like any other, and
entries that say who did it; reason and document stand behind these, sealed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from connectors.port import Kept
from hub.audit.enclosures import Enclosures
from hub.evidence.facts import BY_HAND
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.intake.basis import Basis
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Prepared, Preparer
from hub.store.commit import Tx
from hub.store.writer import Writer
from schemas.record import Record
from schemas.transmission import Item, Transmission


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says: a verdict, its records, and the case that it decides. Without records it changes no fact."""

    verdict: str
    records: Sequence[Record]
    case: str | None = None


Enter = Callable[[str, Mapping[str, Any], Tx], None]
"""Leaves an entry: its id, the members that every word has (who, why, upon which document), the commit."""
Upon = Callable[[str, Tx], None]
"""Keeps what a word rests on, in its commit: by the transmission of that word."""


class ByHand:
    """Keeps words of people of the house; ``keep`` gives what became of one."""

    def __init__(
        self,
        directory: Directory,
        preparer: Preparer,
        keeper: Keeper,
        writer: Writer,
        operators: Operators,
        enclosures: Enclosures,
    ) -> None:
        self._directory = directory
        self._preparer = preparer
        self._keeper = keeper
        self._writer = writer
        self._operators = operators
        self._enclosures = enclosures

    def keep(
        self,
        word: Word,
        basis: Basis,
        now: datetime,
        entries: Sequence[Enter],
        then: Sequence[Callable[[Tx], None]],
        upon: Upon | None = None,
        first: Callable[[Tx], None] | None = None,
    ) -> Kept:
        """Keep a word with its entries in one commit, in which ``then`` is done too, and ``upon`` what it rests on.

        ``first`` is done before all of it: what it raises leaves nothing.
        """
        prepared = self._prepared(word, basis, now)
        acting = self._operators.named(basis.actors)

        def unit(tx: Tx) -> Kept:
            if first is not None:
                first(tx)
            kept = Kept(counts={})
            if prepared is not None:
                (kept,) = self._keeper.keep((prepared,), tx)
            for enter in entries:
                entry = tx.new_id()
                said = {
                    "actor": acting.member(tx),
                    "reason": self._enclosures.keep(entry, "reason", basis.reason.encode(), tx),
                    "document": self._enclosures.commit(entry, "document", basis.document, tx),
                    "transmission": None if prepared is None else prepared.id,
                }
                enter(entry, said, tx)
            if upon is not None and prepared is not None:
                upon(prepared.id, tx)
            for step in then:
                step(tx)
            return kept

        kept = self._writer.call(unit)
        if prepared is not None:
            self._keeper.committed(prepared)
        return kept

    def _prepared(self, word: Word, basis: Basis, now: datetime) -> Prepared | None:
        items = [Item((record,), f"{word.verdict}/{n}/{now.isoformat()}") for n, record in enumerate(word.records)]
        if not items:
            return None
        said = [record.model_dump(mode="json") for record in word.records]
        body = {"verdict": word.verdict, "case": word.case, "said": said, "by": list(basis.actors)}
        body |= {"reason": basis.reason, "document": sha256(basis.document).hexdigest()}
        wire = Transmission(
            connector=BY_HAND,
            received_at=now,
            media_type="application/json",
            body=orjson.dumps(body),
            form="correction",
        )
        origin = Origin(BY_HAND, self._directory.roster, "each", by_hand=True)
        return self._preparer.prepare(wire, items, origin)
