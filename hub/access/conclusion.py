"""What an attempt means for the store: how each target stands, the entries of it, and when somebody looks again."""

from collections.abc import Mapping

import orjson

from audit_log.entry import Committed
from hub.access.attempt import Attempt, AttemptResult
from hub.access.claims import BACKOFF
from hub.access.commands import Commands, Order
from hub.access.desired import GRANT_LANE, read, set_state
from hub.access.gate import RETRY_AFTER_SECONDS
from hub.access.halts import HARM, halt
from hub.access.known_open import KnownOpen
from hub.access.leases import LONGEST_WAIT_SECONDS, store_us, us
from hub.access.proof import ANSWER_SECONDS, UNREADABLE
from hub.access.sinks import GONE
from hub.access.unmade import NOBODY
from hub.audit.enclosures import Enclosures
from hub.store.commit import Tx
from hub.store.tables import access as sql
from hub.store.tables import connectors
from hub.store.tables.access import DesiredRow
from schemas.errors import LicetError, RejectedError, UnavailableError


class Conclusions:
    """Keeps what the attempts of one owner found."""

    def __init__(self, owner: str, enclosures: Enclosures, commands: Commands, known: KnownOpen) -> None:
        self._owner = owner
        self._known = known
        self._enclosures = enclosures
        self._commands = commands

    def conclude(self, attempt: Attempt, result: AttemptResult, latency_ms: int, tx: Tx) -> None:
        """Keep what an attempt found. What a newer epoch wants meanwhile is untouched.

        But for a write that may be seen later: whoever wants otherwise must know. Whose lease was taken over by
        somebody else, as one that was gone, only leaves its entries: how the targets stand is for the other to say.
        """
        now = store_us(tx.session)
        lease = {"of": attempt.person, "at_sink": attempt.sink, "owner": self._owner}
        held = tx.session.run(sql.beat, {**lease, "now": now, "until": now}) > 0
        for target in sorted(result.harmed):
            halt(attempt.sink, target, HARM, tx)
        newest = {row.target: row for row in read(attempt.person, tx) if row.sink == attempt.sink}
        for row in attempt.targets:
            state = result.state(row)
            if row.target not in result.queued:
                self._enter(attempt, row, state, result, latency_ms, tx)
            if held:
                _keep(attempt, row, newest[row.target], state, result, now, tx)
                self._queue(attempt, row, newest[row.target], result, tx)
        if held:
            self._known.conclude(attempt, result, now, tx)
        if held and result.done(attempt):
            self._close(attempt, tx)
        elif held:
            _retry(attempt, result, now, tx)

    def _close(self, attempt: Attempt, tx: Tx) -> None:
        """Everything is as it must be; what came meanwhile waits on, and what was in doubt is looked at once more."""
        place = {"of": attempt.person, "at_sink": attempt.sink}
        known = self._known.of(attempt.person, attempt.sink, tx.session)
        looks = [each.look_at for each in known if each.look_at is not None]
        if looks and tx.session.run(sql.retry, {**place, "of_epoch": attempt.epoch, "at": min(looks), "tries": 0}):
            tx.wake_delivery()
            return
        row = {"person": attempt.person, "sink": attempt.sink, "epoch": attempt.epoch}
        if not _waits_on(attempt, tx) and tx.session.run(sql.delivered, row):
            return
        tx.session.run(sql.unlease, place)
        tx.wake_delivery()

    def _queue(self, attempt: Attempt, row: DesiredRow, newest: DesiredRow, result: AttemptResult, tx: Tx) -> None:
        """Have a peer told what it must do, unless something newer is wanted by now."""
        queued = result.queued.get(row.target)
        if queued is not None and newest.epoch == row.epoch:
            order = Order(attempt.sink, queued.peer, queued.texts, attempt.person, row.target, row.epoch)
            self._commands.queue(order, tx)

    def _enter(
        self, attempt: Attempt, row: DesiredRow, state: str, result: AttemptResult, latency_ms: int, tx: Tx
    ) -> None:
        written, seen = result.wrote(row.target), result.observed.get(row.target)
        who = {"connector": attempt.sink, "person": attempt.person}
        if written:
            code = None if attempt.proof.readable else UNREADABLE
            tx.log("accepted", **who, target=row.target, epoch=row.epoch, code=code)
        if not written or attempt.proof.readable:
            self._enter_state(attempt, row, state, result, latency_ms, tx)
        if seen == "absent" == row.wanted and row.observed == "present" and _is_lost(result.evidence[row.target]):
            # Deleted there, most likely; but it had this door open, and under another name it still may.
            _note_error(attempt.sink, NOBODY, tx)
            tx.log("alarm", **who, target=row.target, epoch=row.epoch, code=NOBODY)

    def _enter_state(
        self, attempt: Attempt, row: DesiredRow, state: str, result: AttemptResult, latency_ms: int, tx: Tx
    ) -> None:
        seen, error = result.observed.get(row.target), result.error_of(row.target)
        evidence = result.evidence.get(row.target, {})
        confirmed = state == "confirmed" and seen is not None
        entry = tx.new_id()
        tx.log(
            _kind(row, state, seen, error),
            entry=entry,
            connector=attempt.sink,
            person=attempt.person,
            target=row.target,
            wanted=row.wanted,
            observed=seen,
            epoch=row.epoch,
            decision=row.decision or None,
            code=None if confirmed else _code(result, row.target),
            latency_ms=latency_ms,
            outcome=_done(row, result, confirmed=confirmed),
            observation=self._enclosed(entry, evidence, tx) if evidence and confirmed else None,
        )

    def _enclosed(self, entry: str, evidence: Mapping[str, str], tx: Tx) -> Committed:
        """A commitment to what was asked and answered; digests alone could be tried against."""
        shown = orjson.dumps(evidence, option=orjson.OPT_SORT_KEYS)
        return self._enclosures.keep(entry, "observation", shown, tx)


def _done(row: DesiredRow, result: AttemptResult, *, confirmed: bool) -> str:
    """What became of the write: a sink that said no has said it, nobody wonders."""
    if result.wrote(row.target):
        return "applied"
    if confirmed:
        return "noop"
    return "refused" if isinstance(result.error_of(row.target), RejectedError) else "unknown"


def _is_lost(evidence: Mapping[str, str]) -> bool:
    """Whether a sink knows an account no more."""
    return any(name == NOBODY or name.endswith(GONE) for name in evidence)


def _keep(
    attempt: Attempt, row: DesiredRow, newest: DesiredRow, state: str, result: AttemptResult, now: int, tx: Tx
) -> None:
    seen = result.observed.get(row.target)
    if newest.epoch == row.epoch:
        seconds = _settling(attempt, row, result)
        settles_at = None if seconds is None else now + us(seconds)
        set_state(attempt.person, row, state, seen, tx, settles_at=settles_at)
    elif state in ("unknown", "accepted") and newest.state == "decided":
        set_state(attempt.person, newest, "unknown", seen, tx)


def _code(result: AttemptResult, target: str) -> str | None:
    """Why a target is not confirmed: what went wrong, or that what was seen proves nothing."""
    error = result.error_of(target)
    return (result.unproven.get(target) or None) if error is None else error.code


def _kind(row: DesiredRow, state: str, seen: str | None, error: LicetError | None) -> str:
    """The kind of entry that says how a target stands; one that was confirmed once, and is not seen now, is neither."""
    if seen is not None and state in ("confirmed", "drifted"):
        return state
    if state == "accepted" and seen is not None and seen != row.wanted:
        return "drifted"
    if state == "accepted" or (state == "unknown" and not isinstance(error, RejectedError)):
        return "unknown"
    return "unknown" if error is None else "failed"


def _waits_on(attempt: Attempt, tx: Tx) -> bool:
    """Whether something else at this sink was found or decided meanwhile, even under an epoch that was known before."""
    rows = [row for row in read(attempt.person, tx) if row.sink == attempt.sink and row.mode == "enforce"]
    return any(row.state not in ("confirmed", "held") for row in rows)


def _retry(attempt: Attempt, result: AttemptResult, now: int, tx: Tx) -> None:
    errors = [error for error in (result.error, *result.refused.values()) if error is not None]
    if errors:
        _note_error(attempt.sink, errors[0].code, tx)
    wait = _wait(attempt, result)
    row = {
        "of": attempt.person,
        "at_sink": attempt.sink,
        "of_epoch": attempt.epoch,
        "tries": _tries(attempt, result) + 1,
    }
    if not tx.session.run(sql.retry, {**row, "at": now + us(wait)}):
        # What is wanted now is newer, and waits for nobody.
        tx.session.run(sql.unlease, {"of": attempt.person, "at_sink": attempt.sink})
    tx.wake_delivery()


def _tries(attempt: Attempt, result: AttemptResult) -> int:
    """Tries before this one; the first that comes to an end without proof begins to count anew."""
    is_first = result.error is None and all(row.state != "accepted" for row in attempt.targets)
    return 0 if is_first and any(result.unproven.values()) else attempt.tries


def _wait(attempt: Attempt, result: AttemptResult) -> float:
    """Seconds until the next try."""
    backoff = BACKOFF[attempt.lane].seconds(attempt.tries + 1)
    if result.came_back:
        return 0.0
    if result.error is None:
        return min(_pause(attempt, row, result, backoff) for row in attempt.targets)
    if isinstance(result.error, UnavailableError) and result.error.retry_after is not None:
        return max(backoff, min(result.error.retry_after, RETRY_AFTER_SECONDS[attempt.lane]))
    return backoff


def _pause(attempt: Attempt, row: DesiredRow, result: AttemptResult, backoff: float) -> float:
    """When to look at a target again: at once if it drifted or was not sent, or when a look proves something."""
    state = result.states.get(row.target)
    if state in ("drifted", "decided"):
        return 0.0
    if state == "confirmed":
        return LONGEST_WAIT_SECONDS
    seconds = _settling(attempt, row, result)
    if seconds is None and state == "accepted" and result.unproven.get(row.target):
        # A look that has proven nothing is repeated after twice as long each time.
        return min(attempt.proof.doubt_s * 2.0 ** min(_tries(attempt, result), 10), RETRY_AFTER_SECONDS[GRANT_LANE])
    return backoff if seconds is None else seconds


def _settling(attempt: Attempt, row: DesiredRow, result: AttemptResult) -> float | None:
    """Seconds until a look proves how a target is, where time is all that is missing: it was written, or queued."""
    if row.target in result.queued:
        return ANSWER_SECONDS
    matches = result.observed.get(row.target) == row.wanted
    if matches and result.unproven.get(row.target) and not (attempt.proof.settles and result.wrote(row.target)):
        return None  # time alone does not prove it
    if result.states.get(row.target) == "accepted" and (matches or attempt.proof.settles):
        return attempt.proof.seconds(row)
    return None


def _note_error(sink: str, code: str, tx: Tx) -> None:
    tx.session.run(connectors.connector_error, {"of": sink, "code": code, "at": tx.now_us})
