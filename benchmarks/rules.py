"""What one look at a person costs: five years of attendance, every window, with and without overlapping units."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rules.attendance.across import each_second_once
from hub.rules.fact import Fact, Rank
from hub.rules.posts.dossier import Dossier, Rulebook, versions
from hub.rules.posts.standing import standings
from hub.rules.span import Span
from hub.rules.unit import Unit
from schemas.people import Assignment
from schemas.position import Position

ZONE = ZoneInfo("Asia/Shanghai")
YEARS, MANY, FEW = 5, 2000, 250
BEGAN = datetime(2021, 1, 4, tzinfo=UTC)
NOW = BEGAN + timedelta(days=365 * YEARS)
ROUNDS = 15
COURSES = ("safety", "drill", "annual", "basics")


def measure() -> dict[str, float]:
    """review_ms: the slower of both kinds of dossier; review_growth: from 250 to 2,000 units."""
    with _as_served():
        return _measured()


@contextmanager
def _as_served() -> Iterator[None]:
    """The collector of cycles as ``hub/serve.py`` sets it: a review leaves none behind."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _measured() -> dict[str, float]:
    book = Rulebook({"post": versions([_position()], ZONE)}, ZONE)
    plain_ms, overlap_ms, few_ms = (_median(book, count, every) for count, every in ((MANY, 0), (MANY, 10), (FEW, 0)))
    return {
        "review_ms": max(plain_ms, overlap_ms),
        "review_plain_ms": plain_ms,
        "review_overlap_ms": overlap_ms,
        "review_growth": plain_ms / few_ms,
    }


def _review(book: Rulebook, units: list[Unit]) -> Callable[[], object]:
    post = Assignment(subject="p", position="post", starts_at=BEGAN, as_of=BEGAN)
    fact = Fact("f", "roster", Rank.REGISTER, BEGAN, BEGAN, post)

    def review() -> object:
        return standings(Dossier("p", (fact,), each_second_once(units)), book, now=NOW)

    return review


def _median(book: Rulebook, count: int, overlap_every: int) -> float:
    """Each round looks at another person, once: of the calendar only what persons share may be remembered."""
    found = []
    for person in range(ROUNDS + 1):
        work = _review(book, _units(count, overlap_every, person))
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found[1:])


def _units(count: int, overlap_every: int, person: int = 0) -> list[Unit]:
    """Units spread evenly, a second later for each person; every so many begins before the one before it has ended."""
    step = timedelta(days=365 * YEARS) / count
    made = []
    for n in range(count):
        start = (BEGAN + step * n).replace(microsecond=0) + timedelta(seconds=person)
        hours = 3 if n % 4 else 1
        if overlap_every and n % overlap_every == 0 and made:
            start = made[-1].over_at - timedelta(minutes=20)
        over = start + timedelta(hours=hours)
        credited = hours * 3600 - (600 if n % 20 == 0 else 0)
        online = n % 4 == 0
        made.append(
            Unit(
                id=f"u{n}",
                kind="study" if online else "session",
                course=COURSES[n % len(COURSES)],
                starts_at=start,
                over_at=over,
                required=hours * 3600,
                credited=credited,
                intervals=(Span(start, start + timedelta(seconds=credited)),),
                refs=(f"fact {n}",),
                study=f"pass {n // 100}" if online else "",
                completion="counted" if online else "none",
                completed_at=over if online else None,
            )
        )
    return made


def _hours(*courses: str, **more: object) -> dict[str, object]:
    return {"kind": "hours", "courses": courses, **more}


def _position() -> Position:
    """Every window there is, demanded of one credential and of the ladder."""
    windows = ("week", "month", "quarter", "year", "credential_year", "cycle", "rolling 6 months")
    demands = [{"needs": f"d{n}", "over": over, "on_shortfall": "note"} for n, over in enumerate(windows)]
    demands += [{"needs": "annual", "over": "cycle"}, {"needs": "yearly", "over": "year"}]
    return Position.model_validate(
        {
            "id": "post",
            "name": {"zh": "岗位", "en": "Post"},
            "risk": "high",
            "requirement": {
                **{f"d{n}": _hours(*COURSES, at_least_hours=2, at_least_rate=0.9) for n in range(len(windows))},
                "annual": _hours("annual", "drill", at_least_hours=40, at_least_rate=0.9),
                "yearly": _hours("safety", at_least_hours=40),
                "pre": _hours("safety", at_least_hours=10, at_least_rate=0.9),
                "ever": _hours("safety", "annual", at_least_hours=10, at_least_rate=0.9),
                "monthly": _hours(*COURSES, at_least_hours=1),
                "half-year": _hours(*COURSES, at_least_hours=20, at_least_rate=0.8),
            },
            "credential": {
                "own": {
                    "issuer": "hub",
                    "valid_for": "12 months",
                    "grant": {"needs": ["pre"], "over": "stint"},
                    "demands": demands,
                    "checks": [{"before": "3 months"}, {"before": "1 month", "cure": "15 days"}],
                }
            },
            "ladder": [
                {"scope": "supervised", "needs": ["pre"], "accept_open": True},
                {
                    "scope": "full",
                    "needs": [
                        "own",
                        {"needs": "ever", "over": "ever"},
                        {"needs": "monthly", "over": "month"},
                        {"needs": "half-year", "over": "rolling 6 months"},
                    ],
                    "accept_open": True,
                },
            ],
            "targets": {"iam": {"full": ["door"]}},
        }
    )
