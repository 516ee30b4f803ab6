"""A door as the hub looks at it: who a person is there, by each of their identifiers, and what each of them opens."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from connectors.port import Door
from hub.access.ids import Known, Shown
from hub.access.proof import DOUBT_SECONDS, Proof
from hub.access.unmade import NOBODY, account_gone, in_vain, unlinked
from hub.identity.directory import SinkIdentifier
from hub.store.tables.access import DesiredRow
from schemas.access import Presence
from schemas.errors import RejectedError

SEVERAL, UNPROVEN = "sink.ambiguous", "sink.uncalibrated"
GONE = "person_gone"
"""In the evidence of a look: the sink knows the account no more."""

_EVIDENCE, _NAME, _VALUE = 32, 64, 128
"""What an entry has room for: so many pieces of evidence, with a name and a value of so many characters."""
MOST_WRITES = 2
"""How often one write is sent that was taken, and not seen afterwards."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A door of the hub: its adapter, and under which source it knows people."""

    name: str
    door: Door
    source: str
    doubt_s: float = DOUBT_SECONDS

    @property
    def proof(self) -> Proof:
        """What a look at it proves."""
        return Proof(self.door.capabilities(), self.doubt_s)


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

    def __init__(
        self,
        sink: Sink,
        identifiers: Sequence[SinkIdentifier],
        known: Iterable[Known] = (),
        elsewhere: Container[str] = (),
    ) -> None:
        """Ask who the person is; ``elsewhere`` are targets that others have to close to an account that was theirs."""
        resolved, refused = resolve(sink.door, identifiers)
        self._elsewhere = elsewhere
        self._known = {(each.target, each.subject): each for each in known}
        former = {each.subject: SinkIdentifier("", each.token, False) for each in self._known.values()}
        self.subjects: Subjects = {**former, **resolved}
        self._resolved = frozenset(resolved)
        self._sink = sink
        self._strangers = [error for error in refused if error.code == NOBODY]
        self.trouble = next((error for error in refused if error.code != NOBODY), None)
        self.refused: dict[str, RejectedError] = {}
        self.shown: dict[tuple[str, str], Shown] = {}
        self._gone: set[str] = set()
        self._ending: set[tuple[str, str]] = set()
        self.listed: dict[tuple[str, str], frozenset[str]] = {}
        self._evidence: dict[tuple[str, str], Mapping[str, str]] = {}

    def subjects_at(self, target: str) -> Subjects:
        """The person's ids that matter at a target: who they are now, and who they were when it was opened."""
        return {s: each for s, each in self.subjects.items() if s in self._resolved or (target, s) in self._known}

    def look(self, subject: str, targets: Collection[str]) -> None:
        """Observe targets under one id; where the sink refuses one, each alone.

        Raises:
            UnavailableError: ``sink.no-person``: the id that was resolved just now is gone: resolve it again.
        """
        targets = [target for target in targets if subject in self.subjects_at(target)]
        try:
            seen = self._sink.door.observe(subject, targets)
        except RejectedError as error:
            if len(targets) == 1:
                self.refused.update(dict.fromkeys(targets, error))
            else:
                for target in targets:
                    self.look(subject, [target])
            return
        if seen.gone and subject in self._resolved:
            raise account_gone(self._sink.name)
        if seen.gone:
            self._gone.add(subject)
        for target in targets:
            self.shown[target, subject] = Shown(seen.presence.get(target), seen.unproven.get(target, ""))
            (self._ending.add if target in seen.ending else self._ending.discard)((target, subject))
            if target in seen.listed:
                self.listed[target, subject] = seen.listed[target]
            gone = {GONE: "1"} if seen.gone else {}
            self._evidence[subject, target] = {**seen.evidence.get(target, {}), **gone}

    def mismatch(self, row: DesiredRow) -> Presence | None:
        """What a target shows where it must show something else; nothing if it is as it must be."""
        return mismatch(row.wanted, self.subjects_at(row.target), lambda subject: self._presence(row.target, subject))

    def hides(self, row: DesiredRow) -> bool:
        """Whether a target cannot be judged: who cannot be told may have it open, and what is not shown may be.

        Where an identifier leads to several accounts all of them are looked at; that is enough to see them closed.
        """
        if row.target in self.refused or not self.shows(row):
            return True
        if row.wanted == "absent" and row.target in self._elsewhere:
            return True
        if self.trouble is None:
            return False
        return row.wanted == "present" or self.trouble.code != SEVERAL or not self._resolved

    def shows(self, row: DesiredRow) -> bool:
        """Whether the target shows every id of the person; a device does so only once it has answered."""
        return all(self._presence(row.target, subject) is not None for subject in self.subjects_at(row.target))

    def waits(self, row: DesiredRow) -> str:
        """Why nothing is shown yet, by its code, where that comes by itself as the change was taken; else empty."""
        if row.state != "accepted":
            return ""
        shown = (self.shown.get((row.target, subject)) for subject in self.subjects_at(row.target))
        return next((each.unproven for each in shown if each and each.presence is None and each.unproven), "")

    def ends(self, row: DesiredRow) -> bool:
        """Whether a target must be opened anew, as the sink ends by itself what it opened."""
        return row.wanted == "present" and any((row.target, each) in self._ending for each in self._opened(row))

    def unproven(self, row: DesiredRow) -> str:
        """Why what is seen closed is not proven to be, by its code; empty if it is."""
        closed = self._closed(row)
        shown = (self.shown.get((row.target, subject)) for subject in closed)
        return next((each.unproven for each in shown if each is not None and each.unproven), "")

    def owes(self, row: DesiredRow) -> bool:
        """Whether it was opened under an id, or seen open, and no removal was sent since: no look calls that off."""
        return any(self._is_owed(row.target, subject) for subject in self._closed(row))

    def writes(self, rows: Iterable[DesiredRow], unseen: Container[str] = ()) -> list[tuple[Presence, DesiredRow, str]]:
        """What must be written, and under which id; closings first. ``unseen`` targets are, whatever a look shows."""
        todo = [
            (must, row, subject)
            for row in rows
            if row.target not in self.refused and not self.waits(row)
            for subject, identifier in self.subjects_at(row.target).items()
            if (must := required_presence(row.wanted, identifier)) != self._presence(row.target, subject)
            or row.target in unseen
            or (must == "absent" and self._is_owed(row.target, subject))
            or (must == "present" and (row.target, subject) in self._ending)
        ]
        self.refused.update(
            {
                row.target: in_vain(row.target, MOST_WRITES)
                for must, row, subject in todo
                if self._is_vain(must, row, subject)
            }
        )
        todo = [each for each in todo if not self._is_vain(*each)]
        # Where an identifier could not be told nothing is opened under the others, but closed.
        return sorted((each for each in todo if self.trouble is None or each[0] == "absent"), key=itemgetter(0))

    def _presence(self, target: str, subject: str) -> Presence | None:
        shown = self.shown.get((target, subject))
        return None if shown is None else shown.presence

    def _opened(self, row: DesiredRow) -> list[str]:
        """Ids under which a target must be open."""
        subjects = self.subjects_at(row.target)
        return [subject for subject, each in subjects.items() if required_presence(row.wanted, each) == "present"]

    def _closed(self, row: DesiredRow) -> list[str]:
        """Ids under which a target must be closed."""
        return [subject for subject in self.subjects_at(row.target) if subject not in self._opened(row)]

    def _is_owed(self, target: str, subject: str) -> bool:
        known = self._known.get((target, subject))
        is_there = subject not in self._gone  # of an account that is gone there is nothing to be taken
        return known is not None and not known.sent and known.look_at is None and is_there

    def _is_vain(self, must: Presence, row: DesiredRow, subject: str) -> bool:
        """Whether this write was taken as often as it is sent, and never seen."""
        known = self._known.get((row.target, subject))
        return known is not None and (known.adds if must == "present" else known.removals) >= MOST_WRITES

    def refusal(self, rows: Iterable[DesiredRow]) -> RejectedError | None:
        """Why not everything can be as it must be, if so: nothing opens to whom the sink does not know."""
        rows = list(rows)
        if self.trouble is not None:
            return self.trouble if any(map(self.hides, rows)) else None
        if any(identifier.now for identifier in self.subjects.values()) or all(row.wanted == "absent" for row in rows):
            return None
        return next(iter(self._strangers), unlinked(self._sink.source))

    def evidence(self, target: str) -> Mapping[str, str]:
        """What proves how a target was last seen, small enough for an entry; a second id's is numbered.

        ``sink.no-person`` counts the identifiers by which the sink knows nobody (0: none was ever linked).
        """
        pieces: dict[str, str] = {}
        if self._strangers or not self._resolved:
            pieces[NOBODY] = str(len(self._strangers))
        for n, subject in enumerate(self.subjects_at(target), 1):
            for name, value in self._evidence.get((subject, target), {}).items():
                pieces[name if n == 1 else f"{n}.{name}"] = value
        return {_ascii(name)[:_NAME]: value[:_VALUE] for name, value in islice(pieces.items(), _EVIDENCE)}


def _ascii(name: str) -> str:
    """An entry of the log has ASCII keys."""
    return name.encode("ascii", "backslashreplace").decode()
