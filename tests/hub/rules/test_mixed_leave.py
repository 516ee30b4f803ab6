"""Leave across ends, months and cure windows: what it takes off, and what a long one asks on return.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

import pytest

from tests.hub.rules.mixed import BY_CHECKPOINT, POSTED, TWO_YEARS, YEAR_2026, annual, hours
from tests.hub.rules.story import (
    attended,
    leave,
    position,
    q_post,
    stint,
)
from tests.hub.rules.worked import Row

DRILLED = q_post(
    requirement={"annual": hours(at_least_hours=40), "drill": hours("drill", at_least_hours=1)},
    demands=[
        {"needs": "annual", "over": "cycle"},
        {"needs": "drill", "over": "quarter", "on_shortfall": "checkpoint", "cure": "15 days"},
    ],
)
DRILL = attended("drill", "05-10 17:00", 3)
LEAVE = [
    Row(
        201,
        "leave in a cure window: the window does not move; six hours after it restore, for a whole length from there",
        BY_CHECKPOINT,
        [
            POSTED,
            TWO_YEARS,
            annual("06-10 17:00", 34),
            leave("2027-01-02", "2027-01-20", said="2026-12-20"),
            annual("2027-01-25 17:00", 6),
        ],
        {
            "2027-01-15 23:59": {"scope": "full", "events": {"checkpoint_failed": ["2027-01-01"], "lapsed": []}},
            "2027-01-16 00:00": {"scope": "none", "hold": "credential_lapsed"},
            "2027-01-25 17:00": {"scope": "full", "to": {"q": "2029-01-25"}},
        },
    ),
    Row(
        202,
        "35 days of leave in the year: 36 h 10 min are asked, and they are done: no window opens",
        BY_CHECKPOINT,
        [POSTED, TWO_YEARS, leave("06-01", "07-05", said="05-20"), annual("10-10 17:00", 36 + 10 / 60)],
        {
            "2027-01-01 00:00": {"events": {"checkpoint_failed": []}},
            "2027-01-20": {"scope": "full", "events": {"lapsed": []}},
        },
    ),
    Row(
        203,
        "35 days of leave in the year: one minute short of what is asked",
        BY_CHECKPOINT,
        [POSTED, TWO_YEARS, leave("06-01", "07-05", said="05-20"), annual("10-10 17:00", 36 + 9 / 60)],
        {
            "2027-01-01 00:00": {"scope": "full", "events": {"checkpoint_failed": ["2027-01-01"]}},
            "2027-01-16 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        204,
        "leave over the whole month of a ladder that asks two hours each month: nothing is asked for it, the next asks",
        position(
            requirement={"monthly": hours(at_least_hours=2)},
            ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
        ),
        [stint("2026-04-01"), annual("04-10 17:00", 2), leave("05-01", "05-31", said="04-20")],
        {"06-01 00:00": {"scope": "full"}, "06-30": {"scope": "full"}, "07-01 00:00": {"scope": "none"}},
    ),
    Row(
        205,
        "twenty days of leave in that month are not long: two hours are asked",
        position(
            requirement={"monthly": hours(at_least_hours=2)},
            ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
        ),
        [
            stint("2026-04-01"),
            annual("04-10 17:00", 2),
            leave("05-05", "05-24", said="04-20"),
            annual("05-28 17:00", 1),
        ],
        {"06-01 00:00": {"scope": "none", "hold": "hours_short"}},
    ),
    Row(
        206,
        "leave of 107 days across the end of the cycle: renewed by its part, supervised on return until the refresher",
        q_post(
            requirement={
                "annual": hours(at_least_hours=40),
                "refresher": {"kind": "course", "course": "back"},
            },
            **{"return": {"after": "90 days", "scope": "supervised", "needs": ["refresher"]}},
        ),
        [
            POSTED,
            YEAR_2026,
            leave("11-01", "2027-02-15", said="10-20"),
            annual("09-10 17:00", 33 + 19 / 60),
            attended("back", "2027-02-20 10:00", 1, kind="study", completion="counted"),
        ],
        {
            "2027-01-01 00:00": {"events": {"renewed": ["2027-01-01"], "lapsed": []}, "to": {"q": "2027-12-31"}},
            "2027-02-16 08:00": {"scope": "supervised", "hold": "return_needs"},
            "2027-02-20 10:00": {"scope": "full", "hold": None},
        },
    ),
    Row(
        411,
        "lapsed in the middle of a cycle, then leave for its rest is announced: it takes nothing off before it begins",
        DRILLED,
        [POSTED, YEAR_2026, annual("03-20 17:00", 30), DRILL, leave("07-01", "12-31", said="05-20")],
        {
            "04-16 00:00": {"scope": "none", "hold": "credential_lapsed"},
            "05-21 12:00": {"scope": "none", "hold": "credential_lapsed"},
            "06-30 23:59": {"scope": "none", "hold": "credential_lapsed"},
            "07-01 00:00": {"scope": "full", "hold": None},
        },
    ),
    Row(
        412,
        "lapsed in the middle of a cycle, then the end of the post is announced: it lets nobody in again",
        DRILLED,
        [POSTED, YEAR_2026, annual("03-20 17:00", 30), DRILL, stint("2022-01-05", "06-30", said="05-20")],
        {"05-21 12:00": {"scope": "none", "hold": "credential_lapsed"}, "06-30 23:59": {"scope": "none"}},
    ),
]


@pytest.mark.parametrize("row", LEAVE, ids=str)
def test_a_safety_officer_asks(row):
    row.check()
