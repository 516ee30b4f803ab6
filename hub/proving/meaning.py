"""What one position file says of a person, as formulas over what there may be of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import get_args
from zoneinfo import ZoneInfo

import z3

from hub.proving.evidence import Unknowns, When
from hub.rules.calendar import add
from hub.rules.posts.rungs import rank
from schemas.position import (
    AllOfRequirement,
    AnyOfRequirement,
    CourseRequirement,
    Credential,
    CredentialRequirement,
    ExamRequirement,
    Grant,
    HoursRequirement,
    Position,
    PracticalRequirement,
    Provenance,
    Requirement,
    Use,
)

PROVENANCES: Sequence[str] = get_args(Provenance)
OLD_DAYS, POST_DAYS = 1000, 15
"""How long ago old evidence is, and for how long the post is held."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


class Meaning:
    """Formulas of one file; ``opaque`` names what is taken as it may be, for a solver cannot look into it."""

    def __init__(self, position: Position, unknowns: Unknowns) -> None:
        self.position = position
        self.opaque: set[str] = set()
        self._unknowns = unknowns
        self._making: set[str] = set()

    def rung(self, number: int) -> z3.BoolRef:
        """Whether a rung stands; what it includes of the lower ones are their needs, not their mentors."""
        needs = [self._need(each) for each in self._asked(number)]
        return z3.And(*needs, self._unknowns.number("mentors") >= self.position.ladder[number].mentors)

    def rung_or_formal(self, number: int) -> z3.BoolRef:
        """Whether the needs of a rung are met where a formal credential stands for its provisional one."""
        return z3.And([self._or_formal(each) for each in self._asked(number)])

    def scope(self) -> z3.ArithRef:
        """The rank of the highest scope whose rung stands."""
        found: z3.ArithRef = z3.IntVal(0)
        for number, rung in enumerate(self.position.ladder):
            found = z3.If(self.rung(number), z3.IntVal(rank(rung.scope)), found)
        return found

    def opens(self, sink: str, target: str) -> z3.BoolRef:
        """Whether a target is open."""
        scopes = [scope for scope, targets in self.position.targets.get(sink, {}).items() if target in targets]
        return z3.Or([self.scope() == rank(scope) for scope in scopes])

    def in_force(self) -> z3.BoolRef:
        """Whether any credential of the position is held and no review of it is overdue."""
        names = self.position.credential.items()
        return z3.Or([self.held(name) if rule.own else self._active(name, rule) for name, rule in names])

    def held(self, name: str) -> z3.BoolRef:
        """Whether a credential is held."""
        rule = self.position.credential.get(name)
        if rule is None or name in self._making:
            return self._opaque(f"credential {name}")
        if not rule.own:
            overdue = self._unknowns.flag("overdue", called(name, rule)) if rule.review_missed == "tell" else False
            return z3.Or(self._active(name, rule), z3.And(self._well_known(name, rule), overdue))
        self._making.add(name)
        granted = self.granted(name)
        self._making.discard(name)
        if rule.provisional_for is not None:
            return z3.And(granted, z3.Not(self.held(rule.provisional_for)))
        return z3.Or(granted, self._unknowns.flag("opened", name))

    def granted(self, name: str) -> z3.BoolRef:
        """Whether a credential of the hub's own is granted by what was learned."""
        rule = self.position.credential[name]
        assert rule.grant is not None
        long = rule.valid_for is None or not _within_days(rule.valid_for, POST_DAYS + 1)
        usual = rule.renewal == "automatic" and long and rule.grant.at_most_before is None
        if not usual or rule.grant.from_ != "stint":
            more = self._opaque(f"grant of {name}: {rule.grant.from_} {rule.grant.at_most_before} {rule.valid_for}")
            return z3.Or(z3.And(self._grant(rule.grant, name)), more)
        return z3.And(self._grant(rule.grant, name))

    # --- requirements ------------------------------------------------------------------------------------------

    def _asked(self, number: int) -> list[str | Use]:
        rung = self.position.ladder[number]
        return [*rung.needs, *(self._asked(number - 1) if rung.includes_lower and number else ())]

    def _need(self, each: str | Use) -> z3.BoolRef:
        name, over = (each.needs, each.over) if isinstance(each, Use) else (each, "stint")
        return self._met(name, over, self._eligible(name))

    def _or_formal(self, each: str | Use) -> z3.BoolRef:
        name = each.needs if isinstance(each, Use) else each
        rule = self.position.credential.get(name)
        if rule is None or rule.provisional_for is None:
            return self._need(each)
        return z3.Or(self._need(each), self.held(rule.provisional_for))

    def _eligible(self, name: str) -> z3.BoolRef:
        """An exam that a grant names counts of who had met all its other parts."""
        grants = [
            (rule.grant, each)
            for each, rule in self.position.credential.items()
            if rule.grant is not None and name in rule.grant.needs
        ]
        rule = self.position.requirement.get(name)
        if not grants or not isinstance(rule, ExamRequirement) or rule.exam_needs == "none":
            return z3.BoolVal(True)
        return z3.Or([z3.And(self._grant(grant, each, exams=False)) for grant, each in grants])

    def _grant(self, grant: Grant, name: str, *, exams: bool = True) -> list[z3.BoolRef]:
        found = []
        for each in grant.needs:
            is_exam = isinstance(self.position.requirement.get(each), ExamRequirement)
            if is_exam and grant.over == "ever":
                found.append(self._opaque(f"exam {each} over ever in the grant of {name}"))
            elif exams or not is_exam:
                found.append(self._met(each, grant.over, z3.BoolVal(True)))
        return found

    def _met(self, name: str, over: str, eligible: z3.BoolRef) -> z3.BoolRef:
        rule = self.position.requirement.get(name)
        if rule is None:
            return self.held(name)
        if isinstance(rule, CredentialRequirement):
            return self.held(rule.credential)
        if isinstance(rule, AllOfRequirement):
            return z3.And([self._met(each, over, z3.BoolVal(True)) for each in rule.of])
        if isinstance(rule, AnyOfRequirement):
            true = z3.BoolVal(True)
            return z3.Or([z3.And([self._met(each, over, true) for each in way]) for way in rule.of])
        times = _times(over)
        if times is None or (isinstance(rule, HoursRequirement) and (rule.groups or rule.rollover or rule.exclusive)):
            return self._opaque(f"{rule.model_dump_json(exclude={'name'})} over {over}")
        return z3.And(self._plain(rule, times), eligible)

    def _plain(self, rule: Requirement, times: Sequence[When]) -> z3.BoolRef:
        if isinstance(rule, HoursRequirement):
            return self._hours(rule, times)
        if isinstance(rule, ExamRequirement):
            return z3.Or([self._exam(rule, when) for when in times])
        if isinstance(rule, CourseRequirement):
            return z3.Or([self._unknowns.flag("completed", rule.course, when) for when in times])
        assert isinstance(rule, PracticalRequirement)
        kinds = ("graded",) if rule.graded else ("graded", "ungraded")
        return self._sum((kind, self.position.id, when) for kind in kinds for when in times) >= rule.at_least

    def _hours(self, rule: HoursRequirement, times: Sequence[When]) -> z3.BoolRef:
        credited = self._sum(("credited", course, when) for course in rule.courses for when in times)
        missed = self._sum(("missed", course, when) for course in rule.courses for when in times)
        enough = credited >= ceil((rule.at_least_hours or 0) * rule.class_minutes)
        if rule.at_least_rate is None:
            return enough
        share, whole = rule.at_least_rate.as_integer_ratio()
        return z3.And(enough, credited + missed > 0, credited * whole >= share * (credited + missed))

    def _exam(self, rule: ExamRequirement, when: When) -> z3.BoolRef:
        if rule.valid_for is not None and when == "old" and _within_days(rule.valid_for, OLD_DAYS + 100):
            return z3.BoolVal(False)
        if rule.at_least_score is not None:
            return self._unknowns.number("score", rule.exam, when) >= ceil(rule.at_least_score)
        return self._unknowns.flag("passed", rule.exam, when)

    def _sum(self, things: Iterable[tuple[str, ...]]) -> z3.ArithRef:
        return z3.Sum([self._unknowns.number(*each) for each in things])

    # --- credentials of others ---------------------------------------------------------------------------------

    def _active(self, name: str, rule: Credential) -> z3.BoolRef:
        return z3.And(self._unknowns.flag("active", called(name, rule)), self._well_known(name, rule))

    def _well_known(self, name: str, rule: Credential) -> z3.BoolRef:
        least = rule.least_provenance or self.position.least_provenance
        place = PROVENANCES.index(least) if least is not None else 0
        return self._unknowns.number("provenance", called(name, rule)) >= place

    def _opaque(self, what: str) -> z3.BoolRef:
        self.opaque.add(what)
        return self._unknowns.flag("opaque", what)


def called(name: str, rule: Credential) -> str:
    """How the issuer calls a credential."""
    return rule.scheme or name


def _times(over: str) -> Sequence[When] | None:
    """When evidence may lie that counts over a window; nothing, where that depends on the calendar."""
    if over == "ever":
        return ("old", "within")
    if over.startswith("rolling "):
        return ("within",) if _within_days(over.removeprefix("rolling "), OLD_DAYS - 50) else ("old", "within")
    return ("within",) if over == "stint" else None


def _within_days(length: str, days: int) -> bool:
    return (add(_START, length, ZoneInfo("UTC")) - _START).days <= days
