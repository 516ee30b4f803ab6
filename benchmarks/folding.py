"""What one more study statement costs: with a year of one course behind it, and with five; in a store of its own."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.clock import to_us
from hub.evidence.courses import PassKey, StudiedCourse, pass_key, pass_of
from hub.evidence.rulings import NONE
from hub.identity.links import ALWAYS, OPEN
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.statement import Connection
from hub.store.tables import facts, identity
from schemas.learning import Study
from schemas.position import Course

ZONE = ZoneInfo("Asia/Shanghai")
BEGAN = datetime(2021, 1, 4, 1, tzinfo=UTC)
COURSE = Course(mode="online", nominal_minutes=60)
ROUNDS = 50
MONTH = timedelta(days=30)


def measure() -> dict[str, float]:
    """fold_ratio: the fold that a statement of year 5 asks for against that of one of year 1."""
    with tempfile.TemporaryDirectory() as place:
        stores = [_store(Path(place) / f"{years}.db", years) for years in (1, 5)]
        try:
            rounds = [tuple(_seconds(store, years) for store, years in stores) for _round in range(ROUNDS)]
            whole = statistics.median(_whole(stores[1][0]) for _round in range(5))
        finally:
            for store, _years in stores:
                store.close()
    return {
        "fold_ratio": statistics.median(five / one for one, five in rounds),
        "fold_year_one_ms": statistics.median(one for one, _five in rounds) * 1000,
        "fold_whole_ms": whole * 1000,
    }


def _store(path: Path, years: int) -> tuple[Database, int]:
    """A person with so many years of the course, folded and kept."""
    url = f"sqlite:///{path}"
    migrate(url)
    database = Database(url)
    connection = database.writing()
    link = {"subject": "s", "person": "p", "valid_from": ALWAYS, "valid_until": OPEN, "known_at": 0}
    connection.run(identity.insert_link, link)
    connection.many(facts.insert_fact, list(_facts(years)))
    _course(connection, None, {}, keep=True).folded()
    connection.connection.commit()
    connection.connection.close()
    return database, years


def _seconds(database: Database, years: int) -> float:
    """CPU of the fold after one more statement in the last month."""
    last = BEGAN + MONTH * (12 * years - 1) + timedelta(minutes=18)
    stale = pass_of(pass_key("course", to_us(last), to_us(last)))
    assert stale is not None
    with database.reading() as session:
        rows = {row.unit: row.body for row in session.all(facts.folds_of, {"person": "p"})}
        kept = {found.at: body for unit, body in rows.items() if isinstance(found := pass_of(unit), PassKey)}
        course = _course(session, rows["course"], {**kept, stale.at: None})
        began = time.process_time()
        course.folded()
        return time.process_time() - began


def _whole(database: Database) -> float:
    with database.reading() as session:
        began = time.process_time()
        _course(session, None, {}).folded()
        return time.process_time() - began


def _course(session: Connection, head: str | None, kept: Mapping[int, str | None], keep: bool = False) -> StudiedCourse:
    asked = {"person": "p", "known_by": OPEN, "topic": "course"}
    return StudiedCourse(asked, COURSE, "1", NONE, {}, ZONE, session, head=head, passes=kept, keep=keep)


def _facts(years: int) -> Iterator[dict[str, object]]:
    """A pass of the course each month: opened, two points, completed."""
    for month in range(12 * years):
        for minutes, meaning in ((0, "opened"), (9, "point"), (18, "point"), (55, "closed"), (56, "completed")):
            at = BEGAN + MONTH * month + timedelta(minutes=minutes)
            said = {"subject": "s", "course": "course", "meaning": meaning, "occurred_at": at, "statement": f"{at}"}
            key = f"{at}".encode()
            yield {
                **{"key": key, "about": key, "digest": b"", "kind": "study", "subject": "s", "topic": "course"},
                **{"at": to_us(at), "said_at": None, "arrived_at": to_us(at), "known_at": to_us(at)},
                **{"transmission": "", "body": Study.model_validate(said).model_dump_json()},
            }
