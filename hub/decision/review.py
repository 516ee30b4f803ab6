"""Looks at one person again: standing from the rules, what differs is decided, on record, and desired outside.

A bug in a rule parks that person and nobody else; an explicit suspension or revocation still closes, on a
path that needs no rule.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from audit_log.kinds import triggers
from hub.access.desired import abandoned_targets, desire, read
from hub.access.modes import Modes
from hub.access.wanted import wanted_targets
from hub.clock import to_us
from hub.decision.decisions import Decisions
from hub.decision.explicit import closings, grounds, next_ends
from hub.decision.words import IssuersWords, words_of
from hub.evidence.dossier import Evidence
from hub.notification.notices import enqueue_notices
from hub.rules.dossier import Standing
from hub.rules.standing import standings
from hub.store.commit import Tx
from hub.store.tables import review
from hub.store.tables.review import StandingRow
from schemas.position import Position

_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(hours=1)

log = logging.getLogger(__name__)


class Review:
    """Reviews persons inside the writer's commit."""

    def __init__(
        self, evidence: Evidence, decisions: Decisions, positions: Mapping[str, Position], zone: ZoneInfo
    ) -> None:
        self._evidence = evidence
        self._decisions = decisions
        self._positions = positions
        self._zone = zone

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
            self._close_withdrawn(person, causes, tx)
        self._alarm("the closing path", person, tried.error, tx)

    def _alarm(self, what: str, person: str, error: Exception | None, tx: Tx) -> None:
        """What is left to do for a person where nothing works: somebody must hear of it."""
        if error is not None:
            log.error("%s failed too", what, exc_info=error)
            tx.log("alarm", person=person, code="review.stuck", error=type(error).__name__)

    def _look(self, person: str, causes: Sequence[str], tx: Tx) -> None:
        dossier = self._evidence.dossier(person, tx.session, now=tx.now, keep=True)
        after = standings(dossier, self._positions, now=tx.now, zone=self._zone)
        modes = Modes.read(tx.session)
        decision = self._decide(person, after, modes, causes, tx)
        rows = read(person, tx)
        targets = grounds(rows, IssuersWords(dossier.credentials, {}))
        wanted = list(wanted_targets(after, self._positions, modes, tx.now))
        wanted += abandoned_targets(rows, wanted, self._positions, modes, tx.now)
        closing = closings(targets, wanted, self._positions, tx.now)
        if not decision and (news := closing.news(targets)):
            decision = self._decisions.closed(person, news, causes, tx)
        desire(person, closing.over(wanted), decision, tx)
        self._look_again(person, after, modes, next_ends(targets, self._positions, tx.now), tx)

    def _decide(self, person: str, after: Sequence[Standing], modes: Modes, causes: Sequence[str], tx: Tx) -> str:
        """Keep all standings and what they give reason to tell; the id of the last decision among them, if any."""
        before = {row.position: row for row in tx.session.all(review.standings_of, {"person": person})}
        decision = ""
        for standing in after:
            row: StandingRow | None = before.get(standing.position)
            decision = self._decisions.keep(person, standing, row, causes, tx) or decision
            enqueue_notices(person, standing, modes, tx)
        return decision

    def _close_withdrawn(self, person: str, causes: Sequence[str], tx: Tx) -> None:
        """Close what issuers suspended or revoked, without asking a rule."""
        targets = grounds(read(person, tx), words_of(person, tx.session))
        closed = [(each, each.closed(explicit=True)) for each in targets if each.withdrawn(tx.now)]
        if news := [ground for ground, target in closed if ground.is_news(target)]:
            decision = self._decisions.closed(person, news, causes, tx)
            desire(person, [target for _ground, target in closed], decision, tx)

    def _look_again(
        self, person: str, after: Sequence[Standing], modes: Modes, ends: Sequence[datetime], tx: Tx
    ) -> None:
        change = modes.next_change({standing.position for standing in after}, tx.now)
        looks = [look for look in (change, *ends, *(each.next_look for each in after)) if look is not None]
        if looks:
            row = {"person": person, "at": to_us(min(looks)), "because": "date", "tries": 0}
            tx.session.run(review.set_due, row)
            tx.wake_deadlines()
        else:
            tx.session.run(review.clear_due, {"person": person})

    def _park(self, person: str, causes: Sequence[str], error: Exception, tx: Tx) -> None:
        row = tx.session.one(review.due_of, {"person": person})
        tries = (row.tries if row is not None else 0) + 1
        again = tx.now + min(_FIRST_RETRY * 2 ** min(tries - 1, 16), _LAST_RETRY)
        because = ",".join(causes)
        tx.session.run(review.set_due, {"person": person, "at": to_us(again), "because": because, "tries": tries})
        tx.log(
            "alarm",
            person=person,
            code="review.stuck",
            triggers=triggers(causes),
            attempt=tries,
            error=type(error).__name__,
        )
