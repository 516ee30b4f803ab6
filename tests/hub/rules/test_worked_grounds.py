"""Issues that lose what they rest on, whatever gave them: a restoration, a grant after a revocation, a probation."""

import pytest

from tests.hub.rules.story import Evidence, attended, issuer, opening, passed, position, q_post, stint, voided, warned
from tests.hub.rules.worked import Row

POSTED = stint("2022-01-05")
BY_EXAM = {"first": {"kind": "exam", "exam": "first"}, "formal": {"kind": "exam", "exam": "formal"}}
AGAIN_AND_AGAIN = q_post(
    requirement={
        "annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 4},
        "review": {"kind": "exam", "exam": "review"},
    },
    demands=[{"needs": "annual", "over": "cycle"}, {"needs": "review", "over": "cycle"}],
    valid_for="2 months",
    credential={"checks": []},
)
RESTORED: list[Evidence] = [
    POSTED,
    opening("1", said="01-01", since="01-01", to="02-28"),
    warned("q", "02-28", "02-01"),
    attended("annual", "03-10 17:00", 4),
    passed("review", "03-11 10:00", statement="s1"),
]
ONCE = q_post(grant=("first",), requirement=BY_EXAM, demands=[], valid_for="6 months", credential={"checks": []})
REVOKED: list[Evidence] = [
    POSTED,
    passed("first", "01-10 10:00", statement="s1"),
    issuer("77", "revoked", said="02-01 09:00", credential="q"),
    passed("first", "03-01 10:00", statement="s2"),
]
PROBATION = position(
    requirement=BY_EXAM,
    credential={
        "p": {
            "issuer": "hub",
            "provisional_for": "q",
            "valid_for": "3 months",
            "grant": {"needs": ["first"], "over": "stint"},
        },
        "q": {"issuer": "hub", "valid_for": "12 months", "grant": {"needs": ["formal"], "over": "stint"}},
    },
    ladder=[{"scope": "supervised", "needs": ["p"]}, {"scope": "full", "needs": ["q"]}],
)
LOST = {"scope": "none", "hold": "ground_lost"}

ROWS = [
    Row(
        0,
        "restored by an exam that is taken back: lost, and restored once it is sat again",
        AGAIN_AND_AGAIN,
        [*RESTORED, voided("s1", said="03-15 09:00"), passed("review", "03-20 10:00", statement="s2")],
        {
            "03-09": {"scope": "none"},
            "03-14": {"scope": "full", "to": {"q": "2026-05-11"}},
            "03-15 09:00": LOST,
            "03-20 09:59": LOST,
            "03-20 10:00": {"scope": "full", "to": {"q": "2026-05-20"}},
        },
        enforced="01-02",
    ),
    Row(
        0,
        "restored by an exam that is taken back and said again under a new id: it never fell, the end stays",
        AGAIN_AND_AGAIN,
        [
            *RESTORED,
            voided("s1", said="03-15 09:00"),
            passed("review", "03-11 10:00", statement="s2", arrived="03-16 10:00"),
        ],
        {"03-15 10:00": LOST, "03-16 10:00": {"scope": "full", "to": {"q": "2026-05-11"}}},
        enforced="01-02",
    ),
    Row(
        0,
        "granted again after a revocation by an exam that is taken back: what was before the revocation gives nothing",
        ONCE,
        [*REVOKED, voided("s2", said="03-15 09:00")],
        {"02-10": {"scope": "none"}, "03-14": {"scope": "full"}, "03-15 09:00": LOST, "07-16": LOST},
        enforced="01-02",
    ),
    Row(
        0,
        "provisional by an exam that is taken back: lost; passed later, a new probation begins",
        PROBATION,
        [
            stint("01-05"),
            passed("first", "01-10 10:00", statement="s1"),
            voided("s1", said="01-20 09:00"),
            passed("first", "01-23 10:00", statement="s2"),
        ],
        {
            "01-15": {"scope": "supervised", "to": {"p": "2026-04-10"}},
            "01-21": LOST,
            "01-23 10:00": {"scope": "supervised", "to": {"p": "2026-04-23"}},
        },
        enforced="01-02",
    ),
    Row(
        0,
        "provisional by one of two exams passed: the other one gives it without a gap",
        PROBATION,
        [
            stint("01-05"),
            passed("first", "01-10 10:00", statement="s1"),
            passed("first", "01-13 10:00", statement="s2"),
            voided("s1", said="01-20 09:00"),
        ],
        {"01-19": {"scope": "supervised"}, "01-20 09:00": {"scope": "supervised", "to": {"p": "2026-04-20"}}},
        enforced="01-02",
    ),
    Row(
        0,
        "made up beyond the 30 days for which a class may be put off: a class of the cycle in which it is held",
        AGAIN_AND_AGAIN,
        [
            *RESTORED[:3],
            attended("annual", "02-10 17:00", 4),
            passed("review", "02-11 10:00"),
            attended("annual", "02-20 17:00", 0, of=4, unit="S", deferred_until=stint("04-20").record.starts_at),
            attended("annual", "04-05 17:00", 4, unit="M", makes_up="S"),
            passed("review", "04-06 10:00"),
        ],
        {"04-30": {"scope": "full"}, "05-01": {"scope": "full", "to": {"q": "2026-06-30"}}},
    ),
    Row(
        0,
        "held beyond its end, as the exam was sat before the hours: it may be sat again meanwhile, and restores",
        AGAIN_AND_AGAIN,
        [
            *RESTORED[:3],
            passed("review", "02-10 10:00"),
            attended("annual", "02-20 17:00", 4),
            passed("review", "03-02 10:00"),
        ],
        {
            "02-19": {"seat": {"review": False}},
            "02-21": {"seat": {"review": True}},
            "03-02": {"scope": "full", "kept": "unknown_grace", "seat": {"review": True}},
            "03-04": {"scope": "full", "to": {"q": "2026-05-03"}},
        },
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_worked_example(row):
    row.check()
