"""Several posts of one person: a course in two of them, secondment, transfers, a contract that is prolonged late.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

import pytest

from tests.hub.rules.mixed import B_POSTED, POSTED, RESTS_ON_A, YEAR_2026, B, annual, hours
from tests.hub.rules.story import (
    attended,
    opening,
    q_post,
    rulebook,
    stint,
)
from tests.hub.rules.worked import Row

B_2026 = opening("2", said="01-05", since="2026-01-01", to="2026-12-31", credential="b-own")
POSTS = [
    Row(
        207,
        "one course in two posts counts in both: 25 hours lapse the one that asks 40",
        rulebook(q_post(), B),
        [POSTED, B_POSTED, YEAR_2026, B_2026, annual("06-10 17:00", 25)],
        {"2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"}},
    ),
    Row(
        207,
        "one course in two posts counts in both: 25 hours renew the one that asks 20",
        rulebook(q_post(), B),
        [POSTED, B_POSTED, YEAR_2026, B_2026, annual("06-10 17:00", 25)],
        {"2027-01-01 00:00": {"scope": "full", "to": {"b-own": "2027-12-31"}}},
        post="b",
        also="b",
    ),
    Row(
        208,
        "one post takes what it needs of a course for itself alone: the other has the rest, five of 20 hours",
        rulebook(q_post(requirement={"annual": hours(at_least_hours=40, exclusive=True)}), B),
        [POSTED, B_POSTED, YEAR_2026, B_2026, annual("06-10 17:00", 40), annual("07-10 17:00", 5)],
        {"2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"}},
        post="b",
    ),
    Row(
        208,
        "one post takes what it needs of a course for itself alone, and is renewed",
        rulebook(q_post(requirement={"annual": hours(at_least_hours=40, exclusive=True)}), B),
        [POSTED, B_POSTED, YEAR_2026, B_2026, annual("06-10 17:00", 40), annual("07-10 17:00", 5)],
        {"2027-01-01 00:00": {"scope": "full", "to": {"q": "2027-12-31"}}},
        also="b",
    ),
    Row(
        209,
        "seconded across the end of the year beside the own post: renewed there, and open here to the last day",
        rulebook(q_post(), RESTS_ON_A),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 40),
            stint("2026-12-15", "2027-01-31", said="12-01", post="b", sponsor="lead"),
        ],
        {
            "2026-12-14 23:59": {"scope": "none", "hold": "not_assigned"},
            "2026-12-15 00:00": {"scope": "full"},
            "2027-01-01 00:00": {"scope": "full"},
            "2027-01-31 23:59": {"scope": "full"},
            "2027-02-01 00:00": {"scope": "none", "hold": "not_assigned"},
        },
        post="b",
    ),
    Row(
        210,
        "seconded across the end of the year, out of the own post: its end is not renewed, and closes here",
        rulebook(q_post(), RESTS_ON_A),
        [
            stint("2022-01-05", "2026-12-14", said="2022-01-05"),
            YEAR_2026,
            annual("06-10 17:00", 40),
            stint("2026-12-15", "2027-01-31", said="12-01", post="b", sponsor="lead"),
        ],
        {"2026-12-31 23:59": {"scope": "full"}, "2027-01-01 00:00": {"scope": "none"}},
        post="b",
    ),
    Row(
        210,
        "back in the own post, of whose year everything was done: it is open from the first day",
        rulebook(q_post(), RESTS_ON_A),
        [
            stint("2022-01-05", "2026-12-14", said="2022-01-05"),
            YEAR_2026,
            annual("06-10 17:00", 40),
            stint("2026-12-15", "2027-01-31", said="12-01", post="b", sponsor="lead"),
            stint("2027-02-01", said="2027-01-10"),
        ],
        {"2027-01-15": {"scope": "none"}, "2027-02-01 00:00": {"scope": "full"}},
        also="b",
    ),
    Row(
        211,
        "transfer while a class is in dispute: nothing is granted by it; decided, it grants from the day it was over",
        rulebook(q_post(), B),
        [
            stint("2022-01-05", "05-31", said="2022-01-05"),
            YEAR_2026,
            stint("05-01", said="04-01", post="b"),
            attended("b-intro", "04-20 17:00", 4, known="05-10 09:00"),
        ],
        {
            "05-09": {"scope": "none", "hold": "credential_missing"},
            "05-10 09:00": {"scope": "full", "to": {"b-own": "2027-04-20"}},
        },
        post="b",
    ),
    Row(
        212,
        "transferred out at the end of a cycle of which hours are open: the new post stands",
        rulebook(q_post(), B),
        [
            stint("2022-01-05", "2026-12-31", said="2022-01-05"),
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-30 17:00", 0, of=4, open_=4, status="unknown"),
            stint("2026-12-01", said="11-01", post="b"),
            attended("b-intro", "11-20 17:00", 4),
        ],
        {"2027-01-01 00:00": {"scope": "full"}, "2027-01-05": {"scope": "full", "to": {"b-own": "2027-11-20"}}},
        post="b",
    ),
    Row(
        212,
        "the old post of that transfer is closed, whatever is open",
        rulebook(q_post(), B),
        [
            stint("2022-01-05", "2026-12-31", said="2022-01-05"),
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-30 17:00", 0, of=4, open_=4, status="unknown"),
            stint("2026-12-01", said="11-01", post="b"),
            attended("b-intro", "11-20 17:00", 4),
        ],
        {"2027-01-01 00:00": {"scope": "none", "hold": "not_assigned"}},
        also="b",
    ),
    Row(
        213,
        "a contract that is prolonged three days late: closed meanwhile, then one stint, and no end moves",
        q_post(),
        [
            stint("01-05", "06-30", said="01-05", sponsor="lead"),
            YEAR_2026,
            stint("07-01", "12-31", said="07-03 09:00", sponsor="lead"),
        ],
        {
            "07-02": {"scope": "none", "hold": "not_assigned"},
            "07-03 09:00": {"scope": "full", "to": {"q": "2026-12-31"}},
            "2027-01-01 00:00": {"scope": "none"},
        },
    ),
]


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_a_safety_officer_asks(row):
    row.check()
