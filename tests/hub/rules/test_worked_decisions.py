"""What HR decides of a disputed result, and how far it may put off what was missed, row by row."""

import pytest

from tests.hub.rules.story import attended, passed, result_decided, stint
from tests.hub.rules.test_worked_demands import LEARNED, POSTED, YEAR_2026, annual, q_post
from tests.hub.rules.worked import Row

EXAM = {"intro-exam": {"kind": "exam", "exam": "intro"}}
POST = q_post(grant=["learned", "intro-exam"], requirement=EXAM)
SCORED = q_post(
    grant=["learned", "intro-exam"],
    requirement={"intro-exam": {"kind": "exam", "exam": "intro", "at_least_score": 80}},
)
BOTH = [passed("intro", "04-10 10:00"), passed("intro", "04-10 10:00", ok=False)]
STOOD = "failed/,passed/"
EARLY = [passed("intro", "04-10 10:00"), attended("intro", "04-14 17:00", 1)]
AHEAD = passed("intro", "2027-05-04 10:00", arrived="05-04 10:00")

ROWS = [
    Row(
        0,
        "passed and failed in one second, decided for the pass",
        POST,
        [POSTED, LEARNED, *BOTH, result_decided("intro", "04-10 10:00", STOOD, "credited", "04-12 09:00")],
        {"04-12 10:00": {"scope": "full", "to": {"q": "2027-04-10"}}},
    ),
    Row(
        0,
        "passed and failed in one second, decided against it",
        POST,
        [POSTED, LEARNED, *BOTH, result_decided("intro", "04-10 10:00", STOOD, "rejected", "04-12 09:00")],
        {"04-12 10:00": {"scope": "none", "state": {"intro-exam": "not_met"}}},
    ),
    Row(
        0,
        "the last word of HR holds",
        POST,
        [
            POSTED,
            LEARNED,
            *BOTH,
            result_decided("intro", "04-10 10:00", STOOD, "credited", "04-13 09:00"),
            result_decided("intro", "04-10 10:00", STOOD, "rejected", "04-12 09:00"),
        ],
        {"04-14": {"scope": "full"}},
    ),
    Row(
        0,
        "something else is said of the sitting later: it is open again",
        POST,
        [
            POSTED,
            LEARNED,
            *BOTH,
            result_decided("intro", "04-10 10:00", STOOD, "rejected", "04-12 09:00"),
            passed("intro", "04-10 10:00", score="91", arrived="04-13 09:00"),
        ],
        {
            "04-14": {
                "scope": "none",
                "state": {"intro-exam": "unknown"},
                "reason": {"intro-exam": "contradicting_results"},
            }
        },
    ),
    Row(
        0,
        "the same result by a second way is nothing else",
        POST,
        [
            POSTED,
            LEARNED,
            *BOTH,
            result_decided("intro", "04-10 10:00", STOOD, "credited", "04-12 09:00"),
            passed("intro", "04-10 10:00", arrived="04-13 09:00"),
        ],
        {"04-14": {"scope": "full"}},
    ),
    Row(
        0,
        "sat before eligible, decided that it counts",
        POST,
        [POSTED, *EARLY, result_decided("intro", "04-10 10:00", "passed/", "credited", "04-15 09:00")],
        {"04-15 10:00": {"scope": "full", "sat_before": False}},
    ),
    Row(
        0,
        "sat before eligible, decided that it does not",
        POST,
        [POSTED, *EARLY, result_decided("intro", "04-10 10:00", "passed/", "rejected", "04-15 09:00")],
        {"04-15 10:00": {"scope": "none", "state": {"intro-exam": "not_met"}, "sat_before": False}},
    ),
    Row(
        0,
        "dated a year ahead, decided that it counts: when it arrived, and nothing happens in a year",
        POST,
        [POSTED, LEARNED, AHEAD, result_decided("intro", "05-04 10:00", "passed/", "credited", "05-05 09:00")],
        {"05-05 10:00": {"scope": "full", "to": {"q": "2027-05-04"}}},
    ),
    Row(
        0,
        "what is decided to count still needs the score that the post asks for",
        SCORED,
        [
            POSTED,
            LEARNED,
            passed("intro", "04-10 10:00", score="79"),
            result_decided("intro", "04-10 10:00", "passed/79", "credited", "04-15 09:00"),
        ],
        {"04-15 10:00": {"scope": "none", "state": {"intro-exam": "not_met"}}},
    ),
]

PUT_OFF = [
    Row(
        0,
        "put off for a year: due 30 days after the end, and missed then",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 45),
            annual(
                "12-20 17:00", 0, of=12, status="excused", unit="S", deferred_until=stint("2027-12-20").record.starts_at
            ),
        ],
        {
            "2027-01-30 23:59": {"scope": "full", "kept": "deferral", "next_look": "2027-01-31 00:00"},
            "2027-01-31 00:00": {"scope": "none", "events": {"lapsed": ["2027-01-31"]}},
        },
    ),
    Row(
        0,
        "put off for a year, and made up within 30 days of the end",
        q_post(),
        [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 45),
            annual(
                "12-20 17:00", 0, of=12, status="excused", unit="S", deferred_until=stint("2027-12-20").record.starts_at
            ),
            annual("2027-01-20 17:00", 12, unit="M", makes_up="S"),
        ],
        {"2027-02-01": {"scope": "full", "to": {"q": "2027-12-31"}, "events": {"renewed": ["2027-01-01"]}}},
    ),
]


@pytest.mark.parametrize("row", PUT_OFF, ids=str)
def test_what_is_put_off_is_due_within_30_days(row):
    row.check()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_decided_result(row):
    row.check()
