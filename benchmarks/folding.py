"""What one more study statement costs: with a year of one course behind it, and with five."""

import statistics
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.evidence.rulings import NONE
from hub.evidence.sittings import study_units
from hub.rules.fact import Fact, Rank
from schemas.learning import Study
from schemas.position import Course

ZONE = ZoneInfo("Asia/Shanghai")
BEGAN = datetime(2021, 1, 4, 1, tzinfo=UTC)
COURSE = Course(mode="online", nominal_minutes=60)
ROUNDS = 15


def measure() -> dict[str, float]:
    """fold_ratio: the fold that a statement of year 5 asks for against that of one of year 1."""
    first, fifth = _facts(1), _facts(5)
    rounds = [(_seconds(first), _seconds(fifth)) for _round in range(ROUNDS)]
    return {
        "fold_ratio": statistics.median(five / one for one, five in rounds),
        "fold_year_one_ms": statistics.median(one for one, _five in rounds) * 1000,
    }


def _seconds(facts: list[Fact]) -> float:
    began = time.process_time()
    study_units("course", COURSE, facts, NONE, ZONE)
    return time.process_time() - began


def _facts(years: int) -> list[Fact]:
    """A pass of the course each month: opened, two points, completed."""
    found = []
    for month in range(12 * years):
        start = BEGAN + timedelta(days=30 * month)
        for minutes, meaning in ((0, "opened"), (9, "point"), (18, "point"), (55, "closed"), (56, "completed")):
            at = start + timedelta(minutes=minutes)
            said = Study.model_validate(
                {"subject": "p", "course": "course", "meaning": meaning, "occurred_at": at, "statement": f"{at}"}
            )
            found.append(Fact(f"f{len(found)}", "lms", Rank.ISSUER, at, at, said))
    return found
