"""Why a door is still open though no post of the person grants it any more, and until when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from hub.access.modes import Modes
from hub.access.postponed import postponed
from hub.access.wanted import WantedTarget, wanted_targets
from hub.cases.waves import MATTER
from hub.clock import from_us, to_us
from hub.decision.manning import CODE, PAGE_EVERY
from hub.decision.waves import doors_of, is_held
from hub.rules.calendar import add
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.standing import Standing
from hub.store.statement import Connection
from hub.store.tables.access import DesiredRow
from hub.store.tables.alarms import last_alarm
from hub.store.tables.cases import open_cases_of
from hub.store.tables.guarded import guarded_of
from schemas.position import Position


class KeptOpen(NamedTuple):
    """What keeps a door open, until when at the latest, and who may decide it before, in which case.

    ``close_at`` and ``manning.hold`` are settings of a post; a ``wave`` of closings waits for HR, and was ``refused``
    where two people let its doors stay open.
    """

    by: Literal["close_at", "manning.hold", "wave", "refused"]
    until: datetime | None
    decides: Literal["manager", "hr"] | None = None
    case: str | None = None


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
        elif wave := _in_a_wave(person, row, now, store):
            found[row.sink, row.target] = wave
        elif held := _held(person, row, known, positions, rulebook.zone, now, store):
            found[row.sink, row.target] = KeptOpen("manning.hold", max(held), "manager")
    return found


def _in_a_wave(person: str, row: DesiredRow, now: datetime, store: Connection) -> KeptOpen | None:
    """The wave that a closing is part of, or that was refused."""
    for each in store.all(guarded_of, {"person": person}):
        if (row.sink, row.target) in doors_of(each) and is_held(each, to_us(now)):
            if each.state == "refused" and each.until is not None:
                return KeptOpen("refused", from_us(each.until), "hr")
            about = {"position": each.position, "cause": each.cause}
            waves = (case for case in store.all(open_cases_of, {"person": person}) if case.matter == MATTER)
            cases = (case.id for case in waves if orjson.loads(case.place) == about)
            return KeptOpen("wave", None, "hr", next(cases, None))
    return None


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
