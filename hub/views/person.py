"""Views of one person: the standing with its clauses, figures and cures, what is true at the sinks, what is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import orjson

from hub.decision.kept import dump
from hub.rules.posts.standing import Standing
from hub.views.attended import UnitView
from hub.wording import meant
from schemas.errors import ConfigError
from schemas.position import Bilingual, Provenance
from schemas.renewal import RenewalRule, ToldDemand
from schemas.words import Words, told


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A fact that a standing rests on, and the transmission that brought it.

    ``topic`` is what the fact is about beside the person: a terminal, session, course, exam, credential or position.
    ``known_by`` says of a credential how it is known: by a file that its issuer signed, its push, a query, or people.
    """

    fact: str
    kind: str
    topic: str
    at: datetime
    transmission: str
    connector: str | None
    arrived_at: datetime
    known_by: Provenance | None = None


@dataclass(frozen=True, slots=True)
class DemandedView:
    """What an issuer demands for the renewal of a credential: what it told of this one, and what a rule says of all."""

    told: tuple[ToldDemand, ...]
    rule: RenewalRule | None

    def json(self) -> dict[str, Any]:
        """As programs read it."""
        rule = None if self.rule is None else self.rule.model_dump(mode="json")
        return {"told": [_told(each) for each in self.told], "rule": rule}


def _told(each: ToldDemand) -> dict[str, Any]:
    said = each.demand.model_dump(mode="json", exclude={"subject", "credential", "said_at"}, exclude_defaults=True)
    return {**said, "said_at": each.said_at.isoformat(), "ahead": each.ahead}


@dataclass(frozen=True, slots=True)
class PositionView:
    """The standing in one position, its name, and the decision it rests on (none for an instant of the past)."""

    name: Bilingual
    standing: Standing
    decision: str | None = None
    decided_at: datetime | None = None
    evidence: tuple[EvidenceView, ...] = ()
    named: Mapping[str, Bilingual] = field(default_factory=dict)
    demanded: Mapping[str, "DemandedView"] = field(default_factory=dict)
    """What issuers demand for the renewal of the credentials that are about to end or have ended."""

    def json(self) -> dict[str, Any]:
        """The standing's members with name and decision beside them; its evidence down to the transmissions."""
        decided = {"decision": self.decision, "decided_at": self.decided_at and self.decided_at.isoformat()}
        evidence = orjson.loads(orjson.dumps(self.evidence))
        demanded = {name: each.json() for name, each in self.demanded.items()}
        known = {"name": self.name.model_dump(), "evidence": evidence, "demanded": demanded}
        return {**orjson.loads(dump(self.standing)), **known, **decided}


@dataclass(frozen=True, slots=True)
class TargetView:
    """What must be true at a sink, how far it is on its way there, and what was last seen."""

    sink: str
    target: str
    wanted: str
    explicit: bool
    positions: tuple[str, ...]
    mode: str
    epoch: int
    state: str
    decision: str
    decided_at: datetime
    observed: str | None
    observed_at: datetime | None
    code: str | None = None
    """Why no more than ``accepted`` can be said of it."""
    kept_by: str | None = None
    """What keeps it open, though no post grants it any more: ``close_at``, ``manning.hold``, ``wave``, ``refused``."""
    kept_until: datetime | None = None
    """Until when at the latest; none where it is open until somebody decides."""
    kept_decides: str | None = None
    """Who may decide it before: the ``manager`` of the post or ``hr``; none: nobody has to."""
    kept_case: str | None = None
    """The case in which it is decided."""
    old_tokens_until: datetime | None = None
    """Until when tokens and sessions that were given there before it was seen closed may go on."""
    old_tokens_unsaid: bool = False
    """Whether nobody has said how long these go on."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """What was or will be told, to whom, about what."""

    kind: str
    audience: str
    cause: str
    stage: str
    state: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionView:
    """An earlier decision: position, when, and the scope after it."""

    id: str
    position: str
    decided_at: datetime
    after: str


@dataclass(frozen=True, slots=True)
class PersonsCaseView:
    """An open case that concerns the person: what it is about, what is decided of, until when.

    ``due_on`` is the last day on which it is in time, ``due_at`` the bound of that day.
    """

    id: str
    matter: str
    unit: str
    due_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class PersonView:
    """All about one person now; or, with ``at``, the standings at an instant and the decisions up to it."""

    person: str
    name: str
    positions: tuple[PositionView, ...]
    targets: tuple[TargetView, ...] = ()
    notices: tuple[NoticeView, ...] = ()
    next_look: datetime | None = None
    stuck: bool = False
    behind: bool = False
    """Something came, or a date has, that is not in it yet."""
    at: datetime | None = None
    decisions: tuple[DecisionView, ...] = ()
    cases: tuple[PersonsCaseView, ...] = ()
    attended: tuple[UnitView, ...] | None = ()
    """None: what is kept of the person cannot be read."""

    def json(self) -> dict[str, Any]:
        """The view for programs."""
        shown = ("at", "decisions") if self.at else ("targets", "notices", "next_look", "stuck", "behind", "cases")
        members = {name: getattr(self, name) for name in ("person", "name", *shown)}
        units = None if self.attended is None else [each.json() for each in self.attended]
        positions = [each.json() for each in self.positions]
        return {**orjson.loads(orjson.dumps(members)), "positions": positions, "attended": units}

    def only(self, position: str) -> "PersonView":
        """The view of one position alone.

        Raises:
            ConfigError: The person does not hold it.
        """
        held = {each.standing.position: each for each in self.positions}
        if position in held:
            return replace(self, positions=(held[position],))
        if self.behind and not held:
            words = Words(
                f"{self.person}: not reviewed yet, so nothing is known of {position!r}; look again shortly",
                f"{self.person}：尚未复核，暂无 {position!r} 的结论，请稍后再查",
            )
            raise ConfigError(words, "ref.unknown-name")
        expected = Words(
            f"one of {', '.join(held)}" if held else "none: the person holds no position",
            "、".join(held) or "无（此人无特殊岗位）",
        )
        near, found = meant(position, held), Words(f"position {position!r}", f"岗位 {position!r}")
        words = Words(
            f"{self.person}: found {found}, expected {expected}{near}",
            f"{self.person}：现为{found.zh}，应为 {expected.zh}{told(near, 'zh')}",
        )
        raise ConfigError(words, "ref.unknown-name")
