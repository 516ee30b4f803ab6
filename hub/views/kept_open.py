"""Why a door is still open though no post of the person grants it any more, and until when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from hub.access.modes import Modes
from hub.access.postponed import postponed
from hub.access.wanted import WantedTarget, wanted_targets
from hub.clock import from_us
from hub.decision.manning import CODE, PAGE_EVERY
from hub.rules.calendar import add
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.standing import Standing
from hub.store.statement import Connection
from hub.store.tables.access import DesiredRow
from hub.store.tables.alarms import last_alarm
from schemas.position import Position


class KeptOpen(NamedTuple):
    """By which setting of a post a door is kept open, and until when at the latest."""

    by: Literal["close_at", "manning.hold"]
    until: datetime


def kept_open(
    person: str,
    rows: Iterable[DesiredRow],
    standings: Sequence[Standing],
    rulebook: Rulebook,
    now: datetime,
    store: Connection,
) -> Mapping[tuple[str, str], KeptOpen]:
    """The doors whose closing waits, by sink and target."""
    known = [each for each in standings if each.position in rulebook.positions]
    positions = {each.position: rulebook.current(each.position, now) for each in known}
    lapsed = {(each.sink, each.target): each for each in wanted_targets(known, positions, Modes.read(store), now)}
    found: dict[tuple[str, str], KeptOpen] = {}
    for row in rows:
        target = lapsed.get((row.sink, row.target))
        if target is None or row.wanted != "present" or not _closes(target):
            continue
        if ends := postponed([target], [row], known, rulebook, now).ends:
            found[row.sink, row.target] = KeptOpen("close_at", ends[0])
        elif held := _held(person, row, known, positions, rulebook.zone, now, store):
            found[row.sink, row.target] = KeptOpen("manning.hold", max(held))
    return found


def _closes(target: WantedTarget) -> bool:
    return target.wanted == "absent" and target.enforced and not target.explicit


def _held(
    person: str,
    row: DesiredRow,
    standings: Iterable[Standing],
    positions: Mapping[str, Position],
    zone: ZoneInfo,
    now: datetime,
    store: Connection,
) -> list[datetime]:
    """The ends of the holds of its posts, where somebody was paged of them just now."""
    ends = []
    for each in standings:
        if each.position in row.positions.split(",") and each.lapsed_at is not None:
            post = positions[each.position]
            end = add(each.lapsed_at, post.manning.hold, ZoneInfo(post.zone) if post.zone else zone)
            if end > now and _is_paged(person, each.position, now, store):
                ends.append(end)
    return ends


def _is_paged(person: str, post: str, now: datetime, store: Connection) -> bool:
    last = store.one(last_alarm, {"code": CODE, "person": person, "position": post})
    return last is not None and last.at is not None and now - from_us(last.at) < 2 * PAGE_EVERY
