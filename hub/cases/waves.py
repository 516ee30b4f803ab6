"""What a person decides of a wave of closings that waits: it goes on, or the doors stay open for a while."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.clock import to_us
from hub.store.commit import Tx
from hub.store.tables import guarded as sql
from hub.store.tables.cases import MemberRow
from schemas.errors import CallError
from schemas.words import Words

MATTER = "closing_wave"
AT_MOST = timedelta(days=7)
"""So long, and no longer, doors stay open beside the rules."""


def open_until(verdict: str, until: datetime | None, now: datetime) -> datetime | None:
    """Until when the doors stay open; nothing: they close.

    Raises:
        CallError: It is past, or further ahead than doors may stay open beside the rules.
    """
    if verdict != "refused":
        return None
    end = now + AT_MOST if until is None else until
    if not now < end <= now + AT_MOST:
        last = (now + AT_MOST).isoformat()
        raise CallError(
            Words(
                f"--until: found {end.isoformat()}, expected an instant ahead, not after {last}",
                f"--until：现为 {end.isoformat()}，应为将来的时刻，且不晚于 {last}",
            )
        )
    return end


def decide_wave(members: Iterable[MemberRow], verdict: str, until: datetime | None, tx: Tx) -> None:
    """Keep what somebody decided about some whose closing waits in a wave."""
    end = None if until is None else to_us(until)
    for each in members:
        about = {"of": each.person, "at_position": each.unit, "of_wave": each.topic}
        tx.session.run(sql.decide, {**about, "state": verdict, "until": end})
