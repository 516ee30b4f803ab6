"""Days at which calendars go wrong: 29 February, ends of months, midnight; early renewals that are suspended."""

import pytest

from tests.hub.rules.story import attended, issuer, n_post, q_post, stint, warned
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
N = issuer("N", said="2023-05-10", since="2023-05-10", to="2026-05-09")
NEXT = issuer("N", said="04-20", since="2026-05-10", to="2029-05-09")


def granted(when):
    return attended("intro", when, 1)


def yearly(*days):
    return [attended("annual", f"{each} 17:00", 40) for each in days]


ROWS = [
    Row(
        401,
        "issued on 29 February: a year later on the 28th, four years later on the 29th again",
        q_post(),
        [POSTED, granted("2028-02-29 10:00"), *yearly("2028-06-01", "2029-06-01", "2030-06-01", "2031-06-01")],
        {
            "2028-03-01": {"scope": "full", "to": {"q": "2029-02-28"}},
            "2029-02-28 23:59": {"scope": "full"},
            "2029-03-01": {"scope": "full", "to": {"q": "2030-02-28"}},
            "2031-03-02": {"scope": "full", "to": {"q": "2032-02-29"}},
        },
        enforced="2022-01-05",
    ),
    Row(
        402,
        "issued on the 31st for a month: the last day of each month, without drift",
        q_post(valid_for="1 month", demands=[], credential={"checks": []}),
        [POSTED, granted("01-31 10:00")],
        {
            "02-10": {"scope": "full", "to": {"q": "2026-02-28"}},
            "03-15": {"scope": "full", "to": {"q": "2026-03-31"}},
            "04-10": {"scope": "full", "to": {"q": "2026-04-30"}},
            "05-31 23:59": {"scope": "full", "to": {"q": "2026-05-31"}},
        },
        enforced="2022-01-05",
    ),
    Row(
        403,
        "issued at midnight: it ends at that midnight",
        q_post(),
        [POSTED, granted("04-04 00:00"), warned("q", "2027-04-03", "2027-01-05")],
        {
            "2027-04-03 23:59": {"scope": "full", "to": {"q": "2027-04-03"}},
            "2027-04-04 00:00": {"scope": "none", "lapsed_at": "2027-04-04 00:00"},
        },
        enforced="2022-01-05",
    ),
    Row(
        404,
        "renewed early, suspended in the old period: the new one does not lift that; reinstated it has its own end",
        n_post(),
        [
            POSTED,
            N,
            NEXT,
            issuer("N", "suspended", said="04-25", sequence=3),
            issuer("N", said="05-20", sequence=4),
        ],
        {
            "04-24": {"scope": "full"},
            "05-10 00:00": {"scope": "none"},
            "05-20": {"scope": "full", "to": {"n": "2029-05-09"}},
        },
    ),
    Row(
        405,
        "renewed early, revoked in the old period: the new one never begins",
        n_post(),
        [POSTED, N, NEXT, issuer("N", "revoked", said="05-02", sequence=3)],
        {"05-01": {"scope": "full"}, "05-10 00:00": {"scope": "none"}, "2027-01-01": {"scope": "none"}},
    ),
    Row(
        406,
        "suspended beyond its end and reinstated without dates: no end moves",
        n_post(),
        [POSTED, N, issuer("N", "suspended", said="05-01", sequence=3), issuer("N", said="05-20", sequence=4)],
        {"05-05": {"scope": "none"}, "05-20": {"scope": "none"}},
    ),
    Row(
        407,
        "stints that touch over the end of February; in a leap year the same days leave one out",
        n_post(),
        [
            stint("01-05", "02-28"),
            stint("03-01", "2028-02-28", said="01-06"),
            stint("2028-03-01", said="2028-01-06"),
            issuer("N", said="01-05", since="2026-01-05", to="2029-01-04"),
        ],
        {
            "02-28 23:59": {"scope": "full"},
            "03-01 00:00": {"scope": "full"},
            "2028-02-28 23:59": {"scope": "full"},
            "2028-02-29 12:00": {"scope": "none"},
            "2028-03-01 00:00": {"scope": "full"},
        },
    ),
    Row(
        408,
        "the last second of the last day, as a server in UTC has it",
        n_post(),
        [POSTED, issuer("N", said="01-05", since="2025-03-01", to="2026-02-28")],
        {"02-28 15:59:59Z": {"scope": "full"}, "02-28 16:00:00Z": {"scope": "none"}},
    ),
    Row(
        409,
        "checks count back from the bound, over a month that is shorter",
        q_post(),
        [POSTED, granted("2025-05-31 10:00")],
        {"05-02": {"to": {"q": "2026-05-31"}, "events": {"check_failed": ["2026-03-01 00:00", "2026-05-01 00:00"]}}},
        enforced="2022-01-05",
    ),
    Row(
        410,
        "a shorter period from inside, suspended and reinstated: it still ends at the shorter end",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2024-01-01", to="2026-12-31"),
            issuer("N", said="02-20", since="2026-03-01", to="2026-08-31", sequence=2),
            issuer("N", "suspended", said="04-01", sequence=3),
            issuer("N", said="04-10", sequence=4),
        ],
        {"04-05": {"scope": "none"}, "08-31 23:59": {"scope": "full"}, "09-01 00:00": {"scope": "none"}},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_edge_of_the_calendar(row):
    row.check()
