"""Looks at one person again: standing from the rules, what differs is decided, on record, and desired outside.

A bug in a rule parks that person and nobody else; an explicit suspension or revocation still closes, on a
path that needs no rule.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from audit_log.kinds import triggers
from hub.access.desired import abandoned_targets, desire, read
from hub.access.modes import Modes
from hub.access.overrides import Overrides
from hub.access.postponed import postponed
from hub.access.wanted import wanted_targets
from hub.cases.book import Casebook
from hub.clock import from_us, to_us
from hub.decision.decisions import Closing, Decisions
from hub.decision.explicit import closings, grounds, next_ends
from hub.decision.manning import Manning
from hub.decision.waves import Waves
from hub.decision.withdrawing import Withdrawing, tell_hr
from hub.decision.words import IssuersWords
from hub.evidence.dossier import Evidence
from hub.evidence.issues import keep_issues
from hub.evidence.mentors import look_at_mentored
from hub.exams.enrolling import enrol
from hub.exams.registering import register
from hub.notification.notices import Before, enqueue_notices
from hub.partners.reporting import Reporting
from hub.rules.cases.checks import next_checks
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.issuing import issues_missed
from hub.rules.posts.standing import Reviewed, Standing, review
from hub.store.commit import Tx
from hub.store.left_over import Waiting
from hub.store.tables import review as tables
from hub.store.tables.access import DesiredRow
from hub.store.tables.review import StandingRow
from schemas.people import Assignment

_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(hours=1)
_MOST_KEPT = 32
"""So many dossiers of one person, as each was known at an instant, are kept while those who were missed are judged."""
_LONGEST_STUCK = timedelta(days=30)
"""How far back a person is looked at who could not be reviewed."""

log = logging.getLogger(__name__)


class Review:
    """Reviews persons inside the writer's commit."""

    def __init__(
        self,
        evidence: Evidence,
        decisions: Decisions,
        rulebook: Rulebook,
        cases: Casebook,
        reporting: Reporting,
        *,
        judges: bool = True,
    ) -> None:
        """``judges``: whether the rules in force can be read; else only what issuers say and what ends closes."""
        self._judges = judges
        self._reporting = reporting
        self._evidence = evidence
        self._decisions = decisions
        self._rulebook = rulebook
        self._cases = cases
        self._withdrawing = Withdrawing(decisions)
        self._manning = Manning(rulebook)
        self._issuing = frozenset(filter(rulebook.issues, rulebook.positions))

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
        self._withdrawing([(person, causes)], tx)

    def close(self, waiting: Sequence[Waiting], tx: Tx) -> None:
        """Close what issuers withdrew of these, each in a savepoint if need be; the reviews follow. Never raises."""
        self._withdrawing(waiting, tx)

    def _alarm(self, what: str, person: str, error: Exception | None, tx: Tx) -> None:
        """What is left to do for a person where nothing works: somebody must hear of it."""
        if error is not None:
            log.error("%s failed too", what, exc_info=error)
            tx.log("alarm", person=person, code="review.stuck", error=type(error).__name__)

    def _look(self, person: str, causes: Sequence[str], tx: Tx) -> None:
        dossier = self._evidence.dossier(person, tx.session, now=tx.now, keep=True)
        rows = read(person, tx)
        modes = Modes.of_posts(_posts(dossier, rows), tx.session)
        found = self._judged(person, dossier, modes, tx)
        after, positions = found.standings, self._rulebook.in_force(tx.now)
        decision = self._decide(person, after, modes, causes, tx)
        targets = grounds(rows, IssuersWords(dossier.facts, {}))
        wanted = list(wanted_targets(after, positions, modes, tx.now))
        wanted += abandoned_targets(rows, wanted, positions, modes, tx.now)
        closing = closings(targets, wanted, positions, tx.now)
        news = closing.news(targets)
        if news and not decision:
            [decision] = self._decisions.closed([Closing(person, news, causes)], tx)
        tell_hr([(person, [each for each in news if closing.closed[each.place].explicit])], tx)
        overrides = Overrides.of(person, tx)
        opened = overrides.over(closing.over(wanted))  # before what waits: an override ends when it was said to
        later = postponed(opened, rows, after, self._rulebook, tx.now)
        guarded = Waves(person, positions, tx).over(later.wanted, rows, after, dossier)
        manned = self._manning.over(guarded.wanted, rows, after, dossier, tx)
        desire(person, manned.wanted, decision, tx, rows)
        overrides.conclude(person, tx)
        ends: list[datetime] = []
        if self._judges:  # where nobody is judged no case is over, and partners hear nothing else
            ends += self._tell(person, dossier, after, modes, tx)
        ends += [*next_ends(targets, positions, tx.now), *overrides.ends, *later.ends, *guarded.ends, *manned.ends]
        ends += next_checks(dossier.facts, tx.now)
        self._look_again(person, after, modes, ends, tx)

    def _tell(self, person: str, dossier: Dossier, after: Sequence[Standing], modes: Modes, tx: Tx) -> list[datetime]:
        """Ask HR, and tell partners; when to look again whether HR is to be asked."""
        looks: list[datetime] = []
        with tx.savepoint("cases") as tried:  # what asks HR must not stop what closes a door
            looks = self._cases.keep(person, dossier, after, tx)
        self._alarm("finding cases", person, tried.error, tx)
        with tx.savepoint("reporting") as tried:  # nor must what partners hear
            self._reporting(person, dossier, after, modes, tx)
        self._alarm("telling partners", person, tried.error, tx)
        return looks

    def _judged(self, person: str, dossier: Dossier, modes: Modes, tx: Tx) -> Reviewed:
        """What the rules find, once everything that an enforced post has to issue is issued."""
        enforced, missed = self._enforced(modes), self._missed(person, dossier, tx)
        found = review(dossier, self._rulebook, now=tx.now, enforced=enforced)
        due = any(_carried_out(issue.position, enforced, tx.now) for issue in found.issues)
        may_issue = any(each.position in self._issuing for each in found.standings)
        if not may_issue or not (due or (missed and Modes.enforced_anywhere(tx.session))):
            return found
        known = lru_cache(_MOST_KEPT)(partial(self._known, person, tx=tx))
        # What was known then may name posts that nothing names now.
        posts = set[str]().union(*(_posts(known(at), ()) for at in missed))
        enforced |= self._enforced(Modes.of_posts(posts, tx.session))
        issued = issues_missed(
            known,
            self._rulebook,
            [*missed, tx.now],
            tx.now,
            enforced=enforced,
            subject=person,
        )
        new = keep_issues(person, issued, tx)
        whole = replace(dossier, facts=[*dossier.facts, *new])
        return review(whole, self._rulebook, now=tx.now, enforced=enforced)

    def _known(self, person: str, known_by: datetime, tx: Tx) -> Dossier:
        """What was known of a person at an instant."""
        asked = None if known_by == tx.now else known_by
        return self._evidence.dossier(person, tx.session, now=known_by, known_by=asked)

    def _missed(self, person: str, dossier: Dossier, tx: Tx) -> list[datetime]:
        """The instants at which something became known that nobody looked at: the rules failed then, or it was late."""
        due = tx.session.one(tables.due_of, {"person": person})
        if due is None or from_us(due.at) >= tx.now:
            return []
        since = from_us(due.at) if not due.tries else tx.now - _LONGEST_STUCK
        known = {fact.known_at for fact in dossier.facts} | {unit.known_at for unit in dossier.units}
        return sorted(at for at in known if since <= at < tx.now)

    def _enforced(self, modes: Modes) -> dict[str, datetime]:
        since, known = modes.all_enforced(), self._rulebook.positions
        return {position: at for position, at in since if position in known}

    def _decide(self, person: str, after: Sequence[Standing], modes: Modes, causes: Sequence[str], tx: Tx) -> str:
        """Keep all standings and what they give reason to tell; the id of the last decision among them, if any."""
        before = {row.position: row for row in tx.session.all(tables.standings_of, {"person": person})}
        decision = ""
        for standing in after:
            row: StandingRow | None = before.get(standing.position)
            decision = self._decisions.keep(person, standing, row, causes, tx) or decision
            zone = self._rulebook.zone
            look_at_mentored(person, standing.position, "none" if row is None else row.scope, standing.scope, tx)
            exams = register(person, standing, modes, tx)
            kept = Before() if row is None else Before(row.scope, from_us(row.decided_at))
            enqueue_notices(person, kept, standing, modes, zone, tx, exams)
        enrol(person, after, modes, tx)
        return decision

    def _look_again(
        self, person: str, after: Sequence[Standing], modes: Modes, ends: Sequence[datetime], tx: Tx
    ) -> None:
        change = modes.next_change({standing.position for standing in after}, tx.now)
        looks = [look for look in (change, *ends, *(each.next_look for each in after)) if look is not None]
        if looks:
            row = {"person": person, "at": to_us(min(looks)), "because": "date", "tries": 0}
            tx.session.run(tables.set_due, row)
            tx.wake_deadlines()
        else:
            tx.session.run(tables.clear_due, {"person": person})

    def _park(self, person: str, causes: Sequence[str], error: Exception, tx: Tx) -> None:
        row = tx.session.one(tables.due_of, {"person": person})
        tries = (row.tries if row is not None else 0) + 1
        wait = min(_FIRST_RETRY * 2 ** min(tries - 1, 16), _LAST_RETRY)
        again = min([tx.now + wait, *Overrides.of(person, tx).ends])
        because = ",".join(causes)
        tx.session.run(tables.set_due, {"person": person, "at": to_us(again), "because": because, "tries": tries})
        tx.log(
            "alarm",
            person=person,
            code="review.stuck",
            triggers=triggers(causes),
            attempt=tries,
            error=type(error).__name__,
        )


def _posts(dossier: Dossier, rows: Iterable[DesiredRow]) -> set[str]:
    """The posts that were ever said of a person, and those that opened something to them."""
    said = {each.record.position for each in dossier.facts if isinstance(each.record, Assignment)}
    return said.union(*(row.positions.split(",") for row in rows))


def _carried_out(position: str, enforced: Mapping[str, datetime], now: datetime) -> bool:
    return position in enforced and enforced[position] <= now
