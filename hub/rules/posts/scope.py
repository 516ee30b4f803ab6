"""The scope a person has in a post over time: the highest rung that stands, within stints, limits and overrides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from hub.rules.calendar import add, start_of
from hub.rules.credentials.post import Version
from hub.rules.life import Life
from hub.rules.people.leaves import leaves
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.limits import Limit, blocks, mentored, overrides, returns, warned_ends, with_grace
from hub.rules.posts.lives import PostLives
from hub.rules.posts.needs import Need
from hub.rules.posts.rungs import Climbed, Ladder, rank
from hub.rules.span import Span, Spans, united
from hub.rules.timeline import END, Timeline
from hub.rules.values import period
from schemas.decision import Override

UNWARNED = "72 hours"
"""How long the lapse of an own credential waits for HR if no channel took a warning of it."""


class Scopes:
    """The scope of one person in one post, at every instant up to now."""

    def __init__(self, dossier: Dossier, lives: PostLives, enforced_at: datetime | None) -> None:
        self._dossier = dossier
        self.lives = lives
        self.now = lives.now
        self._enforced_at = enforced_at
        self.version = lives.post.version(lives.now)
        self.ladder = self._ladder(self.version)
        self.limits: Sequence[Limit] = [*blocks(dossier.facts, lives.post.id), *self._returns()]
        self.overrides = overrides(dossier.facts, lives.post.id)

    @cached_property
    def scope(self) -> Timeline[str]:
        """The scope at every instant."""
        if not self.overrides:
            return self.ruled
        edges = {edge for edge, _scope in self.ruled}
        edges |= {edge for _ref, each in self.overrides for edge in (each.starts_at, self._void_at(each))}
        edges |= {edge for limit in self.limits for edge in (limit.span.start, limit.span.end)}
        return Timeline("none", ((edge, self._at(edge)) for edge in edges))

    @cached_property
    def ruled(self) -> Timeline[str]:
        """The scope that the rules give at every instant, without what people opened."""
        return Timeline("none", ((edge, self._ruled(edge)) for edge in sorted(set(self._edges()))))

    @property
    def lapsed_at(self) -> datetime | None:
        """When the rules took what they do not give now, whatever people opened; none if they never gave more."""
        steps = [(at, scope) for at, scope in self.ruled if at <= self.now]
        higher = [place for place, (_at, scope) in enumerate(steps) if rank(scope) > rank(steps[-1][1])]
        return steps[higher[-1] + 1][0] if higher else None

    @cached_property
    def access(self) -> Spans:
        """When the person holds the post."""
        return united(span for stint in self.lives.stints for span in stint.spans)

    @cached_property
    def mentored(self) -> Mapping[int, Timeline[bool]]:
        """By number of mentors, when the person had so many of full standing, without any grace."""
        wanted = {rung.mentors for version in self.lives.post.versions for rung in version.position.ladder}
        facts, mentors = self._dossier.facts, self._dossier.mentors
        return {number: mentored(facts, self.lives.post.id, mentors, number) for number in wanted if number}

    def rung(self, instant: datetime) -> Climbed | None:
        """The rung that is reached at an instant by its own needs."""
        place = self.ladder.reached.at(instant)
        return self.ladder.rungs[place - 1] if place else None

    def kept_by_version(self, instant: datetime) -> datetime | None:
        """Until when a present holder keeps a scope that the new version takes, if it does so at an instant."""
        until = self._keep_until
        if until is None or not instant < until or not self._older_scope(instant):
            return None
        mine = self._of(self.ladder, instant)
        return until if rank(self._older_scope(instant)) > rank(mine) else None

    def overridden(self, instant: datetime) -> Override | None:
        """The override that opens something at an instant: none stands over an issuer's closing word, or a block."""
        ruled = rank(self.ruled.at(instant))
        for _ref, each in self.overrides:
            if each.starts_at <= instant < self._void_at(each) and rank(self._unblocked(each, instant)) > ruled:
                return each
        return None

    def needs(self) -> Iterable[Need]:
        """All that any rung needs, each once."""
        seen: list[Need] = []
        for rung in self.ladder.rungs:
            seen += [need for need in rung.needs if need not in seen]
        return seen

    # --- at one instant ----------------------------------------------------------------------------------------

    def _at(self, instant: datetime) -> str:
        override = self.overridden(instant) if self._held(instant) else None
        return self.ruled.at(instant) if override is None else self._unblocked(override, instant)

    def _unblocked(self, override: Override, instant: datetime) -> str:
        """What an override opens within the blocks of an instant: another person lifts these, whatever came first."""
        blocked = (each.scope for each in self.limits if each.reason == "blocked" and each.span.holds(instant))
        return min([override.scope, *blocked], key=rank)

    def _held(self, instant: datetime) -> bool:
        return any(span.holds(instant) for span in self.access)

    def _ruled(self, instant: datetime) -> str:
        """What the rules give, without what people opened."""
        if not self._held(instant):
            return "none"
        scope = self._of(self.ladder, instant)
        older = self._older_scope(instant) if self._keep_until is not None and instant < self._keep_until else ""
        if older and rank(older) > rank(scope):
            scope = older
        for limit in self.limits:
            if limit.span.holds(instant) and rank(limit.scope) < rank(scope):
                scope = limit.scope
        return scope

    def _of(self, ladder: Ladder, instant: datetime) -> str:
        place = ladder.reached.at(instant)
        return ladder.rungs[place - 1].scope if place else "none"

    def _older_scope(self, instant: datetime) -> str:
        """What the version before this one lets a holder keep: what was held when this one came, and still stands."""
        begins = self.version.span.start
        if self._older is None or instant < begins:
            return ""
        held = self._of(self._older, begins)
        return min(held, self._of(self._older, instant), key=rank)

    @cached_property
    def _keep_until(self) -> datetime | None:
        day = self.version.position.holders_keep_until
        return None if day is None or self._older is None else start_of(day, self.lives.zone)

    @cached_property
    def _older(self) -> Ladder | None:
        versions = list(self.lives.post.versions)
        place = versions.index(self.version)
        return self._ladder(versions[place - 1]) if place else None

    # --- parts -------------------------------------------------------------------------------------------------

    def _ladder(self, version: Version) -> Ladder:
        grace, days = version.position.mentor_grace, self.lives.days
        graced = {number: with_grace(has, grace, days) for number, has in self.mentored.items()}
        return Ladder(version, self.lives, graced, self._spared(version))

    def _spared(self, version: Version) -> Mapping[str, Sequence[Span]]:
        """Lapses of own credentials of which nobody was warned, while the position was carried out."""
        if self._enforced_at is None:
            return {}
        warned = warned_ends(self._dossier.facts, self.lives.post.id)
        own = (name for name, rule in version.position.credential.items() if rule.own and not rule.provisional_for)
        return {name: self._unwarned(name, self.lives.life(name), warned) for name in own}

    def _unwarned(self, name: str, life: Life, warned: set[tuple[str, datetime]]) -> Sequence[Span]:
        assert self._enforced_at is not None
        said = {*life.closings}
        """What was closed in so many words waits for no warning."""
        ends = (event.at for event in life.events if event.kind == "lapsed" and event.at not in said)
        lapses = [at for at in ends if at >= self._enforced_at]
        zone = self.lives.zone
        return [Span(at, add(at, UNWARNED, zone)) for at in lapses if (name, at) not in warned]

    def _returns(self) -> Iterable[Limit]:
        rule = self.version.position.return_
        if rule is None:
            return
        lives = self.lives
        for back in returns(lives.stints, leaves(self._dossier.facts), rule.after, lives.zone, lives.now):
            parts = [self.version.clauses.clause(name).over(period(back)) for name in rule.needs]
            done = [each.states for each in parts]
            edges = sorted({start for each in done for start, _state in each if start > back})
            met = next((at for at in (back, *edges) if all(each.at(at) == "met" for each in done)), END)
            if back < met:
                yield Limit(Span(back, met), rule.scope, "return_needs")

    def _void_at(self, override: Override) -> datetime:
        """When an override ends: by itself, or by an issuer's closing word on what its scope needs."""
        rungs = [rung for rung in self.ladder.rungs if rank(rung.scope) <= rank(override.scope)]
        end = override.ends_at
        for name in {name for rung in rungs for name in self.ladder.credentials(rung)}:
            life = self.lives.life(name)
            if life.state(override.starts_at).explicit:
                return override.starts_at
            closing = (at for at in life.closings if at >= override.starts_at and not life.held(at))
            end = min([end, *closing])
        return end

    def _edges(self) -> Iterable[datetime]:
        yield from (start for start, _place in self.ladder.reached)
        yield from (edge for span in self.access for edge in (span.start, span.end))
        yield from (edge for limit in self.limits for edge in (limit.span.start, limit.span.end))
        if self._keep_until is not None and self._older is not None:
            yield from (self.version.span.start, self._keep_until)
            yield from (start for start, _place in self._older.reached if start > self.version.span.start)
