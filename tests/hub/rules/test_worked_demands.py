"""The worked examples of hours, rates, periods, debts, lapses and their cures, row by row."""

import pytest

from tests.hub.rules.story import (
    at,
    attended,
    hr_renews,
    issuer,
    leave,
    n_post,
    opened_hours,
    opening,
    passed,
    position,
    practical,
    q_post,
    stint,
)
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
LEARNED = attended("intro", "04-03 15:20", 1)
YEAR_2026 = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
HALF_2026 = opening("1", said="01-05", since="2025-07-01", to="2026-06-30")


def hours(course="annual", **more):
    return {"kind": "hours", "courses": [course], **more}


def annual(over_at, done, **more):
    return attended("annual", over_at, done, **more)


FORTY_A_YEAR = {"annual": hours(at_least_hours=40)}
BY_YEAR = [{"needs": "annual", "over": "year"}]
CREDENTIAL_YEARS = [{"needs": "annual", "over": "credential_year", "on_shortfall": "checkpoint", "cure": "15 days"}]
MONTHLY_NOTE = [{"needs": "monthly", "over": "month", "on_shortfall": "note"}]

HOURS = [
    Row(
        84,
        "long leave: less is demanded",
        q_post(),
        [POSTED, YEAR_2026, leave("03-01", "06-06", said="02-20"), annual("10-10 17:00", 20)],
        {"12-31": {"figures": {"annual": {"hours": "20.0/29.3"}}}},
    ),
    Row(
        85,
        "joiner: the part of the year",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [POSTED, attended("intro", "09-10 00:00", 1), annual("10-10 17:00", 12.4)],
        {"12-31": {"figures": {"annual": {"hours": "12.4/12.4"}}, "state": {"annual": "met"}}},
    ),
    Row(
        85,
        "joiner of half time: half of the part of the year",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [stint("01-05", share_percent=50), attended("intro", "09-10 00:00", 1), annual("10-10 17:00", 6.2)],
        {"12-31": {"figures": {"annual": {"hours": "6.2/6.2"}}, "state": {"annual": "met"}}},
    ),
    Row(
        86,
        "class hours of 45 minutes",
        q_post(requirement={"learned": hours("intro", at_least_hours=24, class_minutes=45)}),
        [POSTED, attended("intro", "04-03 15:20", 1075 / 60)],
        {"04-04": {"figures": {"learned": {"hours": "23.8/24"}}, "state": {"learned": "not_met"}}},
    ),
    Row(
        87,
        "at least",
        q_post(requirement={"learned": hours("intro", at_least_rate=0.9)}),
        [POSTED, attended("intro", "04-03 15:20", 324 / 60, of=6)],
        {"04-04": {"scope": "full"}},
    ),
    Row(
        87,
        "at least",
        q_post(requirement={"learned": hours("intro", at_least_rate=0.9)}),
        [POSTED, attended("intro", "04-03 15:20", 323 / 60, of=6)],
        {"04-04": {"scope": "none", "figures": {"learned": {"rate": "89.7%/90%"}}}},
        also="b",
    ),
    Row(
        88,
        "rate 0/0: a grant is not met",
        q_post(requirement={"learned": hours("intro", at_least_rate=0.9)}),
        [POSTED],
        {"04-04": {"scope": "none", "hold": "credential_missing", "state": {"learned": "not_met"}}},
    ),
    Row(
        88,
        "rate 0/0: a renewal is met",
        q_post(requirement={"annual": hours(at_least_rate=0.9)}),
        [POSTED, YEAR_2026],
        {"2027-01-01 00:00": {"scope": "full", "to": {"q": "2027-12-31"}}},
        also="b",
    ),
    Row(
        82,
        "came though on leave: the hours count, nothing is required",
        q_post(requirement={"learned": hours("intro", at_least_hours=4, at_least_rate=0.9)}),
        [POSTED, attended("intro", "04-03 17:00", 2.25, of=0), attended("intro", "04-04 17:00", 0.9, of=1)],
        {"04-05": {"figures": {"learned": {"hours": "3.1/4", "rate": "90.0%/90%"}}}},
    ),
    Row(
        91,
        "make-up in time: both sums have the missed one once",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("03-10 17:00", 0, of=3, status="absent", unit="S"),
            annual("03-20 17:00", 3, unit="M", makes_up="S"),
        ],
        {"03-21": {"figures": {"annual": {"hours": "3.0/40", "rate": "100.0%/90%"}}}},
    ),
    Row(
        145,
        "make-up first",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("05-04 17:00", 3, unit="M", makes_up="S"),
            annual("05-06 17:00", 0, of=3, status="absent", unit="S"),
        ],
        {"05-06 17:45": {"figures": {"annual": {"hours": "3.0/40", "rate": "100.0%/90%"}}}},
    ),
    Row(
        142,
        "repeated film: one course counts once in a period",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [
            POSTED,
            YEAR_2026,
            *(annual(f"{m}-10 17:00", 1, kind="study", study=f"pass {m}") for m in ("03", "05", "07")),
        ],
        {"12-31": {"figures": {"annual": {"hours": "1.0/40"}}}},
    ),
    Row(
        142,
        "repeated film of which each pass has disputed time: it still counts once, and what is open ages",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [
            POSTED,
            YEAR_2026,
            *(
                annual(f"{m}-10 17:00", 0.7, of=1, kind="study", study=f"pass {m}", open_=0.3, open_since=at(f"{m}-10"))
                for m in ("03", "05", "07")
            ),
        ],
        {
            "07-11": {"figures": {"annual": {"hours": "0.7/40", "open": "0.3"}}},
            "12-31": {"figures": {"annual": {"hours": "0.7/40", "open": None}}},
        },
    ),
    Row(
        143,
        "completed, though short: what was completed was not missed",
        q_post(),
        [POSTED, YEAR_2026, annual("03-10 17:00", 0.8, kind="study", study="1", completion="counted")],
        {"03-11": {"figures": {"annual": {"hours": "0.8/40", "rate": "100.0%/90%"}}}},
    ),
    Row(
        120,
        "silent for 30 days: settled, nothing required, nothing credited",
        q_post(requirement={"learned": hours("intro", at_least_hours=10, at_least_rate=0.9)}),
        [
            POSTED,
            attended("intro", "05-05 17:00", 3),
            attended(
                "intro",
                "05-06 17:00",
                0,
                of=3,
                open_=3,
                status="unknown",
                open_since=stint("05-06 17:45").record.starts_at,
            ),
        ],
        {
            "06-05 17:44": {"figures": {"learned": {"rate": "50.0%/90%", "open": "3.0"}}},
            "06-05 17:45": {"figures": {"learned": {"rate": "100.0%/90%", "open": None}}},
        },
    ),
]

RULED = [
    Row(
        120,
        "aged, then not counted by HR: a matter from that day on; what was judged before stands",
        q_post(
            requirement={
                "annual": hours(at_least_hours=3, at_least_rate=0.9),
                "whole": hours(at_least_hours=3, at_least_rate=0.9),
            },
            demands=[
                {"needs": "annual", "over": "quarter", "on_shortfall": "checkpoint", "cure": "15 days"},
                {"needs": "whole", "over": "cycle"},
            ],
        ),
        [
            POSTED,
            YEAR_2026,
            annual("02-10 17:00", 3),
            annual("02-12 17:00", 0, of=3, open_=3, unit="S", status="unknown", open_since=at("02-12 17:45")),
            annual(
                "02-12 17:00",
                0,
                of=3,
                unit="S",
                status="incomplete",
                known="05-10 09:00",
                open_since=at("02-12 17:45"),
                ruled_at=at("05-10 09:00"),
            ),
            annual("05-04 17:00", 3),
        ],
        {
            "03-01": {"figures": {"whole": {"rate": "50.0%/90%", "open": "3.0"}}},
            "04-20": {"scope": "full", "figures": {"whole": {"rate": "100.0%/90%"}}},
            "05-10 08:59": {"figures": {"whole": {"rate": "100.0%/90%"}}},
            "05-10 09:00": {"scope": "full", "figures": {"whole": {"rate": "66.6%/90%"}}, "lapsed_at": None},
            "06-30": {"scope": "full", "events": {"checkpoint_failed": [], "lapsed": []}},
        },
    ),
    Row(
        120,
        "before it aged: as if it had been known when the class was over",
        q_post(
            requirement={"annual": hours(at_least_hours=3, at_least_rate=0.9)},
            demands=[{"needs": "annual", "over": "quarter", "on_shortfall": "checkpoint", "cure": "15 days"}],
        ),
        [
            POSTED,
            YEAR_2026,
            annual("02-10 17:00", 3),
            annual(
                "02-12 17:00",
                0,
                of=3,
                unit="S",
                status="incomplete",
                known="03-10 09:00",
                open_since=at("02-12 17:45"),
                ruled_at=at("03-10 09:00"),
            ),
        ],
        {"04-15": {"scope": "full", "events": {"checkpoint_failed": ["04-01"]}}, "04-16": {"scope": "none"}},
    ),
    Row(
        120,
        "issued while it had aged: what was given stays given when HR says afterwards that it does not count",
        q_post(requirement={"learned": hours("intro", at_least_hours=3, at_least_rate=0.9)}),
        [
            POSTED,
            attended("intro", "05-06 17:00", 3),
            attended(
                "intro", "05-05 17:00", 0, of=3, open_=3, unit="S", status="unknown", open_since=at("05-05 17:45")
            ),
            attended(
                "intro",
                "05-05 17:00",
                0,
                of=3,
                unit="S",
                status="incomplete",
                known="07-01 09:00",
                open_since=at("05-05 17:45"),
                ruled_at=at("07-01 09:00"),
            ),
        ],
        {
            "06-04 17:44": {"scope": "none"},
            "06-04 17:45": {"scope": "full"},
            "07-01 09:00": {"scope": "full", "events": {"ground_lost": []}},
        },
        enforced="01-05",
    ),
]

PERIODS = [
    Row(
        47,
        "over midnight: counts to the new year, whole",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [
            POSTED,
            opening("1", said="01-05", since="2026-01-01", to="2027-12-31"),
            annual("12-10 17:00", 38),
            annual("2027-01-01 02:00", 3),
        ],
        {"2027-01-02": {"figures": {"annual": {"hours": "38.0/40", "debt": "2"}}}},
    ),
    Row(
        92,
        "year inside a cycle: only the year that closes is judged",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [POSTED, opening("1", said="2026-03-01", since="2026-03-01", to="2027-02-28"), annual("06-10 17:00", 41)],
        {"2027-03-01 00:00": {"scope": "full", "to": {"q": "2028-02-29"}}},
    ),
    Row(
        92,
        "year inside a cycle: its part is demanded",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [POSTED, opening("1", said="2026-03-01", since="2026-03-01", to="2027-02-28"), annual("06-10 17:00", 33.5)],
        {
            "2026-12-31": {"figures": {"annual": {"hours": "33.5/33.6"}}},
            "2027-03-01 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
        also="b",
    ),
    Row(
        93,
        "year that ends with the cycle",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [POSTED, opening("1", said="2027-01-01", since="2027-01-01", to="2027-12-31"), annual("2027-06-10 17:00", 42)],
        {"2028-01-01 00:00": {"scope": "full", "to": {"q": "2028-12-31"}}},
    ),
    Row(
        94,
        "three years, debts unpaid",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR, valid_for="36 months"),
        [
            POSTED,
            opening("1", said="2026-01-01", since="2026-01-01", to="2028-12-31"),
            annual("2026-06-10 17:00", 40),
            annual("2027-06-10 17:00", 12),
            annual("2028-06-10 17:00", 20),
        ],
        {"2029-01-01 00:00": {"scope": "none", "hold": "credential_lapsed", "figures": {"annual": {"debt": "48"}}}},
    ),
    Row(
        94,
        "three years, debts paid by later surplus",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR, valid_for="36 months"),
        [
            POSTED,
            opening("1", said="2026-01-01", since="2026-01-01", to="2028-12-31"),
            annual("2026-06-10 17:00", 40),
            annual("2027-06-10 17:00", 12),
            annual("2028-06-10 17:00", 68),
        ],
        {"2029-01-01 00:00": {"scope": "full", "to": {"q": "2031-12-31"}}},
        also="b",
    ),
    Row(
        95,
        "checkpoint: cured in its window, and the hours count once",
        q_post(requirement=FORTY_A_YEAR, demands=CREDENTIAL_YEARS, valid_for="24 months"),
        [
            POSTED,
            opening("1", said="2026-01-01", since="2026-01-01", to="2027-12-31"),
            annual("2026-06-10 17:00", 34),
            annual("2027-01-12 17:00", 6),
            annual("2027-06-10 17:00", 36),
        ],
        {
            "2027-01-12 18:00": {"scope": "full", "events": {"lapsed": []}},
            "2027-02-01": {"scope": "full"},
            "2028-01-01 00:00": {"scope": "full", "kept": "cure"},
            "2028-01-16 00:00": {"scope": "none", "events": {"lapsed": ["2028-01-16 00:00"]}},
        },
    ),
    Row(
        95,
        "checkpoint: not cured",
        q_post(requirement=FORTY_A_YEAR, demands=CREDENTIAL_YEARS, valid_for="24 months"),
        [
            POSTED,
            opening("1", said="2026-01-01", since="2026-01-01", to="2027-12-31"),
            annual("2026-06-10 17:00", 34),
        ],
        {
            "2027-01-15 23:59": {"scope": "full", "next_look": "2027-01-16 00:00"},
            "2027-01-16 00:00": {"scope": "none", "events": {"lapsed": ["2027-01-16 00:00"]}},
        },
        also="b",
    ),
    Row(
        97,
        "month in a ladder: the last closed one, paid by what is done since",
        position(
            requirement={"monthly": hours(at_least_hours=2)},
            ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
        ),
        [stint("2026-04-01"), annual("04-10 17:00", 2), annual("05-10 17:00", 1), annual("06-09 10:00", 1)],
        {
            "05-31": {"scope": "full"},
            "06-01 00:00": {"scope": "none", "hold": "hours_short"},
            "06-09 10:00": {"scope": "full"},
            "07-01 00:00": {"scope": "none"},
        },
    ),
    Row(
        135,
        "settled before: the year closed before the opening asks nothing",
        q_post(
            requirement={**FORTY_A_YEAR, "re": {"kind": "exam", "exam": "re"}},
            demands=[*BY_YEAR, {"needs": "re", "over": "cycle"}],
        ),
        [
            POSTED,
            opening("1", said="05-04", since="2025-07-01", to="2026-06-30"),
            passed("re", "05-20 10:00"),
        ],
        {"2026-07-01 00:00": {"scope": "full", "to": {"q": "2027-06-30"}}},
    ),
    Row(
        136,
        "December: nobody is renewed by two weeks",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [
            POSTED,
            attended("intro", "2025-12-16 00:00", 1),
            annual("2025-12-20 17:00", 1.8),
            annual("2026-06-10 17:00", 38.25),
        ],
        {
            "2025-12-31": {"figures": {"annual": {"hours": "1.8/1.8"}}},
            "2026-12-15": {"figures": {"annual": {"hours": "38.2/38.3"}}, "state": {"annual": "met"}},
            "2026-12-16 00:00": {"scope": "full", "to": {"q": "2027-12-15"}},
        },
    ),
    Row(
        136,
        "December: short by a minute",
        q_post(requirement=FORTY_A_YEAR, demands=BY_YEAR),
        [
            POSTED,
            attended("intro", "2025-12-16 00:00", 1),
            annual("2025-12-20 17:00", 1.8),
            annual("2026-06-10 17:00", 38 + 14 / 60),
        ],
        {"2026-12-16 00:00": {"scope": "none", "hold": "credential_lapsed"}},
        also="b",
    ),
]

RENEWAL = [
    Row(
        89,
        "deferred: held until the new due, renewed from the old end",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual(
                "12-20 17:00", 0, of=3, status="excused", unit="S", deferred_until=stint("2027-01-09").record.starts_at
            ),
            annual("2027-01-06 17:00", 3, unit="M", makes_up="S"),
        ],
        {
            "2027-01-03": {"scope": "full", "kept": "deferral", "next_look": "2027-01-09 00:00"},
            "2027-01-06 17:00": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"renewed": ["2027-01-01"]}},
        },
    ),
    Row(
        90,
        "deferral missed",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual(
                "12-20 17:00", 0, of=3, status="excused", unit="S", deferred_until=stint("2027-01-09").record.starts_at
            ),
        ],
        {
            "2027-01-08 23:59": {"scope": "full"},
            "2027-01-09 00:00": {"scope": "none", "events": {"lapsed": ["2027-01-09"]}},
        },
    ),
    Row(
        101,
        "cure after a lapse: the rate since",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 26, of=40),
            annual("2027-02-10 17:00", 10),
            annual("2027-03-10 17:00", 4),
        ],
        {
            "2027-03-10 16:00": {"scope": "none", "hold": "credential_lapsed"},
            "2027-03-10 17:00": {
                "scope": "full",
                "to": {"q": "2028-03-10"},
                "events": {"restored": ["2027-03-10 17:00"]},
            },
        },
    ),
    Row(
        101,
        "cure after a lapse: the exam can be sat once the hours are made good",
        q_post(
            demands=[{"needs": "annual", "over": "cycle"}, {"needs": "re-exam", "over": "cycle"}],
            requirement={"re-exam": {"kind": "exam", "exam": "re"}},
        ),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 26, of=40),
            annual("2027-02-10 17:00", 10),
            annual("2027-03-10 17:00", 4),
        ],
        {
            "2027-03-10 16:00": {"scope": "none", "seat": {"re-exam": False}},
            "2027-03-10 17:00": {"scope": "none", "seat": {"re-exam": True}},
        },
        also="b",
    ),
    Row(
        102,
        "lapse corrected: what was over in time counts whenever it is credited",
        q_post(),
        [
            POSTED,
            HALF_2026,
            annual("06-01 17:00", 38),
            annual("06-28 17:00", 2, known="07-03 09:00"),
        ],
        {
            "07-01": {"scope": "none", "events": {"lapsed": ["07-01"]}},
            "07-03 09:00": {
                "scope": "full",
                "events": {"lapsed": [], "corrected": ["07-01"]},
                "period": {"q": ("07-01", "2027-07-01")},
            },
        },
    ),
    Row(
        140,
        "lapsed on the rate",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 45, of=60),
            annual("2027-02-10 17:00", 1),
            annual("2027-03-10 17:00", 8),
        ],
        {
            "2027-02-10 17:00": {"scope": "none"},
            "2027-03-10 17:00": {"scope": "full", "events": {"restored": ["2027-03-10 17:00"]}},
        },
    ),
    Row(
        119,
        "unknown at the end: held for the grace, then lapsed",
        q_post(),
        [POSTED, YEAR_2026, annual("06-10 17:00", 37), annual("12-31 17:00", 0, of=4, open_=4, status="unknown")],
        {
            "2027-01-01 00:00": {"scope": "full", "kept": "unknown_grace", "next_look": "2027-01-04 00:00"},
            "2027-01-04 00:00": {"scope": "none", "events": {"lapsed": ["2027-01-04"]}},
        },
    ),
    Row(
        98,
        "Q8 five days on time: eligible at once",
        q_post(
            grant=["learned", "intro-exam"],
            requirement={
                "learned": hours("intro", at_least_hours=30, at_least_rate=0.9),
                "intro-exam": {"kind": "exam", "exam": "intro"},
            },
        ),
        [POSTED, *(attended("intro", f"04-{n:02d} 17:00", 6) for n in range(6, 11))],
        {
            "04-10 16:59": {"seat": {"intro-exam": False}},
            "04-10 17:00": {"seat": {"intro-exam": True}, "scope": "none"},
        },
    ),
    Row(
        99,
        "sat too early: a case",
        q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}}),
        [POSTED, passed("intro", "04-10 10:00"), attended("intro", "04-14 17:00", 1)],
        {
            "04-14 17:00": {
                "scope": "none",
                "state": {"intro-exam": "unknown"},
                "reason": {"intro-exam": "sat_before_eligible"},
                "sat_before": True,
            }
        },
    ),
    Row(
        100,
        "two results of one second",
        q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}}),
        [POSTED, LEARNED, passed("intro", "04-10 10:00"), passed("intro", "04-10 10:00", ok=False)],
        {"04-10 11:00": {"scope": "none", "reason": {"intro-exam": "contradicting_results"}}},
    ),
    Row(
        149,
        "eligible no more",
        q_post(
            grant=["learned", "intro-exam"],
            requirement={
                "learned": hours("intro", at_least_hours=6),
                "intro-exam": {"kind": "exam", "exam": "intro"},
            },
        ),
        [POSTED, attended("intro", "04-01 17:00", 3)],
        {"04-05": {"seat": {"intro-exam": False}}},
    ),
    Row(
        104,
        "credits in groups: told, changes nothing",
        n_post(demands=[{"needs": "cpe", "over": "cycle", "on_shortfall": "note"}]).model_copy(
            update={
                "requirement": q_post(
                    requirement={
                        "cpe": hours(
                            "cpe",
                            at_least_hours=120,
                            groups=[{"category": "A", "at_least": 90}, {"category": "B", "at_most": 30}],
                        )
                    }
                ).requirement
            }
        ),
        [
            POSTED,
            issuer("N", said="01-05", since="2024-01-01", to="2026-12-31"),
            attended("cpe", "03-10 17:00", 84, category="A"),
            attended("cpe", "04-10 17:00", 40, category="B"),
        ],
        {"12-31": {"scope": "full", "figures": {"cpe": {"hours": "114.0/120", "A": "84.0/90"}}}},
    ),
    Row(
        103,
        "review every three years",
        n_post(),
        [POSTED, issuer("N", said="01-05", since="2023-08-01", to="2029-07-31", review="2026-07-31")],
        {
            "05-01": {
                "scope": "full",
                "thread": {"of": "n", "stage": "ends", "opened": "05-01"},
                "to": {"n": "2026-07-31"},
            },
            "08-01 00:00": {"scope": "none", "hold": "credential_review_missed"},
        },
    ),
    Row(
        103,
        "review done late",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2023-08-01", to="2029-07-31", review="2026-07-31"),
            issuer("N", said="08-20", review="2029-07-31"),
        ],
        {"08-10": {"scope": "none"}, "08-20": {"scope": "full"}},
        also="b",
    ),
]

MORE = [
    Row(
        0,
        "renewal by HR's act: held meanwhile, lapsed without it",
        q_post(credential={"renewal": "hr"}),
        [POSTED, YEAR_2026, annual("06-10 17:00", 40)],
        {
            "2027-01-01 00:00": {"scope": "full", "kept": "hr_renewal", "next_look": "2027-01-31 00:00"},
            "2027-01-31 00:00": {"scope": "none", "events": {"lapsed": ["2027-01-31"]}},
        },
    ),
    Row(
        0,
        "renewal by HR's act: from the end, whenever it comes",
        q_post(credential={"renewal": "hr"}),
        [POSTED, YEAR_2026, annual("06-10 17:00", 40), hr_renews("2027-01-10 09:00")],
        {"2027-01-10 09:00": {"scope": "full", "to": {"q": "2027-12-31"}}},
    ),
    Row(
        0,
        "opening hours count to the cycle that runs",
        q_post(),
        [POSTED, YEAR_2026, opened_hours("annual", "01-05", 12), practical("03-01")],
        {"03-02": {"figures": {"annual": {"hours": "12.0/40"}}}},
    ),
    Row(
        96,
        "month, note: told, access unchanged",
        q_post(requirement={"monthly": hours(at_least_hours=2)}, demands=MONTHLY_NOTE),
        [POSTED, YEAR_2026, annual("01-20 17:00", 2), annual("02-10 17:00", 2), annual("03-10 17:00", 1.5)],
        {"04-01 09:00": {"scope": "full", "events": {"note": ["04-01"]}}},
    ),
]


@pytest.mark.parametrize("row", [*HOURS, *RULED, *PERIODS, *RENEWAL, *MORE], ids=str)
def test_worked_example(row):
    row.check()
