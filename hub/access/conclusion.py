"""What an attempt means for the store: how each target stands, the entries of it, and when somebody looks again."""

import orjson

from hub.access.attempt import Attempt, AttemptResult
from hub.access.claims import BACKOFF
from hub.access.desired import GRANT_LANE, REVOKE_LANE, read, set_state
from hub.access.leases import store_us, us
from hub.access.sinks import NOBODY
from hub.audit.enclosures import Enclosures
from hub.store.commit import Tx
from hub.store.tables import access as sql
from hub.store.tables import connectors
from hub.store.tables.access import DesiredRow
from schemas.errors import LicetError, UnavailableError

UNREADABLE = "sink.no-read-back"
RETRY_AFTER_SECONDS = {REVOKE_LANE: 60.0, GRANT_LANE: 3600.0}
"""The longest that a sink may ask us to stay away."""


def conclude(
    attempt: Attempt, result: AttemptResult, latency_ms: int, owner: str, enclosures: Enclosures, tx: Tx
) -> None:
    """Keep what an attempt of ``owner`` found. What a newer epoch wants meanwhile is untouched.

    But for a write that may be seen later: whoever wants otherwise must know. Whose lease was taken over by somebody
    else, as one that was gone, only leaves its entries: how the targets stand is for the other one to say.
    """
    now = store_us(tx.session)
    place = {"of": attempt.person, "at_sink": attempt.sink}
    held = tx.session.run(sql.beat, {**place, "owner": owner, "now": now, "until": now}) > 0
    newest = {row.target: row for row in read(attempt.person, tx) if row.sink == attempt.sink}
    for row in attempt.targets:
        state = result.state(row)
        _enter(attempt, row, state, result, latency_ms, enclosures, tx)
        if held:
            _keep(attempt, row, newest[row.target], state, result, now, tx)
    if held and result.done(attempt):
        _close(attempt, tx)
    elif held:
        _retry(attempt, result, now, tx)


def _keep(
    attempt: Attempt, row: DesiredRow, newest: DesiredRow, state: str, result: AttemptResult, now: int, tx: Tx
) -> None:
    seen = result.observed.get(row.target)
    if newest.epoch == row.epoch:
        waits = state == "accepted" and _only_to_be_seen(attempt, row, result)
        settles_at = now + us(attempt.proof.seconds(row)) if waits else None
        set_state(attempt.person, row, state, seen, tx, settles_at=settles_at)
    elif state in ("unknown", "accepted") and newest.state == "decided":
        set_state(attempt.person, newest, "unknown", seen, tx)


def _enter(
    attempt: Attempt,
    row: DesiredRow,
    state: str,
    result: AttemptResult,
    latency_ms: int,
    enclosures: Enclosures,
    tx: Tx,
) -> None:
    written, error, seen = result.wrote(row.target), result.error_of(row.target), result.observed.get(row.target)
    evidence = result.evidence.get(row.target, {})
    if written:
        code = None if attempt.proof.readable else UNREADABLE
        tx.log("accepted", connector=attempt.sink, person=attempt.person, target=row.target, epoch=row.epoch, code=code)
    if not written or attempt.proof.readable:
        entry, shown = tx.new_id(), orjson.dumps(evidence, option=orjson.OPT_SORT_KEYS)
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
            code=None if error is None or state == "confirmed" else error.code,
            latency_ms=latency_ms,
            outcome="applied" if written else "noop" if state == "confirmed" else "unknown",
            observation=enclosures.keep(entry, "observation", shown, tx) if evidence and state == "confirmed" else None,
        )
    if seen == "absent" == row.wanted and row.observed == "present" and NOBODY in evidence:
        # Deleted there, most likely; but it had this door open, and under another name it still may.
        _note_error(attempt.sink, NOBODY, tx)
        who = {"connector": attempt.sink, "person": attempt.person}
        tx.log("alarm", **who, target=row.target, epoch=row.epoch, code=NOBODY)


def _kind(row: DesiredRow, state: str, seen: str | None, error: LicetError | None) -> str:
    """The kind of entry that says how a target stands."""
    if state in ("confirmed", "drifted"):
        return state
    if state == "accepted" and seen is not None and seen != row.wanted:
        return "drifted"
    if state in ("accepted", "unknown"):
        return "unknown"
    return "unknown" if error is None else "failed"


def _close(attempt: Attempt, tx: Tx) -> None:
    """Everything is as it must be; what came meanwhile waits on."""
    row = {"person": attempt.person, "sink": attempt.sink, "epoch": attempt.epoch}
    if not _waits_on(attempt, tx) and tx.session.run(sql.delivered, row):
        return
    tx.session.run(sql.unlease, {"of": attempt.person, "at_sink": attempt.sink})
    tx.wake_delivery()


def _waits_on(attempt: Attempt, tx: Tx) -> bool:
    """Whether something else at this sink was found or decided meanwhile, even under an epoch that was known before."""
    rows = [row for row in read(attempt.person, tx) if row.sink == attempt.sink and row.mode == "enforce"]
    return any(row.state != "confirmed" for row in rows)


def _retry(attempt: Attempt, result: AttemptResult, now: int, tx: Tx) -> None:
    errors = [error for error in (result.error, *result.refused.values()) if error is not None]
    if errors:
        _note_error(attempt.sink, errors[0].code, tx)
    wait = _wait(attempt, result)
    row = {"of": attempt.person, "at_sink": attempt.sink, "of_epoch": attempt.epoch, "tries": attempt.tries + 1}
    if not tx.session.run(sql.retry, {**row, "at": now + us(wait)}):
        # What is wanted now is newer, and waits for nobody.
        tx.session.run(sql.unlease, {"of": attempt.person, "at_sink": attempt.sink})
    tx.wake_delivery()


def _wait(attempt: Attempt, result: AttemptResult) -> float:
    """Seconds until the next try: at once for what drifted, or when a look proves something, or after a pause."""
    if result.error is None and not result.refused:
        if "drifted" in result.states.values():
            return 0.0
        pending = [row for row in attempt.targets if result.states.get(row.target) != "confirmed"]
        if all(_only_to_be_seen(attempt, row, result) for row in pending):
            return max(attempt.proof.seconds(row) for row in pending)
    wait = BACKOFF[attempt.lane].seconds(attempt.tries + 1)
    if isinstance(result.error, UnavailableError) and result.error.retry_after is not None:
        return max(wait, min(result.error.retry_after, RETRY_AFTER_SECONDS[attempt.lane]))
    return wait


def _only_to_be_seen(attempt: Attempt, row: DesiredRow, result: AttemptResult) -> bool:
    """Whether a target was written, or looks as it must, and time is all that is missing."""
    matches = result.observed.get(row.target) == row.wanted
    return result.states.get(row.target) == "accepted" and (matches or attempt.proof.settles)


def _note_error(sink: str, code: str, tx: Tx) -> None:
    tx.session.run(connectors.connector_error, {"of": sink, "code": code, "at": tx.now_us})
