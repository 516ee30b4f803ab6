"""Doors that were opened under an identifier that is somebody else's by now: whoever has it has them closed.

Identity is bound late: a roster may move an identifier in one word, and the account behind it keeps what was opened.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hub.access.desired import advance, desire, enqueue, read, set_state
from hub.access.ids import Known
from hub.access.known_open import KnownOpen
from hub.access.wanted import WantedTarget
from hub.identity.directory import SinkIdentifier
from hub.identity.links import links_in
from hub.store.commit import Tx
from hub.store.tables.access import DesiredRow


class Whose(NamedTuple):
    """What may be open to a person at a sink: what is theirs to close, and targets that others have to close first."""

    own: tuple[Known, ...]
    elsewhere: frozenset[str] = frozenset()


class Handed:
    """Hands over what is somebody else's to close, within the commit that looks at whoever it was opened to."""

    def __init__(self, known: KnownOpen) -> None:
        self._known = known

    def of(
        self,
        person: str,
        rows: Sequence[DesiredRow],
        identifiers: Sequence[SinkIdentifier],
        known: Sequence[Known],
        tx: Tx,
    ) -> Whose:
        """Whose it is to close what may be open to a person; ``rows`` of one sink are to be carried out.

        What nobody else has the identifier of stays with whom it was opened to.
        """
        tokens, targets = {each.token for each in identifiers}, {row.target: row for row in rows}
        own, elsewhere = [], set[str]()
        for each in known:
            holder = None if each.token in tokens else _holder(each.token, person, tx)
            if holder is None:
                own.append(self._taken_back(person, rows[0].sink, each, tx))
            elif each.target in targets and not self._is_closed(person, holder, targets[each.target], each, tx):
                elsewhere.add(each.target)
        return Whose(tuple(own), frozenset(elsewhere))

    def _taken_back(self, person: str, sink: str, known: Known, tx: Tx) -> Known:
        """One whose identifier came back, or is nobody's."""
        if known.handed_to is None:
            return known
        self._known.remember(person, sink, anew := known._replace(handed_to=None), tx)
        return anew

    def _is_closed(self, person: str, holder: str, row: DesiredRow, known: Known, tx: Tx) -> bool:
        """Whether it was seen closed by who has the identifier, or is open by a standing of theirs."""
        theirs = _row(holder, row, tx)
        has = known.mark in {each.mark for each in self._of_target(holder, row, tx)}
        if known.handed_to != holder:
            if not has:
                self._known.remember(holder, row.sink, known._replace(adds=0, removals=0, sent=0, look_at=None), tx)
            _close(holder, row, theirs, tx)
            self._known.remember(person, row.sink, known._replace(handed_to=holder), tx)
            theirs, has = _row(holder, row, tx), True
        if has and not _is_granted(theirs):
            return False
        self._known.forget(person, row.sink, known, tx)
        return True

    def _of_target(self, person: str, row: DesiredRow, tx: Tx) -> list[Known]:
        return [each for each in self._known.of(person, row.sink, tx.session) if each.target == row.target]


def _holder(token: str, person: str, tx: Tx) -> str | None:
    """Who else has an identifier now."""
    links = links_in(token, tx.session)
    return next((each.person for each in links if each.person != person and each.holds(tx.now_us)), None)


def _row(person: str, row: DesiredRow, tx: Tx) -> DesiredRow | None:
    """The same target, as it must be for another person."""
    return next((each for each in read(person, tx) if (each.sink, each.target) == (row.sink, row.target)), None)


def _is_granted(row: DesiredRow | None) -> bool:
    return row is not None and row.wanted == "present" and row.mode == "enforce"


def _close(person: str, row: DesiredRow, theirs: DesiredRow | None, tx: Tx) -> None:
    """Have a target closed to a person, unless a standing of theirs opens it; what was seen closed is looked at anew.

    As by somebody's own word: a post of theirs that is only observed calls that off no more than a revocation.
    """
    if _is_granted(theirs):
        return
    if theirs is None or theirs.mode != "enforce":
        posts = tuple(row.positions.split(","))
        desire(person, [WantedTarget(row.sink, row.target, "absent", True, posts, True)], "", tx)
        return
    anew = advance(person, theirs, tx)
    set_state(person, anew, "decided" if theirs.state == "confirmed" else "unknown", None, tx)
    enqueue(person, [row.sink], anew.epoch, tx)
