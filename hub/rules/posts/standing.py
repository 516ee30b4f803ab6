"""The standing of a person in every post: the scope, why, what would cure it, and when to look again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.demands.evidence import Evidence
from hub.rules.life import CredentialState, ExamSeat, Life, ToIssue
from hub.rules.posts.assigned import Assigned, assigned, return_parts
from hub.rules.posts.cures import cure
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.exclusive import exclusive_in, taken
from hub.rules.posts.lives import PostLives
from hub.rules.posts.needs import Need
from hub.rules.posts.rungs import Climbed, rank
from hub.rules.posts.scope import Scopes
from hub.rules.posts.threads import Thread, threads
from hub.rules.timeline import BEGINNING, END
from hub.rules.values import Alarm, Event, Hold, Kept, RestsOn, Verdict
from schemas.people import Assignment


@dataclass(frozen=True, slots=True)
class Standing:
    """Scope permitted in one post, since when, why, what would cure it, whom to tell, and when to look again.

    ``rests_on`` says of each rung that stands on which credential numbers; ``ahead`` are endings and closings that are
    known and have not come. ``lapsed_at`` is when the rules took more than this: none if they never gave it, as
    where an override ends.
    """

    position: str
    scope: str
    since: datetime | None = None
    lapsed_at: datetime | None = None
    holds: tuple[Hold, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    credentials: tuple[CredentialState, ...] = ()
    events: tuple[Event, ...] = ()
    ahead: tuple[Event, ...] = ()
    kept: tuple[Kept, ...] = ()
    rests_on: tuple[RestsOn, ...] = ()
    exams: tuple[ExamSeat, ...] = ()
    threads: tuple[Thread, ...] = ()
    courses: tuple[Assigned, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    next_look: datetime | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """The facts that it rests on, by id."""
        found = {ref for hold in self.holds for ref in hold.refs}
        found |= {ref for each in (*self.verdicts, *self._parts()) for ref in each.spelt().refs}
        return tuple(sorted(found | {ref for each in self.credentials for ref in each.rests_on()}))

    def spelt(self) -> "Standing":
        """The same with the facts of every verdict spelt out, without what there is to tell: as it is kept."""
        credentials = tuple(each.spelt() for each in self.credentials)
        return replace(self, verdicts=_spelt(self.verdicts), credentials=credentials, threads=())

    def _parts(self) -> Iterator[Verdict]:
        for credential in self.credentials:
            yield from credential.parts


def _spelt(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(each.spelt() for each in verdicts)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review of a person has found: a standing per post, and what has to be issued where a post is enforced."""

    standings: tuple[Standing, ...]
    issues: tuple[ToIssue, ...]


def review(
    dossier: Dossier, rulebook: Rulebook, *, now: datetime, enforced: Mapping[str, datetime] | None = None
) -> Reviewed:
    """One standing per post that the person holds, held or will hold, by post, and what has to be issued.

    ``enforced`` says from when a post is carried out. What became known after ``now`` is not looked at.
    """
    person = _Person(_known(dossier, now), rulebook, now)
    judged = [person.judged(post, (enforced or {}).get(post)) for post in person.posts()]
    return Reviewed(
        tuple(each.standing() for each in judged), tuple(issue for each in judged for issue in each.issues())
    )


def standings(
    dossier: Dossier, rulebook: Rulebook, *, now: datetime, enforced: Mapping[str, datetime] | None = None
) -> tuple[Standing, ...]:
    """The standings of a review."""
    return review(dossier, rulebook, now=now, enforced=enforced).standings


def _known(dossier: Dossier, now: datetime) -> Dossier:
    facts = {fact.id: fact for fact in dossier.facts if fact.known_at <= now}
    return replace(dossier, facts=tuple(facts.values()))


class _Person:
    """All posts of one person; the life of one post's credential may count in another."""

    def __init__(self, dossier: Dossier, rulebook: Rulebook, now: datetime) -> None:
        self._dossier = dossier
        self._rulebook = rulebook
        self._now = now
        self._evidence = Evidence(dossier.facts, dossier.units, rulebook.replaced, now)
        self._lives: dict[str, PostLives] = {}
        if taken := self._taken():
            self._evidence = Evidence(dossier.facts, dossier.units, rulebook.replaced, now, taken)
            self._lives = {}

    def posts(self) -> list[str]:
        """The posts that anybody ever said of the person, and whose rules are known."""
        named = {fact.record.position for fact in self._dossier.facts if isinstance(fact.record, Assignment)}
        return sorted(post for post in named if post in self._rulebook.positions)

    def lives(self, post: str) -> PostLives:
        """The lives of a post's credentials."""
        if post not in self._lives:
            self._lives[post] = PostLives(
                self._dossier, self._rulebook, post, self._evidence, self._now, self._elsewhere
            )
        return self._lives[post]

    def _taken(self) -> frozenset[str]:
        """The units that exclusive requirements of any post take."""
        posts = (self.lives(post) for post in self.posts() if exclusive_in(self._rulebook, post, self._now))
        return frozenset().union(*(taken(lives) for lives in posts))

    def judged(self, post: str, enforced_at: datetime | None) -> "_Judged":
        """The person in one post."""
        return _Judged(Scopes(self._dossier, self.lives(post), enforced_at), self._evidence)

    def _elsewhere(self, name: str) -> Life:
        post, _colon, credential = name.partition(":")
        return self.lives(post).life(credential)


class _Judged:
    """One person in one post, read off the timelines."""

    def __init__(self, scopes: Scopes, evidence: Evidence) -> None:
        self._scopes = scopes
        self._evidence = evidence
        self._lives = scopes.lives
        self._now = scopes.now
        self._position = scopes.version.position
        self._states = {name: self._lives.life(name).state(self._now) for name in self._position.credential}

    def standing(self) -> Standing:
        scope = self._scopes.scope.at(self._now)
        lives = [self._lives.life(name) for name in self._position.credential]
        events = tuple(sorted(set(self._events(lives))))
        return Standing(
            position=self._lives.post.id,
            scope=scope,
            since=self._since(),
            lapsed_at=self._scopes.lapsed_at,
            holds=tuple(self._holds(scope)),
            verdicts=tuple(need.verdict(self._now) for need in self._scopes.needs()),
            credentials=tuple(self._states.values()),
            events=tuple(event for event in events if event.at <= self._now),
            ahead=tuple(event for event in events if event.at > self._now),
            kept=self._kept(scope, lives),
            rests_on=self._scopes.ladder.rests_on(self._now, scope),
            exams=tuple(seat for life in lives for seat in life.exams),
            threads=tuple(threads(self._scopes, self._states)) if self._assigned() else (),
            courses=assigned(self._scopes, self._states),
            alarms=tuple(sorted({alarm for life in lives for alarm in life.alarms})),
            next_look=min((look for look in self._looks(lives) if self._now < look < END), default=None),
        )

    def issues(self) -> Iterator[ToIssue]:
        for name in self._position.credential:
            yield from self._lives.life(name).issues

    def _assigned(self) -> bool:
        return any(span.holds(self._now) for span in self._scopes.access)

    def _since(self) -> datetime | None:
        since = self._scopes.scope.since(self._now)
        return None if since == BEGINNING else since

    # --- holds -------------------------------------------------------------------------------------------------

    def _holds(self, scope: str) -> Iterator[Hold]:
        rungs = self._scopes.ladder.rungs
        if not self._assigned():
            yield self._hold("assignment", rungs[0].scope, "not_assigned")
            return
        yield from self._limits(scope)
        seen: set[str] = set()
        for rung in rungs:
            if rank(rung.scope) <= rank(scope):
                continue
            if not rung.mentored.at(self._now):
                yield self._hold("mentors", rung.scope, "mentor_missing")
            for need in rung.needs:
                if need.name not in seen and not need.stands.at(self._now):
                    seen.add(need.name)
                    yield self._of_need(need, rung)

    def _limits(self, scope: str) -> Iterator[Hold]:
        for limit in self._scopes.limits:
            if limit.span.holds(self._now) and rank(limit.scope) <= rank(scope):
                above = next((rung.scope for rung in self._scopes.ladder.rungs if rank(rung.scope) > rank(scope)), "")
                if above:
                    on = limit.review_at
                    figures = () if on is None else (("on", on.astimezone(self._lives.zone).date().isoformat()),)
                    parts = return_parts(self._scopes, limit.span.start) if limit.reason == "return_needs" else ()
                    found = cure(limit.reason, figures, self._position, self._lives.zone, parts=parts)
                    explicit = limit.reason == "blocked"
                    yield Hold(limit.reason, above, limit.reason, found, figures, limit.span.start, explicit)

    def _of_need(self, need: Need, rung: Climbed) -> Hold:
        verdict = need.verdict(self._now)
        unknown = verdict.state == "unknown" and verdict.reason in ("", "credential_missing")
        reason = "evidence_unknown" if unknown else verdict.reason
        found = cure(reason, verdict.figures, self._position, self._lives.zone, about=need.name, parts=verdict.parts)
        explicit = any(self._explicit(name) for name in self._scopes.ladder.credentials_of(need.name))
        since = need.stands.since(self._now)
        return Hold(
            need.name,
            rung.scope,
            reason,
            found,
            verdict.figures,
            None if since == BEGINNING else since,
            explicit,
            verdict.rests_on(),
        )

    def _explicit(self, credential: str) -> bool:
        state = self._states.get(credential) or self._lives.life(credential).state(self._now)
        return state.explicit and state.status != "active"

    def _hold(self, cause: str, below: str, reason: str) -> Hold:
        return Hold(cause, below, reason, cure(reason, (), self._position, self._lives.zone))

    # --- what else ---------------------------------------------------------------------------------------------

    def _kept(self, scope: str, lives: Iterable[Life]) -> tuple[Kept, ...]:
        rung = next((each for each in self._scopes.ladder.rungs if each.scope == scope), None)
        found = [kept for need in (rung.needs if rung else ()) if (kept := need.kept(self._now)) is not None]
        found += [kept for life in lives for kept in life.kept]
        until = self._scopes.kept_by_version(self._now)
        found += [Kept("holders_keep_until", scope, until)] if until is not None else []
        override = self._scopes.overridden(self._now)
        found += [Kept("override", scope, override.ends_at)] if override is not None else []
        found += [
            Kept("mentor_grace", rung.scope, rung.mentored.next_after(self._now) or END)
            for number, has in self._scopes.mentored.items()
            if rung is not None and self._asked(rung.scope) == number and not has.at(self._now)
        ]
        return tuple(dict.fromkeys(found))

    def _asked(self, scope: str) -> int:
        """How many mentors a scope asks for."""
        return next((rung.mentors for rung in self._position.ladder if rung.scope == scope), 0)

    def _events(self, lives: Iterable[Life]) -> Iterator[Event]:
        yield from (event for life in lives for event in life.events)
        before = "none"
        for at, scope in self._scopes.scope:
            if at > BEGINNING and scope != before:
                yield Event(
                    at, "widened" if rank(scope) > rank(before) else "narrowed", scope, None, (("from", before),)
                )
            before = scope

    def _looks(self, lives: Iterable[Life]) -> Iterator[datetime]:
        now, scopes = self._now, self._scopes
        yield scopes.scope.next_after(now) or END
        for need in scopes.needs():
            yield from need.looks(now)
        for life in lives:
            yield from life.looks
            yield life.numbers.next_after(now) or END
        yield from (kept.until for life in lives for kept in life.kept)
        for span in (*scopes.access, *(limit.span for limit in scopes.limits)):
            yield from (span.start, span.end)
        yield from (look for thread in threads(scopes, self._states) for look in thread.looks)
        yield from (has.next_after(now) or END for has in scopes.mentored.values())
        yield from (version.span.start for version in self._lives.post.versions)
        yield from self._evidence.looks(self._courses())

    def _courses(self) -> set[str]:
        rules = self._position.requirement.values()
        return {course for rule in rules for course in getattr(rule, "courses", ())} | {
            course for rule in rules if (course := getattr(rule, "course", None))
        }
