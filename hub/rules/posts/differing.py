"""Where two rulebooks give one person another scope or other targets, from when to when, and by which clauses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, standings
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, Timeline, each_with
from hub.rules.values import Hold

Target = tuple[str, str]
_Scopes = Mapping[str, Timeline[str]]
_NOBODY: Timeline[str] = Timeline("none")
_Opened = Callable[..., set[Target]]
"""What is open at an instant, by all posts or by one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One stretch of time in which a draft gives another scope than the rules that hold, or opens other targets.

    ``holds`` are the clauses that keep the lower of both scopes: the draft's where it takes, today's where it gives.
    ``lost`` and ``gained`` are targets (sink, target) that are open by one of both alone; they are told where a scope
    of any post opens others by the draft.
    """

    position: str
    span: Span
    before: str
    after: str
    holds: tuple[Hold, ...]
    lost: tuple[Target, ...] = ()
    gained: tuple[Target, ...] = ()

    @property
    def loses(self) -> bool:
        """Whether the draft takes something."""
        return rank(self.after) < rank(self.before) or bool(self.lost)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a person, and the rules that judge it."""

    dossier: Dossier
    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a person stood by rules that nobody reads any more, and what each post opened: as it is kept, for good."""

    scopes: Mapping[str, str]
    opened: Mapping[str, frozenset[Target]]

    def timelines(self) -> _Scopes:
        """The scopes at every instant."""
        return {position: Timeline(scope) for position, scope in self.scopes.items()}


@dataclass(frozen=True, slots=True)
class _Both:
    """What both rulebooks give in a post at one instant: the scopes, and targets that one opens and the other not."""

    before: str
    after: str
    lost: frozenset[Target] = frozenset()
    gained: frozenset[Target] = frozenset()

    @property
    def differ(self) -> bool:
        return self.before != self.after or bool(self.lost or self.gained)


@dataclass(frozen=True)
class Comparison:
    """The rules that hold and a draft, compared for one person after the other within a stretch of time.

    Both judge by what is known now, issued credentials among it, as if nothing more happened up to the end of the
    stretch. ``begins`` says of a position from when its draft is meant to be in force.
    """

    present: Rulebook
    draft: Rulebook
    within: Span
    enforced: Mapping[str, datetime]
    begins: Mapping[str, datetime]

    def of(self, dossier: Dossier, counted_anew: Dossier, stood: Stood | None = None) -> list[Difference]:
        """The differences for one person, by position and time; ``counted_anew``: attendance by the draft's courses.

        ``stood``: where the person stands, if the rules that hold do not say it.
        """
        present, drafted = Judged(dossier, self.present), Judged(counted_anew, self.draft)
        before, after = self._scopes(present) if stood is None else stood.timelines(), self._scopes(drafted)
        found = []
        for position in sorted({*before, *after}):
            for span, both in self._stretches(position, self._both(position, before, after, stood)):
                lower = drafted if rank(both.after) < rank(both.before) else present
                scopes = both.before, both.after
                holds = () if both.before == both.after else self._holds(lower, position, span.start, scopes)
                doors = tuple(sorted(both.lost)), tuple(sorted(both.gained))
                found.append(Difference(position, span, *scopes, holds, *doors))
        return found

    def _both(self, position: str, before: _Scopes, after: _Scopes, stood: Stood | None) -> Timeline[_Both]:
        """What both give in a post, over time."""
        scopes = each_with(_Both, before.get(position, _NOBODY), after.get(position, _NOBODY))
        if stood is None and not self._targets_moved:
            return scopes
        edges = {at for each in (*before.values(), *after.values()) for at, _scope in each} | self._versions_begin
        opened = partial(_opened, self.present, before) if stood is None else partial(_kept_open, stood)
        steps = [(at, self._with_targets(position, scopes.at(at), at, opened, after)) for at in sorted(edges)]
        return Timeline(scopes.at(BEGINNING), steps)

    def _with_targets(self, position: str, both: _Both, at: datetime, opened: _Opened, after: _Scopes) -> _Both:
        """Both scopes of an instant, with the targets that are open by one rulebook and by no post of the other."""
        has = _opened(self.draft, after, at, position)
        lost, gained = opened(at, position) - _opened(self.draft, after, at), has - opened(at)
        return replace(both, lost=frozenset(lost), gained=frozenset(gained))

    @cached_property
    def _targets_moved(self) -> bool:
        """Whether any post opens other targets by the draft; else all that differs are scopes."""
        return _targets_of(self.present) != _targets_of(self.draft)

    @cached_property
    def _versions_begin(self) -> set[datetime]:
        books = (self.present, self.draft)
        return {each.span.start for book in books for of in book.positions.values() for each in of}

    def _scopes(self, judged: Judged) -> dict[str, Timeline[str]]:
        found = standings(judged.dossier, judged.rulebook, now=self.within.end, enforced=self.enforced)
        return {each.position: scope_of(each) for each in found}

    def _stretches(self, position: str, both: Timeline[_Both]) -> Iterator[tuple[Span, _Both]]:
        """The stretches in which both differ, cut to those that are asked about."""
        start, end = max(self.within.start, self.begins.get(position, self.within.start)), self.within.end
        steps: Sequence[tuple[datetime, _Both]] = list(both)
        for n, (at, found) in enumerate(steps):
            until = steps[n + 1][0] if n + 1 < len(steps) else end
            span = Span(max(at, start), min(until, end))
            if found.differ and span.start < span.end:
                yield span, found

    def _holds(self, judged: Judged, position: str, at: datetime, scopes: tuple[str, str]) -> tuple[Hold, ...]:
        """What keeps the lower of two scopes from the higher one."""
        lower, higher = sorted(map(rank, scopes))
        found = standings(_known_by(at, judged.dossier), judged.rulebook, now=at, enforced=self.enforced)
        holds = tuple(hold for each in found if each.position == position for hold in each.holds)
        return tuple(hold for hold in holds if lower < rank(hold.below) <= higher) or holds


def scope_of(standing: Standing) -> Timeline[str]:
    """The scope of a standing at every instant that it was judged for."""
    moved = (each for each in (*standing.events, *standing.ahead) if each.kind in ("widened", "narrowed"))
    return Timeline("none", ((each.at, each.subject) for each in moved))


def _kept_open(stood: Stood, _at: datetime, post: str = "") -> set[Target]:
    return {target for position, of in stood.opened.items() if post in ("", position) for target in of}


def _opened(rulebook: Rulebook, scopes: _Scopes, at: datetime, post: str = "") -> set[Target]:
    """What scopes of posts, or of one of them, open at an instant."""
    found: set[Target] = set()
    for position, scope in scopes.items():
        if position in rulebook.positions and post in ("", position):
            by_sink = rulebook.current(position, at).targets
            found |= {(sink, each) for sink, by_scope in by_sink.items() for each in by_scope.get(scope.at(at), ())}
    return found


def _targets_of(rulebook: Rulebook) -> Mapping[str, Sequence[tuple[datetime, object]]]:
    """What each post opens, by version; posts that are in one rulebook alone differ in their scopes, and say that."""
    return {name: [(each.span.start, each.position.targets) for each in of] for name, of in rulebook.positions.items()}


def _known_by(instant: datetime, dossier: Dossier) -> Dossier:
    """A dossier of which all was known by an instant: a late word counts from the instant that it speaks of."""
    return replace(dossier, facts=[replace(each, known_at=min(each.known_at, instant)) for each in dossier.facts])
