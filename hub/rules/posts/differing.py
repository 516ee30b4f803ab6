"""Where two rulebooks give one person another scope, from when to when, and which clauses keep it lower."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, standings
from hub.rules.span import Span
from hub.rules.timeline import Timeline, each_with
from hub.rules.values import Hold


@dataclass(frozen=True, slots=True)
class Difference:
    """One stretch of time in which a draft gives another scope than the rules that hold.

    ``holds`` are the clauses that keep the lower of both scopes: the draft's where it takes, today's where it gives.
    """

    position: str
    span: Span
    before: str
    after: str
    holds: tuple[Hold, ...]

    @property
    def loses(self) -> bool:
        """Whether the draft takes something."""
        return rank(self.after) < rank(self.before)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a person, and the rules that judge it."""

    dossier: Dossier
    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
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

    def of(self, dossier: Dossier, counted_anew: Dossier) -> list[Difference]:
        """The differences for one person, by position and time; ``counted_anew``: attendance by the draft's courses."""
        present, drafted = Judged(dossier, self.present), Judged(counted_anew, self.draft)
        before, after = self._scopes(present), self._scopes(drafted)
        found = []
        for position in sorted({*before, *after}):
            nowhere: Timeline[str] = Timeline("none")
            both = each_with(_pair, before.get(position, nowhere), after.get(position, nowhere))
            for span, scope, drafts in self._stretches(position, both):
                lower = drafted if rank(drafts) < rank(scope) else present
                holds = self._holds(lower, position, span.start, (scope, drafts))
                found.append(Difference(position, span, scope, drafts, holds))
        return found

    def _scopes(self, judged: Judged) -> dict[str, Timeline[str]]:
        found = standings(judged.dossier, judged.rulebook, now=self.within.end, enforced=self.enforced)
        return {each.position: scope_of(each) for each in found}

    def _stretches(self, position: str, both: Timeline[tuple[str, str]]) -> Iterator[tuple[Span, str, str]]:
        """The stretches in which both differ, cut to those that are asked about."""
        start, end = max(self.within.start, self.begins.get(position, self.within.start)), self.within.end
        steps: Sequence[tuple[datetime, tuple[str, str]]] = list(both)
        for n, (at, (before, after)) in enumerate(steps):
            until = steps[n + 1][0] if n + 1 < len(steps) else end
            span = Span(max(at, start), min(until, end))
            if before != after and span.start < span.end:
                yield span, before, after

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


def _pair(one: str, other: str) -> tuple[str, str]:
    return one, other


def _known_by(instant: datetime, dossier: Dossier) -> Dossier:
    """A dossier of which all was known by an instant: a late word counts from the instant that it speaks of."""
    return replace(dossier, facts=[replace(each, known_at=min(each.known_at, instant)) for each in dossier.facts])
