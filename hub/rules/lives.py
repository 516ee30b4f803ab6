"""A credential as it stands for one person: held or missing, since when, by which runs, and on which requirements."""

from dataclasses import dataclass
from datetime import datetime

from hub.rules.dossier import CredentialState, Finding, RequirementState
from hub.rules.windows import END, Runs, Span


@dataclass(frozen=True, slots=True)
class Life:
    """A credential as it stands: how it is held, since when without interruption, and how its renewal stands.

    ``parts`` are the requirements that grant it, or renew it in ``cycle``; ``runs`` are the times it held.
    """

    state: CredentialState
    finding: Finding
    parts: tuple[Finding, ...] = ()
    looks: tuple[datetime, ...] = ()
    runs: Runs = ()
    cycle: Span | None = None


def holding(
    name: str,
    period: Span,
    since: datetime,
    *,
    own: bool,
    parts: tuple[Finding, ...] = (),
    looks: tuple[datetime, ...] = (),
    runs: Runs = (),
) -> Life:
    """The life of a credential that holds in a period, without interruption since an instant."""
    end = None if period.end == END else period.end
    return Life(
        state=CredentialState(name, "active", period.start, end, own),
        finding=Finding(name, "met", since, () if end is None else (("valid_until", end.isoformat()),)),
        parts=parts,
        looks=(*looks, *_next_looks(parts)),
        runs=runs,
        cycle=period if own else None,
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
) -> Life:
    """The life of a credential that does not hold: never obtained, or ended for a reason."""
    status = {"credential_missing": "unknown"}.get(reason, reason.removeprefix("credential_"))
    dates = () if ended is None else (("ended", ended.isoformat()),)
    figures = next((each.figures for each in parts if each.state != "met"), ())
    return Life(
        state=CredentialState(name, status, None, until, own, explicit),  # type: ignore[arg-type]
        finding=Finding(name, state, None, (*dates, *figures), reason),
        parts=parts,
        looks=(*looks, *_next_looks(parts)),
        runs=runs,
        cycle=cycle,
    )


def _next_looks(parts: tuple[Finding, ...]) -> list[datetime]:
    return [each.next_look for each in parts if each.next_look is not None]
