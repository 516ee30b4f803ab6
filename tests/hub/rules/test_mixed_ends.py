"""Classes put off beyond an end, lapses and what cures them, and what happens to the same person again.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

import pytest

from tests.hub.rules.mixed import (
    B_POSTED,
    BACK,
    BY_CHECKPOINT,
    CURED,
    DEFERRED,
    FORTY,
    POSTED,
    S_DUE,
    TWO_YEARS,
    YEAR_2026,
    N,
    annual,
    hours,
)
from tests.hub.rules.story import (
    at,
    attended,
    issuer,
    leave,
    opening,
    passed,
    position,
    q_post,
    register,
    reopened,
    rulebook,
    stint,
    voided,
)
from tests.hub.rules.worked import Row

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
        413,
        "made up before the end, and once more after it: what was renewed stays renewed",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 38),
            annual("06-11 17:00", 0, of=5, unit="S"),
            annual("12-20 17:00", 5, unit="M1", makes_up="S"),
            annual("2027-01-02 17:00", 5, unit="M2", makes_up="S"),
        ],
        {
            "2027-01-01 00:00": {"scope": "full", "to": {"q": "2027-12-31"}},
            "2027-01-03": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"lapsed": []}},
        },
    ),
    Row(
        414,
        "nobody could tell of a class, which has aged, and it is made up in part in the next year: nothing was missed",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 40),
            annual("06-11 17:00", 0, of=9, open_=9, unit="S", open_since=at("06-11 17:45")),
            annual("2027-01-02 17:00", 1, of=9, unit="M", makes_up="S"),
        ],
        {
            "2027-01-01 00:00": {"scope": "full", "to": {"q": "2027-12-31"}},
            "2027-01-03": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"lapsed": []}},
        },
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


@pytest.mark.parametrize("row", [*PUT_OFF, *CURES, *AGAIN], ids=str)
def test_a_safety_officer_asks(row):
    row.check()
