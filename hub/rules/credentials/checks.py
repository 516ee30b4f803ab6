"""The checks ahead of an end, as events: passed or failed at their instant, the cure window, and when all was ready."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.credentials.demanded import CycleDemands
from hub.rules.demands.hours import HoursOver
from hub.rules.values import Event
from schemas.position import Check, Credential


def check_events(
    credential: str, rule: Credential, demands: CycleDemands, *, known_from: datetime, now: datetime, zone: ZoneInfo
) -> Iterator[Event]:
    """What the checks of a cycle have come to by now. None is held before its end was known."""
    end, come = demands.cycle.end, False
    for check in rule.checks:
        at = max(add(end, check.before, zone, -1), known_from)
        if at > now or at >= end or not demands.binding:
            continue
        come = True
        met = demands.progress(at) == "met"
        yield Event(at, "check_passed" if met else "check_failed", credential, end)
        if check.cure is not None and not met:
            yield from _window(credential, check, demands, at, now, zone)
    if come and demands.binding and demands.progress(min(now, end)) == "met":
        yield Event(_ready_since(demands, min(now, end)), "renewal_ready", credential, end)


def _window(
    credential: str, check: Check, demands: CycleDemands, at: datetime, now: datetime, zone: ZoneInfo
) -> Iterator[Event]:
    """The cure window that a failed check opens, never beyond the end."""
    assert check.cure is not None
    until = min(add(at, check.cure, zone), demands.cycle.end)
    yield Event(at, "cure_opened", credential, until)
    met = demands.progress(min(now, until)) == "met"
    if met:
        yield Event(max(_ready_since(demands, min(now, until)), at), "cured", credential, until)
    elif now >= until:
        yield Event(until, "cure_missed", credential)


def _ready_since(demands: CycleDemands, instant: datetime) -> datetime:
    """Since when all that binds is met, without a break up to an instant."""
    since = instant
    for each in sorted(_instants(demands, instant), reverse=True):
        if demands.progress(each) != "met":
            break
        since = each
    return since


def _instants(demands: CycleDemands, until: datetime) -> set[datetime]:
    """The instants of a cycle at which something may become met or owed."""
    found = {demands.cycle.start}
    for each in demands.binding:
        for entry in each.entries:
            found.add(entry.period.end)
            over = entry.over
            found.update(over.instants() if isinstance(over, HoursOver) else (at for at, _state in over.states))
    return {at for at in found if demands.cycle.start <= at <= until}
