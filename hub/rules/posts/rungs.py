"""The rungs of a position's ladder for one person, by one version of its rules: when each stands, and what holds it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import product

from hub.rules.credentials.granting import Granting
from hub.rules.credentials.post import Version
from hub.rules.demands.clauses import Eligible
from hub.rules.demands.windows import Window
from hub.rules.life import Life
from hub.rules.posts.lives import PostLives
from hub.rules.posts.needs import Need, standing_together
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, Timeline
from hub.rules.values import Alternatives, HeldNumber, RestsOn
from schemas.position import (
    AllOfRequirement,
    AnyOfRequirement,
    CredentialRequirement,
    Rung,
    Use,
)


def rank(scope: str) -> int:
    """The place of a scope on the ladder."""
    fixed = {"none": 0, "supervised": 1, "full": 100}
    return fixed[scope] if scope in fixed else 10 + int(scope.removeprefix("partial(").removesuffix(")"))


@dataclass(frozen=True, slots=True)
class Climbed:
    """A rung for one person: what it needs, when all of it stands, and when it has its mentors."""

    scope: str
    needs: tuple[Need, ...]
    mentored: Timeline[bool]

    @property
    def stands(self) -> Timeline[bool]:
        """True while all that it needs stands."""
        return standing_together([self.mentored, *(need.stands for need in self.needs)])


class Ladder:
    """The ladder of one version of a position for one person."""

    def __init__(
        self,
        version: Version,
        lives: PostLives,
        mentored: Mapping[int, Timeline[bool]],
        spared: Mapping[str, Sequence[Span]],
    ) -> None:
        """``mentored`` says, by number of mentors, when there were so many; ``spared`` names unwarned lapses."""
        self._version = version
        self._position = version.position
        self._lives = lives
        self._mentored = mentored
        self._spared = spared
        self._needs: dict[tuple[str, str], Need] = {}

    @cached_property
    def rungs(self) -> tuple[Climbed, ...]:
        """All rungs, the lowest first."""
        found: list[Climbed] = []
        for rung in self._position.ladder:
            needs = tuple(self._need(each) for each in rung.needs)
            if rung.includes_lower and found:
                needs = (*needs, *(need for need in found[-1].needs if need not in needs))
            found.append(Climbed(rung.scope, needs, self._mentors(rung)))
        return tuple(found)

    @cached_property
    def reached(self) -> Timeline[int]:
        """The number of the highest rung that stands, counted from one; zero for none."""
        stands = [rung.stands for rung in self.rungs]
        edges = sorted({start for each in stands for start, _value in each})

        def highest(instant: datetime) -> int:
            return max((n + 1 for n, each in enumerate(stands) if each.at(instant)), default=0)

        return Timeline(0, ((edge, highest(edge)) for edge in edges))

    def credentials(self, rung: Climbed) -> Iterator[str]:
        """The credentials that a rung rests on, whichever way."""
        seen: set[str] = set()
        for need in rung.needs:
            for name in self.credentials_of(need.name):
                if name not in seen:
                    seen.add(name)
                    yield name

    def _mentors(self, rung: Rung) -> Timeline[bool]:
        return self._mentored[rung.mentors] if rung.mentors else Timeline(True)

    def _need(self, each: str | Use) -> Need:
        name, over = (each.needs, each.over) if isinstance(each, Use) else (each, "stint")
        if (name, over) not in self._needs:
            self._needs[name, over] = self._made(name, over)
        return self._needs[name, over]

    def _made(self, name: str, over: str) -> Need:
        lives = self._lives
        clause = self._version.clauses.clause(name, eligible=self._eligible(name))
        window = Window(over, self._begins(), lives.now, lives.zone)
        grace = self._position.unknown.grace
        spared = [span for each in self.credentials_of(name) for span in self._spared.get(each, ())]
        return Need(name, window.judged(clause), grace, lives.zone, lambda at: self._groups(name, at), spared)

    def _begins(self) -> datetime:
        """Where the stint begins that is nearest to now."""
        now = self._lives.now
        begun = [each.start for each in self._lives.stints if each.start <= now]
        ahead = [each.start for each in self._lives.stints if each.start > now]
        return begun[-1] if begun else ahead[0] if ahead else BEGINNING

    def _eligible(self, name: str) -> Eligible | None:
        """When an exam may be sat: by the grants that name it, if any does."""
        rules = self._position.credential.items()
        granting = [each for each, rule in rules if rule.own and rule.grant is not None and name in rule.grant.needs]
        if not granting:
            return None
        lives = self._lives

        def eligible(instant: datetime) -> bool:
            for each in granting:
                grants = Granting(each, lives.post, lives.grounds).stretches(BEGINNING)
                if any(within.start <= instant and grant.eligible(instant) for grant, within in grants):
                    return True
            return False

        return eligible

    # --- what it rests on --------------------------------------------------------------------------------------

    def rests_on(self, instant: datetime, scope: str) -> tuple[RestsOn, ...]:
        """What each rung up to a scope rests on that stands at an instant, the lowest first."""
        return tuple(
            RestsOn(rung.scope, tuple(dict.fromkeys(group for need in rung.needs for group in need.rests_on(instant))))
            for rung in self.rungs
            if rank(rung.scope) <= rank(scope) and rung.stands.at(instant)
        )

    def _groups(self, name: str, instant: datetime) -> Sequence[Alternatives]:
        """Alternatives of which one must hold each, for a need that is met. By grace alone it rests on nothing."""
        rule = self._position.requirement.get(name)
        if isinstance(rule, AllOfRequirement):
            return [group for each in rule.of for group in self._groups(each, instant)]
        if isinstance(rule, AnyOfRequirement):
            return self._any_groups(rule, instant)
        if rule is not None and not isinstance(rule, CredentialRequirement):
            return ()
        held = self._held(rule.credential if isinstance(rule, CredentialRequirement) else name, instant)
        return (held,) if held else ()

    def _held(self, credential: str, instant: datetime) -> Alternatives:
        life: Life = self._lives.life(credential)
        rule = self._position.credential.get(credential)
        called = rule.scheme if rule is not None and rule.scheme is not None else credential
        held = (
            HeldNumber(called, number, life.until(number, instant), life.own) for number in life.numbers.at(instant)
        )
        return tuple(sorted(held, key=lambda each: each.number))

    def _any_groups(self, rule: AnyOfRequirement, instant: datetime) -> Sequence[Alternatives]:
        """One group for each choice of a need from every way that is met: losing one of them leaves another way."""
        met = [way for way in rule.of if all(self._met(name, instant) for name in way)]
        ways = [[group for name in way for group in self._groups(name, instant)] for way in met]
        if not ways or any(not way for way in ways):
            return ()  # a way that rests on no credential holds whatever an issuer says
        return [tuple(dict.fromkeys(held for group in choice for held in group)) for choice in product(*ways)]

    def _met(self, name: str, instant: datetime) -> bool:
        return self._need(name).judged.states.at(instant) == "met"

    def credentials_of(self, name: str) -> Iterator[str]:
        """The credentials that a need rests on, whichever way."""
        rule = self._position.requirement.get(name)
        if isinstance(rule, CredentialRequirement):
            yield rule.credential
        elif isinstance(rule, AllOfRequirement):
            for each in rule.of:
                yield from self.credentials_of(each)
        elif isinstance(rule, AnyOfRequirement):
            for way in rule.of:
                for each in way:
                    yield from self.credentials_of(each)
        elif rule is None:
            yield name
