"""What follows a look at a whole door: what drifted is mended or held, and what ends there by itself is prolonged."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.access.desired import advance, enqueue, read_all, set_state
from hub.access.difference import Difference, Strangers
from hub.access.halts import BY_HAND, MASS, halt
from hub.access.undone import UNDONE, Undone
from hub.store.commit import Tx
from hub.store.tables.access import DesiredAtSink, DesiredRow
from hub.store.tables.connectors import set_watermark

_Seen = Difference | DesiredAtSink
_MANY = 3
"""More than so many, and more than a tenth of a target, are not closed one by one by hand."""
_PROLONGED = 100
"""So many are opened anew after one look: there is time, and whoever waits for that commit waits for all."""


class Seen(NamedTuple):
    """What a look at a whole sink found, what is as it must be again or ends soon, and how many may enter each target.

    ``ending``: what is as it must be, and must be opened anew to stay so.
    """

    differences: list[Difference]
    returned: Sequence[DesiredAtSink]
    ending: Sequence[DesiredAtSink]
    open_now: Mapping[str, int]
    strangers: tuple[Strangers, ...]


def conclude(sink: str, drifted: list[Difference], seen: Seen, began: int, undone: Undone, tx: Tx) -> int:
    """Write down that the sink was looked at as a whole, and have delivery look at what drifted; how many.

    What was decided or delivered since the look is no drift, and nothing that another hand has done: what the hub
    itself closed meanwhile halts no target.
    """
    tx.session.run(set_watermark, {"connector": sink, "peer": "", "complete_until": began})
    rows = _Rows(sink, [*drifted, *seen.returned, *seen.ending[:_PROLONGED]], tx)
    drifted = [each for each in drifted if rows.same(each, each.state)]
    vanished = Counter(each.target for each in drifted if each.by_hand)
    many = {target for target, count in vanished.items() if count > max(_MANY, seen.open_now[target] // 10)}
    for target in sorted(many):
        halt(sink, target, MASS, tx)
    for row in seen.returned:
        if rows.same(row, "held"):
            _take_back(sink, row.person, rows[row], tx)
    for row in seen.ending[:_PROLONGED]:
        if rows.same(row, "confirmed"):
            _prolong(sink, row.person, rows[row], tx)
    for each in drifted:
        _repair_one(each, rows[each], each.target in many, tx)
        if each.seen == "present" and undone.again((each.person, sink, each.target)):
            tx.log("alarm", connector=sink, person=each.person, target=each.target, epoch=each.epoch, code=UNDONE)
    return len(drifted)


class _Rows:
    """How everything that a look was about stands now; what is of somebody who was erased since stands no more."""

    def __init__(self, sink: str, seen: Iterable[_Seen], tx: Tx) -> None:
        found = read_all(orjson.dumps(sorted({each.person for each in seen})).decode(), tx)
        self._rows = {(who, row.target): row for who, rows in found.items() for row in rows if row.sink == sink}

    def __getitem__(self, seen: _Seen) -> DesiredRow:
        """How it stands."""
        return self._rows[seen.person, seen.target]

    def same(self, seen: _Seen, state: str) -> bool:
        """Whether nothing was decided or delivered there since the look."""
        row = self._rows.get((seen.person, seen.target))
        return row is not None and (row.epoch, row.state) == (seen.epoch, state)


def _repair_one(drift: Difference, row: DesiredRow, is_one_of_many: bool, tx: Tx) -> None:
    """Have delivery look at what drifted, or hold it."""
    set_state(drift.person, row, "held" if drift.by_hand else "drifted", drift.seen, tx)
    about: dict[str, Any] = {
        "connector": drift.sink,
        "person": drift.person,
        "target": drift.target,
        "epoch": drift.epoch,
    }
    tx.log("drifted", **about, wanted=drift.wanted, observed=drift.seen, code=BY_HAND if drift.by_hand else None)
    if not drift.by_hand:
        enqueue(drift.person, [drift.sink], drift.epoch, tx)
    elif not is_one_of_many:
        tx.log("alarm", **about, code=BY_HAND)


def _take_back(sink: str, person: str, held: DesiredRow, tx: Tx) -> None:
    """What was held for another hand had closed it is seen open again: it is as it must be."""
    set_state(person, held, "confirmed", "present", tx)
    about: dict[str, Any] = {"connector": sink, "person": person, "target": held.target, "epoch": held.epoch}
    tx.log("confirmed", **about, wanted="present", observed="present", outcome="noop")


def _prolong(sink: str, person: str, ending: DesiredRow, tx: Tx) -> None:
    """Have what the sink ends by itself opened anew. Under an epoch of its own: it is no repeat of the opening."""
    anew = advance(person, ending, tx)
    set_state(person, anew, "decided", None, tx)
    enqueue(person, [sink], anew.epoch, tx)
