"""What a decision of a case moves, and so what it takes: a second person, a document."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.cases import partners, waves
from hub.clock import from_us
from hub.intake.basis import Weight
from hub.rules.cases.partners import DATES
from hub.store.tables.cases import CaseRow, MemberRow
from schemas.words import Words

WHOLE_CLASS = 3
"""A decision about so many people at once takes two."""
_LIGHT = ("noted", "rejected", "refused", "released")
_OPEN = Words("doors stay open beside the rules", "权限将在规则之外保持开通")


def weight(
    row: CaseRow, verdict: str, start: datetime | None, end: datetime | None, members: Iterable[MemberRow]
) -> Weight:
    """What a ruling moves: the most of one person, of a class or not, since when it is open."""
    concerned, opened = list(members), from_us(row.opened_at)
    if row.matter == waves.MATTER and verdict == "refused":
        return Weight(at=opened, always_two=_OPEN)
    if row.matter == DATES and verdict == "credited":
        return Weight(at=opened, always_two=partners.LONGER)
    if verdict in _LIGHT:
        return Weight(at=opened, whole_class=_is_class(concerned))
    if start is not None and end is not None:
        most = end - start
    else:
        most = timedelta(seconds=max(each.open_seconds for each in concerned))
    return Weight(most, opened, whole_class=_is_class(concerned))


def _is_class(members: Iterable[MemberRow]) -> bool:
    return len({each.person for each in members}) >= WHOLE_CLASS
