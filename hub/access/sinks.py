"""A door as the hub looks at it: who a person is there, by each of their identifiers, and what each of them opens."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from connectors.port import Door
from hub.access.proof import Proof
from hub.identity.directory import SinkIdentifier
from hub.store.tables.access import DesiredRow
from schemas.access import Presence
from schemas.errors import RejectedError, UnavailableError

NOBODY, SEVERAL = "sink.no-person", "sink.ambiguous"

_EVIDENCE, _NAME, _VALUE = 32, 64, 128
"""What an entry has room for: so many pieces of evidence, with a name and a value of so many characters."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A door of the hub: its adapter, and under which source it knows people."""

    name: str
    door: Door
    source: str

    @property
    def proof(self) -> Proof:
        """What a look at it proves."""
        return Proof(self.door.capabilities())


Subjects = Mapping[str, SinkIdentifier]
"""Ids of one person at a door, each with the identifier that leads to it."""


def doors_by_source(sinks: Mapping[str, Sink]) -> dict[str, list[str]]:
    """Names of the doors that know people by each source."""
    names: dict[str, list[str]] = {}
    for sink in sinks.values():
        names.setdefault(sink.source, []).append(sink.name)
    return names


def resolve(door: Door, identifiers: Iterable[SinkIdentifier]) -> tuple[Subjects, list[RejectedError]]:
    """Who a person is at a door, and what it said of identifiers that lead to nobody, or to more than one.

    An id to which a current and an ended identifier lead is current, as current ones come first. Ids of an identifier
    that leads to several are the person's to be closed, and open nothing.
    """
    subjects: dict[str, SinkIdentifier] = {}
    refused = []
    for identifier in identifiers:
        try:
            subjects.setdefault(door.resolve(identifier.name), identifier)
        except RejectedError as error:
            refused.append(error)
            if error.code == SEVERAL:
                ended = identifier._replace(now=False)
                subjects.update({each: ended for each in sorted(door.matches(identifier.name)) if each not in subjects})
    return subjects, refused


def mismatch(wanted: str, subjects: Subjects, shown: Callable[[str], Presence | None]) -> Presence | None:
    """What a target shows where it must show something else. What is open and must not be comes first.

    ``shown`` says it of one id. Where nobody is known nothing is open.
    """
    wrong = {
        must
        for subject, identifier in subjects.items()
        if shown(subject) != (must := required_presence(wanted, identifier))
    }
    if "absent" in wrong:
        return "present"
    unheard = wanted == "present" and not any(identifier.now for identifier in subjects.values())
    return "absent" if wrong or unheard else None


def required_presence(wanted: str, identifier: SinkIdentifier) -> Presence:
    """What a target must show under one identifier: one that is the person's no more opens nothing."""
    return "present" if wanted == "present" and identifier.now else "absent"


class SinkView:
    """What a sink shows of one person.

    Attributes:
        subjects: The person's ids there.
        trouble: What it said of an identifier that it could not tell, if so.
        refused: What it said of a target that it would not show; the others are looked at all the same.
    """

    def __init__(self, sink: Sink, identifiers: Sequence[SinkIdentifier]) -> None:
        self.subjects, refused = resolve(sink.door, identifiers)
        self._sink = sink
        self._strangers = [error for error in refused if error.code == NOBODY]
        self.trouble = next((error for error in refused if error.code != NOBODY), None)
        self.refused: dict[str, RejectedError] = {}
        self._shown: dict[tuple[str, str], Presence | None] = {}
        self._unproven: dict[tuple[str, str], str] = {}
        self._evidence: dict[tuple[str, str], Mapping[str, str]] = {}

    def look(self, subject: str, targets: Collection[str]) -> None:
        """Observe targets under one id; where the sink refuses one, each alone.

        Raises:
            UnavailableError: ``sink.no-person``: the id that was resolved just now is gone: resolve it again.
        """
        try:
            seen = self._sink.door.observe(subject, targets)
        except RejectedError as error:
            if len(targets) == 1:
                self.refused.update(dict.fromkeys(targets, error))
            else:
                for target in targets:
                    self.look(subject, [target])
            return
        if seen.gone:
            raise UnavailableError(NOBODY, f"{self._sink.name}: the account that was found is gone; find it again")
        for target in targets:
            self._shown[subject, target] = seen.presence.get(target)
            self._unproven[subject, target] = seen.unproven.get(target, "")
            self._evidence[subject, target] = seen.evidence.get(target, {})

    def mismatch(self, row: DesiredRow) -> Presence | None:
        """What a target shows where it must show something else; nothing if it is as it must be."""
        return mismatch(row.wanted, self.subjects, lambda subject: self._shown.get((subject, row.target)))

    def hides(self, row: DesiredRow) -> bool:
        """Whether a target cannot be judged: who cannot be told may have it open, and what is not shown may be.

        Where an identifier leads to several accounts all of them are looked at; that is enough to see them closed.
        """
        if row.target in self.refused:
            return True
        if self.trouble is None:
            return False
        return row.wanted == "present" or self.trouble.code != SEVERAL or not self.subjects

    def unproven(self, row: DesiredRow) -> str:
        """Why what is seen closed is not proven to be, by its code; empty if it is."""
        closed = [s for s, each in self.subjects.items() if required_presence(row.wanted, each) == "absent"]
        return next(filter(None, (self._unproven.get((subject, row.target)) for subject in closed)), "")

    def writes(self, rows: Iterable[DesiredRow], unseen: Container[str] = ()) -> list[tuple[Presence, DesiredRow, str]]:
        """What must be written, and under which id; closings first. ``unseen`` targets are, whatever a look shows."""
        todo = [
            (must, row, subject)
            for row in rows
            if row.target not in self.refused
            for subject, identifier in self.subjects.items()
            if (must := required_presence(row.wanted, identifier)) != self._shown.get((subject, row.target))
            or row.target in unseen
        ]
        # Where an identifier could not be told nothing is opened under the others, but closed.
        return sorted((each for each in todo if self.trouble is None or each[0] == "absent"), key=itemgetter(0))

    def refusal(self, rows: Iterable[DesiredRow]) -> RejectedError | None:
        """Why not everything can be as it must be, if so: nothing opens to whom the sink does not know."""
        rows = list(rows)
        if self.trouble is not None:
            return self.trouble if any(map(self.hides, rows)) else None
        if any(identifier.now for identifier in self.subjects.values()) or all(row.wanted == "absent" for row in rows):
            return None
        unlinked = RejectedError(NOBODY, f"no identifier of source {self._sink.source!r} is linked")
        return next(iter(self._strangers), unlinked)

    def evidence(self, target: str) -> Mapping[str, str]:
        """What proves how a target was last seen, small enough for an entry; a second id's is numbered.

        ``sink.no-person`` counts the identifiers by which the sink knows nobody (0: none was ever linked).
        """
        pieces: dict[str, str] = {}
        if self._strangers or not self.subjects:
            pieces[NOBODY] = str(len(self._strangers))
        for n, subject in enumerate(self.subjects, 1):
            for name, value in self._evidence.get((subject, target), {}).items():
                pieces[name if n == 1 else f"{n}.{name}"] = value
        return {_ascii(name)[:_NAME]: value[:_VALUE] for name, value in islice(pieces.items(), _EVIDENCE)}


def _ascii(name: str) -> str:
    """An entry of the log has ASCII keys."""
    return name.encode("ascii", "backslashreplace").decode()
