"""One attempt, all targets of one person at one sink: resolve, observe, apply, observe.

A time-out means unknown: the next attempt looks before it tries. Nothing is confirmed but by an observation after
the write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.port import Change, Queued
from hub.access.halts import holds
from hub.access.ids import Known, Shown, Subject
from hub.access.one_change import Place
from hub.access.proof import Proof
from hub.access.sinks import Sink, SinkView
from hub.identity.directory import SinkIdentifier
from hub.store.tables.access import DesiredRow
from schemas.access import Presence
from schemas.errors import LicetError, RejectedError, UnknownOutcomeError
from schemas.words import Words

_Listed = Mapping[tuple[str, str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one worker does under one lease.

    Attributes:
        identifiers: The person's at this sink; one that is theirs no more opens nothing.
        proof: What a look at this sink proves.
        known: By which ids targets of this sink may be open to the person.
        halted: Targets that are halted, each with why.
        elsewhere: Targets that may be open yet under an identifier that is somebody else's now.
    """

    person: str
    sink: str
    lane: int
    epoch: int
    tries: int
    identifiers: Sequence[SinkIdentifier]
    targets: tuple[DesiredRow, ...]
    proof: Proof
    claimed_at: float
    known: tuple[Known, ...] = ()
    halted: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    @property
    def places(self) -> list[Place]:
        """What it looks at and changes."""
        return [(self.sink, row.target) for row in self.targets]


@dataclass(slots=True)
class AttemptResult:
    """What an attempt found and did: per target the state and the last observation, and what went wrong.

    Attributes:
        applied: Targets that were written, by the id under which that was done.
        shown: What each target showed last of each id, by target and id.
        tokens: Which identifier led to each id.
        opened: What was sent to be opened, by target and id, whatever became of it.
        removed: What was sent to be closed.
        unseen: Targets that were closed though no look showed them open.
        harmed: Targets that lost others by what was written.
        queued: What a peer is to be told of a target when it asks.
        unproven: Why what was seen closed is not proven to be, by its code; empty where it is.
        refused: What the sink said of a target that it would not show or change.
        error: Why the attempt ended early, if so.
        came_back: Whether the sink was away then, and has answered others since.
    """

    states: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Presence] = field(default_factory=dict)
    applied: dict[str, list[str]] = field(default_factory=dict)
    evidence: dict[str, Mapping[str, str]] = field(default_factory=dict)
    unproven: dict[str, str] = field(default_factory=dict)
    queued: dict[str, Queued] = field(default_factory=dict)
    shown: Mapping[tuple[str, str], Shown] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    opened: set[tuple[str, str]] = field(default_factory=set)
    removed: set[tuple[str, str]] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    harmed: set[str] = field(default_factory=set)
    refused: dict[str, RejectedError] = field(default_factory=dict)
    error: LicetError | None = None
    came_back: bool = False

    def follow(self, view: SinkView) -> None:
        """Take down all that a view shows, from now on."""
        self.shown = view.shown
        self.tokens = {subject: identifier.token for subject, identifier in view.subjects.items()}

    def sees(self, view: SinkView, row: DesiredRow) -> bool:
        """Take down how a target was seen; whether that is as it must be."""
        if view.hides(row):
            return False
        other = view.mismatch(row)
        self.observed[row.target] = other or ("present" if row.wanted == "present" else "absent")
        self.evidence[row.target] = view.evidence(row.target)
        self.unproven[row.target] = view.unproven(row)
        return other is None

    def fail(self, error: LicetError) -> None:
        """It could not be carried out whole."""
        self.error = error

    def outlive(self) -> None:
        """The sink that it failed at has come back meanwhile."""
        self.came_back = True

    def wrote(self, target: str) -> bool:
        """Whether a target was written."""
        return any(target in targets for targets in self.applied.values())

    def error_of(self, target: str) -> LicetError | None:
        """What went wrong with a target, if anything did."""
        return self.refused.get(target, self.error)

    def state(self, row: DesiredRow) -> str:
        """How a target stands after the attempt: a refused grant failed, a revocation never does."""
        if row.target in self.states:
            return self.states[row.target]
        error = self.error_of(row.target)
        if isinstance(error, RejectedError) and row.wanted == "present":
            return "failed"
        if error is None or isinstance(error, UnknownOutcomeError):
            return "unknown"
        return "unknown" if row.state == "sent" else row.state  # sent under a lease that has ended

    def subjects_at(self, target: str) -> set[str]:
        """Ids that were looked at, or written, at a target."""
        return {subject for place, subject in {*self.shown, *self.opened, *self.removed} if place == target}

    def done(self, attempt: Attempt) -> bool:
        """Whether nothing is left to be done or seen: what was refused or hidden has no such state."""
        last = "confirmed" if attempt.proof.readable else "accepted"
        return all(self.states.get(row.target) == last for row in attempt.targets)


StillWanted = Callable[[Attempt, DesiredRow, Subject], bool]
"""Asked of a grant of an attempt, and the id under which it opens, right before it is sent."""


def carry_out(attempt: Attempt, sink: Sink, still_wanted: StillWanted) -> AttemptResult:
    """Make the sink what it must be for one person, and say what was seen.

    A grant that a newer epoch overtook, or revocations that wait go before, is not sent.
    """
    result = AttemptResult()
    try:
        view = SinkView(sink, attempt.identifiers, attempt.known, attempt.elsewhere)
        result.follow(view)
        if attempt.proof.readable:
            _look(attempt, view, result)
        _write(attempt, sink, view, still_wanted, result)
        if attempt.proof.readable:
            _look_again(attempt, view, result)
        result.refused.update(view.refused)
        if (refusal := view.refusal(attempt.targets)) is not None:
            result.fail(refusal)
    except LicetError as error:
        result.fail(error)
    return result


def _look(attempt: Attempt, view: SinkView, result: AttemptResult) -> None:
    for subject in view.subjects:
        view.look(subject, [row.target for row in attempt.targets])
    for row in attempt.targets:
        if code := view.waits(row):
            result.states[row.target], result.unproven[row.target] = "accepted", code
        elif result.sees(view, row):
            doubted = attempt.proof.doubts(row) or result.unproven[row.target] or view.owes(row) or view.ends(row)
            result.states[row.target] = "accepted" if doubted else "confirmed"
        elif row.target in result.observed and _was_as_wanted(row):
            result.states[row.target] = "drifted"  # seen as it must be, and now otherwise: that is a new change


def _was_as_wanted(row: DesiredRow) -> bool:
    return row.state == "confirmed" or (row.state == "accepted" and row.observed == row.wanted)


def _write(attempt: Attempt, sink: Sink, view: SinkView, still_wanted: StillWanted, result: AttemptResult) -> None:
    rows = [row for row in attempt.targets if result.states.get(row.target) != "drifted"]
    for row in rows:
        code = attempt.halted.get(row.target)
        if code is not None and holds(code, row.wanted) and result.states.get(row.target) != "confirmed":
            view.refused[row.target] = RejectedError(
                code,
                Words(
                    f"{row.target!r}: written no more until a person says so", f"{row.target!r}：已停止写入，须由人放行"
                ),
            )
    unseen = {row.target for row in rows if attempt.proof.closes_unseen(row)}
    for presence, row, subject in view.writes(rows, unseen):
        if presence == "present" and not still_wanted(attempt, row, Subject(subject, view.subjects[subject].token)):
            result.states[row.target] = "decided"  # a newer epoch, or a revocation, goes first; this opens nothing
            continue
        if presence == "absent" and (shown := view.shown.get((row.target, subject))) and shown.presence == "absent":
            result.unseen.add(row.target)
        key = _key(attempt, row, view.subjects[subject], presence)
        _apply(sink, Change(subject, row.target, presence, key), row, result)


def _apply(sink: Sink, change: Change, row: DesiredRow, result: AttemptResult) -> None:
    """Send one change; a refused one keeps no other from being sent, unless it is we who are refused."""
    sent = result.opened if change.wanted == "present" else result.removed
    sent.add((row.target, change.subject))
    try:
        applied = sink.door.apply(change, fence=row.epoch)
    except RejectedError as error:
        if error.code == "peer.auth":
            raise
        result.refused[row.target] = error
        sent.discard((row.target, change.subject))
        return
    except UnknownOutcomeError:
        result.states[row.target] = "unknown"
        raise
    if isinstance(applied, Queued):
        earlier = result.queued.get(row.target)  # of another id of theirs
        texts = applied.texts if earlier is None else (*earlier.texts, *applied.texts)
        result.states[row.target], result.queued[row.target] = "sent", Queued(applied.peer, texts)
        return
    result.states[row.target] = "accepted"
    result.applied.setdefault(change.subject, []).append(row.target)


def _look_again(attempt: Attempt, view: SinkView, result: AttemptResult) -> None:
    before = dict(view.listed)
    for subject, written in result.applied.items():
        view.look(subject, written)
    result.harmed.update(_harmed(before, view.listed, result))
    for row in attempt.targets:
        proves = not (attempt.proof.settles or attempt.proof.doubts(row) or row.target in result.unseen)
        proves = proves and not view.ends(row)
        if result.wrote(row.target) and result.sees(view, row) and proves and not result.unproven[row.target]:
            result.states[row.target] = "confirmed"


def _harmed(before: _Listed, now: _Listed, result: AttemptResult) -> set[str]:
    """Targets that list fewer others than before: one change takes nobody away but whom it is about."""
    harmed = set()
    for (target, subject), listed in before.items():
        written = {each for each, targets in result.applied.items() if target in targets}
        if subject not in written:
            continue
        lost = listed - now[target, subject] - written
        if len(lost) >= len(written):  # of several ids of one person one may be listed by another name
            harmed.add(target)
    return harmed


def _key(attempt: Attempt, row: DesiredRow, identifier: SinkIdentifier, presence: Presence) -> str:
    """The same for every try of one epoch, so that a repeat at the sink is known as one."""
    whose = f"{attempt.person[:16]}.{identifier.token[:16]}"
    return f"{attempt.sink}/{row.target}/{whose}/{row.epoch}/{presence}"
