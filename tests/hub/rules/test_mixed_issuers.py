"""What issuers and HR say at the wrong moment: suspended across an end, examined too early, blocked meanwhile.

Each row is a day on which a safety officer asks; what is wanted was worked out by hand from what each rule means.
Numbers begin where those of the worked examples have ended.
"""

import pytest

from hub.rules.span import Span, inside
from hub.rules.timeline import END
from tests.hub.rules.mixed import (
    BY_CHECKPOINT,
    CURED,
    DEFERRED,
    POSTED,
    RE_EXAMINED,
    S_DUE,
    YEAR_2026,
    B,
    annual,
    hours,
    revoked,
)
from tests.hub.rules.story import (
    at,
    attended,
    block,
    hr_renews,
    issuer,
    mentor,
    opening,
    passed,
    position,
    practical,
    q_post,
    result_decided,
    rulebook,
    stint,
)
from tests.hub.rules.test_worked_posts import PROBATION, TRAINED
from tests.hub.rules.worked import Row

MONTH_LADDER = position(
    requirement={"monthly": hours(at_least_hours=2)},
    ladder=[{"scope": "full", "needs": [{"needs": "monthly", "over": "month"}]}],
)
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


@pytest.mark.parametrize("row", [*ISSUERS, *EXAMS, *OTHERS], ids=str)
def test_a_safety_officer_asks(row):
    row.check()
