"""Compares what must be true with what the doors show: the plan before enforcing, and sweeps afterwards."""

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple

from connectors.port import Leased, Leasing
from hub.access.budget import UNLIMITED, Budget
from hub.access.difference import Compared, Difference, Strangers, seen_members
from hub.access.ids import Known
from hub.access.known_open import KnownOpen
from hub.access.mending import Seen, conclude
from hub.access.sinks import UNPROVEN, Sink, Subjects, mismatch, resolve
from hub.access.undone import Undone
from hub.clock import Clock, to_us
from hub.identity.directory import Directory, SinkIdentifier
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import access as sql
from hub.store.tables.access import DesiredAtSink
from hub.store.writer import Writer
from hub.wording import meant
from hub.workers import StoppedError
from schemas.access import Presence
from schemas.errors import CallError, LicetError
from schemas.words import Words

_OTHER: Mapping[Presence, Presence] = {"present": "absent", "absent": "present"}

log = logging.getLogger(__name__)


class Reconciler:
    """Looks at doors as a whole: one request per target instead of one per person."""

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        directory: Directory,
        writer: Writer,
        database: Database,
        clock: Clock,
        known: KnownOpen,
        budget: Budget = UNLIMITED,
    ) -> None:
        self._sinks = sinks
        self._directory = directory
        self._writer = writer
        self._database = database
        self._clock = clock
        self._known = known
        self._budget = budget
        self._undone = Undone()

    def differences(self, sink: Sink) -> list[Difference]:
        """Every row of this sink where the sink itself shows something else.

        Of one that cannot list: what it has not taken yet.

        Raises:
            UnavailableError: The sink cannot be asked.
        """
        return self._look(sink, _unheard).differences if sink.proof.lists else self._untaken(sink)

    def _untaken(self, sink: Sink) -> list[Difference]:
        with self._database.reading() as session:
            rows = session.all(sql.observed_at_sink, {"sink": sink.name})
        return [
            Difference(row.person, sink.name, row.target, row.wanted, "unknown", row.mode, row.state, row.epoch)
            for row in rows
            if row.state not in ("accepted", "confirmed")
        ]

    def compare(self, sink: str = "", progress: Callable[[int, int], None] = lambda _done, _all: None) -> "Compared":
        """Look at one sink, or all, as sweeps do, and have what drifted mended: every difference that was seen.

        ``progress`` hears before each target, and each person, how many targets of the sink were looked at; what it
        raises ends the look.

        Raises:
            CallError: There is no sink of this name.
        """
        if sink and sink not in self._sinks:
            near = meant(sink, self._sinks)
            raise CallError(
                Words(
                    f"found {sink!r}, expected a sink: {', '.join(self._sinks)}{near}",
                    f"没有名为 {sink!r} 的权限系统；可用：{'、'.join(self._sinks)}{near.zh}",
                )
            )
        differences: list[Difference] = []
        drifted, away, strangers = 0, {}, list[Strangers]()
        for each in [self._sinks[sink]] if sink else self._sinks.values():
            if not each.proof.lists:
                differences += self._untaken(each)
                continue
            try:
                found, mended, others = self._swept(each, progress)
            except LicetError as error:
                away[each.name] = error.code
                continue
            differences += found
            drifted += mended
            strangers += others
        return Compared(differences, drifted, away, tuple(strangers))

    def _look(self, sink: Sink, progress: Callable[[int, int], None]) -> Seen:
        with self._database.reading() as session:
            rows = session.all(sql.observed_at_sink, {"sink": sink.name})
            targets = sorted({row.target for row in rows})
            now, people = to_us(self._clock.now()), {}
            for person in {row.person for row in rows}:
                progress(0, len(targets))
                people[person] = self._whose(person, sink, now, session)
            leased = {}
            for done, target in enumerate(targets):
                progress(done, len(targets))
                leased[target] = self._leased(sink, target)
            shown_to = {target: each.members for target, each in leased.items()}
            evidence = {target: seen_members(shown) for target, shown in shown_to.items()}
        differences, returned, ending = [], [], []
        for row in rows:
            whose, shown = people[row.person], shown_to[row.target]
            if whose.unproven and row.wanted == "present":
                continue  # that nobody is found there proves no absence
            is_ending = whose.is_among(leased[row.target].ending)
            seen = mismatch(row.wanted, whose.at(row.target), _shown_by(shown))
            if seen is not None:
                by_hand = seen == "absent" and whose.was_opened(row.target, shown) and not is_ending
                differences.append(
                    Difference(
                        row.person,
                        sink.name,
                        row.target,
                        _OTHER[seen],
                        seen,
                        row.mode,
                        row.state,
                        row.epoch,
                        by_hand,
                        evidence[row.target],
                    )
                )
            elif row.state == "held":
                returned.append(row)
            elif is_ending and _is_open(row):
                ending.append(row)
        open_now = Counter(row.target for row in rows if _is_open(row))
        return Seen(differences, returned, ending, open_now, _strangers(sink.name, shown_to, people.values()))

    def sweep(self, sink: Sink, progress: Callable[[], None] = lambda: None) -> int:
        """Find doors that changed behind our back; how many. ``progress`` as of ``compare``.

        What opened is closed again. What another hand closed stays closed, and somebody is told; where many vanished
        at once the target is written no more. What opens under an account that is new there is opened again.
        """
        return self._swept(sink, lambda _done, _all: progress())[1]

    def _swept(
        self, sink: Sink, progress: Callable[[int, int], None]
    ) -> tuple[list[Difference], int, tuple[Strangers, ...]]:
        began = to_us(self._clock.now())
        seen = self._look(sink, progress)
        drifted = [each for each in seen.differences if each.mode == "enforce" and each.state == "confirmed"]
        mended = self._writer.call(lambda tx: conclude(sink.name, drifted, seen, began, self._undone, tx))
        return seen.differences, mended, seen.strangers

    def sweep_all(self, *, progress: Callable[[], None] = lambda: None) -> int:
        """Sweep every sink; one that is away, or fails by a bug, is passed over. ``progress`` as of ``compare``."""
        found = 0
        for sink in self._sinks.values():
            try:
                found += self.sweep(sink, progress) if sink.proof.lists else 0
            except LicetError as error:
                log.warning("sweep of %s: %s", sink.name, error.message)
            except StoppedError:
                raise
            except Exception:  # the doors of the others are looked at all the same
                log.exception("sweep of %s failed by a bug", sink.name)
            progress()
        return found

    def _leased(self, sink: Sink, target: str) -> Leased:
        """To whom a target is open; of one sink no more targets are asked for in a second than its budget allows."""
        self._budget.take()
        door = sink.door
        return door.leased(target) if isinstance(door, Leasing) else Leased(door.members(target), frozenset())

    def _whose(self, person: str, sink: Sink, at_us: int, session: Connection) -> "_Whose":
        """Who a person is at a sink: whom it does not know, or cannot tell, is absent everywhere."""
        try:
            identifiers = self._directory.identifiers(person, sink.source, at_us, session)
        except LicetError as error:  # one person's lost key must not end the sweep for all others
            log.warning("sweep of %s: %s", sink.name, error.message)
            return _Whose({}, ())
        tokens = {identifier.token for identifier in identifiers}
        known = self._known.of(person, sink.name, session)
        subjects, refused = resolve(sink.door, identifiers)
        unproven = any(error.code == UNPROVEN for error in refused)
        return _Whose(subjects, tuple(each for each in known if each.token in tokens), unproven)


class _Whose(NamedTuple):
    """A person's ids at a sink now, and those under which something was opened to them.

    ``unproven``: whom an identifier leads to cannot be told, as the search for it has found nobody at all.
    """

    subjects: Subjects
    known: tuple[Known, ...]
    unproven: bool = False

    def at(self, target: str) -> Subjects:
        """The ids that matter at a target."""
        known = [each for each in self.known if each.target == target]
        return {**{each.subject: SinkIdentifier("", each.token, False) for each in known}, **self.subjects}

    def was_opened(self, target: str, members: Container[str]) -> bool:
        """Whether it was open under an id that is theirs yet and that is not listed any more."""
        known = [each.subject for each in self.known if each.target == target]
        return any(each in self.subjects and self.subjects[each].now and each not in members for each in known)

    def is_among(self, some: Container[str]) -> bool:
        """Whether an id that is theirs is one of some."""
        return any(each in some for each, identifier in self.subjects.items() if identifier.now)


def _strangers(sink: str, members: Mapping[str, frozenset[str]], people: Iterable["_Whose"]) -> tuple[Strangers, ...]:
    """Those to whom targets are open and of whom the hub wants nothing there."""
    ours = {subject for each in people for subject in (*each.subjects, *(known.subject for known in each.known))}
    found = ((target, shown - ours) for target, shown in members.items())
    return tuple(Strangers(sink, target, tuple(sorted(others))) for target, others in found if others)


def _unheard(_done: int, _all: int) -> None:
    """Nobody asks how far a look is."""


def _is_open(row: DesiredAtSink) -> bool:
    return row.wanted == "present" and row.mode == "enforce" and row.state == "confirmed"


def _shown_by(members: Container[str]) -> Callable[[str], Presence]:
    return lambda subject: "present" if subject in members else "absent"
