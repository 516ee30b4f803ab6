"""Mentors of a person, and when each of them held full scope in the post, as it was decided."""

from collections.abc import Iterable, Iterator, Mapping

from hub.clock import from_us
from hub.rules.fact import Fact, of_kind
from hub.rules.timeline import Timeline
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables.facts import mentorings_in
from hub.store.tables.review import scopes_over_time
from schemas.decision import Mentoring

FULL = "full"


def mentors_of(facts: Iterable[Fact], known_by: int, store: Connection) -> Mapping[tuple[str, str], Timeline[bool]]:
    """For each mentor who was named, and each post, when that mentor held full scope there."""
    named = {(said.mentor, said.position) for _fact, said in of_kind(facts, Mentoring)}
    return {(mentor, position): _full(mentor, position, known_by, store) for mentor, position in sorted(named)}


def _full(mentor: str, position: str, known_by: int, store: Connection) -> Timeline[bool]:
    rows = store.all(scopes_over_time, {"person": mentor, "position": position, "known_by": known_by})
    return Timeline(False, ((from_us(row.decided_at), row.after == FULL) for row in rows))


def look_at_mentored(mentor: str, position: str, before: str, after: str, tx: Tx) -> None:
    """Have those looked at again who have a mentor that began or ceased to hold full scope in a post."""
    if (before == FULL) == (after == FULL):
        return
    for person in sorted(set(_mentored_by(mentor, position, tx)) - {mentor}):
        tx.postpone(person, tx.now_us, "mentor")


def _mentored_by(mentor: str, position: str, tx: Tx) -> Iterator[str]:
    for row in tx.session.all(mentorings_in, {"position": position}):
        if row.body is not None and Mentoring.model_validate_json(row.body).mentor == mentor:
            yield row.person
