"""How high a person stands on the ladder of a position, and the holds that keep the scope lower."""

from dataclasses import dataclass
from datetime import datetime

from hub.rules.cures import cure
from hub.rules.dossier import Finding, Hold
from hub.rules.judgement import Judgement
from hub.rules.lives import Life
from schemas.position import CredentialRequirement


@dataclass(frozen=True, slots=True)
class Climb:
    """The scope that is reached, since when (never, for ``none``), and what holds the rungs above it."""

    scope: str
    since: datetime | None
    holds: tuple[Hold, ...]


def climb(judged: Judgement) -> Climb:
    """Go up rung by rung to the first one that lacks something; the holds of those above it are named too."""
    scope, since = "none", judged.assignment.starts_at
    holds: list[Hold] = []
    open_so_far = True
    for rung in judged.position.ladder:
        stands = {name: judged.stands_since(name) for name in rung.needs}
        unmet = [judged.finding(name) for name, at in stands.items() if at is None]
        known = {hold.cause for hold in holds}
        holds += [_hold(judged, each, rung.scope) for each in unmet if each.requirement not in known]
        open_so_far = open_so_far and not unmet
        if open_so_far:
            scope, since = rung.scope, max(since, *(at for at in stands.values() if at is not None))
    return Climb(scope, None if scope == "none" else since, tuple(holds))


def _hold(judged: Judgement, finding: Finding, below: str) -> Hold:
    reason = "evidence_unknown" if finding.state == "unknown" else finding.reason
    zh, en = cure(reason, _shown(judged, finding), judged.zone)
    explicit = reason in ("credential_suspended", "credential_revoked")
    return Hold(finding.requirement, below, reason, finding.figures, zh, en, explicit, finding.evidence)


def _shown(judged: Judgement, finding: Finding) -> tuple[tuple[str, str], ...]:
    """The figures of a hold, with the names that people know, and what its credential still lacks."""
    name = judged.named(finding.requirement)
    named = () if name is None else (("name_zh", name.zh), ("name_en", name.en))
    life = _life_behind(judged, finding.requirement)
    lacking = [] if life is None else [each for each in life.parts if each.state != "met"]
    return (*named, *finding.figures, *(_missing(judged, lacking) if lacking else ()))


def _missing(judged: Judgement, lacking: list[Finding]) -> tuple[tuple[str, str], ...]:
    named = [(name, _done(each)) for each in lacking if (name := judged.named(each.requirement)) is not None]
    return (
        ("missing_zh", "、".join(f"{name.zh} {done}".strip() for name, done in named)),
        ("missing_en", ", ".join(f"{name.en} {done}".strip() for name, done in named)),
    )


def _done(finding: Finding) -> str:
    figures = dict(finding.figures)
    return " ".join(figures[each] for each in ("hours", "rate") if each in figures)


def _life_behind(judged: Judgement, name: str) -> Life | None:
    """The credential that a need names or asks for, if it does."""
    rule = judged.position.requirement.get(name)
    if isinstance(rule, CredentialRequirement):
        return judged.life(rule.credential)
    return judged.life(name) if rule is None else None
