"""By which ids doors were opened to a person, or seen open, until each was seen closed.

An account may be renamed, made anew or doubled at a sink: what we opened under its old id is closed under that id.
"""

from collections.abc import Iterable

from hub.access.attempt import Attempt, AttemptResult
from hub.access.ids import Known, Subject
from hub.access.leases import us
from hub.access.sinks import MOST_WRITES
from hub.access.unmade import IN_VAIN
from hub.store.commit import Tx
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import doors as sql
from hub.store.tables.access import DesiredRow

_KEY = "doors"


class KnownOpen:
    """The ids of all persons at all sinks under which something may be open; they stand sealed."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of(self, person: str, sink: str, session: Connection) -> tuple[Known, ...]:
        """What may be open to a person at a sink."""
        rows = session.all(sql.known_open, {"person": person, "sink": sink})
        return tuple(
            Known(each.target, each.mark, each.token, self._open(each.subject, each.mark), *each[4:]) for each in rows
        )

    def opens(self, person: str, row: DesiredRow, subject: Subject, tx: Tx) -> None:
        """Before a grant leaves: the id under which it opens is remembered."""
        mark = self._mark(row.sink, subject.id)
        known = self.of(person, row.sink, tx.session)
        if not any((each.target, each.mark) == (row.target, mark) for each in known):
            self._set(person, row.sink, Known(row.target, mark, subject.token, subject.id), tx)

    def remember(self, person: str, sink: str, known: Known, tx: Tx) -> None:
        """Keep that a target may be open to a person by this id."""
        self._set(person, sink, known, tx)

    def forget(self, person: str, sink: str, known: Known, tx: Tx) -> None:
        """It is closed under this id, or somebody else's."""
        place = {"person": person, "sink": sink, "target": known.target}
        tx.session.run(sql.forget_known_open, {**place, "mark": known.mark})

    def conclude(self, attempt: Attempt, result: AttemptResult, now: int, tx: Tx) -> None:
        """Keep what an attempt saw and wrote under each id; what was seen closed for good is forgotten."""
        before = {(each.target, each.subject): each for each in attempt.known}
        for row in attempt.targets:
            for subject in result.subjects_at(row.target):
                known = before.get((row.target, subject))
                token = result.tokens.get(subject, "")
                fresh = known or Known(row.target, "", token, subject)
                if row.target in result.queued:
                    after = _after_order(fresh, known is not None, result, lists=attempt.proof.lists)
                else:
                    look_at = now + us(attempt.proof.once_more)
                    after = _after(row, fresh, known is not None, result, look_at)
                if after is not None and after != known:
                    self._set(attempt.person, attempt.sink, self._marked(after, attempt.sink), tx)
                elif after is None and (known is not None or (row.target, subject) in result.opened):
                    place = {"person": attempt.person, "sink": attempt.sink, "target": row.target}
                    tx.session.run(sql.forget_known_open, {**place, "mark": self._mark(attempt.sink, subject)})
                if after is not None and _is_in_vain(known, after):
                    about = {"connector": attempt.sink, "person": attempt.person}
                    tx.log("alarm", **about, target=row.target, epoch=row.epoch, code=IN_VAIN)

    def _marked(self, known: Known, sink: str) -> Known:
        return known._replace(mark=self._mark(sink, known.subject))

    def _set(self, person: str, sink: str, known: Known, tx: Tx) -> None:
        if self._sealer.keys.cipher(_KEY) is None:
            self._sealer.keys.create([_KEY])
        sealed = self._sealer.seal(_KEY, known.subject.encode(), known.mark)
        row = {**known._asdict(), "person": person, "sink": sink, "subject": sealed}
        tx.session.run(sql.set_known_open, row)

    def _mark(self, sink: str, subject: str) -> str:
        return self._sealer.lookup(f"sink {sink}", subject).hex()

    def _open(self, sealed: bytes, mark: str) -> str:
        plain = self._sealer.open(_KEY, bytes(sealed), mark)
        assert plain is not None, "the key of the doors is never destroyed"
        return plain.decode()


def _is_in_vain(known: Known | None, after: Known) -> bool:
    """Whether it was just now that a write was taken as often as it is sent, and not seen."""
    before = (0, 0) if known is None else (known.adds, known.removals)
    return MOST_WRITES in (after.adds, after.removals) and before != (after.adds, after.removals)


def next_look(known: Iterable[Known], target: str) -> int | None:
    """When a target that was seen closed is looked at once more, if it is."""
    return min((each.look_at for each in known if each.target == target and each.look_at is not None), default=None)


def _after(row: DesiredRow, known: Known, was_open: bool, result: AttemptResult, look_at: int) -> Known | None:
    """What is known of one id at one target after an attempt; nothing once it was seen closed, or never was open.

    ``look_at`` is when it is looked at once more where it was in doubt.
    """
    place = row.target, known.subject
    shown = result.shown.get(place)
    if not was_open and place not in result.opened and (shown is None or shown.presence != "present"):
        return None
    after = _written(known, place, result)
    if shown is None or shown.presence is None:
        return after
    if shown.presence == "present":
        is_grant = place in result.opened or (place not in result.removed and row.wanted == "present")
        return after._replace(adds=0, removals=0, sent=0) if is_grant else after._replace(adds=0)
    if shown.unproven or result.states.get(row.target) != "confirmed" or place in result.opened:
        return after
    is_doubtful = after.look_at is None and (after.adds > 0 or (row.state == "accepted" and after.sent > 0))
    return after._replace(look_at=look_at) if is_doubtful else None


def _after_order(known: Known, was_open: bool, result: AttemptResult, *, lists: bool) -> Known | None:
    """What is known of one id once its device is to be told: an order to open opens when it is fetched.

    Where a look shows that, it is seen then; a device that shows one person after a change may never show it.
    """
    place = known.target, known.subject
    opens = place in result.opened and not lists
    return known._replace(sent=int(place in result.removed), look_at=None) if was_open or opens else None


def _written(known: Known, place: tuple[str, str], result: AttemptResult) -> Known:
    """With what was sent under this id; one that was taken counts until it is seen."""
    taken = place[0] in result.applied.get(place[1], ())
    if place in result.opened:
        return known._replace(adds=known.adds + taken, removals=0, sent=0, look_at=None)
    if place in result.removed:
        return known._replace(removals=known.removals + taken, sent=1, look_at=None)
    return known
