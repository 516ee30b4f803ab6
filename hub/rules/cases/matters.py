"""What a case can be about: who has it, until when, and what can be decided of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Owner = Literal["hr", "source"]
"""HR, or whoever answers for a source; then it is handed on to HR."""
Reach = Literal["class", "session", "room", "person", "room day", "person day"]
"""Of what there is one case, however many units it concerns: a session, a room, one person's unit, a day of either.

``class``: of a session, if so many of those present have the same trouble; else of one person's unit."""

_OF_A_UNIT = ("credited", "rejected", "partly", "excused")
WORKING_DAYS = 5
HANDED_ON = 3
"""Working days after which a case of a source's owner is HR's."""
LEAD = 10
"""Working days after which whoever leads HR has it."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case is about. ``verdicts`` are the decisions that it takes; ``days`` are working days until its due."""

    verdicts: tuple[str, ...] = _OF_A_UNIT
    reach: Reach = "person"
    owner: Owner = "hr"
    days: int = WORKING_DAYS
    stays: bool = False
    """Whether its cause is seen as before after a decision; where it is not, seeing it again asks anew."""
    in_days: bool = False
    """Whether it is about a stretch of whole days: of its end the last day is told."""


SEEN = Matter(("noted",), stays=True)
"""Something about which nothing can be decided here: somebody says that they have looked."""

OF_A_POST = Matter(("noted",), stays=True, in_days=True)
"""A time in a post that somebody looks at; it ends as the roster says."""

OF_A_RESULT = Matter(("credited", "rejected"))
"""Whether a result counts: somebody decides upon what was said of it, and again once something else is said."""

MATTERS: Mapping[str, Matter] = {
    "no_sign_out": Matter(("sign_out_assumed", *_OF_A_UNIT), reach="class"),
    "no_sign_in": Matter(reach="class"),
    "other_room": Matter(reach="session"),
    "unwitnessed": Matter(reach="session"),
    "not_countersigned": Matter(reach="session"),
    "list_differs": Matter(reach="session"),
    "clock_skew": Matter(reach="room day"),
    "behind_mark": Matter(reach="room day"),
    "two_sessions": Matter(reach="person day"),
    "two_places": Matter(reach="person day"),
    "source_behind": Matter(reach="room", owner="source"),
    "not_recorded": Matter(reach="room"),
    "walk_in": Matter(("credited", "rejected"), reach="session", stays=True),
    "late_withdrawal": Matter(("withdrawn", "rejected"), reach="session", stays=True),
    "deferral_asked": Matter(("approved", "refused"), days=3, in_days=True),
    "objection": Matter(days=10, stays=True),
    "incident": SEEN,
    "check_due": Matter(("noted",)),
    "ground_lost": SEEN,
    "sequence_contradicts_time": SEEN,
    "sequence_said_twice": SEEN,
    "words_contradict": SEEN,
    "active_after_revoked": SEEN,
    "superseded_alone": SEEN,
    "provenance": SEEN,
    "key_revoked": SEEN,
    "partner_dates": Matter(("credited", "rejected"), stays=True, in_days=True),
    "partner_hours": Matter(("credited", "rejected"), stays=True),
    "partner_closed": SEEN,
    "sponsor_left": OF_A_POST,
    "not_listed": OF_A_POST,
    "post_not_listed": OF_A_POST,
    "closing_wave": Matter(("released", "refused"), days=1),
    "sat_before_eligible": OF_A_RESULT,
    "contradicting_results": OF_A_RESULT,
    "disputed_date": OF_A_RESULT,
}
"""Matters by the reason that units, verdicts and alarms give. Any other reason of open time is one person's case."""

_ANY = Matter()


def matter(name: str) -> Matter:
    """What a case of this name is about."""
    return MATTERS.get(name, _ANY)
