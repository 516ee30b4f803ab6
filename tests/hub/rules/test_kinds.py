"""People who were once decided wrongly: each sentence is a kind of it, with the right answer as a row.

Where a kind is not of the pure rules alone, ``ELSEWHERE`` names the test that holds it.
"""

from pathlib import Path

import pytest

from tests.hub.rules.story import (
    attended,
    block,
    issuer,
    leave,
    n_post,
    opening,
    override,
    passed,
    position,
    q_post,
    rulebook,
    stint,
)
from tests.hub.rules.test_shipped_stories import HIRED, ONLINE, authority, shipped
from tests.hub.rules.worked import Row

ROOT = Path(__file__).parents[3]
POSTED = stint("2022-01-05")
LEARNED = attended("intro", "04-03 15:20", 1)
OWN = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
N_YEAR = issuer("N", said="01-05", since="2025-02-01", to="2027-01-31")
N_ENDED = issuer("N", said="01-05", since="2023-02-01", to="2026-03-01")


def hours(course="annual", **more):
    return {"kind": "hours", "courses": [course], **more}


def annual(over_at, done, **more):
    return attended("annual", over_at, done, **more)


def kind(rule, rules, evidence, asked, **more):
    return Row(0, rule, rules, evidence, asked, **more)


def ladder(over, **demanded):
    """A post whose full scope asks for hours over a window."""
    return position(
        requirement={"asked": hours(**demanded)},
        ladder=[{"scope": "full", "needs": [{"needs": "asked", "over": over}]}],
    )


ONE_LIFE = [
    kind(
        "an active without dates after one with dates erases no end",
        n_post(),
        [POSTED, N_YEAR, issuer("N", said="06-01")],
        {"2027-01-31 23:59": {"scope": "full"}, "2027-02-01": {"scope": "none", "hold": "credential_expired"}},
    ),
    kind(
        "a renewal pushed early under the same number closes nothing until the new period begins",
        n_post(),
        [POSTED, N_YEAR, issuer("N", said="2026-12-01", since="2027-02-01", to="2030-01-31")],
        {
            "2026-12-01": {"scope": "full", "to": {"n": "2030-01-31"}},
            "2027-02-01": {"scope": "full", "events": {"narrowed": []}},
        },
    ),
    *(
        kind(
            f"our own credential is closed by the word {status}, and waits for no warning",
            q_post(),
            [POSTED, LEARNED, issuer("QMS-7", status, said="06-02", effective="06-03 00:00", credential="q")],
            {
                "06-02 23:59": {"scope": "full"},
                "06-04 00:01": {"scope": "none", "hold": f"credential_{status}", "explicit": True, "kept": None},
            },
            enforced="01-05",
        )
        for status in ("suspended", "revoked", "expired", "lapsed", "superseded")
    ),
    *(
        kind(
            f"{status} with a lower sequence that takes effect later, said in the same instant",
            n_post(),
            [
                POSTED,
                N_YEAR,
                issuer("N", said="03-02 10:00", effective="03-01", sequence=812),
                issuer("N", status, said="03-02 10:00", effective="03-02", sequence=3),
            ],
            {"03-02 10:00": {"scope": "none", "explicit": True, "alarm": "sequence_contradicts_time"}},
        )
        for status in ("suspended", "expired", "lapsed")
    ),
    kind(
        "of one instant and without a sequence: in the order in which they take effect",
        n_post(),
        [
            POSTED,
            N_YEAR,
            issuer("N", "suspended", said="04-02 10:00", effective="03-10"),
            issuer("N", said="04-02 10:00", effective="03-24"),
        ],
        {"03-20": {"scope": "full"}, "04-02 10:00": {"scope": "full", "alarm": None}},
    ),
    kind(
        "contrary words of one instant that take effect together: the stricter holds, with an alarm",
        n_post(),
        [POSTED, N_YEAR, issuer("N", "suspended", said="03-02 10:00"), issuer("N", said="03-02 10:00")],
        {"03-02 10:00": {"scope": "none", "hold": "credential_suspended", "alarm": "words_contradict"}},
    ),
    kind(
        "one end told by two routes is one end",
        n_post(),
        [POSTED, N_ENDED, issuer("N", "lapsed", said="03-02 08:00"), issuer("N", "expired", said="03-02 09:00")],
        {"03-03": {"scope": "none", "events": {"expired": ["03-02"], "narrowed": ["03-02"]}}},
    ),
]

DC = shipped("dc-operations")
DC_DONE = [
    authority("high-voltage"),
    authority("low-voltage"),
    attended("dc-safety", "03-03 17:00", 3),
    ONLINE,
    passed("dc-ops-exam", "03-10 10:00"),
]


def dc(start=HIRED, end=None, **more):
    return stint(start, end, post="dc-operations", **more)


def in_dc(rule, evidence, asked):
    return kind(rule, DC, [*DC_DONE, *evidence], asked, post="dc-operations", enforced="01-05")


FULL = {"scope": "full", "hold": None}
ISSUED = [
    in_dc(
        "a contract renewed without a gap takes nothing",
        [dc(end="2026-08-31"), dc("09-01", "2027-08-31", said="08-01")],
        {"09-01": {**FULL, "to": {"dc-ops-qualification": "2027-03-10"}}},
    ),
    in_dc(
        "a contract renewed while the old one runs takes nothing",
        [dc(end="2026-08-31"), dc("08-15", "2027-08-31", said="08-01")],
        {"09-01": FULL},
    ),
    in_dc("a mended start date takes nothing", [dc(), dc("03-09", said="03-12")], {"03-13": FULL}),
    in_dc(
        "training before the first day of the post counts",
        [dc("03-16", said="03-01")],
        {"03-15": {"scope": "none", "hold": "not_assigned"}, "03-16": FULL},
    ),
    in_dc(
        "one later missed class takes nothing",
        [dc(), attended("dc-safety", "04-03 17:00", 0, of=3, status="absent")],
        {"04-04": FULL},
    ),
    kind(
        "a changed rate takes nothing that was given",
        [
            q_post(requirement={"learned": hours("intro", at_least_rate=0.8)}),
            q_post(requirement={"learned": hours("intro", at_least_rate=0.95)}, effective_from="2026-05-01"),
        ],
        [POSTED, attended("intro", "04-03 15:20", 8.5, of=10)],
        {"05-02": {**FULL, "to": {"q": "2027-04-03"}}},
        enforced="01-05",
    ),
    kind(
        "a changed length moves no end that was given",
        [q_post(), q_post(valid_for="3 months", effective_from="2026-05-01")],
        [POSTED, LEARNED],
        {"08-01": {**FULL, "to": {"q": "2027-04-03"}}},
        enforced="01-05",
    ),
    kind(
        "a transfer takes nothing: the credential of the old post holds to its own end, and counts in the new one",
        rulebook(
            q_post(),
            position(
                id="b",
                requirement={"held": {"kind": "credential", "credential": "post:q"}},
                ladder=[{"scope": "full", "needs": ["held"]}],
            ),
        ),
        [stint("2022-01-05", "04-30", said="2022-01-05"), OWN, stint("05-01", said="04-01", post="b")],
        {"04-30": {"scope": "none"}, "05-01": FULL, "2026-12-31 23:59": FULL},
        post="b",
    ),
]

PERIODS = [
    kind(
        "a year is not judged while it runs: the last of December locks out nobody who did everything",
        ladder("year", at_least_hours=40),
        [stint("2025-01-01"), annual("2025-06-10 17:00", 40), annual("06-10 17:00", 40)],
        {"01-01": FULL, "12-31 23:59": FULL, "2027-01-01": FULL, "2027-12-31 23:59": FULL},
    ),
    kind(
        "a month's demand does not close at the first of the month",
        ladder("month", at_least_hours=2),
        [stint("03-01"), annual("03-10 17:00", 2), annual("04-28 17:00", 2)],
        {"03-01": FULL, "04-01": FULL, "04-27": FULL, "05-01": FULL},
    ),
    kind(
        "what a closed period still owes is said, though its own hours were done: they paid the one before",
        ladder("month", at_least_hours=2),
        [stint("02-01"), annual("03-10 17:00", 2), annual("04-10 17:00", 0.5)],
        {
            "03-10 17:00": FULL,
            "04-01": {"scope": "none", "hold": "hours_short", "figures": {"asked": {"hours": "2.0/2", "debt": "2"}}},
            "04-11": {"figures": {"asked": {"debt": "1.5"}}},
        },
    ),
    kind(
        "leave of a whole month demands nothing of it",
        ladder("month", at_least_hours=2),
        [stint("03-01"), annual("03-10 17:00", 2), leave("04-01", "04-30", said="03-20")],
        {"05-01": {**FULL, "figures": {"asked": {"hours": "0.0/0"}}}},
    ),
    kind(
        "each of three years is judged, not the last one alone",
        q_post(
            requirement={"annual": hours(at_least_hours=40)},
            demands=[{"needs": "annual", "over": "year"}],
            valid_for="36 months",
        ),
        [POSTED, opening("1", said="2026-01-01", since="2026-01-01", to="2028-12-31"), annual("2028-06-10 17:00", 40)],
        {"2029-01-01": {"scope": "none", "hold": "credential_lapsed", "figures": {"annual": {"debt": "80"}}}},
    ),
]

AFTER_A_LAPSE = [
    kind(
        "what is done from then on is judged: the old rate does not stand in the way",
        q_post(),
        [POSTED, OWN, annual("06-10 17:00", 26, of=40), annual("2027-02-10 17:00", 14)],
        {"2027-02-09": {"scope": "none"}, "2027-02-10 17:00": {**FULL, "to": {"q": "2028-02-10"}}},
    ),
    kind(
        "or the best of both: a rate over the whole stretch suffices, though not since the lapse",
        q_post(),
        [POSTED, OWN, annual("06-10 17:00", 39, of=39), annual("2027-02-10 17:00", 1, of=2)],
        {"2027-02-10 17:00": FULL},
    ),
]

BY_PEOPLE = [
    *(
        kind(
            f"a block stands over an override, {which} first",
            n_post(),
            [
                POSTED,
                held,
                override("full", "03-03 08:00", "03-08 08:00"),
                block("none", since, "03-20", "03-07 08:00"),
            ],
            {
                "03-05": {"scope": "none", "hold": "blocked", "explicit": True, "kept": None},
                "03-07 08:00": {"scope": "full"},
                "03-08 08:00": {"scope": after},
            },
        )
        for held, after in ((N_YEAR, "full"), (N_ENDED, "none"))
        for which, since in (("the block", "03-02 08:00"), ("the override", "03-04 08:00"))
    ),
    kind(
        "a block leaves what it says, and an override opens no more than that",
        position(
            credential={"n": {"issuer": "authority"}},
            requirement={"briefed": hours("intro", at_least_hours=1)},
            ladder=[{"scope": "supervised", "needs": ["briefed"]}, {"scope": "full", "needs": ["n"]}],
        ),
        [POSTED, override("full", "03-03 08:00", "03-08 08:00"), block("supervised", "03-02 08:00", "03-20")],
        {"03-05": {"scope": "supervised", "hold": "blocked", "kept": "override"}},
    ),
]

ONE_SYSTEM = [
    kind(
        "what exists by the word of one system is granted by no other, and closed by any",
        n_post(issuer="qms:approvals"),
        [
            POSTED,
            issuer("N", said="01-05", since="2025-02-01", to="2027-01-31", source="someone"),
            issuer("N", said="03-05", since="2025-02-01", to="2027-01-31", source="approvals"),
            issuer("N", "suspended", said="04-05", source="someone"),
        ],
        {
            "03-04": {"scope": "none", "hold": "credential_missing"},
            "03-05": {"scope": "full"},
            "04-05": {"scope": "none", "explicit": True},
        },
    ),
]

ROWS = [*ONE_SYSTEM, *ONE_LIFE, *ISSUED, *PERIODS, *AFTER_A_LAPSE, *BY_PEOPLE]

EXAMPLES = "tests/hub/rules/test_worked_examples.py"
WORDS = "tests/hub/intake/test_words.py"
CLOCKS = "tests/hub/intake/test_terminal_clocks.py"
ROOM = "tests/hub/rules/attendance/test_room.py"
LMS = "tests/journeys/test_learning.py"
TOLD = "tests/hub/rules/test_worked_telling.py"
ELSEWHERE = {
    "own number exchanged, old one revoked: stays": (EXAMPLES, '"exchanged number, our own"'),
    "the same opening file twice": (WORDS, "the_same_opening_file_again_changes_nothing"),
    "a corrected leave": (WORDS, "leave_that_is_corrected_holds_as_corrected"),
    "a cleared leave": (WORDS, "leave_that_is_cleared_excuses_no_longer"),
    "taken out of a session": (WORDS, "who_is_gone_from_a_session_that_stays_is_enrolled_no_more"),
    "one row's cancelled": (WORDS, "rows_of_one_session_that_differ_are_all_faults_and_the_earlier_word_stays"),
    "two contradicting rows": (WORDS, "a_contradiction_is_found_though_only_one_row_of_the_session_changed"),
    "punches dated ahead": (CLOCKS, "35_punches_days_ahead_of_their_arrival_are_disputed"),
    "a suspension announced": (TOLD, "31_an_announced_suspension_is_told_at_arrival_and_when_it_acts"),
    "a course completed by a clock minutes fast": (LMS, "36_a_clock_minutes_ahead_counts_when_it_arrived"),
    "a misspelt Timestamp": (LMS, "an_instant_under_a_misspelt_name_never_dates_an_exam_now"),
    "odd punches": (ROOM, '"odd number"'),
    "doubled punches, two terminals of one room": (ROOM, '"seen twice"'),
    "two classes at once": ("tests/hub/cases/test_cases.py", "two_sessions_at_once_are_two_units"),
    "a break without a place pays no early leave": (ROOM, '"break without place, early"'),
    "tolerances that add up": (ROOM, '"sum of tolerances"'),
    "completed on one page, a failed quiz": (LMS, "76_a_page_or_a_failed_quiz_completes_no_course"),
    "completion or success false": (LMS, "the_course_that_its_result_takes_back_is_not_completed"),
    "passed with success false": (LMS, "144_the_exams_own_quiz_is_a_pass_whatever_the_verb"),
    "a bare completed": (LMS, "a_bare_completed_without_study_is_unknown_and_never_met"),
    "another homePage, a Group": (LMS, "the_same_name_at_another_home_page_is_somebody_else"),
    "the order of two tables": ("tests/hub/rules/test_properties.py", "the_order_of_tables_changes_no_standing"),
    "leave is pro rata": ("tests/hub/rules/test_worked_demands.py", '"long leave: less is demanded"'),
    "a post in observe": ("tests/hub/decision/test_explicit.py", "a_post_in_observe_that_names_the_door_does_not"),
    "a position file that is gone": ("tests/hub/decision/test_explicit.py", "a_file_that_is_gone_closes_nothing_but"),
    "enforced after the warning day": (TOLD, "115_enforced_late_warns_at_once_if_the_end_is_ahead"),
    "a counted day taken away": (TOLD, "114_complete_and_then_missing_again_warns_again"),
    "the last valid day": (TOLD, "112_the_first_check_tells_the_person_what_is_missing_and_until_when"),
    "an authority's own renewal": (TOLD, "118_an_authoritys_end_is_told_at_arrival_without_a_word_of_re_training"),
    "the strongest reason": (
        "tests/hub/rules/attendance/test_session.py",
        "a_missing_sign_out_is_the_reason_also_where_the_terminal_is_behind",
    ),
}
"""Kinds that other tests hold: where, and by what of it."""


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_is_decided_rightly(row):
    row.check()


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_is_held_elsewhere_is_there(what):
    where, name = ELSEWHERE[what]
    text = (ROOT / where).read_text("utf-8")
    assert (name if name.startswith('"') else f"def test_{name}") in text
