"""Whether a whole class has the same trouble: so many of those present lack the same half that it is one case."""

from hub.cases.rooms import enrolled_in, seen_in
from hub.evidence.punches import punches_within
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.links import OPEN
from hub.rules.attendance.punches import sighting_of
from hub.rules.attendance.sightings import BEYOND, presence
from hub.rules.span import Span
from hub.store.statement import Connection
from schemas.attendance import Punch
from schemas.learning import Session

AT_LEAST = 3
SHARE = 30
"""Per cent of those present; more than that are the class."""


def is_of_the_class(reason: str, name: str, plan: TrainingPlan, store: Connection) -> bool:
    """Whether at least three, and more than 30 % of those who were to come and came, lack the same half."""
    fact = plan.session(name, store)
    if fact is None:
        return False
    session = planned(fact)
    present = sorted(set(seen_in(session, plan, store)) & enrolled_in(name, store))
    lacking = 0
    for left, person in zip(range(len(present), 0, -1), present, strict=True):
        if not _is_class(lacking + left, len(present)) or _is_class(lacking, len(present)):
            break
        lacking += _lacks(reason, person, session, plan, store)
    return _is_class(lacking, len(present))


def _is_class(lacking: int, present: int) -> bool:
    return lacking >= AT_LEAST and lacking * 100 > present * SHARE


def _lacks(reason: str, person: str, session: Session, plan: TrainingPlan, store: Connection) -> bool:
    """Whether what a person's punches in the room leave open of a session is open for this reason."""
    block = plan.block(session)
    asked = {"person": person, "known_by": OPEN}
    facts = punches_within(asked, Span(block.start - BEYOND, block.end + BEYOND), store)
    punches = [(fact, fact.record) for fact in facts if isinstance(fact.record, Punch)]
    here = [sighting_of(fact, punch) for fact, punch in punches if punch.device in session.devices]
    doubts = presence(here, block).doubts
    return any(
        each.reason == reason and each.starts_at < session.ends_at and session.starts_at < each.ends_at
        for each in doubts
    )
