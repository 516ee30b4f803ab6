"""What follows a look at a whole door: what drifted is mended or held, and what ends there by itself is prolonged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hub.access.desired import advance, enqueue, read, set_state
from hub.access.difference import Difference, Strangers
from hub.access.halts import BY_HAND, MASS, halt
from hub.access.undone import UNDONE, Undone
from hub.store.commit import Tx
from hub.store.tables.access import DesiredAtSink, DesiredRow
from hub.store.tables.connectors import set_watermark

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
    """Write down that the sink was looked at as a whole, and have delivery look at what drifted; how many."""
    tx.session.run(set_watermark, {"connector": sink, "peer": "", "complete_until": began})
    vanished = Counter(each.target for each in drifted if each.by_hand)
    many = {target for target, count in vanished.items() if count > max(_MANY, seen.open_now[target] // 10)}
    for target in sorted(many):
        halt(sink, target, MASS, tx)
    for row in seen.returned:
        _take_back(sink, row, tx)
    for row in seen.ending[:_PROLONGED]:
        _prolong(sink, row, tx)
    repaired = [each for each in drifted if _repair_one(each, each.target in many, tx)]
    for each in repaired:
        if each.seen == "present" and undone.again((each.person, sink, each.target)):
            tx.log("alarm", connector=sink, person=each.person, target=each.target, epoch=each.epoch, code=UNDONE)
    return len(repaired)


def _repair_one(drift: Difference, is_one_of_many: bool, tx: Tx) -> bool:
    """Have delivery look at what drifted, or hold it; what was decided or delivered since the look is no drift."""
    row = _row(drift.person, drift.sink, drift.target, tx)
    if (row.epoch, row.state) != (drift.epoch, drift.state):
        return False
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
    return True


def _take_back(sink: str, held: DesiredAtSink, tx: Tx) -> None:
    """What was held for another hand had closed it is seen open again: it is as it must be."""
    row = _row(held.person, sink, held.target, tx)
    if (row.epoch, row.state) == (held.epoch, "held"):
        set_state(held.person, row, "confirmed", "present", tx)
        about: dict[str, Any] = {"connector": sink, "person": held.person, "target": held.target, "epoch": held.epoch}
        tx.log("confirmed", **about, wanted="present", observed="present", outcome="noop")


def _prolong(sink: str, ending: DesiredAtSink, tx: Tx) -> None:
    """Have what the sink ends by itself opened anew. Under an epoch of its own: it is no repeat of the opening."""
    row = _row(ending.person, sink, ending.target, tx)
    if (row.epoch, row.state) == (ending.epoch, "confirmed"):
        anew = advance(ending.person, row, tx)
        set_state(ending.person, anew, "decided", None, tx)
        enqueue(ending.person, [sink], anew.epoch, tx)


def _row(person: str, sink: str, target: str, tx: Tx) -> DesiredRow:
    return next(row for row in read(person, tx) if (row.sink, row.target) == (sink, target))
