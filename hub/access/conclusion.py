"""What an attempt means for the store: how each target stands, the entries of it, and when somebody looks again."""

from hub.access.attempt import Attempt, AttemptResult
from hub.access.claims import BACKOFF
from hub.access.desired import read, set_state
from hub.access.leases import store_us, us
from hub.access.sinks import NOBODY
from hub.store.commit import Tx
from hub.store.tables import access as sql
from hub.store.tables import connectors
from hub.store.tables.access import DesiredRow
from schemas.errors import UnavailableError

LATE_SECONDS = 4.0
"""A grant whose answer was lost may still land: what it might have opened is seen closed twice, so far apart."""
RETRY_AFTER_SECONDS = 3600.0
"""The longest that a sink may ask us to stay away."""

_KINDS = {"confirmed": "confirmed", "accepted": "drifted", "unknown": "unknown", "drifted": "drifted"}


def conclude(attempt: Attempt, result: AttemptResult, latency_ms: int, owner: str, tx: Tx) -> None:
    """Keep what an attempt of ``owner`` found. What a newer epoch wants meanwhile is untouched.

    But for a grant of unknown outcome: whoever closes must know. Whose lease was taken over by somebody else, as one
    that was gone, only leaves its entries: how the targets stand is for the other one to say.
    """
    now = store_us(tx.session)
    place = {"of": attempt.person, "at_sink": attempt.sink}
    held = tx.session.run(sql.beat, {**place, "owner": owner, "now": now, "until": now}) > 0
    newest = {row.target: row for row in read(attempt.person, tx) if row.sink == attempt.sink}
    for row in attempt.targets:
        state = result.state(row)
        _enter(attempt, row, state, result, latency_ms, tx)
        if held:
            _keep(attempt, row, newest[row.target], state, result, tx)
    if held and result.done:
        _close(attempt, tx)
    elif held:
        _retry(attempt, result, now, tx)


def _keep(attempt: Attempt, row: DesiredRow, newest: DesiredRow, state: str, result: AttemptResult, tx: Tx) -> None:
    seen = result.observed.get(row.target)
    if newest.epoch == row.epoch:
        set_state(attempt.person, row, state, seen, tx)
    elif row.wanted == "present" and state == "unknown":
        set_state(attempt.person, newest, "unknown", seen, tx)


def _enter(attempt: Attempt, row: DesiredRow, state: str, result: AttemptResult, latency_ms: int, tx: Tx) -> None:
    written, error = result.wrote(row.target), result.error_of(row.target)
    evidence = result.evidence.get(row.target, {})
    if written:
        tx.log("accepted", connector=attempt.sink, person=attempt.person, target=row.target, epoch=row.epoch)
    tx.log(
        _KINDS.get(state, "unknown" if error is None else "failed"),
        connector=attempt.sink,
        person=attempt.person,
        target=row.target,
        wanted=row.wanted,
        observed=result.observed.get(row.target),
        epoch=row.epoch,
        decision=row.decision,
        code=None if error is None or state == "confirmed" else error.code,
        latency_ms=latency_ms,
        outcome="applied" if written else "noop" if state == "confirmed" else "unknown",
        evidence=evidence if state == "confirmed" else None,
    )
    if state == "confirmed" and row.observed == "present" and NOBODY in evidence:
        # Deleted there, most likely; but it had this door open, and under another name it still may.
        _note_error(attempt.sink, NOBODY, tx)
        who = {"connector": attempt.sink, "person": attempt.person}
        tx.log("alarm", **who, target=row.target, epoch=row.epoch, code=NOBODY)


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
    """Seconds until the next try."""
    if attempt.doubted and result.error is None and not result.refused:
        return LATE_SECONDS
    wait = BACKOFF[attempt.lane].seconds(attempt.tries + 1)
    if isinstance(result.error, UnavailableError) and result.error.retry_after is not None:
        return max(wait, min(result.error.retry_after, RETRY_AFTER_SECONDS))
    return wait


def _note_error(sink: str, code: str, tx: Tx) -> None:
    tx.session.run(connectors.connector_error, {"of": sink, "code": code, "at": tx.now_us})
