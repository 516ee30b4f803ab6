"""The worked examples of what the rules mean, row by row: rule, evidence, asked on, wanted.

Q is our own: 12 months, 40 h and 90 % over the cycle, checks 3 months and 1 month (15 days) ahead. N is an authority's
number. Full needs it. All days are of 2026 in Asia/Shanghai unless a year is given.
"""

import pytest

from tests.hub.rules.story import (
    attended,
    issuer,
    n_post,
    opened_hours,
    opening,
    passed,
    q_post,
    register,
    reopened,
    stint,
    voided,
)
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
LEARNED = attended("intro", "04-03 15:20", 1)
"""What grants Q: a class of one hour."""

GRANT_BY_HOURS = {"learned": {"kind": "hours", "courses": ["intro"], "at_least_hours": 24}}
CHANGED_GRANT = q_post(
    requirement={"learned": {**GRANT_BY_HOURS["learned"], "at_least_hours": 48}}, effective_from="2026-05-01"
)
EXAM = {"intro-exam": {"kind": "exam", "exam": "intro"}}
N_2026 = issuer("N", said="2023-05-10", since="2023-05-10", to="2026-05-09")
N_2029 = issuer("N", said="04-20", since="2026-05-10", to="2029-05-09")
N_YEAR = issuer("N", said="01-05", since="2025-02-01", to="2027-01-31")


def _forty(year, *, hours=40.0, of=None, month=6):
    return attended("annual", f"{year}-{month:02d}-10 17:00", hours, of=of)


ISSUES = [
    Row(
        3,
        "issue is a fact: a later rule does not take it back",
        [q_post(requirement=GRANT_BY_HOURS), CHANGED_GRANT],
        [POSTED, attended("intro", "04-03 15:20", 24)],
        {"05-02": {"scope": "full", "to": {"q": "2027-04-03"}}},
        enforced="01-05",
    ),
    Row(
        4,
        "length by its day",
        [q_post(), q_post(valid_for="6 months", effective_from="2026-05-01")],
        [POSTED, LEARNED],
        {"05-11": {"to": {"q": "2027-04-03"}}},
    ),
    Row(
        4,
        "length by its day",
        [q_post(), q_post(valid_for="6 months", effective_from="2026-05-01")],
        [POSTED, attended("intro", "05-10 15:20", 1)],
        {"05-11": {"to": {"q": "2026-11-10"}}},
        also="b",
    ),
    Row(
        5,
        "a running period keeps its figure",
        [
            q_post(),
            q_post(
                requirement={"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 48}},
                effective_from="2026-07-01",
            ),
        ],
        [POSTED, opening("1", said="02-01", since="2026-02-01", to="2027-01-31"), _forty(2026)],
        {"2027-02-01 00:00": {"scope": "full", "figures": {"annual": {"hours": "0.0/48"}}}},
    ),
    Row(
        6,
        "stricter ladder: present holders keep their scope for a while",
        [
            q_post(),
            q_post(
                requirement=EXAM,
                ladder=[{"scope": "full", "needs": ["q", "intro-exam"]}],
                effective_from="2026-07-01",
                holders_keep_until="2026-10-01",
            ),
        ],
        [POSTED, LEARNED],
        {
            "08-01": {"scope": "full", "kept": "holders_keep_until", "next_look": "10-01 00:00"},
            "10-01": {"scope": "none", "hold": "exam_missing"},
        },
    ),
    Row(
        7,
        "ground lost, and back under a new id",
        q_post(grant=["learned", "intro-exam"], requirement=EXAM),
        [POSTED, LEARNED, passed("intro", "04-10 10:00", statement="s1"), voided("s1", said="05-06 09:00")],
        {
            "05-05": {"scope": "full", "to": {"q": "2027-04-10"}},
            "05-06 09:00": {"scope": "none", "hold": "ground_lost", "events": {"ground_lost": ["05-06 09:00"]}},
        },
        enforced="01-05",
    ),
    Row(
        7,
        "ground lost, and back under a new id",
        q_post(grant=["learned", "intro-exam"], requirement=EXAM),
        [
            POSTED,
            LEARNED,
            passed("intro", "04-10 10:00", statement="s1"),
            voided("s1", said="05-06 09:00"),
            passed("intro", "04-10 10:00", statement="s2", arrived="05-08 10:00"),
        ],
        {"05-08 10:00": {"scope": "full", "to": {"q": "2027-04-10"}, "hold": None}},
        enforced="01-05",
        also="b",
    ),
    Row(
        8,
        "dates stay when an upload shows that the hours sufficed before",
        q_post(),
        [POSTED, LEARNED, attended("intro", "04-01 17:00", 1, known="04-08")],
        {"04-08": {"to": {"q": "2027-04-03"}}},
        enforced="01-05",
    ),
    Row(
        12,
        "opening corrected: the later file replaces",
        q_post(),
        [POSTED, opening("1", said="01-05", to="2026-12-31"), opened_hours("annual", "01-06", 10)],
        {"01-08": {"figures": {"annual": {"hours": "10.0/40"}}}},
    ),
    Row(
        13,
        "opening below issuer",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2025-02-01", to="2027-01-31"),
            issuer("N", "suspended", said="03-02"),
            opening("N", said="03-04", to="2027-01-31", credential="n"),
        ],
        {"03-04": {"scope": "none", "hold": "credential_suspended", "explicit": True}},
    ),
    Row(
        14,
        "opening, until alone: one length earlier it began",
        q_post(),
        [POSTED, opening("1", said="05-04", to="2026-08-31"), opened_hours("annual", "05-04", 36)],
        {
            "05-05": {
                "period": {"q": ("2025-09-01 00:00", "2026-09-01 00:00")},
                "figures": {"annual": {"hours": "36.0/40"}},
            }
        },
    ),
    Row(
        18,
        "start date mended: what was issued stays",
        q_post(),
        [stint("03-02"), attended("intro", "03-06 15:00", 1), stint("03-09", said="03-08")],
        {"03-10": {"scope": "full", "to": {"q": "2027-03-06"}}},
        enforced="01-05",
    ),
    Row(
        19,
        "stints touch: one stint",
        q_post(),
        [stint("01-05", "06-30"), LEARNED, stint("07-01", said="06-20")],
        {"07-01 00:00": {"scope": "full", "hold": None, "events": {"widened": ["04-03 15:20"], "narrowed": []}}},
    ),
    Row(
        20,
        "row gone ends nothing",
        q_post(),
        [POSTED, LEARNED],
        {"06-01": {"scope": "full"}},
    ),
]

STATEMENTS = [
    Row(
        21,
        "renewed early under the same number",
        n_post(),
        [POSTED, N_2026, N_2029],
        {
            "04-20": {"scope": "full"},
            "05-10 00:00": {"scope": "full", "to": {"n": "2029-05-09"}, "events": {"narrowed": []}},
        },
    ),
    Row(
        22,
        "a word without dates keeps the last ones",
        n_post(),
        [POSTED, N_YEAR, issuer("N", said="06-01")],
        {"2027-02-01 00:00": {"scope": "none", "hold": "credential_expired", "events": {"expired": ["2027-02-01"]}}},
    ),
    Row(
        23,
        "renewed late: a gap stays a gap",
        n_post(),
        [POSTED, N_2026, issuer("N", said="05-20", since="2026-05-20", to="2029-05-19")],
        {"05-15": {"scope": "none"}, "05-20": {"scope": "full"}},
    ),
    Row(
        24,
        "shortened",
        n_post(),
        [POSTED, N_YEAR, issuer("N", said="06-01", since="2025-02-01", to="2026-10-31")],
        {"10-31 23:59": {"scope": "full"}, "11-01 00:00": {"scope": "none"}},
    ),
    Row(
        25,
        "suspended, reinstated: no end date moves",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2025-01-01", to="2026-12-31"),
            issuer("N", "suspended", said="03-10"),
            issuer("N", said="03-24"),
        ],
        {
            "03-15": {"scope": "none", "hold": "credential_suspended", "explicit": True},
            "03-24": {"scope": "full", "to": {"n": "2026-12-31"}, "events": {"reinstated": ["03-24"]}},
        },
    ),
    Row(
        26,
        "revoked, then active, then reopened by two people",
        n_post(),
        [
            POSTED,
            N_YEAR,
            issuer("N", "revoked", said="03-10"),
            issuer("N", said="03-12", since="2025-02-01", to="2027-01-31"),
            reopened("N", said="03-16"),
        ],
        {
            "03-13": {"scope": "none", "hold": "credential_revoked", "alarm": "active_after_revoked"},
            "03-16": {"scope": "full"},
        },
    ),
    Row(
        27,
        "exchanged number, an authority's",
        n_post(),
        [
            POSTED,
            issuer("N1", said="01-05", since="2025-02-01", to="2027-01-31"),
            issuer("N2", said="03-02", since="2026-03-02", to="2027-01-31"),
            issuer("N1", "revoked", said="03-03"),
        ],
        {"03-03": {"scope": "full", "hold": None, "events": {"revoked": [], "narrowed": []}}},
    ),
    Row(
        27,
        "exchanged number, our own",
        q_post(),
        [
            POSTED,
            issuer("N1", said="01-05", since="2026-01-01", to="2026-12-31", credential="q"),
            issuer("N2", said="03-02", since="2026-03-02", to="2026-12-31", credential="q"),
            issuer("N1", "revoked", said="03-03", credential="q"),
        ],
        {"03-03": {"scope": "full", "hold": None, "events": {"revoked": [], "narrowed": []}}},
        also="b",
    ),
    Row(
        28,
        "superseded alone: kept a day, alarmed",
        n_post(),
        [POSTED, N_YEAR, issuer("N", "superseded", said="04-06 09:00")],
        {
            "04-06 12:00": {"scope": "full", "alarm": "superseded_alone", "next_look": "04-07 09:00"},
            "04-07 09:00": {"scope": "none", "hold": "credential_superseded"},
        },
    ),
    Row(
        29,
        "counter restarted: no door stays open",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-08", since="2025-02-01", to="2027-01-31", sequence=812),
            issuer("N", "suspended", said="06-04", sequence=3),
        ],
        {"06-04": {"scope": "none", "explicit": True, "alarm": "sequence_contradicts_time"}},
    ),
    Row(
        30,
        "reinstated with hindsight",
        n_post(),
        [
            POSTED,
            N_YEAR,
            issuer("N", "suspended", said="03-10", sequence=1),
            issuer("N", said="03-20", effective="02-01", sequence=2),
        ],
        {"03-15": {"scope": "none"}, "03-20": {"scope": "full"}},
    ),
    Row(
        31,
        "suspension announced: waits for its instant",
        n_post(),
        [POSTED, N_YEAR, issuer("N", "suspended", said="04-02", effective="04-20 00:00")],
        {
            "04-02": {"scope": "full", "ahead": {"suspended": "04-20 00:00"}, "next_look": "04-20 00:00"},
            "04-20 00:00": {"scope": "none", "hold": "credential_suspended"},
        },
    ),
    Row(
        32,
        "minutes ahead: acts at arrival",
        n_post(),
        [POSTED, N_YEAR, issuer("N", "revoked", said="03-10 08:59", effective="03-10 09:08", arrived="03-10 09:00")],
        {"03-10 09:00": {"scope": "none", "events": {"revoked": ["03-10 09:00"]}}},
    ),
    Row(
        33,
        "expired after the end: one end",
        n_post(),
        [POSTED, N_2026, issuer("N", "expired", said="05-10 08:30")],
        {"05-10 09:00": {"scope": "none", "events": {"expired": ["05-10 00:00"], "narrowed": ["05-10 00:00"]}}},
    ),
    Row(
        34,
        "our own, closed by the qualification system",
        q_post(),
        [
            POSTED,
            opening("1", said="01-05", since="2026-01-05", to="2027-01-04"),
            issuer("QMS-7", "lapsed", said="06-02", effective="06-03 00:00", credential="q", source="qms"),
        ],
        {
            "06-02": {"scope": "full"},
            "06-03 00:00": {"scope": "none", "explicit": True},
        },
    ),
]

TIME = [
    Row(
        37,
        "result a year ahead: by HR's word only",
        q_post(grant=["learned", "intro-exam"], requirement=EXAM),
        [POSTED, LEARNED, passed("intro", "2027-05-04 10:00", arrived="05-04 10:00")],
        {
            "05-04 10:00": {
                "scope": "none",
                "state": {"intro-exam": "unknown"},
                "reason": {"intro-exam": "disputed_date"},
            },
            "2027-05-04 10:00": {"scope": "none"},
        },
    ),
    Row(
        40,
        "end of the day",
        q_post(),
        [POSTED, attended("intro", "03-10 15:20", 1)],
        {
            "2027-03-10 23:59": {"scope": "full", "to": {"q": "2027-03-10"}},
            "2027-03-11 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        41,
        "anchor day: nothing drifts",
        q_post(valid_for="1 month", demands=[]),
        [POSTED, attended("intro", "01-31 10:00", 1)],
        {
            "02-10": {"to": {"q": "2026-02-28"}},
            "03-10": {"to": {"q": "2026-03-31"}},
            "04-10": {"to": {"q": "2026-04-30"}},
        },
    ),
    Row(
        42,
        "leap day",
        q_post(demands=[]),
        [stint("2028-01-05"), attended("intro", "2028-02-29 10:00", 1)],
        {
            "2028-03-01": {"to": {"q": "2029-02-28"}},
            "2029-03-01": {"to": {"q": "2030-02-28"}},
            "2030-03-01": {"to": {"q": "2031-02-28"}},
            "2031-03-01": {"to": {"q": "2032-02-29"}},
        },
    ),
    Row(
        43,
        "checks of an end",
        q_post(),
        [POSTED, attended("intro", "03-10 15:20", 1)],
        {
            "2026-12-11 00:00": {"thread": {"opened": "2026-12-11 00:00", "stage": "missing"}},
            "2027-02-11 00:00": {"thread": {"stage": "missing", "cure_until": "2027-02-26 00:00"}},
        },
    ),
    Row(
        44,
        "fixed last day",
        q_post(valid_for=None, credential={"ends_on": "06-30", "at_least": "3 months"}),
        [POSTED, attended("intro", "03-15 10:00", 1)],
        {"03-16": {"to": {"q": "2026-06-30"}}},
    ),
    Row(
        44,
        "fixed last day",
        q_post(valid_for=None, credential={"ends_on": "06-30", "at_least": "3 months"}),
        [POSTED, attended("intro", "04-20 10:00", 1)],
        {"04-21": {"to": {"q": "2027-06-30"}}},
        also="b",
    ),
    Row(
        45,
        "zone: the server's does not matter",
        n_post(),
        [POSTED, issuer("N", said="01-05", since="2025-06-01", to="2026-05-31")],
        {"2026-05-31 15:59:59Z": {"scope": "full"}, "2026-05-31 16:00:00Z": {"scope": "none"}},
    ),
    Row(
        46,
        "over at the very end: counts to the ending cycle, no flicker while it settles",
        q_post(),
        [
            POSTED,
            opening("1", said="01-05", since="2026-01-01", to="2026-12-31"),
            attended("annual", "06-10 17:00", 38),
            attended("annual", "2027-01-01 00:00", 2),
        ],
        {"2027-01-01 00:00": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"narrowed": []}}},
    ),
]

MORE_STATEMENTS = [
    Row(
        129,
        "the old period said again takes nothing back",
        n_post(),
        [POSTED, N_2026, N_2029, issuer("N", said="04-25", since="2023-05-10", to="2026-05-09")],
        {"05-10 00:00": {"scope": "full", "to": {"n": "2029-05-09"}}},
    ),
    Row(
        130,
        "shorter from inside",
        n_post(),
        [
            POSTED,
            issuer("N", said="2024-01-01", since="2024-01-01", to="2026-12-31"),
            issuer("N", said="03-01", since="2026-03-01", to="2026-08-31"),
        ],
        {"08-31 12:00": {"scope": "full"}, "09-01 00:00": {"scope": "none"}},
    ),
    Row(
        131,
        "hand and issuer: one number however it is written",
        n_post(),
        [
            POSTED,
            register("T-204 A", said="01-05", to="2027-06-30"),
            issuer("T204A", "revoked", said="03-10"),
            register("t204-a", said="03-12", to="2027-06-30"),
        ],
        {"03-09": {"scope": "full"}, "03-12": {"scope": "none", "alarm": "active_after_revoked"}},
    ),
    Row(
        132,
        "Q2a renewal by hand, known well enough",
        n_post(least_provenance="two_persons"),
        [POSTED, N_2026, register("N", said="05-01", two=True, since="2026-05-10", to="2029-05-09")],
        {"05-10 00:00": {"scope": "full"}},
    ),
    Row(
        132,
        "Q2a renewal by hand, not known well enough",
        n_post(least_provenance="push"),
        [POSTED, N_2026, register("N", said="05-01", two=True, since="2026-05-10", to="2029-05-09")],
        {"05-10 00:00": {"scope": "none", "alarm": "provenance"}},
        also="b",
    ),
    Row(
        133,
        "revoked, then an older active word",
        n_post(),
        [
            POSTED,
            N_YEAR,
            issuer("N", "revoked", said="03-02", sequence=5),
            issuer("N", said="03-02", effective="03-01", sequence=6),
        ],
        {"03-02": {"scope": "none", "alarm": "active_after_revoked"}},
    ),
    Row(
        134,
        "further contract: one stint",
        q_post(),
        [
            stint("2025-07-01", "2026-06-30"),
            attended("intro", "2025-07-02 10:00", 1),
            attended("annual", "2025-10-10 17:00", 40),
            stint("2026-06-30", "2027-06-29", said="2026-06-01"),
        ],
        {"07-01 00:00": {"scope": "full", "events": {"narrowed": []}}},
    ),
    Row(
        147,
        "expired, though continued: it speaks of the old one",
        n_post(),
        [POSTED, N_2026, N_2029, issuer("N", "expired", said="05-10 06:00")],
        {"05-10 07:00": {"scope": "full", "alarm": "expired_though_continued"}},
    ),
]

ROWS = [*ISSUES, *STATEMENTS, *TIME, *MORE_STATEMENTS]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_worked_example(row):
    row.check()
