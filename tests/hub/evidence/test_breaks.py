"""Breaks that the plan gives a place are neither required nor deducted, and pay for nothing else."""

from dataclasses import dataclass

import pytest

from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.cases.test_cases import DAY, seen, standing_of
from tests.hub.decision.test_law import NOW, opened, roster, send_together, t

NOON = {"breaks": ("12:00-13:00",), "zone": "Asia/Shanghai"}


@dataclass
class Hall:
    """A hub with somebody who must come to a session from 08:30 to 16:30."""

    parts: object
    clock: HandClock

    def planned(self, as_of="2026-01-01T00:00", **breaks):
        said = Session(
            subject="D",
            course="dc-safety",
            devices=("A",),
            starts_at=t(f"{DAY}T08:30"),
            ends_at=t(f"{DAY}T16:30"),
            as_of=t(as_of),
            **breaks,
        )
        send_together(
            self.parts,
            [roster("E1"), ("roster", [said, Enrolment(subject="E1", session="D", as_of=t(as_of))])],
            self.clock,
        )

    def minutes(self):
        _status, credited, required, _open = standing_of(self.parts, "E1")["D"]
        return credited, required

    def came(self, *said):
        seen(self.parts, self.clock, "E1", *said)


@pytest.fixture
def hall(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        yield Hall(parts, clock)


@pytest.mark.parametrize(
    ("breaks", "came", "minutes"),
    [
        (NOON, ("in 08:20", "out 16:35"), (420, 420)),
        (NOON, ("in 08:20", "out 15:45"), (375, 420)),  # example 54
        (NOON, ("in 08:20", "out 11:45", "in 13:00", "out 16:35"), (405, 420)),  # example 55
        (NOON | {"break_seconds": 3600}, ("in 08:20", "out 15:45"), (375, 420)),  # it is that break, not another
        (NOON | {"break_seconds": 4200}, ("in 08:20", "out 10:00", "in 10:10", "out 16:35"), (410, 410)),
        ({"break_seconds": 3600}, ("in 08:20", "out 15:30"), (360, 420)),  # example 56
    ],
)
def test_a_day_with_a_break_credits(hall, breaks, came, minutes):
    hall.planned(**breaks)
    hall.came(*came)
    assert hall.minutes() == minutes


def test_a_break_that_the_plan_names_later_is_judged_anew(hall):
    hall.planned()
    hall.came("in 08:20", "out 12:00", "in 13:00", "out 16:35")
    assert hall.minutes() == (420, 480)
    hall.planned("2026-01-07T00:00", **NOON)
    assert hall.minutes() == (420, 420)
