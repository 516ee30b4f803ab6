"""The clauses of one version of a position for one person, made by their names."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.demands.clause import Clause
from hub.rules.demands.combined import AllOf, AnyOf
from hub.rules.demands.evidence import Evidence
from hub.rules.demands.groups import GroupedHours
from hub.rules.demands.hours import Hours
from hub.rules.demands.presence import Presence
from hub.rules.demands.proofs import Course, Eligibility, Exam, Held, Practicals
from hub.rules.demands.settling import Settling
from hub.rules.life import Life
from schemas.position import (
    AllOfRequirement,
    AnyOfRequirement,
    CourseRequirement,
    CredentialRequirement,
    ExamRequirement,
    HoursRequirement,
    Position,
    PracticalRequirement,
)

Eligible = Callable[[datetime], bool]


class Clauses:
    """Clauses by name. ``life`` gives the life of a credential of this post, or of another as ``post:name``."""

    def __init__(
        self,
        position: Position,
        evidence: Evidence,
        presence: Presence,
        zone: ZoneInfo,
        life: Callable[[str], Life],
    ) -> None:
        self._position = position
        self._evidence = evidence
        self._presence = presence
        self._zone = zone
        self._life = life
        self._hours: dict[tuple[str, bool], Clause] = {}
        self._settling = Settling(position.unknown.settle_after, position.unknown.settle_as, zone)

    def clause(
        self, name: str, *, renews: bool = False, eligible: Eligible | None = None, eligibility: Eligibility = "case"
    ) -> Clause:
        """The clause of a name. ``renews``: nothing required is met; ``eligible``: when an exam may be sat."""
        rule = self._position.requirement.get(name)
        if isinstance(rule, AllOfRequirement):
            return AllOf(name, [self.clause(each, renews=renews) for each in rule.of])
        if isinstance(rule, AnyOfRequirement):
            ways = [[self.clause(each, renews=renews) for each in way] for way in rule.of]
            return AnyOf(name, [AllOf(name, way) for way in ways])
        if isinstance(rule, ExamRequirement):
            sittings = self._evidence.sittings.get(rule.exam, ())
            return Exam(name, rule, sittings, self._zone, eligible, eligibility)
        return self._plain(name, rule, renews)

    def all_of(self, name: str, parts: tuple[Clause, ...]) -> AllOf:
        """All of some clauses together."""
        return AllOf(name, parts)

    def is_exam(self, name: str) -> bool:
        """Whether a requirement is an exam."""
        return isinstance(self._position.requirement.get(name), ExamRequirement)

    def _hours_of(self, name: str, rule: HoursRequirement, renews: bool) -> Clause:
        sums = self._evidence.sums(rule.courses, self._settling, exclusive=rule.exclusive)
        hours = Hours(name, rule, sums, self._presence, renews)
        categories = {group.category for group in rule.groups} | ({rule.rollover.category} if rule.rollover else set())
        if not categories:
            return hours
        by_category = {each: self._evidence.sums_of(rule.courses, each, self._settling) for each in categories}
        return GroupedHours(hours, by_category, self._zone)

    def _plain(self, name: str, rule: object, renews: bool) -> Clause:
        if isinstance(rule, HoursRequirement):
            if (name, renews) not in self._hours:
                self._hours[name, renews] = self._hours_of(name, rule, renews)
            return self._hours[name, renews]
        if isinstance(rule, CourseRequirement):
            return Course(name, rule, self._evidence.units((rule.course,)))
        if isinstance(rule, PracticalRequirement):
            return Practicals(name, rule, self._evidence.performed(self._position.id))
        credential = rule.credential if isinstance(rule, CredentialRequirement) else name
        return Held(name, lambda: self._life(credential))
