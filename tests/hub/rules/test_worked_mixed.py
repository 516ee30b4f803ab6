"""What meets in one person's life: leave, cure windows, two posts, secondment, holidays, deferral, transfers, mentors.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

from datetime import date

import pytest

from hub.rules.span import Span, inside
from hub.rules.timeline import END
from hub.rules.workdays import workdays
from tests.hub.rules.story import (
    at,
    attended,
    block,
    hr_renews,
    issuer,
    leave,
    mentor,
    opening,
    passed,
    position,
    practical,
    q_post,
    register,
    reopened,
    result_decided,
    rulebook,
    stint,
    voided,
)
from tests.hub.rules.test_worked_posts import PROBATION, TRAINED
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
YEAR_2026 = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
TWO_YEARS = opening("1", said="01-05", since="2026-01-01", to="2027-12-31")


def hours(course="annual", **more):
    return {"kind": "hours", "courses": [course], **more}


def annual(over, done, **more):
    return attended("annual", over, done, **more)


def own(demands=(), grant=("learned",), **more):
    return {
        "issuer": "hub",
        "valid_for": "12 months",
        "grant": {"needs": list(grant), "over": "stint", "from": "announcement"},
        "demands": list(demands),
        **more,
    }


BY_CHECKPOINT = q_post(
    requirement={"annual": hours(at_least_hours=40)},
    demands=[{"needs": "annual", "over": "credential_year", "on_shortfall": "checkpoint", "cure": "15 days"}],
    valid_for="24 months",
)

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
]

B = position(
    id="b",
    requirement={"learned": hours("b-intro", at_least_hours=4), "annual": hours(at_least_hours=20)},
    credential={"b-own": own([{"needs": "annual", "over": "cycle"}])},
    ladder=[{"scope": "full", "needs": ["b-own"]}],
)
B_2026 = opening("2", said="01-05", since="2026-01-01", to="2026-12-31", credential="b-own")
B_POSTED = stint("2022-01-05", post="b")
RESTS_ON_A = position(
    id="b",
    requirement={"of-a": {"kind": "credential", "credential": "post:q"}},
    ladder=[{"scope": "full", "needs": ["of-a"]}],
)

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

DEFERRED = annual("12-20 17:00", 0, of=3, status="excused", unit="S", deferred_until=at("2027-01-09"))

PUT_OFF = [
    Row(
        222,
        "made up after a deferral, but not all of it: lapsed at the new due",
        q_post(),
        [POSTED, YEAR_2026, annual("06-10 17:00", 37), DEFERRED, annual("2027-01-06 17:00", 2, of=3, makes_up="S")],
        {
            "2027-01-08 23:59": {"scope": "full", "kept": "deferral"},
            "2027-01-09 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        223,
        "made up twice after a deferral: the better one counts, once",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            DEFERRED,
            annual("2027-01-06 17:00", 2, of=3, makes_up="S"),
            annual("2027-01-08 17:00", 3, makes_up="S"),
        ],
        {"2027-01-09 00:00": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"lapsed": []}}},
    ),
    Row(
        224,
        "made up on the day after the new due: lapsed at midnight, restored by it in the evening",
        q_post(),
        [POSTED, YEAR_2026, annual("06-10 17:00", 37), DEFERRED, annual("2027-01-09 17:00", 3, makes_up="S")],
        {
            "2027-01-09 16:59": {"scope": "none", "hold": "credential_lapsed"},
            "2027-01-09 17:00": {"scope": "full", "to": {"q": "2028-01-09"}},
        },
    ),
    Row(
        225,
        "the post ends before the deferred class and begins again: nothing stands until it is made up",
        q_post(),
        [
            stint("2022-01-05", "2026-12-31", said="2022-01-05"),
            YEAR_2026,
            annual("06-10 17:00", 37),
            DEFERRED,
            stint("2027-01-05", said="2027-01-04"),
            annual("2027-01-06 17:00", 3, makes_up="S"),
        ],
        {"2027-01-02": {"scope": "none"}, "2027-01-06 17:00": {"scope": "full"}},
    ),
]

BOTH = q_post(
    ladder=[{"scope": "supervised", "needs": ["q"]}, {"scope": "full", "needs": ["q", "n"]}],
    credentials={"n": {"issuer": "authority"}},
)
N = issuer("N", said="01-05", since="2025-02-01", to="2028-01-31")
CURED = [annual("06-10 17:00", 26, of=40), annual("2027-02-10 17:00", 10), annual("2027-03-10 17:00", 4)]

CURES = [
    Row(
        226,
        "suspended while a lapse is being cured, reinstated after it: each rung by what it needs",
        BOTH,
        [
            POSTED,
            YEAR_2026,
            N,
            *CURED,
            issuer("N", "suspended", said="2027-01-15", sequence=2),
            issuer("N", said="2027-03-20", sequence=3),
        ],
        {
            "2026-12-31 23:59": {"scope": "full"},
            "2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"},
            "2027-01-15": {"scope": "none", "hold": "credential_suspended"},
            "2027-03-10 17:00": {"scope": "supervised", "hold": "credential_suspended", "to": {"q": "2028-03-10"}},
            "2027-03-20": {"scope": "full", "hold": None, "to": {"n": "2028-01-31"}},
        },
    ),
    Row(
        227,
        "reinstated while the lapse is not cured yet: the one door does not open the other",
        BOTH,
        [
            POSTED,
            YEAR_2026,
            N,
            *CURED,
            issuer("N", "suspended", said="2026-12-15", sequence=2),
            issuer("N", said="2027-02-01", sequence=3),
        ],
        {
            "2026-12-15": {"scope": "supervised"},
            "2027-01-01 00:00": {"scope": "none"},
            "2027-02-01": {"scope": "none", "hold": "credential_lapsed"},
            "2027-03-10 17:00": {"scope": "full", "hold": None},
        },
    ),
    Row(
        228,
        "revoked while a lapse is being cured: an active word is an alarm, two people reopen it",
        BOTH,
        [
            POSTED,
            YEAR_2026,
            N,
            *CURED,
            issuer("N", "revoked", said="2027-01-15", sequence=2),
            issuer("N", said="2027-02-01", sequence=3),
            reopened("N", said="2027-03-20"),
        ],
        {
            "2027-03-10 17:00": {"scope": "supervised", "hold": "credential_revoked"},
            "2027-03-19": {"scope": "supervised"},
            "2027-03-20": {"scope": "full"},
        },
    ),
    Row(
        229,
        "the own credential is suspended before it lapses: hours do not lift what its issuer said",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            *CURED,
            issuer("1", "suspended", said="2026-12-01", credential="q", sequence=2),
        ],
        {
            "2026-12-01": {"scope": "none", "hold": "credential_suspended"},
            "2027-03-11": {"scope": "none"},
        },
    ),
    Row(
        230,
        "cured only after twelve months: what was done before the lapse counts no more, a new first grant does",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 26, of=40),
            leave("2027-02-01", "2027-12-31", said="2027-01-20"),
            annual("2028-01-10 17:00", 40),
            attended("intro", "2028-01-12 17:00", 1),
        ],
        {
            "2028-01-10 17:00": {"scope": "none"},
            "2028-01-12 17:00": {"scope": "full", "to": {"q": "2029-01-12"}},
        },
    ),
    Row(
        231,
        "superseded three days before the next number begins: the issuer ended the old one, and nothing fills the gap",
        position(credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}]),
        [
            POSTED,
            issuer("N1", said="2023-06-15", since="2023-06-15", to="2026-06-14"),
            issuer("N2", said="06-10", since="2026-06-15", to="2029-06-14"),
            issuer("N1", "superseded", said="06-12", sequence=2),
        ],
        {"06-11": {"scope": "full"}, "06-13": {"scope": "none"}, "06-15 00:00": {"scope": "full"}},
    ),
    Row(
        232,
        "a check's cure window missed on leave changes no access; done before the end it is renewed",
        q_post(),
        [
            POSTED,
            attended("intro", "03-10 15:20", 1),
            leave("2027-02-10", "2027-03-02", said="2027-02-01"),
            annual("2027-03-05 17:00", 40),
        ],
        {
            "2027-02-26": {"scope": "full", "events": {"cure_missed": ["2027-02-26"]}},
            "2027-03-11 00:00": {"scope": "full", "to": {"q": "2028-03-10"}},
        },
    ),
    Row(
        233,
        "one number in two posts, entered by one person: it stands where that is enough",
        rulebook(
            position(
                credential={"n": {"issuer": "authority", "least_provenance": "push"}},
                ladder=[{"scope": "full", "needs": ["n"]}],
            ),
            position(id="b", credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}]),
        ),
        [POSTED, B_POSTED, register("N", said="01-10", since="2026-01-01", to="2026-12-31")],
        {"01-11": {"scope": "full"}},
        post="b",
    ),
    Row(
        233,
        "one number in two posts, entered by one person: where it is not, it waits for the issuer",
        rulebook(
            position(
                credential={"n": {"issuer": "authority", "least_provenance": "push"}},
                ladder=[{"scope": "full", "needs": ["n"]}],
            ),
            position(id="b", credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}]),
        ),
        [
            POSTED,
            B_POSTED,
            register("N", said="01-10", since="2026-01-01", to="2026-12-31"),
            issuer("N", said="01-20 09:00", since="2026-01-01", to="2026-12-31", provenance="push"),
        ],
        {"01-11": {"scope": "none"}, "01-20 09:00": {"scope": "full"}},
        also="b",
    ),
]

FORTY = {"annual": hours(at_least_hours=40)}
RE_EXAMINED = q_post(
    requirement={**FORTY, "re": {"kind": "exam", "exam": "re"}},
    demands=[{"needs": "annual", "over": "cycle"}, {"needs": "re", "over": "cycle"}],
)
BACK = {
    "requirement": {**FORTY, "refresher": {"kind": "course", "course": "back"}},
    "return": {"after": "90 days", "scope": "supervised", "needs": ["refresher"]},
}
T = {"credential": "hv", "said": "01-05", "since": "2025-02-01", "to": "2028-01-31"}

MORE = [
    Row(
        234,
        "suspended in a checkpoint's cure window that is not used: reinstated after it, nothing stands",
        BY_CHECKPOINT,
        [
            POSTED,
            TWO_YEARS,
            annual("06-10 17:00", 34),
            issuer("1", "suspended", said="2027-01-05", credential="q", sequence=2),
            issuer("1", said="2027-01-20", credential="q", sequence=3),
        ],
        {"2027-01-05": {"scope": "none", "hold": "credential_suspended"}, "2027-01-20": {"scope": "none"}},
    ),
    Row(
        235,
        "suspended in a checkpoint's cure window that is used meanwhile: reinstated, it stands to its old end",
        BY_CHECKPOINT,
        [
            POSTED,
            TWO_YEARS,
            annual("06-10 17:00", 34),
            issuer("1", "suspended", said="2027-01-05", credential="q", sequence=2),
            annual("2027-01-12 17:00", 6),
            issuer("1", said="2027-01-20", credential="q", sequence=3),
        ],
        {
            "2027-01-19": {"scope": "none", "hold": "credential_suspended"},
            "2027-01-20": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
    ),
    Row(
        236,
        "revoked by its issuer while its lapse is being cured: only what is over later grants, as a first one",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            *CURED,
            issuer("1", "revoked", said="2027-02-15", credential="q", sequence=2),
            attended("intro", "2027-03-12 17:00", 1),
        ],
        {"2027-03-11": {"scope": "none"}, "2027-03-12 17:00": {"scope": "full", "to": {"q": "2028-03-12"}}},
    ),
    Row(
        237,
        "the make-up of a deferred class is in dispute at the new due: held for the grace from there, then lapsed",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            DEFERRED,
            annual("2027-01-06 17:00", 0, of=3, open_=3, status="unknown", makes_up="S"),
        ],
        {
            "2027-01-09 00:00": {"scope": "full", "kept": "unknown_grace"},
            "2027-01-11 23:59": {"scope": "full"},
            "2027-01-12 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        238,
        "restored, then the lapse is corrected: it never fell, and what was given with the restoration stays",
        q_post(requirement=FORTY),
        [
            POSTED,
            opening("1", said="01-05", since="2025-07-01", to="2026-06-30"),
            annual("06-01 17:00", 38),
            annual("06-28 17:00", 2, known="07-25 09:00"),
            annual("07-20 17:00", 2),
            annual("2027-03-10 17:00", 40),
        ],
        {
            "07-19": {"scope": "none"},
            "07-20 17:00": {"scope": "full", "to": {"q": "2027-07-20"}},
            "07-25 09:00": {"scope": "full", "to": {"q": "2027-07-20"}},
            "2027-07-10": {"scope": "full"},
        },
        enforced="01-05",
    ),
    Row(
        239,
        "a make-up before its class, in the year before: it counts in the year of the class alone",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-20 17:00", 3, makes_up="S"),
            annual("2027-01-10 17:00", 0, of=3, status="absent", unit="S", known="12-01"),
        ],
        {
            "2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"},
            "2027-01-10 17:00": {"scope": "full", "to": {"q": "2028-01-10"}},
        },
    ),
    Row(
        240,
        "long leave is taken back after the renewal that it made possible: what was given stays given",
        q_post(requirement=FORTY),
        [
            POSTED,
            YEAR_2026,
            leave("03-01", "06-06", said="02-20", id="L"),
            annual("10-10 17:00", 30),
            leave("03-01", "03-02", said="2027-01-10", id="L"),
        ],
        {
            "2027-01-05": {"scope": "full", "to": {"q": "2027-12-31"}},
            "2027-01-11": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
        enforced="01-05",
    ),
    Row(
        241,
        "long leave of last year is stated after the lapse: the lapse is corrected, without a gap",
        q_post(requirement=FORTY),
        [POSTED, YEAR_2026, annual("10-10 17:00", 30), leave("03-01", "06-06", said="2027-01-10")],
        {
            "2027-01-05": {"scope": "none"},
            "2027-01-10": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"lapsed": []}},
        },
    ),
    Row(
        242,
        "the day of a transfer is moved: what was learnt since it was announced counts, access waits for the new day",
        rulebook(q_post(), B),
        [
            stint("05-01", said="04-01", post="b", id="T"),
            attended("b-intro", "04-20 17:00", 4),
            stint("06-01", said="04-25", post="b", id="T"),
        ],
        {
            "05-01": {"scope": "none", "hold": "not_assigned"},
            "06-01 00:00": {"scope": "full", "to": {"b-own": "2027-04-20"}},
        },
        post="b",
    ),
    Row(
        243,
        "one number for two certificates, as authorities give it to a person: revoked is the one that is named",
        position(
            credential={"hv": {"issuer": "authority"}, "lv": {"issuer": "authority"}},
            ladder=[{"scope": "supervised", "needs": ["lv"]}, {"scope": "full", "needs": ["hv", "lv"]}],
        ),
        [
            POSTED,
            issuer("T1", **T),
            issuer("T1", **{**T, "credential": "lv"}),
            issuer("T1", "revoked", said="03-10", credential="hv", sequence=2),
        ],
        {"03-09": {"scope": "full"}, "03-10": {"scope": "supervised", "hold": "credential_revoked"}},
    ),
    Row(
        244,
        "joined on the 20th, a month's demand in the ladder: eleven days of April ask 44 minutes, one more would do",
        position(
            requirement={"monthly": hours(at_least_hours=2)},
            ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
        ),
        [stint("2026-04-20"), annual("04-25 17:00", 43 / 60), annual("05-02 17:00", 1 / 60)],
        {
            "04-30": {"scope": "full"},
            "05-01 00:00": {"scope": "none", "hold": "hours_short"},
            "05-02 17:00": {"scope": "full"},
        },
    ),
    Row(
        245,
        "the re-examination is sat before the hours are there: at the end it is open, and lapses after the grace",
        RE_EXAMINED,
        [POSTED, YEAR_2026, annual("03-10 17:00", 10), passed("re", "05-01 10:00"), annual("11-10 17:00", 30)],
        {
            "2027-01-01 00:00": {"scope": "full", "kept": "unknown_grace"},
            "2027-01-04 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        246,
        "examined in time, then a class is missed and the rate falls: it is the end that decides",
        q_post(
            requirement={"re": {"kind": "exam", "exam": "re"}},
            demands=[{"needs": "annual", "over": "cycle"}, {"needs": "re", "over": "cycle"}],
        ),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 45),
            passed("re", "06-20 10:00"),
            annual("11-10 17:00", 0, of=6, status="absent"),
        ],
        {
            "2026-11-11": {"scope": "full"},
            "2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        247,
        "100 days in another post are an absence from this one: supervised on return",
        rulebook(q_post(**BACK), RESTS_ON_A),
        [
            stint("2022-01-05", "03-31", said="2022-01-05"),
            YEAR_2026,
            stint("04-01", "07-09", said="03-20", post="b", sponsor="lead"),
            stint("07-10", said="07-01"),
        ],
        {"05-01": {"scope": "none"}, "07-10 00:00": {"scope": "supervised", "hold": "return_needs"}},
    ),
    Row(
        248,
        "leave of 60 days and one of 40 that follows it are one absence: supervised on return",
        q_post(**BACK),
        [POSTED, YEAR_2026, leave("03-01", "04-29", said="02-20"), leave("04-30", "06-08", said="04-20")],
        {"06-09 08:00": {"scope": "supervised", "hold": "return_needs"}},
    ),
    Row(
        249,
        "twice 20 days of leave on end are 40 of long leave: 35 h 37 min are asked",
        q_post(requirement=FORTY),
        [
            POSTED,
            YEAR_2026,
            leave("03-01", "03-20", said="02-20"),
            leave("03-21", "04-09", said="03-10"),
            annual("10-10 17:00", 35 + 37 / 60),
        ],
        {"2027-01-01 00:00": {"scope": "full"}},
    ),
    Row(
        250,
        "the end lies in a gap that is bridged: renewed, and no access before the next stint",
        q_post(requirement=FORTY, bridge_days=5),
        [
            stint("2022-01-05", "2026-12-29", said="2022-01-05"),
            YEAR_2026,
            annual("10-10 17:00", 40),
            stint("2027-01-03", said="12-20"),
        ],
        {
            "2027-01-01 00:00": {"scope": "none", "hold": "not_assigned"},
            "2027-01-03 00:00": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
    ),
    Row(
        252,
        "half time from July on: the days of each half ask by their share",
        q_post(requirement=FORTY),
        [
            stint("2022-01-05", "06-30", said="2022-01-05"),
            stint("07-01", said="06-10", share_percent=50),
            YEAR_2026,
            annual("10-10 17:00", 29 + 56 / 60),
        ],
        {"2027-01-01 00:00": {"scope": "full"}},
    ),
    Row(
        252,
        "half time from July on: one minute short of that",
        q_post(requirement=FORTY),
        [
            stint("2022-01-05", "06-30", said="2022-01-05"),
            stint("07-01", said="06-10", share_percent=50),
            YEAR_2026,
            annual("10-10 17:00", 29 + 55 / 60),
        ],
        {"2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"}},
        also="b",
    ),
    Row(
        252,
        "half time from the next year on, which is said in this one: this year asks what it asked",
        q_post(requirement=FORTY),
        [
            stint("2022-01-05", "2026-12-31", said="2022-01-05"),
            stint("2027-01-01", said="11-10", share_percent=50),
            YEAR_2026,
            annual("10-10 17:00", 39),
            annual("2027-10-10 17:00", 20),
        ],
        {
            "2026-12-01": {"figures": {"annual": {"hours": "39.0/40"}}},
            "2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
        also="c",
    ),
    Row(
        252,
        "twice half of one post at once is the whole of it",
        q_post(requirement=FORTY),
        [
            stint("2022-01-05", said="2022-01-05", share_percent=50, id="A"),
            stint("2022-02-05", said="2022-01-05", share_percent=50, id="B"),
            YEAR_2026,
            annual("10-10 17:00", 39),
        ],
        {"2027-01-01 00:00": {"scope": "none", "hold": "credential_lapsed"}},
        also="d",
    ),
    Row(
        253,
        "the issuer announces a suspension and says the old state once more before its day: it acts",
        position(credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}]),
        [
            POSTED,
            N,
            issuer("N", "suspended", said="04-01", effective="05-01", sequence=2),
            issuer("N", said="04-15", effective="2025-02-01", since="2025-02-01", to="2028-01-31", sequence=3),
        ],
        {"04-30 23:59": {"scope": "full"}, "05-01 00:00": {"scope": "none", "hold": "credential_suspended"}},
    ),
    Row(
        254,
        "more hours from July on, and the end is put off: the cycle is judged as it began",
        [
            q_post(),
            q_post(
                effective_from=date(2026, 7, 1),
                requirement={"annual": hours(at_least_hours=48, at_least_rate=0.9)},
            ),
        ],
        [POSTED, YEAR_2026, annual("06-10 17:00", 37), DEFERRED, annual("2027-01-06 17:00", 3, makes_up="S")],
        {"2027-01-06 17:00": {"scope": "full", "to": {"q": "2027-12-31"}, "figures": {"annual": {"hours": "0.0/48"}}}},
    ),
]

S_DUE = q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}})
MONTH_LADDER = position(
    requirement={"monthly": hours(at_least_hours=2)},
    ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
)


def revoked(said):
    return issuer("1", "revoked", said=said, credential="q", sequence=2)


ISSUERS = [
    Row(
        255,
        "suspended across its end, with everything done: renewed, and open from the day of the reinstatement",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 40),
            issuer("1", "suspended", said="2026-12-15", credential="q", sequence=2),
            issuer("1", said="2027-01-20", credential="q", sequence=3),
        ],
        {
            "2027-01-05": {"scope": "none", "hold": "credential_suspended"},
            "2027-01-20": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
    ),
    Row(
        256,
        "revoked while it is held for a deferral: the make-up renews nothing",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            DEFERRED,
            revoked("2027-01-03"),
            annual("2027-01-06 17:00", 3, makes_up="S"),
        ],
        {
            "2027-01-02": {"scope": "full", "kept": "deferral"},
            "2027-01-03": {"scope": "none", "hold": "credential_revoked"},
            "2027-01-07": {"scope": "none", "hold": "credential_revoked"},
        },
    ),
    Row(
        256,
        "revoked while it is held because hours are open: closed at once, not at the end of the grace",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-30 17:00", 0, of=4, open_=4, status="unknown"),
            revoked("2027-01-02"),
        ],
        {"2027-01-01 12:00": {"kept": "unknown_grace"}, "2027-01-02": {"scope": "none", "hold": "credential_revoked"}},
        also="b",
    ),
    Row(
        256,
        "revoked while a met renewal waits for HR: closed, and HR's act gives nothing back",
        q_post(credential={"renewal": "hr"}),
        [POSTED, YEAR_2026, annual("06-10 17:00", 40), revoked("2027-01-05"), hr_renews("2027-01-10 09:00")],
        {
            "2027-01-04": {"scope": "full", "kept": "hr_renewal"},
            "2027-01-05": {"scope": "none", "hold": "credential_revoked"},
            "2027-01-11": {"scope": "none", "hold": "credential_revoked"},
        },
        also="c",
    ),
    Row(
        256,
        "revoked in the cure window of a checkpoint at the end: what is done in it renews nothing",
        BY_CHECKPOINT,
        [
            POSTED,
            opening("1", said="01-05", since="2025-01-01", to="2026-12-31"),
            annual("2025-06-10 17:00", 40),
            annual("06-10 17:00", 34),
            revoked("2027-01-05"),
            annual("2027-01-10 17:00", 6),
        ],
        {
            "2027-01-04": {"scope": "full", "kept": "cure"},
            "2027-01-05": {"scope": "none", "hold": "credential_revoked"},
            "2027-01-11": {"scope": "none", "hold": "credential_revoked"},
        },
        also="d",
    ),
    Row(
        284,
        "revoked after a lapse was made good and before HR acts on it: HR's act gives nothing back",
        q_post(credential={"renewal": "hr"}),
        [POSTED, YEAR_2026, *CURED, revoked("2027-03-15"), hr_renews("2027-03-20 09:00")],
        {"2027-03-21": {"scope": "none", "hold": "credential_revoked"}},
    ),
    Row(
        257,
        "revoked while it is held because hours are open: that they are credited then renews nothing",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-30 17:00", 0, of=4, open_=4, status="unknown"),
            revoked("2027-01-02"),
            annual("12-31 17:00", 4, known="2027-01-03 09:00"),
        ],
        {"2027-01-01 12:00": {"scope": "full"}, "2027-01-03 10:00": {"scope": "none", "hold": "credential_revoked"}},
    ),
    Row(
        258,
        "revoked before anything was granted, and what grants it is over later: it grants",
        q_post(),
        [POSTED, revoked("01-15"), attended("intro", "01-20 17:00", 1)],
        {"01-20 17:00": {"scope": "full", "to": {"q": "2027-01-20"}}},
    ),
    Row(
        258,
        "revoked on the day after what would have granted it, and known before: it was never given",
        q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}}),
        [
            POSTED,
            attended("intro", "01-20 17:00", 1),
            revoked("02-01"),
            passed("intro", "02-10 10:00"),
            attended("intro", "03-01 17:00", 1),
            passed("intro", "03-02 10:00"),
        ],
        {
            "02-10 11:00": {"scope": "none", "hold": "credential_revoked"},
            "03-02 10:00": {"scope": "full", "to": {"q": "2027-03-02"}},
        },
        also="b",
    ),
    Row(
        259,
        "revoked twice, lapsed before: between both and after the second only what is over later grants",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            *CURED,
            revoked("2027-01-20"),
            attended("intro", "2027-02-01 17:00", 1),
            issuer("2", "revoked", said="2027-02-15", credential="q"),
            attended("intro", "2027-04-01 17:00", 1),
        ],
        {
            "2027-01-25": {"scope": "none"},
            "2027-02-01 17:00": {"scope": "full"},
            "2027-02-15": {"scope": "none"},
            "2027-03-11": {"scope": "none"},
            "2027-04-01 17:00": {"scope": "full", "to": {"q": "2028-04-01"}},
        },
    ),
]

EXAMS = [
    Row(
        260,
        "sat too early, lapsed, sat again once the hours were there: restored by the second one",
        RE_EXAMINED,
        [
            POSTED,
            YEAR_2026,
            annual("03-10 17:00", 10),
            passed("re", "05-01 10:00"),
            annual("2027-02-10 17:00", 30),
            passed("re", "2027-02-20 10:00"),
        ],
        {
            "2027-02-11": {"scope": "none", "seat": {"re": True}, "sat_before": True},
            "2027-02-20 10:00": {"scope": "full", "to": {"q": "2028-02-20"}},
        },
    ),
    Row(
        261,
        "sat after the lapse, before the hours were made good: it does not restore",
        RE_EXAMINED,
        [
            POSTED,
            YEAR_2026,
            annual("03-10 17:00", 10),
            passed("re", "2027-02-01 10:00"),
            annual("2027-02-10 17:00", 30),
        ],
        {"2027-02-11": {"scope": "none", "sat_before": True}},
    ),
    Row(
        262,
        "sat when the hours of the cycle were there, which fell short by a missed class: made good, it still counts",
        q_post(
            requirement={"re": {"kind": "exam", "exam": "re"}},
            demands=[{"needs": "annual", "over": "cycle"}, {"needs": "re", "over": "cycle"}],
        ),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 45),
            passed("re", "06-20 10:00"),
            annual("11-10 17:00", 0, of=6, status="absent"),
            annual("2027-01-20 17:00", 9),
        ],
        {"2027-01-02": {"scope": "none"}, "2027-01-20 17:00": {"scope": "full", "to": {"q": "2028-01-20"}}},
    ),
    Row(
        263,
        "sat too early, and HR decides after the lapse that it counts: it never lapsed",
        RE_EXAMINED,
        [
            POSTED,
            YEAR_2026,
            annual("03-10 17:00", 10),
            passed("re", "05-01 10:00"),
            annual("11-10 17:00", 30),
            result_decided("re", "05-01 10:00", "passed/", "credited", "2027-01-10 09:00"),
        ],
        {
            "2027-01-05": {"scope": "none"},
            "2027-01-10 09:00": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
    ),
    Row(
        264,
        "sat in the very second in which the last class was over: eligible from then on, so it counts",
        S_DUE,
        [POSTED, attended("intro", "04-03 17:00", 1), passed("intro", "04-03 17:00")],
        {"04-03 17:00": {"scope": "full", "to": {"q": "2027-04-03"}}},
    ),
    Row(
        265,
        "the class was over before the exam, and is uploaded after it: it counts once it is known",
        S_DUE,
        [POSTED, attended("intro", "04-01 17:00", 1, known="04-20 09:00"), passed("intro", "04-10 10:00")],
        {"04-15": {"scope": "none"}, "04-20 09:00": {"scope": "full", "to": {"q": "2027-04-10"}}},
    ),
]

OTHERS = [
    Row(
        266,
        "made good outside every post: open from the first day of the next one, for a length from there",
        q_post(),
        [
            stint("2022-01-05", "2027-01-31", said="2022-01-05"),
            YEAR_2026,
            *CURED,
            stint("2027-04-01", said="2027-03-20"),
        ],
        {"2027-03-31 23:59": {"scope": "none"}, "2027-04-01 00:00": {"scope": "full", "to": {"q": "2028-03-31"}}},
    ),
    Row(
        267,
        "a month's demand that was missed is paid first: four hours pay May and June",
        MONTH_LADDER,
        [stint("2026-04-01"), annual("04-10 17:00", 2), annual("06-20 17:00", 4)],
        {
            "06-01 00:00": {"scope": "none", "hold": "hours_short"},
            "06-20 17:00": {"scope": "full"},
            "07-01 00:00": {"scope": "full"},
        },
    ),
    Row(
        268,
        "three hours pay May and half of June",
        MONTH_LADDER,
        [stint("2026-04-01"), annual("04-10 17:00", 2), annual("06-20 17:00", 3)],
        {"06-20 17:00": {"scope": "full"}, "07-01 00:00": {"scope": "none", "hold": "hours_short"}},
    ),
    Row(
        269,
        "of two mentors one is lost: one is enough",
        position(**PROBATION),
        [
            stint("06-01"),
            TRAINED,
            mentor("m", since="06-01"),
            mentor("m2", since="06-01"),
            *(practical(f"{each} 10:00") for each in ("06-10", "06-17", "06-24", "07-01", "07-07")),
        ],
        {"07-03": {"scope": "supervised", "kept": None}, "07-10": {"scope": "supervised"}},
        mentors={
            "m": inside([Span(at("2020-01-01"), at("07-02 10:00"))]),
            "m2": inside([Span(at("2020-01-01"), END)]),
        },
    ),
    Row(
        270,
        "blocked across the renewal: lifted, it is open to the new end",
        q_post(),
        [POSTED, YEAR_2026, annual("06-10 17:00", 40), block("none", "12-20", "2027-01-20", "2027-01-15 09:00")],
        {
            "2027-01-02": {"scope": "none", "hold": "blocked"},
            "2027-01-15 09:00": {"scope": "full", "to": {"q": "2027-12-31"}},
        },
    ),
    Row(
        271,
        "a class of the new post missed before the transfer was announced is no part of its rate",
        rulebook(
            q_post(),
            B.model_copy(
                update={
                    "requirement": position(
                        requirement={
                            "learned": hours("b-intro", at_least_hours=4, at_least_rate=0.9),
                            "annual": hours(at_least_hours=20),
                        }
                    ).requirement
                }
            ),
        ),
        [
            POSTED,
            stint("05-01", said="04-01", post="b"),
            attended("b-intro", "03-20 17:00", 0, of=4, status="absent"),
            attended("b-intro", "04-20 17:00", 4),
        ],
        {"05-01 00:00": {"scope": "full", "to": {"b-own": "2027-04-20"}}},
        post="b",
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

BY_YEAR = q_post(requirement=FORTY, demands=[{"needs": "annual", "over": "year"}])
BACK_IN_MAY = [POSTED, opening("1", said="01-05", since="2025-12-01", to="2026-11-30")]


def refreshed(when):
    return attended("back", when, 1, kind="study", study=when, completion="counted")


AGAIN = [
    Row(
        276,
        "restored in February: the calendar year asks its part from then on, and what restored it pays once",
        BY_YEAR,
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 26),
            annual("2027-02-10 17:00", 14),
            annual("2027-06-10 17:00", 35 + 36 / 60),
        ],
        {
            "2027-02-10 16:59": {"scope": "none"},
            "2027-02-10 17:00": {"scope": "full", "to": {"q": "2028-02-10"}},
            "2027-12-31": {"figures": {"annual": {"hours": "35.6/35.7"}}},
            "2028-02-11 00:00": {"scope": "none", "hold": "credential_lapsed"},
        },
    ),
    Row(
        276,
        "restored in February, with a minute more in that year: renewed",
        BY_YEAR,
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 26),
            annual("2027-02-10 17:00", 14),
            annual("2027-06-10 17:00", 35 + 37 / 60),
        ],
        {"2028-02-11 00:00": {"scope": "full", "to": {"q": "2029-02-10"}}},
        also="b",
    ),
    Row(
        277,
        "90 days of leave are an absence of 90 days",
        q_post(**BACK),
        [*BACK_IN_MAY, leave("03-01", "05-29", said="02-20")],
        {"05-30 08:00": {"scope": "supervised", "hold": "return_needs"}},
    ),
    Row(
        277,
        "89 days are not",
        q_post(**BACK),
        [*BACK_IN_MAY, leave("03-01", "05-28", said="02-20")],
        {"05-29 08:00": {"scope": "full"}},
        also="b",
    ),
    Row(
        278,
        "refreshed on the last day of leave, which is before the return: it does not count",
        q_post(**BACK),
        [*BACK_IN_MAY, leave("03-01", "05-31", said="02-20"), refreshed("05-31 10:00")],
        {"06-01 08:00": {"scope": "supervised", "hold": "return_needs"}},
    ),
    Row(
        279,
        "absent for long a second time: refreshed once more",
        q_post(**BACK),
        [
            POSTED,
            opening("1", said="01-05", since="2025-12-01", to="2026-11-30"),
            leave("01-10", "04-20", said="01-05"),
            refreshed("04-22 10:00"),
            leave("06-01", "09-10", said="05-20"),
            refreshed("09-14 10:00"),
        ],
        {
            "04-22 10:00": {"scope": "full"},
            "09-11 08:00": {"scope": "supervised", "hold": "return_needs"},
            "09-14 10:00": {"scope": "full"},
        },
    ),
    Row(
        280,
        "an exam that holds for six months, and hours that are there a day later: sat again",
        q_post(
            grant=["learned", "intro-exam"],
            requirement={
                "intro-exam": {"kind": "exam", "exam": "intro", "valid_for": "6 months", "exam_needs": "none"}
            },
        ),
        [
            POSTED,
            passed("intro", "01-10 10:00"),
            attended("intro", "07-11 17:00", 1),
            passed("intro", "07-20 10:00"),
        ],
        {"07-11 18:00": {"scope": "none"}, "07-20 10:00": {"scope": "full", "to": {"q": "2027-07-20"}}},
    ),
    Row(
        281,
        "two numbers of one licence, the newer one suspended: the older one holds to its end",
        position(credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}]),
        [
            POSTED,
            issuer("N1", said="01-05", since="2023-06-15", to="2026-06-14"),
            issuer("N2", said="05-10", since="2026-05-15", to="2029-05-14"),
            issuer("N2", "suspended", said="06-01", sequence=2),
            issuer("N2", said="07-01", sequence=3),
        ],
        {
            "06-02": {"scope": "full", "rests_on": [["N1"]]},
            "06-15 00:00": {"scope": "none"},
            "07-01": {"scope": "full", "to": {"n": "2029-05-14"}},
        },
    ),
    Row(
        283,
        "what it rests on is withdrawn while it is held for a deferral: closed then, not at the new due",
        S_DUE,
        [
            POSTED,
            attended("intro", "01-10 09:00", 1),
            passed("intro", "01-10 10:00", statement="S1"),
            annual("06-10 17:00", 37),
            annual("2027-01-05 17:00", 0, of=3, status="excused", unit="S", deferred_until=at("2027-01-20")),
            voided("S1", said="2027-01-14 09:00"),
        ],
        {
            "2027-01-13": {"scope": "full", "kept": "deferral"},
            "2027-01-14 10:00": {"scope": "none", "hold": "ground_lost"},
        },
        enforced="01-05",
    ),
    Row(
        285,
        "sat too early, and again in the grace for that, when all hours were done: restored at the lapse",
        q_post(
            requirement={"annual": hours(at_least_hours=4), "review": {"kind": "exam", "exam": "review"}},
            demands=[{"needs": "annual", "over": "cycle"}, {"needs": "review", "over": "cycle"}],
        ),
        [
            POSTED,
            YEAR_2026,
            passed("review", "03-01 10:00"),
            annual("06-10 17:00", 4),
            passed("review", "2027-01-02 10:00"),
        ],
        {
            "2027-01-03 23:59": {"scope": "full", "kept": "unknown_grace"},
            "2027-01-04 00:00": {"scope": "full", "kept": None, "to": {"q": "2028-01-03"}},
        },
    ),
    Row(
        282,
        "paid in a checkpoint's cure window, and known after it: the lapse is corrected",
        BY_CHECKPOINT,
        [
            POSTED,
            TWO_YEARS,
            annual("06-10 17:00", 34),
            annual("2027-01-12 17:00", 6, known="2027-01-20 09:00"),
        ],
        {
            "2027-01-16 00:00": {"scope": "none", "hold": "credential_lapsed"},
            "2027-01-20 09:00": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"lapsed": []}},
        },
    ),
]


@pytest.mark.parametrize(
    "row",
    [*LEAVE, *POSTS, *MENTORED, *PUT_OFF, *CURES, *MORE, *ISSUERS, *EXAMS, *OTHERS, *PROVISIONAL, *AGAIN],
    ids=str,
)
def test_a_safety_officer_asks(row):
    row.check()
