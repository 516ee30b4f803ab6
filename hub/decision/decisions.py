"""Keeps where a person stands; what differs is a decision, with its entry: why it was taken and what it rests on."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from audit_log.entry import Committed
from audit_log.kinds import triggers
from hub.audit.enclosures import SALT_BYTES, commitment
from hub.decision.explicit import Ground
from hub.decision.kept import dump, same_holds
from hub.evidence.provenance import Provenance, provenance, provenance_of_facts
from hub.rules.posts.standing import Standing
from hub.store.commit import Tx
from hub.store.tables import review
from hub.store.tables.review import StandingRow

_TRANSMISSIONS = 256
"""An entry names so many transmissions, the latest; the row of the decision names all of them."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A standing as it is kept, with the salt that opens the commitment of its entry."""

    body: str
    salt: bytes
    commitment: Committed


class Closing(NamedTuple):
    """Targets of a person that close by an issuer's word, or as what they rest on has ended, and what made us look."""

    person: str
    grounds: Sequence[Ground]
    causes: Sequence[str]


class Decisions:
    """Standings and decisions of persons, inside a commit. ``revision`` names the rules that judged."""

    def __init__(self, revision: str, random: Callable[[int], bytes] = os.urandom) -> None:
        self._revision = revision
        self._random = random

    def keep(
        self, person: str, standing: Standing, row: StandingRow | None, causes: Sequence[str], tx: Tx
    ) -> str | None:
        """Keep a standing that is not what it was; a decision where scope or holds differ. Its id, if there is one."""
        body = dump(standing)
        if row is not None and row.body == body:
            return None
        salt = self._random(SALT_BYTES)
        judged = _Judged(body, salt, commitment(salt, body.encode()))
        decided = row is None or row.scope != standing.scope or not same_holds(row.body, standing)
        if decided:
            entry = self._decided(person, standing, "" if row is None else row.scope, judged, causes, tx)
        else:
            entry = tx.log("reviewed", person=person, position=standing.position, standing=judged.commitment)
        place = {"person": person, "position": standing.position, "scope": standing.scope}
        tx.session.run(
            review.set_standing,
            {
                **place,
                "body": body,
                "salt": judged.salt,
                "entry": entry,
                "decision": entry if row is None or decided else row.decision,
                "decided_at": tx.now_us,
            },
        )
        return entry if decided else None

    def _decided(
        self, person: str, standing: Standing, before: str, judged: _Judged, causes: Sequence[str], tx: Tx
    ) -> str:
        evidence = provenance(person, standing.evidence, tx.session)
        decision = tx.log(
            "decided",
            person=person,
            position=standing.position,
            before=before or None,
            after=standing.scope,
            triggers=triggers(causes),
            evidence=_transmissions(evidence),
            holds=[{"cause": hold.cause, "reason": hold.reason} for hold in standing.holds],
            rules=self._revision,
            standing=judged.commitment,
        )
        row = {"id": decision, "person": person, "position": standing.position, "before": before}
        tx.session.run(
            review.insert_decision,
            {
                **row,
                "decided_at": tx.now_us,
                "triggers": _json(list(causes)),
                "evidence": _json(_by_transmission(evidence)),
                "after": standing.scope,
                "body": judged.body,
                "salt": judged.salt,
            },
        )
        return decision

    def closed(self, closings: Sequence[Closing], tx: Tx) -> list[str]:
        """Put on record that what targets rested on was withdrawn or has ended. The decision's id for each person."""
        facts = [{fact for ground in each.grounds for fact in ground.evidence(tx.now)} for each in closings]
        rows = [_close(*pair, tx) for pair in zip(closings, provenance_of_facts(facts, tx.session), strict=True)]
        tx.session.many(review.insert_decision, rows)
        return [str(row["id"]) for row in rows]


def _close(closing: Closing, evidence: Sequence[Provenance], tx: Tx) -> dict[str, Any]:
    """The row of a decision that closes; its entry is left."""
    person, grounds, causes = closing
    reasons = {name: ground.reason(tx.now) for ground in grounds for name in ground.credentials(tx.now)}
    decision = tx.log(
        "decided",
        person=person,
        after="none",
        triggers=triggers(causes),
        evidence=_transmissions(evidence),
        holds=[{"cause": cause, "reason": reason} for cause, reason in sorted(reasons.items())],
    )
    return {
        "id": decision,
        "person": person,
        "position": ",".join(sorted({post for ground in grounds for post in ground.positions})),
        "decided_at": tx.now_us,
        "triggers": _json(list(causes)),
        "evidence": _json(_by_transmission(evidence)),
        "before": "",
        "after": "none",
        "body": "",
        "salt": None,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _transmissions(evidence: Iterable[Provenance]) -> list[str]:
    """The transmissions that brought it, each once, the latest last."""
    arrived = {each.transmission: each.arrived_at for each in evidence}
    return sorted(arrived, key=lambda id: (arrived[id], id))[-_TRANSMISSIONS:]


def _by_transmission(evidence: Iterable[Provenance]) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    for each in evidence:
        facts.setdefault(each.transmission, []).append(each.fact)
    return facts
