"""A credential as it stands for one person: held or missing, since when, by which runs, and on which requirements."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.dossier import Alternatives, CredentialState, Fact, Finding, HeldNumber, Ids, RequirementState, ids
from hub.rules.windows import END, Runs, Span
from schemas.credential import CredentialStatus


@dataclass(frozen=True, slots=True)
class Life:
    """A credential as it stands: how it is held, since when without interruption, and how its renewal stands.

    ``parts`` are the requirements that grant it, or renew it in ``cycle``; ``runs`` are the times it held, ``numbers``
    those under which it holds.
    """

    state: CredentialState
    finding: Finding
    parts: tuple[Finding, ...] = ()
    looks: tuple[datetime, ...] = ()
    runs: Runs = ()
    cycle: Span | None = None
    numbers: Alternatives = ()


def holding(
    name: str,
    period: Span,
    since: datetime,
    *,
    own: bool,
    parts: tuple[Finding, ...] = (),
    looks: tuple[datetime, ...] = (),
    runs: Runs = (),
    basis: Ids = (),
    numbers: Alternatives = (),
) -> Life:
    """The life of a credential that holds in a period, without interruption since an instant.

    ``basis`` are the facts that granted and renewed it; ``numbers`` are an authority's under which it holds.
    """
    end = None if period.end == END else period.end
    return Life(
        state=CredentialState(name, "active", period.start, end, own, evidence=basis),
        finding=Finding(name, "met", since, () if end is None else (("valid_until", end.isoformat()),), evidence=basis),
        parts=parts,
        looks=(*looks, *_next_looks(parts)),
        runs=runs,
        cycle=period if own else None,
        numbers=(HeldNumber(name, "", end),) if own else numbers,
    )


def missing(
    name: str,
    reason: str,
    ended: datetime | None,
    *,
    own: bool,
    until: datetime | None = None,
    explicit: bool = False,
    state: RequirementState = "not_met",
    parts: tuple[Finding, ...] = (),
    looks: tuple[datetime, ...] = (),
    runs: Runs = (),
    cycle: Span | None = None,
    evidence: Ids = (),
    basis: Ids = (),
) -> Life:
    """The life of a credential that does not hold: never obtained, or ended for a reason.

    ``evidence`` are the facts by which its parts were judged, ``basis`` those that granted and renewed it before.
    """
    status = {"credential_missing": "unknown"}.get(reason, reason.removeprefix("credential_"))
    dates = () if ended is None else (("ended", ended.isoformat()),)
    figures = next((each.figures for each in parts if each.state != "met"), ())
    return Life(
        state=CredentialState(name, status, None, until, own, explicit, ids((*basis, *evidence))),  # type: ignore[arg-type]
        finding=Finding(name, state, None, (*dates, *figures), reason, evidence=evidence),
        parts=parts,
        looks=(*looks, *_next_looks(parts)),
        runs=runs,
        cycle=cycle,
    )


def resting_on(life: Life, facts: Iterable[Fact[CredentialStatus]]) -> Life:
    """The life, resting on what its issuer said of it too."""
    words = [each.id for each in facts]
    state = replace(life.state, evidence=ids((*life.state.evidence, *words)))
    return replace(life, state=state, finding=replace(life.finding, evidence=ids((*life.finding.evidence, *words))))


def _next_looks(parts: tuple[Finding, ...]) -> list[datetime]:
    return [each.next_look for each in parts if each.next_look is not None]
