"""The warnings that reached a person, as facts: an own credential does not lapse at once for whom none was accepted."""

from hub.clock import from_us
from hub.rules.fact import Fact, Rank
from hub.rules.posts.issuing import HUB
from hub.store.statement import Connection
from hub.store.tables.notices import WarningRow, warnings_of
from schemas.decision import Warned
from schemas.notice import Notice


def warned_of(person: str, known_by: int, store: Connection) -> list[Fact]:
    """The warnings to a person that a channel accepted, by what was known at a stored instant."""
    return [_fact(person, row) for row in store.all(warnings_of, {"person": person, "known_by": known_by})]


def _fact(person: str, row: WarningRow) -> Fact:
    accepted_at, notice = from_us(row.accepted_at), Notice.model_validate_json(row.body)
    assert notice.ends_at is not None, "a warning names the end it warns of"
    warned = Warned(
        subject=person, position=row.position, credential=row.cause, ends_at=notice.ends_at, accepted_at=accepted_at
    )
    return Fact(row.id, HUB, Rank.ISSUER, accepted_at, accepted_at, warned)
