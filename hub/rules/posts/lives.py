"""The lives of all credentials of one person in one post, each made when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.credentials.authority import ReviewRule, authority_life
from hub.rules.credentials.cycle_periods import Cycle
from hub.rules.credentials.demanded import CycleDemands, Days
from hub.rules.credentials.given import givens
from hub.rules.credentials.granting import Granting
from hub.rules.credentials.grounds import Grounds
from hub.rules.credentials.numbers import Number, numbers
from hub.rules.credentials.own import own_life
from hub.rules.credentials.periods import Length
from hub.rules.credentials.post import Post, Version
from hub.rules.credentials.provisional import Provisional
from hub.rules.credentials.words import CLOSING
from hub.rules.demands.clauses import Clauses
from hub.rules.demands.evidence import Evidence
from hub.rules.demands.presence import Presence
from hub.rules.fact import Fact, of_kind
from hub.rules.life import CredentialState, Life
from hub.rules.people.stints import Stint, part_times, stints
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.span import Span, united
from hub.rules.timeline import END, Timeline
from hub.rules.values import Alarm
from schemas.credential import CredentialStatus
from schemas.position import Credential, Position, Provenance

LifeOf = Callable[[str], Life]


class PostLives:
    """One person in one post: stints, clauses and the lives of its credentials.

    ``elsewhere`` gives the life of a credential of another post, named ``post:credential``.
    """

    def __init__(
        self,
        dossier: Dossier,
        rulebook: Rulebook,
        position: str,
        evidence: Evidence,
        now: datetime,
        elsewhere: LifeOf,
    ) -> None:
        self.now = now
        self.position = rulebook.current(position, now)
        self.zone = ZoneInfo(self.position.zone) if self.position.zone else rulebook.zone
        self.days = Days(self.zone, rulebook.workdays)
        self.stints: Sequence[Stint] = stints(dossier.facts, position, self.zone, self.position.bridge_days)
        self.evidence = evidence
        self._dossier = dossier
        self._elsewhere = elsewhere
        self._lives: dict[str, Life] = {}
        self._making: set[str] = set()
        held = united(span for each in self.stints for span in each.spans)
        self._presence = Presence(self.zone, held, evidence.leaves, part_times(self.stints))
        self.post = Post(
            dossier.person,
            position,
            now,
            self.days,
            self.stints,
            [self._version(each.position, each.span, each.name) for each in rulebook.positions[position]],
            dossier.facts,
        )
        facts = {fact.id: fact for fact in dossier.facts}
        self.grounds = Grounds(evidence, facts, dossier.gone, dossier.settings)

    @property
    def clauses(self) -> Clauses:
        """The clauses of the version in force."""
        return self.post.version(self.now).clauses

    def life(self, name: str) -> Life:
        """The life of a credential of this post, or of another one."""
        if ":" in name:
            return self._elsewhere(name)
        if name not in self._lives:
            if name in self._making:  # two credentials that rest on each other: lint refuses it, none holds here
                return _nothing(name)
            self._making.add(name)
            self._lives[name] = self._made(name)
            self._making.discard(name)
        return self._lives[name]

    def _version(self, position: Position, span: Span, name: str) -> Version:
        clauses = Clauses(position, self.evidence, self._presence, self.zone, self.life)
        return Version(span, position, clauses, name)

    def _made(self, name: str) -> Life:
        rule = self.position.credential.get(name) or self._older(name)
        if rule is None:
            return _nothing(name)
        stated = self._numbers(name, rule)
        if not rule.own:
            return self._of_issuer(name, rule, stated)
        granting = Granting(name, self.post, self.grounds)
        given = givens(self.post.id, name, self.post.facts, stated, self._least(rule))
        if rule.provisional_for is not None:
            formal = rule.provisional_for
            return Provisional(granting, given, stated, lambda: self.life(formal)).life()
        return own_life(granting, given, stated)

    def _older(self, name: str) -> Credential | None:
        older = (version.position.credential.get(name) for version in reversed(self.post.versions))
        return next((rule for rule in older if rule is not None), None)

    def _numbers(self, name: str, rule: Credential) -> tuple[Number, ...]:
        names = [each for each in {name, rule.scheme} if each]
        length = Length(rule.valid_for if rule.own else None, self.zone)
        return numbers(name, names, self._heard(rule), length=length, least=self._least(rule))

    def _heard(self, rule: Credential) -> Sequence[Fact]:
        """The facts that count for a credential: of one that exists by one system's word, others can close it alone."""
        _qms, colon, system = rule.issuer.partition(":")
        return [fact for fact in self.post.facts if not colon or fact.source == system or not _grants(fact)]

    def _least(self, rule: Credential) -> Provenance | None:
        return rule.least_provenance or self.position.least_provenance

    def _of_issuer(self, name: str, rule: Credential, stated: Sequence[Number]) -> Life:
        review = ReviewRule(rule.review_missed, rule.review_every, self.zone)
        must_end = rule.must_end if rule.must_end is not None else self.position.risk == "high"
        spoken = of_kind(self._heard(rule), CredentialStatus)
        said = [fact.id for fact, stated in spoken if stated.credential in (name, rule.scheme)]
        life = authority_life(name, stated, review, must_end=must_end, said=sorted(said))
        return self._with_demands(rule, life) if rule.demands else life

    def _with_demands(self, rule: Credential, life: Life) -> Life:
        """An authority's credential with demands that are told and change nothing."""
        found = life.state(self.now)
        if found.status != "active" or found.valid_from is None:
            return life
        cycle = Cycle(found.valid_from, found.bound or END, found.valid_from)
        demands = CycleDemands(rule, self.clauses, cycle, self.days, {})

        def state(instant: datetime) -> CredentialState:
            return replace(life.state(instant), parts=demands.verdicts(instant))

        return replace(life, state=state, demanded=demands)


def _grants(fact: Fact) -> bool:
    return isinstance(fact.record, CredentialStatus) and fact.record.status not in CLOSING


def _nothing(name: str) -> Life:
    """The life of a credential that is not known here."""
    missing = CredentialState(name, False, "unknown", reason="credential_missing")
    return Life(name, False, Timeline(()), lambda _instant: missing, alarms=(Alarm("unknown_credential", name),))
