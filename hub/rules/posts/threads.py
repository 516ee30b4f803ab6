"""What there is to tell about the ends of credentials: one thread for each end, whatever route it was learnt by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Literal

from hub.rules.calendar import add
from hub.rules.life import CredentialState
from hub.rules.posts.rungs import rank
from hub.rules.posts.scope import Scopes
from hub.rules.timeline import BEGINNING
from hub.rules.values import Verdict
from schemas.position import Check, Credential, Provenance

Stage = Literal["complete", "missing", "ends"]
"""Nothing is missing; something is; an authority's credential that ends, whatever was done here."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One matter: the end of one credential in one post. It is open from its first check until the end.

    ``checked_at`` is the last check that has come; ``cure_until`` the end of its window, if it opened one. ``missing``
    names what is lacking. ``looks`` are instants at which it changes by itself.
    """

    position: str
    credential: str
    ends_at: datetime
    opened_at: datetime
    stage: Stage
    missing: tuple[str, ...] = ()
    parts: tuple[Verdict, ...] = ()
    checked_at: datetime | None = None
    cure_until: datetime | None = None
    cure_missed: bool = False
    number: str = ""
    looks: tuple[datetime, ...] = ()
    known_by: Provenance | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it one matter."""
        return self.position, self.credential, self.ends_at.isoformat()

    def is_open(self, now: datetime) -> bool:
        """Whether its first check has come and its end has not."""
        return self.opened_at <= now < self.ends_at


def threads(scopes: Scopes, states: Mapping[str, CredentialState]) -> Iterator[Thread]:
    """The threads of the credentials that the present scope rests on, open or ahead."""
    scope = scopes.scope.at(scopes.now)
    rungs = [rung for rung in scopes.ladder.rungs if rank(rung.scope) <= rank(scope)]
    names = dict.fromkeys(name for rung in rungs for name in scopes.ladder.credentials(rung))
    for name in names:
        rule, state = scopes.version.position.credential.get(name), states.get(name)
        if rule is not None and state is not None and rule.provisional_for is None and state.status == "active":
            yield from _thread(scopes, name, rule, state)


def _thread(scopes: Scopes, name: str, rule: Credential, state: CredentialState) -> Iterator[Thread]:
    if state.bound is None or not rule.checks:
        return
    life, now = scopes.lives.life(name), scopes.now
    checks = sorted(_checks(rule.checks, state.bound, _known_from(state), scopes), key=itemgetter(0))
    come = [at for at, _check in checks if at <= now]
    parts = life.demanded.verdicts(min(now, state.bound)) if life.demanded is not None and state.own else ()
    binding = _binding(rule)
    lacking = [part for part in parts if part.state != "met" and part.requirement in binding]
    cure = _cure(checks, state.bound, scopes, bool(lacking))
    looks = [at for at, _check in checks if at > now] + [until for until in cure if until > now]
    yield Thread(
        position=scopes.lives.post.id,
        credential=name,
        ends_at=state.bound,
        opened_at=checks[0][0],
        stage="missing" if lacking else "complete" if state.own else "ends",
        missing=tuple(sorted(part.requirement for part in lacking)),
        parts=parts,
        checked_at=come[-1] if come else None,
        cure_until=cure[0] if cure else None,
        cure_missed=bool(cure) and cure[0] <= now and bool(lacking),
        number=state.number,
        looks=tuple(looks),
        known_by=state.known_by,
    )


def _checks(
    checks: Sequence[Check], bound: datetime, known_from: datetime, scopes: Scopes
) -> Iterator[tuple[datetime, Check]]:
    """Each check at its instant, never before the end was known."""
    for check in checks:
        yield max(add(bound, check.before, scopes.lives.zone, -1), known_from), check


def _known_from(state: CredentialState) -> datetime:
    return state.stated_at or (state.valid_from if state.own and state.valid_from else BEGINNING)


def _cure(checks: Sequence[tuple[datetime, Check]], bound: datetime, scopes: Scopes, lacking: bool) -> list[datetime]:
    """The end of the cure window of the last check that has come, if it opens one; never after the end."""
    opened = [(at, check.cure) for at, check in checks if check.cure is not None and at <= scopes.now]
    if not opened or not lacking:
        return []
    at, length = opened[-1]
    assert length is not None
    return [min(add(at, length, scopes.lives.zone), bound)]


def _binding(rule: Credential) -> set[str]:
    return {demand.needs for demand in rule.demands if demand.on_shortfall != "note"}
