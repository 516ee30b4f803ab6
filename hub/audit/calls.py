"""Leaves an entry of every call to another system: what it was asked, how that went, how long it took.

What changes something has an entry each. What only looks (a sweep may look a thousand times a second) is counted,
and told of together: one entry a second for the same question to the same system with the same outcome.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, NamedTuple, TypeVar

from connectors.http import peer_dates
from hub.audit.peer_clocks import PeerClocks
from hub.clock import Clock
from hub.store.commit import Tx
from hub.store.tables import connectors
from hub.store.writer import Writer
from hub.workers import Activator
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError

Operation = Literal["apply", "members", "observe", "poll", "probe", "resolve", "send"]
COUNT_SECONDS = 1.0
MOST = 10_000

T = TypeVar("T")
log = logging.getLogger(__name__)


class _Outcome(NamedTuple):
    """How a call went: an outcome word, and the code of a failure or the class of a bug."""

    word: str
    code: str | None = None
    error: str | None = None


class _Question(NamedTuple):
    """Which system was asked what, of which target, and how that went."""

    connector: str
    operation: Operation
    target: str | None
    outcome: _Outcome


@dataclass(slots=True)
class _Counted:
    """How often, and how long in all."""

    count: int = 0
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self.seconds += seconds


class Call(NamedTuple):
    """What one entry says of one call, or of several that were counted."""

    question: _Question
    seconds: float
    about: Mapping[str, Any]


class Calls:
    """Takes down calls to other systems, and keeps what it took down until it is entered. For many threads."""

    def __init__(self, clock: Clock, activator: Activator, peer_clocks: PeerClocks) -> None:
        self._clock = clock
        self._peer_clocks = peer_clocks
        self._lock = Lock()
        self._single: list[Call] = []
        self._counted: dict[_Question, _Counted] = {}
        self.activator = activator
        """Woken where a call waits that has an entry of its own."""

    def one(self, connector: str, operation: Operation, call: Callable[[], T], **about: Any) -> T:
        """What ``call`` returns; it has an entry of its own, with ``about`` as further members."""
        return self._timed(
            connector,
            call,
            lambda outcome, s: self.put([Call(_Question(connector, operation, None, outcome), s, about)]),
        )

    def counted(self, connector: str, operation: Operation, call: Callable[[], T], target: str | None = None) -> T:
        """What ``call`` returns; it only looks, and is told of together with others."""

        def count(outcome: _Outcome, seconds: float) -> None:
            with self._lock:
                self._counted.setdefault(_Question(connector, operation, target, outcome), _Counted()).add(seconds)

        return self._timed(connector, call, count)

    def put(self, calls: Sequence[Call]) -> None:
        """Have calls entered."""
        self.put_back(calls)
        self.activator.wake()

    def put_back(self, calls: Sequence[Call]) -> None:
        """Have calls entered at the next turn; the oldest are dropped where nothing can be entered for long."""
        with self._lock:
            self._single += calls
            if len(self._single) > MOST:
                log.warning("%d calls will have no entry: the store is away", len(self._single) - MOST)
                del self._single[:-MOST]

    def take(self) -> list[Call]:
        """What was taken down and is not entered yet."""
        with self._lock:
            single, self._single = self._single, []
            counted, self._counted = self._counted, {}
        together = [Call(question, took.seconds, {"count": took.count}) for question, took in counted.items()]
        return single + together

    def _timed(self, connector: str, call: Callable[[], T], note: Callable[[_Outcome, float], None]) -> T:
        begun = self._clock.monotonic()
        with peer_dates() as dates:
            try:
                result = call()
            except Exception as error:
                note(_outcome(error), self._clock.monotonic() - begun)
                raise
            finally:
                self._peer_clocks.heard(connector, dates)
        note(_Outcome("answered"), self._clock.monotonic() - begun)
        return result


LAST_SECONDS = 2.0


class CallRecord:
    """Enters in the log what ``Calls`` took down."""

    def __init__(self, calls: Calls, writer: Writer) -> None:
        self._calls = calls
        self._writer = writer

    def last(self) -> None:
        """Enter what waits, at the end of a process: whoever ends it does not wait long."""
        self.turn(LAST_SECONDS)

    def turn(self, seconds: float | None = None) -> None:
        """Enter what waits; it goes on waiting if the store is away."""
        if calls := self._calls.take():
            try:
                self._writer.call(lambda tx: _enter(calls, tx), seconds)
            except UnavailableError as error:
                log.warning("%d calls wait for their entry: %s", len(calls), error.message)
                self._calls.put_back(calls)


def _enter(calls: Sequence[Call], tx: Tx) -> None:
    _note(calls, tx)
    for (connector, operation, target, (word, code, error)), seconds, about in calls:
        members = {"code": code, "error": error, "target": target, "latency_ms": round(seconds * 1000), **about}
        tx.log("call", connector=connector, operation=operation, outcome=word, **members)


def _note(calls: Sequence[Call], tx: Tx) -> None:
    """Keep with each system whether it answered us, and what went wrong: a restart makes no dead one look well."""
    answered = {each.question.connector for each in calls if _has_answered(each.question.outcome)}
    failed = {
        each.question.connector: each.question.outcome for each in calls if each.question.outcome.word != "answered"
    }
    for name in sorted(answered):
        tx.session.run(connectors.heard, {"connector": name, "at": tx.now_us})
    for name, outcome in sorted(failed.items()):
        tx.session.run(
            connectors.went_wrong, {"connector": name, "at": tx.now_us, "code": outcome.code or outcome.error}
        )


def _has_answered(outcome: _Outcome) -> bool:
    """Whether it talked with us; a refusal of one person or message is an answer, that of ourselves is none."""
    return outcome.word == "answered" or (outcome.word == "rejected" and outcome.code != "peer.auth")


def _outcome(error: Exception) -> _Outcome:
    if not isinstance(error, LicetError):
        return _Outcome("failed", error=type(error).__name__)
    if isinstance(error, UnknownOutcomeError):
        return _Outcome("unknown", error.code)
    return _Outcome("rejected" if isinstance(error, RejectedError) else "failed", error.code)
