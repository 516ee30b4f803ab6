"""The worked examples of the ladder, probation, transfers, return, checks and what people do, row by row."""

import pytest

from hub.rules.span import Span, inside
from hub.rules.timeline import END
from tests.hub.rules.story import (
    at,
    attended,
    block,
    issuer,
    leave,
    mentor,
    n_post,
    opening,
    override,
    passed,
    person,
    position,
    practical,
    q_post,
    rulebook,
    stint,
    warned,
)
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
YEAR_2026 = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
N_YEAR = issuer("N", said="01-05", since="2025-02-01", to="2027-01-31")


def hours(course="annual", **more):
    return {"kind": "hours", "courses": [course], **more}


PROBATION = {
    "requirement": {
        "pre-hours": hours("intro", at_least_hours=4),
        "rack-exam": {"kind": "exam", "exam": "rack"},
        "formal-exam": {"kind": "exam", "exam": "formal"},
        "weekly": {"kind": "practical", "graded": True},
    },
    "credential": {
        "provisional": {
            "issuer": "hub",
            "provisional_for": "formal",
            "valid_for": "3 months",
            "extend": {"by": "1 month", "times": 2},
            "demands": [{"needs": "weekly", "over": "week"}],
            "grant": {"needs": ["pre-hours"], "over": "stint"},
        },
        "formal": {
            "issuer": "hub",
            "valid_for": "12 months",
            "grant": {"needs": ["pre-hours", "formal-exam"], "over": "stint"},
        },
    },
    "ladder": [
        {"scope": "supervised", "needs": ["provisional"], "mentors": 1},
        {"scope": "partial(1)", "needs": ["provisional", "rack-exam"], "mentors": 1},
        {"scope": "full", "needs": ["formal"]},
    ],
}
NEW_HIRE = stint("06-01")
TRAINED = attended("intro", "06-05 17:00", 4)
MENTOR = mentor("m", since="06-01")
ALWAYS = {"m": inside([Span(at("2020-01-01"), END)])}
"""A mentor who has held full scope for years."""
WEEKLY = [practical(f"06-{n:02d} 10:00") for n in (10, 17)]

LADDER = [
    Row(
        105,
        "Q11 provisional: supervised, with a mentor, for three months",
        position(**PROBATION),
        [NEW_HIRE, TRAINED, MENTOR],
        {
            "06-05 16:59": {"scope": "none"},
            "06-05 17:01": {"scope": "supervised", "to": {"provisional": "2026-09-05"}},
        },
        mentors=ALWAYS,
    ),
    Row(
        0,
        "each further part widens the scope; the formal one ends the probation",
        position(**PROBATION),
        [NEW_HIRE, TRAINED, MENTOR, *WEEKLY, passed("rack", "06-18 10:00"), passed("formal", "06-20 10:00")],
        {
            "06-18 10:00": {"scope": "partial(1)"},
            "06-20 10:00": {"scope": "full", "to": {"formal": "2027-06-20"}, "status": {"provisional": "lapsed"}},
        },
        mentors=ALWAYS,
    ),
    Row(
        106,
        "Q11 weekly practical missed: extended, the scope stays",
        position(**PROBATION),
        [NEW_HIRE, TRAINED, MENTOR, *WEEKLY],
        {
            "06-28": {"scope": "supervised", "to": {"provisional": "2026-09-05"}},
            "06-29": {"scope": "supervised", "to": {"provisional": "2026-10-05"}, "events": {"extended": ["06-29"]}},
        },
        mentors=ALWAYS,
    ),
    Row(
        106,
        "a third shortfall withdraws",
        position(**PROBATION),
        [NEW_HIRE, TRAINED, MENTOR, *WEEKLY],
        {
            "07-06": {"scope": "supervised", "to": {"provisional": "2026-11-05"}},
            "07-06 00:01": {"lapsed_at": None},
            "07-13": {
                "scope": "none",
                "lapsed_at": "07-13",
                "hold": "provisional_withdrawn",
                "events": {"withdrawn": ["07-13"]},
            },
        },
        mentors=ALWAYS,
        also="b",
    ),
    Row(
        107,
        "mentor lost: asked at once, held after three working days",
        position(**PROBATION),
        [NEW_HIRE, TRAINED, MENTOR, *WEEKLY, practical("06-24"), practical("07-01"), practical("07-07")],
        {
            "07-02 11:00": {"scope": "supervised", "kept": "mentor_grace", "next_look": "07-06 00:00"},
            "07-07 23:59": {"scope": "supervised", "kept": "mentor_grace"},
            "07-08 00:00": {"scope": "none", "hold": "mentor_missing"},
        },
        mentors={"m": inside([Span(at("2020-01-01"), at("07-02 10:00"))])},
    ),
    Row(
        108,
        "a rung below fails: full rests on its own needs",
        position(
            requirement={
                "pre-hours": hours("intro", at_least_hours=1, at_least_rate=0.9),
                "annual": hours(at_least_hours=40),
            },
            credential={
                "q": {
                    "issuer": "hub",
                    "valid_for": "12 months",
                    "grant": {"needs": ["pre-hours"], "over": "stint"},
                    "demands": [{"needs": "annual", "over": "cycle"}],
                }
            },
            ladder=[
                {"scope": "supervised", "needs": ["pre-hours"], "accept_open": True},
                {"scope": "full", "needs": ["q"]},
            ],
        ),
        [POSTED, attended("intro", "04-03 15:20", 6), attended("intro", "05-03 15:20", 0.1, of=4)],
        {"05-04": {"scope": "full", "hold": None, "figures": {"pre-hours": {"rate": "61.0%/90%"}}}},
    ),
    Row(
        110,
        "stand-in, for its days",
        q_post(),
        [stint("07-06", "07-10", said="07-01", sponsor="lead"), YEAR_2026],
        {
            "07-05 23:59": {"scope": "none", "hold": "not_assigned", "next_look": "07-06 00:00"},
            "07-06 00:00": {"scope": "full"},
            "07-11 00:00": {"scope": "none", "hold": "not_assigned"},
        },
    ),
    Row(
        110,
        "who leaves the house holds the post to the last day, whatever its row says",
        q_post(),
        [stint("01-05", said="01-05"), person("01-05"), YEAR_2026, person("05-20", leaves="06-30")],
        {
            "05-19": {"scope": "full"},
            "06-30 23:59": {"scope": "full", "next_look": "07-01 00:00"},
            "07-01 00:00": {"scope": "none", "hold": "not_assigned"},
            "09-01": {"scope": "none", "hold": "not_assigned"},
        },
        also="b",
    ),
    Row(
        110,
        "an end of the row before the last day holds; one after it does not",
        q_post(),
        [
            stint("01-05", "03-31", said="01-05"),
            stint("05-01", "12-31", said="01-05"),
            YEAR_2026,
            person("01-05", leaves="06-30"),
        ],
        {
            "04-01 00:00": {"scope": "none", "hold": "not_assigned", "next_look": "05-01 00:00"},
            "05-01 00:00": {"scope": "full"},
            "07-01 00:00": {"scope": "none", "hold": "not_assigned"},
        },
        also="c",
    ),
    Row(
        110,
        "a post that was to begin after the last day does not",
        q_post(),
        [stint("07-15", said="05-01"), YEAR_2026, person("05-20", leaves="06-30")],
        {"05-19": {"next_look": "07-15 00:00"}, "07-15 00:00": {"scope": "none"}},
        also="d",
    ),
    Row(
        110,
        "a last day that was taken back in time, moved, or said in one of two rows of a file",
        q_post(),
        [
            stint("01-05", said="01-05"),
            YEAR_2026,
            person("02-01", leaves="03-31"),
            person("03-01"),
            person("04-01", leaves="09-30"),
            person("04-01"),
            person("05-01", leaves="08-31"),
        ],
        {
            "04-01 00:00": {"scope": "full", "next_look": "10-01 00:00"},
            "08-31 23:59": {"scope": "full"},
            "09-01 00:00": {"scope": "none", "hold": "not_assigned"},
        },
        also="e",
    ),
    Row(
        111,
        "back after long leave: supervised until the refresher is done",
        q_post(
            requirement={"refresher": {"kind": "course", "course": "back"}},
            **{"return": {"after": "90 days", "scope": "supervised", "needs": ["refresher"]}},
        ),
        [
            POSTED,
            opening("1", said="01-05", since="2025-10-01", to="2027-09-30"),
            leave("02-01", "05-31", said="01-20"),
            attended("back", "06-05 10:00", 1, kind="study", completion="counted"),
        ],
        {
            "06-01": {"scope": "supervised", "hold": "return_needs", "lapsed_at": "06-01"},
            "06-05 10:00": {"scope": "full", "hold": None},
        },
    ),
]

TRANSFER = [
    Row(
        109,
        "transfer: the old post to its own end, the new one from its first day",
        rulebook(
            q_post(),
            position(
                id="b",
                requirement={"pre": hours("b-intro", at_least_hours=4)},
                credential={
                    "b-own": {
                        "issuer": "hub",
                        "valid_for": "12 months",
                        "grant": {"needs": ["pre"], "over": "stint", "from": "announcement"},
                    }
                },
                ladder=[{"scope": "full", "needs": ["b-own"]}],
            ),
        ),
        [
            stint("2022-01-05", "05-31", said="2022-01-05"),
            YEAR_2026,
            stint("05-01", said="04-01", post="b"),
            attended("b-intro", "04-20 17:00", 4),
        ],
        {
            "04-30": {"scope": "none", "status": {"b-own": "active"}},
            "05-01 00:00": {"scope": "full", "to": {"b-own": "2027-04-20"}},
        },
        post="b",
    ),
    Row(
        109,
        "transfer: the old post is unmoved",
        rulebook(
            q_post(),
            position(
                id="b",
                requirement={"pre": hours("b-intro", at_least_hours=4)},
                ladder=[{"scope": "full", "needs": ["pre"]}],
            ),
        ),
        [stint("2022-01-05", "05-31", said="2022-01-05"), YEAR_2026, stint("05-01", said="04-01", post="b")],
        {"04-30": {"scope": "full"}, "05-01": {"scope": "full"}, "06-01 00:00": {"scope": "none"}},
        also="b",
    ),
]

CHECKED = attended("intro", "03-10 15:20", 1)
"""Grants Q until the end of 2027-03-10."""

CHECKS = [
    Row(
        112,
        "Q12 first check: the person hears what is missing, until when",
        q_post(),
        [POSTED, CHECKED, attended("annual", "09-10 17:00", 36)],
        {
            "2026-12-10 23:59": {"thread": None, "next_look": "2026-12-11 00:00"},
            "2026-12-11 00:00": {
                "thread": {"stage": "missing", "missing": ["annual"], "opened": "2026-12-11"},
                "figures": {"annual": {"hours": "36.0/40"}},
                "to": {"q": "2027-03-10"},
            },
        },
    ),
    Row(
        113,
        "Q12 second check: a cure window; uncured, access unchanged",
        q_post(),
        [POSTED, CHECKED],
        {
            "2027-02-11": {"thread": {"cure_until": "2027-02-26 00:00", "cure_missed": False}, "scope": "full"},
            "2027-02-26": {
                "thread": {"cure_missed": True},
                "scope": "full",
                "events": {
                    "check_failed": ["2026-12-11", "2027-02-11"],
                    "cure_opened": ["2027-02-11"],
                    "cure_missed": ["2027-02-26"],
                },
            },
            "2027-03-11": {"scope": "none"},
        },
    ),
    Row(
        0,
        "cured within its window: ready since the last part was over",
        q_post(),
        [POSTED, CHECKED, attended("annual", "2027-02-20 17:00", 40)],
        {
            "2027-02-26": {
                "thread": {"stage": "complete"},
                "events": {"cured": ["2027-02-20 17:00"], "renewal_ready": ["2027-02-20 17:00"], "cure_missed": []},
            }
        },
    ),
    Row(
        0,
        "exclusive: what it needs is taken first, and counts nowhere else",
        q_post(
            requirement={
                "learned": hours("intro", at_least_hours=2, exclusive=True),
                "annual": hours("intro", at_least_hours=4),
            }
        ),
        [
            POSTED,
            attended("intro", "03-10 17:00", 2),
            attended("intro", "04-10 17:00", 3),
            attended("intro", "05-10 17:00", 1),
        ],
        {
            "04-11": {"figures": {"annual": {"hours": "3.0/4"}}},
            "05-11": {"figures": {"annual": {"hours": "4.0/4"}}},
        },
    ),
    Row(
        114,
        "complete, then a counted day is taken away",
        q_post(),
        [
            POSTED,
            CHECKED,
            attended("annual", "09-10 17:00", 34.5, known="2027-01-05"),
        ],
        {"2027-01-05": {"thread": {"stage": "missing", "missing": ["annual"]}}},
    ),
    Row(
        118,
        "arrives late: its end is told at arrival, no word of re-training",
        n_post(),
        [POSTED, issuer("N", said="06-10", since="2023-07-01", to="2026-06-30")],
        {"06-10": {"thread": {"of": "n", "stage": "ends", "opened": "06-10", "missing": []}}},
    ),
    Row(
        117,
        "not warned: the closure waits for HR",
        q_post(),
        [POSTED, CHECKED],
        {
            "2027-03-11": {"scope": "full", "status": {"q": "lapsed"}, "kept": "not_warned", "next_look": "2027-03-14"},
            "2027-03-14 00:00": {"scope": "none"},
        },
        enforced="03-10",
    ),
    Row(
        117,
        "warned: it closes at its end",
        q_post(),
        [POSTED, CHECKED, warned("q", "2027-03-10", "2026-12-11 09:05")],
        {"2027-03-11": {"scope": "none"}},
        enforced="03-10",
        also="b",
    ),
]

PEOPLE = [
    Row(
        126,
        "any_of: revoked, the other one carries",
        position(
            requirement={"professional": {"kind": "any_of", "of": [["cissp"], ["cisp"]]}},
            credential={"cissp": {"issuer": "authority"}, "cisp": {"issuer": "authority"}},
            ladder=[{"scope": "full", "needs": ["professional"]}],
        ),
        [
            POSTED,
            issuer("A", said="01-05", since="2025-01-01", to="2027-01-31", credential="cissp"),
            issuer("B", said="01-05", since="2025-06-01", to="2027-01-31", credential="cisp"),
            issuer("A", "revoked", said="03-10", credential="cissp"),
        ],
        {
            "03-09": {"scope": "full", "rests_on": [["A", "B"]]},
            "03-10": {"scope": "full", "rests_on": [["B"]], "events": {"narrowed": []}},
        },
    ),
    Row(
        127,
        "override: void at a closing word",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2023-02-01", to="2026-03-01"),
            override("full", "03-02 08:00", "03-07 08:00"),
        ],
        {
            "03-03": {"scope": "full", "kept": "override", "next_look": "03-07 08:00"},
            "03-07 08:00": {"scope": "none", "lapsed_at": "03-02"},
        },
    ),
    Row(
        127,
        "override: void at a closing word",
        n_post(),
        [
            POSTED,
            issuer("N", said="01-05", since="2023-02-01", to="2026-03-01"),
            override("full", "03-02 08:00", "03-07 08:00"),
            issuer("N", "revoked", said="03-04 09:00"),
        ],
        {"03-04 09:00": {"scope": "none", "explicit": True}},
        also="b",
    ),
    Row(
        127,
        "override: what the rules never gave did not lapse when it ends",
        n_post(),
        [POSTED, override("full", "03-02 08:00", "03-07 08:00")],
        {"03-03": {"scope": "full"}, "03-07 08:00": {"scope": "none", "lapsed_at": None}},
        also="c",
    ),
    Row(
        0,
        "block: by a person, until another lifts it",
        n_post(),
        [POSTED, N_YEAR, block("none", "03-02 08:00", "03-20", "03-15 09:00")],
        {
            "03-03": {"scope": "none", "hold": "blocked", "explicit": True},
            "03-15 09:00": {"scope": "full", "hold": None},
        },
    ),
]


@pytest.mark.parametrize("row", [*LADDER, *TRANSFER, *CHECKS, *PEOPLE], ids=str)
def test_worked_example(row):
    row.check()
