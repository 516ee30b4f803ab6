"""What hinders that somebody is erased: what is still open, and the duty to keep."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.clock import from_us, site_time
from hub.rules.fact import Fact
from hub.rules.people.stints import stints
from hub.store.statement import Connection
from hub.store.tables.access import desired_of
from hub.store.tables.cases import open_cases_of
from hub.store.tables.overrides import overrides_of
from schemas.people import Assignment
from schemas.words import Words


class Duty(NamedTuple):
    """Until when somebody's data must be kept, and in whose time that is told."""

    days: int
    zone: ZoneInfo

    def ends(self, last: datetime) -> datetime:
        """When it ends, after the last word or the last day in a post."""
        return last + timedelta(days=self.days)


def open_matters(
    person: str, facts: Sequence[Fact], now: datetime, zone: ZoneInfo, store: Connection
) -> Iterator[Words]:
    """Why somebody cannot be erased yet: who is erased can be looked after no more."""
    for position in sorted(_posts(facts)):
        last = stints(facts, position, zone)[-1:]
        if last and last[0].end > now:
            yield Words(
                f"holds the post {position} still; the roster has to end it",
                f"仍在岗位 {position} 任职，须先由人员名册终止",
            )
    for row in store.all(desired_of, {"person": person}):
        untouched = row.mode == "observe" and row.observed != "present"
        if row.wanted == "present" or not (untouched or row.state == "confirmed"):
            place = f"{row.sink}/{row.target}"
            yield Words(f"{place} was not seen closed yet", f"尚未确认 {place} 已关闭")
    for each in store.all(overrides_of, {"person": person}):
        yield Words(
            f"an override of {each.sink}/{each.target} is not over", f"{each.sink}/{each.target} 的临时开通尚未结束"
        )
    for case in store.all(open_cases_of, {"person": person}):
        yield Words(
            f"case {case.id} is open: `licet cases show {case.id}`",
            f"事项 {case.id} 尚未办结：`licet cases show {case.id}`",
        )


def last_day(facts: Sequence[Fact], zone: ZoneInfo) -> datetime | None:
    """When the last post ended, of those that anybody ever said."""
    ends = [stint.end for position in _posts(facts) for stint in stints(facts, position, zone)]
    return max(ends, default=None)


def kept_until(last: datetime | None, now: datetime, duty: Duty) -> Iterator[Words]:
    """Why somebody must not be erased yet, by the duty to keep."""
    if last is not None and now < (ends := duty.ends(last)):
        until = site_time(ends, duty.zone, "minutes")
        yield Words(
            f"the data must be kept until {until}: {duty.days} days (hub.keep_days) after the last word",
            f"资料须保存至 {until}：自最后一次记录起 {duty.days} 天（hub.keep_days）",
        )


def latest(*instants: int | datetime | None) -> datetime | None:
    """The last of these."""
    return max(
        (from_us(each) if isinstance(each, int) else each for each in instants if each is not None), default=None
    )


def _posts(facts: Sequence[Fact]) -> set[str]:
    return {fact.record.position for fact in facts if isinstance(fact.record, Assignment)}
