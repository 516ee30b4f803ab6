"""Looks at one person again: standing from the rules, what differs is decided, on record, and desired outside.

A bug in a rule parks that person and nobody else; an explicit suspension or revocation still closes, on a
path that needs no rule.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from audit_log.kinds import triggers
from hub.access.desired import abandoned_targets, desire, read
from hub.access.modes import Modes
from hub.access.wanted import wanted_targets
from hub.clock import to_us
from hub.decision.explicit import close_explicitly
from hub.decision.kept import dump, same_holds
from hub.evidence.dossier import Evidence
from hub.notification.notices import enqueue_notices
from hub.rules.dossier import Standing
from hub.rules.standing import standings
from hub.store import queries as q
from hub.store.commit import Tx
from schemas.position import Position

_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(hours=1)

log = logging.getLogger(__name__)


class Review:
    """Reviews persons inside the writer's commit. ``revision`` names the rules that judged."""

    def __init__(self, evidence: Evidence, positions: Mapping[str, Position], zone: ZoneInfo, revision: str) -> None:
        self._evidence = evidence
        self._positions = positions
        self._zone = zone
        self._revision = revision

    def __call__(self, person: str, causes: Sequence[str], tx: Tx) -> None:
        """Review one person in a savepoint of their own; never raises for a rule."""
        with tx.savepoint("review") as tried:
            self._look(person, causes, tx)
        if tried.error is None:
            return
        log.error("a rule failed; the person is stuck", exc_info=tried.error)
        failed = tried.error
        with tx.savepoint("parking") as tried:
            self._park(person, causes, failed, tx)
        self._alarm("parking", person, tried.error, tx)
        with tx.savepoint("closing") as tried:
            close_explicitly(person, causes, self._positions, tx)
        self._alarm("the closing path", person, tried.error, tx)

    def _alarm(self, what: str, person: str, error: Exception | None, tx: Tx) -> None:
        """What is left to do for a person where nothing works: somebody must hear of it."""
        if error is not None:
            log.error("%s failed too", what, exc_info=error)
            tx.log("alarm", person=person, code="review.stuck", error=type(error).__name__)

    def _look(self, person: str, causes: Sequence[str], tx: Tx) -> None:
        dossier = self._evidence.dossier(person, tx.session, now=tx.now, keep=True)
        after = standings(dossier, self._positions, now=tx.now, zone=self._zone)
        before = {row[0]: row for row in tx.session.all(q.standings_of, {"person": person})}
        modes = Modes.read(tx.session)
        decision = ""
        for standing in after:
            decision = self._decide(person, standing, before.get(standing.position), causes, tx) or decision
            enqueue_notices(person, standing, modes, tx)
        wanted = list(wanted_targets(after, self._positions, modes, tx.now))
        wanted += abandoned_targets(read(person, tx), wanted, self._positions, modes, tx.now)
        desire(person, wanted, decision, tx)
        self._look_again(person, after, modes, tx)

    def _decide(
        self, person: str, standing: Standing, row: Sequence[Any] | None, causes: Sequence[str], tx: Tx
    ) -> str | None:
        """Keep the standing; a decision where scope or holds differ. The decision's id, if there is one."""
        body = dump(standing)
        if row is not None and row[2] == body:
            return None
        before, known = ("", "") if row is None else (row[1], row[3])
        decision = None
        if row is None or before != standing.scope or not same_holds(row[2], standing):
            decision = self._record(person, standing, before, body, causes, tx)
        tx.session.run(
            q.set_standing,
            {
                "person": person,
                "position": standing.position,
                "scope": standing.scope,
                "body": body,
                "decision": decision or known,
                "decided_at": tx.now_us,
            },
        )
        return decision

    def _record(self, person: str, standing: Standing, before: str, body: str, causes: Sequence[str], tx: Tx) -> str:
        decision = tx.log(
            "decided",
            person=person,
            position=standing.position,
            before=before or None,
            after=standing.scope,
            because=list(causes),
            holds=[f"{hold.cause}:{hold.reason}" for hold in standing.holds],
            rules=self._revision,
            trace=hashlib.sha256(body.encode()).hexdigest(),
        )
        tx.session.run(
            q.insert_decision,
            {
                "id": decision,
                "person": person,
                "position": standing.position,
                "decided_at": tx.now_us,
                "because": ",".join(causes),
                "before": before,
                "after": standing.scope,
                "body": body,
            },
        )
        return decision

    def _look_again(self, person: str, after: Sequence[Standing], modes: Modes, tx: Tx) -> None:
        change = modes.next_change({standing.position for standing in after}, tx.now)
        looks = [look for look in (change, *(standing.next_look for standing in after)) if look is not None]
        if looks:
            row = {"person": person, "at": to_us(min(looks)), "because": "date", "tries": 0}
            tx.session.run(q.set_due, row)
            tx.wake_deadlines()
        else:
            tx.session.run(q.clear_due, {"person": person})

    def _park(self, person: str, causes: Sequence[str], error: Exception, tx: Tx) -> None:
        row = tx.session.one(q.due_of, {"person": person})
        tries = (row[2] if row is not None else 0) + 1
        again = tx.now + min(_FIRST_RETRY * 2 ** min(tries - 1, 16), _LAST_RETRY)
        because = ",".join(causes)
        tx.session.run(q.set_due, {"person": person, "at": to_us(again), "because": because, "tries": tries})
        tx.log(
            "alarm",
            person=person,
            code="review.stuck",
            triggers=triggers(causes),
            attempt=tries,
            error=type(error).__name__,
        )
