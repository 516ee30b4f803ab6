"""Cure windows, make-ups, part time and ends that meet a suspension, a transfer or another leave.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

from datetime import date

import pytest

from tests.hub.rules.mixed import (
    BACK,
    BY_CHECKPOINT,
    CURED,
    DEFERRED,
    FORTY,
    POSTED,
    RE_EXAMINED,
    RESTS_ON_A,
    TWO_YEARS,
    YEAR_2026,
    B,
    N,
    annual,
    hours,
)
from tests.hub.rules.story import (
    attended,
    issuer,
    leave,
    opening,
    passed,
    position,
    q_post,
    rulebook,
    stint,
)
from tests.hub.rules.worked import Row

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


@pytest.mark.parametrize("row", MORE, ids=str)
def test_a_safety_officer_asks(row):
    row.check()
