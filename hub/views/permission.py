"""Answers "may this person do this now" and "who may": by what the last commit decided.

Where the date of a person has come and nobody has looked since, the rules are asked at once: an end counts from its
own instant, not from when somebody came to it. In doubt the answer is no.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from hub.clock import from_us, stamp, to_us
from hub.decision.kept import dump
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.identity.links import links_in
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, standings
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.access import DesiredRow, desired_of, observed_at_sink
from hub.store.tables.review import StandingRow, due_of, scopes_in, standings_of
from schemas.errors import UnavailableError
from schemas.position import Position

PERSON, POSITION, ENTER = "person", "position", "enter"
"""Kinds of a subject and of a resource, and the one action at a target; at a position the scopes are the actions."""
_STUCK, _LOOKED_AT, _NO_POST = "review.stuck", "review.due", "not_assigned"


Fresh = Callable[[str, datetime, Connection], Sequence[Standing]]
"""What the rules find of a person at an instant."""

log = logging.getLogger(__name__)


class Named(NamedTuple):
    """Something by its kind and its id there."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is permitted; if not, why in one word and in a sentence for the person, in Chinese and English.

    ``decision`` and ``entry`` are what that rests on: a decision, and the entry of the log that commits to it.
    ``unknown`` says what of the question nobody here knows. ``standing`` is the text of the standing, which says how
    its credentials are known.
    """

    permitted: bool
    reason: str = ""
    to_person: Mapping[str, str] | None = None
    scope: str | None = None
    decision: str = ""
    entry: str = ""
    decided_at: datetime | None = None
    unknown: str = ""
    standing: str = ""

    def json(self) -> dict[str, Any]:
        """A decision of AuthZEN (5.5)."""
        if self.unknown:
            return {"decision": False, "context": {"error": {"status": 404, "message": self.unknown}}}
        decided = {"scope": self.scope, "decided_at": self.decided_at and stamp(self.decided_at)}
        receipt = {"decision": self.decision, "entry": self.entry}
        said = {"reason": self.reason, "reason_user": self.to_person, **decided, "known_by": _known_by(self.standing)}
        context = {name: value for name, value in said.items() if value}
        context |= {"receipt": {name: value for name, value in receipt.items() if value}} if self.decision else {}
        return {"decision": self.permitted, "context": context}


class Permission:
    """Says what is permitted. ``targets``: what positions name at each sink; ``sources`` name people by ids."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        evidence: Evidence,
        rulebook: Rulebook,
        positions: Mapping[str, Position],
        targets: Mapping[str, Collection[str]],
        sources: Collection[str],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._rulebook = rulebook
        self._positions = positions
        self._sources = sources
        self._targets = targets
        self._now = now

    def may(self, subject: Named, action: str, resource: Named) -> Answer:
        """Whether a subject may do something at a resource now."""
        if unknown := self._unknown(subject, action, resource):
            return Answer(False, unknown=unknown)
        with self._database.reading() as session:
            person = self._person(subject, session)
            if person is None:
                return Answer(False, unknown=f"{subject.kind}: nobody here has this id")
            return _Look(person, self._fresh, self._now(), session).may(action, resource)

    def who(self, kind: str, action: str, resource: Named, after: str, limit: int) -> tuple[list[Named], str]:
        """Those who may do something at a resource, by employee number, and where to go on; nothing: they are all.

        ``after`` is where the last page ended. People whose number was erased are not named.
        """
        if kind != PERSON or self._unknown(Named(PERSON, ""), action, resource):
            return [], ""
        found: list[Named] = []
        with self._database.reading() as session:
            for person in self._candidates(action, resource, after, session):
                if len(found) == limit:
                    return found, after
                after = person
                if _Look(person, self._fresh, self._now(), session).may(action, resource).permitted:
                    profile = self._directory.profile(person, session)
                    found += [Named(PERSON, profile.employee_no)] if profile is not None else []
        return found, ""

    def what(self, subject: Named, action: str, kind: str) -> list[Named]:
        """The resources of a kind at which a subject may do something."""
        ids = self._positions if kind == POSITION else self._targets.get(kind, ())
        asked = (Named(kind, each) for each in sorted(ids))
        return [each for each in asked if self.may(subject, action, each).permitted]

    def how(self, subject: Named, resource: Named) -> list[str]:
        """The actions that a subject may do at a resource."""
        return [each for each in self._actions(resource) if self.may(subject, each, resource).permitted]

    # --- what is asked ---------------------------------------------------------------------------------------

    def _unknown(self, subject: Named, action: str, resource: Named) -> str:
        """What of a question nobody here knows."""
        if subject.kind != PERSON and subject.kind not in self._sources:
            return f"subject.type: found {subject.kind[:64]!r}, expected {PERSON!r} or a source of identifiers"
        if resource.kind != POSITION and resource.kind not in self._targets:
            known = ", ".join([POSITION, *sorted(self._targets)])
            return f"resource.type: found {resource.kind[:64]!r}, expected one of {known}"
        actions = self._actions(resource)
        if not actions:
            return f"resource.id: found {resource.id[:64]!r}, which no position here names"
        if action not in actions:
            return f"action.name: found {action[:64]!r}, expected one of {', '.join(actions)}"
        return ""

    def _actions(self, resource: Named) -> Sequence[str]:
        if resource.kind != POSITION:
            return [ENTER] if resource.id in self._targets.get(resource.kind, ()) else []
        position = self._positions.get(resource.id)
        return [] if position is None else [rung.scope for rung in position.ladder]

    def _person(self, subject: Named, session: Connection) -> str | None:
        if subject.kind == PERSON:
            return self._directory.person_by_number(subject.id)
        known = self._directory.find(*subject)
        links = () if known is None else links_in(known.token, session)
        holders = {link.person for link in links if link.holds(to_us(self._now()))}
        return holders.pop() if len(holders) == 1 else None

    def _candidates(self, action: str, resource: Named, after: str, session: Connection) -> Iterator[str]:
        """People of whom it may be true, in the order of their tokens, from behind one of them on."""
        if resource.kind == POSITION:
            rows = session.all(scopes_in, {"position": resource.id})
            people = [row.person for row in rows if rank(row.scope) >= rank(action)]
        else:
            at_sink = session.all(observed_at_sink, {"sink": resource.kind})
            people = [row.person for row in at_sink if (row.target, row.wanted) == (resource.id, "present")]
        return (each for each in sorted(people) if each > after)

    def _fresh(self, person: str, now: datetime, session: Connection) -> Sequence[Standing]:
        dossier = self._evidence.dossier(person, session, now=now)
        return standings(dossier, self._rulebook, now=now)


class _Look:
    """One person at one instant, read from the store."""

    def __init__(
        self,
        person: str,
        fresh: Fresh,
        now: datetime,
        session: Connection,
    ) -> None:
        self._person = person
        self._session = session
        # Read first: what is decided after it was looked at cannot be older than that.
        due = session.one(due_of, {"person": person})
        self._stuck = due is not None and due.tries > 0
        self._fresh: Mapping[str, Standing] | None = None
        if due is not None and due.at <= to_us(now) and not self._stuck:
            self._look(fresh, now)

    def _look(self, fresh: Fresh, now: datetime) -> None:
        try:
            self._fresh = {each.position: each for each in fresh(self._person, now, self._session)}
        except UnavailableError:
            raise
        except Exception:  # whatever is wrong with a rule: nobody is let in by it
            log.exception("a rule failed when somebody asked whether a person may")
            self._stuck = True

    def may(self, action: str, resource: Named) -> Answer:
        """Whether the person may."""
        if resource.kind == POSITION:
            return self._stands(resource.id, action)
        rows = self._session.all(desired_of, {"person": self._person})
        row = next((each for each in rows if (each.sink, each.target) == resource), None)
        return Answer(False, _NO_POST) if row is None else self._enters(row)

    def _stands(self, post: str, scope: str) -> Answer:
        found = self._session.all(standings_of, {"person": self._person})
        row = next((each for each in found if each.position == post), None)
        if row is None:
            return Answer(False, _NO_POST)
        if self._stuck:
            return _of(row, row.scope, False, _STUCK)
        fresh = None if self._fresh is None else self._fresh.get(post)
        now_at, body = (row.scope, row.body) if fresh is None else (fresh.scope, dump(fresh))
        if rank(now_at) >= rank(scope):
            return _of(row, now_at, True, body=body)
        reason, said = _why(body)
        return _of(row, now_at, False, reason, said, body)

    def _enters(self, row: DesiredRow) -> Answer:
        """By what must be true at the door: what people opened, or a closing that waits, counts as it stands."""
        wanted = row.wanted == "present"
        decided = from_us(row.decided_at)
        if wanted and self._outdated(row):
            return Answer(False, _LOOKED_AT, decision=row.decision, decided_at=decided)
        reason = "" if wanted else "closed"
        return Answer(wanted, reason, decision=row.decision, decided_at=decided)

    def _outdated(self, row: DesiredRow) -> bool:
        """Whether an end has come that nobody has carried out yet, in every post that opens a target."""
        posts = [each for each in row.positions.split(",") if each]
        if self._fresh is None or not posts:
            return False
        return all(post not in self._fresh or self._fresh[post].scope == "none" for post in posts)


def _why(body: str) -> tuple[str, Mapping[str, str] | None]:
    """The strongest reason of a kept standing, and what removes it; its holds alone are read: that is asked often."""
    holds = orjson.loads(body)["holds"]
    if not holds:
        return _NO_POST, None
    return holds[0]["reason"], {language: holds[0]["cure"][language] for language in ("zh", "en")}


def _known_by(body: str) -> Mapping[str, str]:
    """How the credentials of a kept standing are known, by their names; of what the hub itself gave nothing is said."""
    credentials = orjson.loads(body)["credentials"] if body else ()
    return {each["credential"]: each["known_by"] for each in credentials if each.get("known_by")}


def _of(
    row: StandingRow,
    scope: str,
    permitted: bool,
    reason: str = "",
    said: Mapping[str, str] | None = None,
    body: str = "",
) -> Answer:
    return Answer(permitted, reason, said, scope, row.decision, row.entry, from_us(row.decided_at), standing=body)
