"""What the life of a credential is read from: one person in one post, by the versions of its rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.rules.calendar import add
from hub.rules.credentials.demanded import Days
from hub.rules.demands.clauses import Clauses
from hub.rules.demands.combined import AllOver
from hub.rules.demands.proofs import Exam
from hub.rules.fact import Fact, of_kind
from hub.rules.life import ExamSeat
from hub.rules.people.stints import Stint
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING
from hub.rules.values import Period
from schemas.decision import RenewalAct
from schemas.position import Credential, Grant, Position


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a position, when it is in force, and its clauses for the person."""

    span: Span
    position: Position
    clauses: Clauses
    name: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One person in one post: the versions of its rules, the stints, and the facts, by now."""

    person: str
    id: str
    now: datetime
    days: Days
    stints: Sequence[Stint]
    versions: Sequence[Version]
    facts: Sequence[Fact]

    def version(self, instant: datetime) -> Version:
        """The version in force at an instant; the first one before all."""
        return next((each for each in reversed(self.versions) if each.span.start <= instant), self.versions[0])

    def rule(self, credential: str, instant: datetime) -> Credential | None:
        """What the version of an instant says of a credential."""
        return self.version(instant).position.credential.get(credential)

    def renewal_acts(self, credential: str) -> list[datetime]:
        """When HR acted to renew a credential of this post."""
        acts = (act for _fact, act in of_kind(self.facts, RenewalAct) if act.position == self.id)
        return [act.acted_at for act in acts if act.credential == credential]

    def in_stint(self, instant: datetime) -> bool:
        """Whether the person holds the post at an instant."""
        return any(each.holds(instant) for each in self.stints)


def from_when(grant: Grant, stint: Stint, days: Days) -> datetime:
    """From when evidence may count for what grants in a stint: its start, or ahead of it where the position allows."""
    earliest = stint.start
    if grant.at_most_before is not None:
        earliest = add(stint.start, grant.at_most_before, days.zone, -1)
    if grant.from_ == "announcement":
        limit = earliest if grant.at_most_before is not None else BEGINNING
        return max(min(stint.announced_at, stint.start), limit)
    return earliest


class GrantOver:
    """What grants a credential, over the stretch in which its evidence counts."""

    def __init__(self, rule: Credential, grant: Grant, version: Version, stretch: Period) -> None:
        parts = [
            version.clauses.clause(name, eligible=self.eligible, eligibility=rule.eligibility) for name in grant.needs
        ]
        self.period = stretch
        self.needs = grant.needs
        self._exams = [part for part in parts if isinstance(part, Exam)]
        self._others = AllOver("grant", [part.over(stretch) for part in parts if not isinstance(part, Exam)])
        self.all = AllOver("grant", [part.over(stretch) for part in parts])

    def eligible(self, instant: datetime) -> bool:
        """Whether all but the exams is met."""
        return self._others.states.at(instant) == "met"

    def seats(self, credential: str, instant: datetime) -> tuple[ExamSeat, ...]:
        """Its exams, and whether the person may sit them."""
        return tuple(exam.seat(credential, self.period, instant) for exam in self._exams)


def first_met(parts: AllOver, within: Span) -> datetime | None:
    """The first instant within a stretch at which all is met."""
    instant: datetime | None = within.start
    while instant is not None and instant < within.end:
        if parts.states.at(instant) == "met":
            return instant
        instant = parts.states.next_after(instant)
    return None
