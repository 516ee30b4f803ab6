"""Mentors lost and named, weeks with holidays, exams failed in probation: how a provisional credential goes on or ends.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

from datetime import date

import pytest

from hub.rules.span import Span, inside
from hub.rules.timeline import END
from hub.rules.workdays import workdays
from tests.hub.rules.mixed import B_POSTED, DEFERRED, POSTED, RESTS_ON_A, YEAR_2026, annual, revoked
from tests.hub.rules.story import (
    at,
    attended,
    issuer,
    mentor,
    passed,
    position,
    practical,
    q_post,
    rulebook,
    stint,
)
from tests.hub.rules.test_worked_posts import PROBATION, TRAINED
from tests.hub.rules.worked import Row

HOLIDAYS = workdays(
    [(2026, [date(2026, 10, n) for n in range(1, 8)], [date(2026, 9, 20), date(2026, 10, 10)])],
)
"""2026: the National Day week, and a Sunday and a Saturday that are worked in exchange."""
AUTUMN = [stint("09-07"), attended("intro", "09-11 17:00", 4), mentor("m", since="09-07")]
AUTUMN_WEEKLY = [practical(f"{each} 10:00") for each in ("09-16", "09-23", "09-29")]
M_LEAVES = {"m": inside([Span(at("2020-01-01"), at("09-30 10:00"))])}
ALWAYS = {"m": inside([Span(at("2020-01-01"), END)])}
WEDNESDAY = [stint("09-07"), attended("intro", "09-16 17:00", 4), mentor("m", since="09-07")]
MENTORED = [
    Row(
        214,
        "mentor lost before the National Day week: three working days end on the Saturday that is worked",
        rulebook(position(**PROBATION), workdays=HOLIDAYS),
        [*AUTUMN, *AUTUMN_WEEKLY],
        {
            "10-10 23:59": {"scope": "supervised", "kept": "mentor_grace"},
            "10-11 00:00": {"scope": "none", "hold": "mentor_missing"},
        },
        mentors=M_LEAVES,
    ),
    Row(
        215,
        "probation begins on a Wednesday of a week with a worked Sunday: four working days ask for a practical",
        rulebook(position(**PROBATION), workdays=HOLIDAYS),
        WEDNESDAY,
        {"09-21": {"scope": "supervised", "events": {"extended": ["09-21"]}}},
        mentors=ALWAYS,
    ),
    Row(
        215,
        "the same week without it has three working days, and asks nothing",
        rulebook(position(**PROBATION)),
        WEDNESDAY,
        {"09-21": {"scope": "supervised", "events": {"extended": []}}},
        mentors=ALWAYS,
        also="b",
    ),
    Row(
        216,
        "mentor lost, another one named within the grace: nothing closes",
        position(**PROBATION),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            mentor("m2", since="07-06 09:00"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24", "07-01", "07-07")),
        ],
        {
            "07-05": {"kept": "mentor_grace"},
            "07-08 00:00": {"scope": "supervised", "kept": None},
            "07-10": {"scope": "supervised"},
        },
        mentors={
            "m": inside([Span(at("2020-01-01"), at("07-02 10:00"))]),
            "m2": inside([Span(at("2020-01-01"), END)]),
        },
    ),
    Row(
        217,
        "mentor lost, the other one stands only later: closed until then",
        position(**PROBATION),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            mentor("m2", since="07-06 09:00"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24", "07-01", "07-07")),
        ],
        {"07-08 00:00": {"scope": "none", "hold": "mentor_missing"}, "07-10 00:00": {"scope": "supervised"}},
        mentors={
            "m": inside([Span(at("2020-01-01"), at("07-02 10:00"))]),
            "m2": inside([Span(at("07-10"), END)]),
        },
    ),
    Row(
        218,
        "the formal exam failed once extends the probation, passed it ends it",
        position(**PROBATION),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24")),
            passed("formal", "06-18 10:00", ok=False),
            passed("formal", "06-25 10:00"),
        ],
        {
            "06-18 11:00": {"scope": "supervised", "to": {"provisional": "2026-10-05"}},
            "06-25 10:00": {"scope": "full", "to": {"formal": "2027-06-25"}},
        },
        mentors=ALWAYS,
    ),
    Row(
        219,
        "the formal exam failed three times withdraws; passed then, the formal credential stands for itself",
        position(**PROBATION),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24", "07-01")),
            *(passed("formal", f"{each} 10:00", ok=False) for each in ("06-18", "06-25", "07-02")),
            passed("formal", "07-03 10:00"),
        ],
        {
            "07-02 09:59": {"scope": "supervised"},
            "07-02 10:00": {"scope": "none", "hold": "provisional_withdrawn"},
            "07-03 10:00": {"scope": "full", "to": {"formal": "2027-07-03"}},
        },
        mentors=ALWAYS,
    ),
    Row(
        220,
        "the formal credential lapses later: the probation that it ended does not stand in for it",
        position(
            **{
                **PROBATION,
                "requirement": {**PROBATION["requirement"], "re": {"kind": "exam", "exam": "re"}},
                "credential": {
                    **PROBATION["credential"],
                    "formal": {
                        **PROBATION["credential"]["formal"],
                        "demands": [{"needs": "re", "over": "cycle"}],
                    },
                },
            }
        ),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            practical("06-10 10:00"),
            practical("06-17 10:00"),
            passed("formal", "06-20 10:00"),
        ],
        {"2027-06-20 23:59": {"scope": "full"}, "2027-06-21 00:00": {"scope": "none", "hold": "credential_lapsed"}},
        mentors=ALWAYS,
    ),
    Row(
        221,
        "a contractor in probation: the contract's end comes before that of the probation",
        position(**PROBATION),
        [
            stint("06-01", "06-30", sponsor="lead"),
            TRAINED,
            mentor("m", since="06-01"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24")),
        ],
        {
            "06-30 23:59": {"scope": "supervised", "to": {"provisional": "2026-09-05"}},
            "07-01 00:00": {"scope": "none", "hold": "not_assigned"},
        },
        mentors=ALWAYS,
    ),
]
REVOKED_IN_PROBATION = [
    stint("06-01"),
    TRAINED,
    mentor("m", since="06-01"),
    *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24")),
]
PROVISIONAL = [
    Row(
        272,
        "the provisional credential is revoked by the qualification system: closed, and a week's practical is no cure",
        position(**PROBATION),
        [
            *REVOKED_IN_PROBATION,
            issuer("P", "revoked", said="06-20", credential="provisional"),
            attended("intro", "06-25 17:00", 4),
        ],
        {
            "06-20": {"scope": "none", "hold": "credential_revoked", "explicit": True},
            "06-24 11:00": {"scope": "none", "hold": "credential_revoked"},
            "06-25 17:00": {"scope": "supervised", "to": {"provisional": "2026-09-25"}},
        },
        mentors=ALWAYS,
    ),
    Row(
        273,
        "the provisional credential is suspended for a week, and reinstated",
        position(**PROBATION),
        [
            *REVOKED_IN_PROBATION,
            issuer("P", "suspended", said="06-18", credential="provisional"),
            issuer("P", said="06-25", credential="provisional", sequence=2),
        ],
        {
            "06-20": {"scope": "none", "hold": "credential_suspended", "explicit": True},
            "06-25": {"scope": "supervised"},
        },
        mentors=ALWAYS,
    ),
    Row(
        274,
        "the formal credential is revoked: the probation that it ended does not come back",
        position(**PROBATION),
        [
            *REVOKED_IN_PROBATION,
            passed("formal", "06-20 10:00"),
            issuer("F", "revoked", said="06-26", credential="formal"),
        ],
        {"06-25": {"scope": "full"}, "06-26": {"scope": "none", "hold": "credential_revoked"}},
        mentors=ALWAYS,
    ),
    Row(
        275,
        "another post that rests on it closes with it, though it is held for a deferral",
        rulebook(q_post(), RESTS_ON_A),
        [POSTED, B_POSTED, YEAR_2026, annual("06-10 17:00", 37), DEFERRED, revoked("2027-01-03")],
        {"2027-01-02": {"scope": "full"}, "2027-01-03": {"scope": "none"}},
        post="b",
    ),
]


@pytest.mark.parametrize("row", [*MENTORED, *PROVISIONAL], ids=str)
def test_a_safety_officer_asks(row):
    row.check()
