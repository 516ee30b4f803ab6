"""Gives an own credential: when what grants it was first met, until when it then holds, and what has to be issued."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from hub.rules.calendar import end_after, fixed_end
from hub.rules.credentials.given import Given, IssueDue, Manner, grounds_of, number_of, refs_of
from hub.rules.credentials.grounds import Grounds
from hub.rules.credentials.post import GrantOver, Post, Version, first_met, from_when
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, END
from hub.rules.values import Verdict, period
from schemas.decision import Ground
from schemas.position import Credential

TICK = END.resolution
"""What makes a stretch up to now include now."""


class Granting:
    """The grants of one own credential in one post."""

    def __init__(self, name: str, post: Post, grounds: Grounds) -> None:
        self.name = name
        self.post = post
        self.grounds = grounds
        self.issues: list[IssueDue] = []
        self._rests: dict[str, Callable[[], Sequence[Verdict]]] = {}
        self.looks: list[datetime] = []
        """When a grant that is not met may be, by itself."""

    def rule(self, instant: datetime) -> Credential:
        """What the version of an instant says of it; the last one that names it, if that does not."""
        versions = (each.position.credential for each in reversed(self.post.versions))
        return self.post.rule(self.name, instant) or next(each[self.name] for each in versions if self.name in each)

    def stretches(self, cut: datetime) -> Iterator[tuple[GrantOver, Span]]:
        """What grants it in each stint by each version, and when it may; of evidence later than a cut."""
        for stint in self.post.stints:
            for version in self.post.versions:
                rule = version.position.credential.get(self.name)
                if rule is None or rule.grant is None:
                    continue
                begins = from_when(rule.grant, stint, self.post.days)
                within = Span(max(begins, version.span.start), min(stint.end, version.span.end))
                if within.start < within.end:
                    evidence = BEGINNING if rule.grant.over == "ever" else begins
                    yield self._over(rule, version, max(evidence, cut)), within

    def first(self, after: datetime, cut: datetime, revoked: Iterable[datetime] = ()) -> Given | None:
        """The first grant from an instant on, of evidence later than a cut; to be issued.

        After each instant at which it was ``revoked`` only evidence that is later grants.
        """
        for at in sorted(each for each in revoked if cut <= each <= self.post.now):
            if (given := self._first(after, cut, at)) is not None:
                return given
            after, cut = max(after, at + TICK), at
        return self._first(after, cut, END)

    def _first(self, after: datetime, cut: datetime, before: datetime) -> Given | None:
        for grant, within in self.stretches(cut):
            until = min(within.end, self.post.now + TICK, before)
            begins = max(within.start, after)
            at = first_met(grant.all, Span(begins, until)) if begins < until else None
            if at is not None:
                return self.give("granted", at, _parts(grant, at))
            self.looks.extend(grant.all.looks(self.post.now))
        return None

    def lost_at(self, given: Given, cut: datetime) -> datetime | None:
        """When a first grant lost its grounds: they changed, and what remains of evidence later than a cut is short."""
        changed = self.grounds.changed_at(given) if given.manner == "granted" else None
        return None if changed is None or self._stood(given.start, cut) else max(changed, given.start)

    def _stood(self, instant: datetime, cut: datetime) -> bool:
        """Whether all that grants it is met at an instant, by the version of that day and evidence later than a cut."""
        return any(
            within.holds(instant) and grant.all.states.at(instant) == "met" for grant, within in self.stretches(cut)
        )

    def give(self, manner: Manner, at: datetime, parts: Callable[[], Sequence[Verdict]]) -> Given:
        """The period that begins a life at an instant, to be issued."""
        end = self.end(self.rule(at), at, at, 1)
        given = Given(at, end, number_of(self.post.person, self.name, at), manner, at, 1)
        self.issue(given, parts)
        return given

    def issue(self, given: Given, parts: Callable[[], Sequence[Verdict]]) -> None:
        """Note that a period has to be issued, and on what."""

        def grounds() -> tuple[Ground, ...]:
            return self.grounds.with_digests(grounds_of(parts()))

        self._rests[given.number] = parts
        version = self.post.version(given.start)
        self.issues.append(IssueDue(self.post.id, self.name, given, version.name, grounds))

    def given_by(self, given: Given) -> tuple[str, ...]:
        """The facts by which a period was given: what it was issued on, or the words that stated it."""
        if given.issued is not None:
            return self.grounds.facts_of(given.issued.grounds)
        parts = self._rests.get(given.number)
        return given.refs if parts is None else refs_of(parts())

    def end(self, rule: Credential, start: datetime, first_at: datetime, times: int) -> datetime:
        """When a period that begins then ends: so many lengths after the first issue, or on the fixed last day."""
        zone = self.post.days.zone
        if rule.ends_on is not None and rule.at_least is not None:
            return fixed_end(start, rule.ends_on, rule.at_least, zone)
        assert rule.valid_for is not None
        return end_after(first_at, rule.valid_for, zone, times)

    def _over(self, rule: Credential, version: Version, evidence_from: datetime) -> GrantOver:
        assert rule.grant is not None
        return GrantOver(rule, rule.grant, version, period(evidence_from))


def _parts(grant: GrantOver, at: datetime) -> Callable[[], Sequence[Verdict]]:
    return lambda: grant.all.verdict(at).parts
