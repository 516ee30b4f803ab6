"""A data-centre position, lived through: hours and courses, exam, certificates, warning, lapse, return."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.dossier import Attended, Dossier
from hub.rules.position import parse_position, rank
from hub.rules.standing import standing, standings
from schemas.credential import CredentialStatus
from schemas.learning import Result
from schemas.people import Assignment, Leave
from tests.hub.rules.known import of_records

SHIPPED = Path(__file__).parents[3] / "hub" / "positions"
ZONE = ZoneInfo("Asia/Shanghai")
POSITION = parse_position(
    tomllib.loads(Path(__file__).with_name("dc-operations.toml").read_text("utf-8")), "dc-operations.toml"
)


def on(month, day, hour=0, year=2026):
    return datetime(year, month, day, hour, tzinfo=UTC)


JANUARY, LONG = on(1, 1), on(1, 1, year=2030)
HIRED = on(1, 5)


def room(unit, begins, hours=3, *, course="dc-safety", credited=None, status="complete"):
    seconds = hours * 3600
    return Attended(
        unit=unit,
        course=course,
        mode="room",
        starts_at=begins,
        ends_at=begins + timedelta(hours=hours),
        required_seconds=seconds,
        credited_seconds=seconds if credited is None else credited,
        status=status,
        evidence=(f"fact-{unit}",),
    )


def online(begins, *, completed=True):
    ends = begins + timedelta(hours=1)
    status = "complete" if completed else "incomplete"
    done = ends if completed else None
    return Attended(
        f"dc-ops-online@{begins.date()}", "dc-ops-online", "online", begins, ends, 3600, 3600, status, (), (), done
    )


def result(exam, when, passed=True, score=""):
    return Result(subject="x", exam=exam, passed=passed, score=score, occurred_at=when)


def certificate(credential, number="1", status="active", sequence=0, changed=JANUARY, begins=JANUARY, ends=LONG):
    return CredentialStatus(
        subject="x",
        credential=credential,
        number=number,
        status=status,
        sequence=sequence,
        changed_at=changed,
        valid_from=begins,
        valid_until=ends,
    )


def post(begins=HIRED, ends=None):
    return Assignment(subject="x", position="dc-operations", starts_at=begins, ends_at=ends, as_of=on(1, 1))


def judged(dossier, now):
    return standing(of_records(dossier), POSITION, now=now, zone=ZONE)


def causes(found):
    return [(hold.cause, hold.reason) for hold in found.holds]


def notice(found, kind):
    [one] = [each for each in found.notices if each.kind == kind]
    return one


HV, LV = certificate("high-voltage-electrician"), certificate("low-voltage-electrician")
NEW = Dossier("p", assignments=(post(),))
TRAINED = replace(NEW, attended=(room("S1", on(1, 6, 1)), online(on(1, 7, 1))))
QUALIFIED = replace(TRAINED, results=(result("dc-ops-exam", on(1, 9)),), credentials=(HV, LV))
"""Issued on 9 January 2026, so valid until 9 January 2027."""
ANNUAL = tuple(room(f"A{n}", on(n, 3), 8, course="dc-annual") for n in range(4, 9))
"""40 hours of re-training, April to August."""
RENEWED = replace(
    QUALIFIED, attended=(*QUALIFIED.attended, *ANNUAL), results=(*QUALIFIED.results, result("dc-ops-reexam", on(9, 1)))
)


class TestTheWayUp:
    def test_a_new_hire_may_do_nothing_and_is_told_what_is_missing(self):
        found = judged(NEW, on(1, 5))
        assert found.scope == "none"
        assert causes(found)[:2] == [("prepost-hours", "hours_short"), ("prepost-course", "course_incomplete")]
        assert found.holds[0].figures == (("hours", "0.0/4"), ("rate", "0%/90%"))

    def test_hours_and_course_open_the_supervised_scope_from_that_instant(self):
        found = judged(TRAINED, on(1, 8))
        assert found.scope == "supervised"
        granted = notice(found, "granted")
        assert (granted.cause, granted.at) == ("supervised", on(1, 7, 2))

    def test_who_has_the_training_may_take_the_exam_and_only_then(self):
        assert [n.kind for n in judged(NEW, on(1, 8)).notices] == []
        assert notice(judged(TRAINED, on(1, 8)), "exam_open").cause == "dc-ops-exam"

    def test_a_course_with_too_long_a_break_keeps_the_scope_closed(self):
        found = judged(
            replace(TRAINED, attended=(room("S1", on(1, 6, 1)), online(on(1, 7, 1), completed=False))), on(1, 8)
        )
        assert found.scope == "none"
        assert causes(found)[0] == ("prepost-course", "course_incomplete")

    def test_rate_is_at_least_inclusive_and_shown_rounded_down(self):
        def attended(credited):
            return replace(TRAINED, attended=(room("S1", on(1, 6, 1), 9, credited=credited), online(on(1, 7, 1))))

        assert judged(attended(8 * 3600), on(1, 8)).scope == "supervised"  # 9 of 10 hours
        short = judged(attended(8 * 3600 - 1), on(1, 8))
        assert short.holds[0].figures == (("hours", "8.9/4"), ("rate", "89.9%/90%"))

    def test_exam_and_both_certificates_open_the_full_scope(self):
        assert judged(QUALIFIED, on(1, 10)).scope == "full"
        without = judged(replace(QUALIFIED, credentials=(HV,)), on(1, 10))
        assert (without.scope, causes(without)) == ("supervised", [("lv-electrician", "credential_missing")])

    def test_a_failed_exam_is_cured_by_a_later_pass(self):
        failed = replace(QUALIFIED, results=(result("dc-ops-exam", on(1, 9), passed=False, score="55"),))
        found = judged(failed, on(1, 10))
        assert (found.scope, causes(found)) == ("supervised", [("dc-ops-qualification", "credential_missing")])
        assert "上岗考核" in found.holds[0].cure_zh
        passed = replace(failed, results=(*failed.results, result("dc-ops-exam", on(1, 12))))
        assert judged(passed, on(1, 13)).scope == "full"

    def test_studying_an_online_course_twice_makes_up_for_no_missed_session(self):
        twice = tuple(replace(online(on(1, day, 1)), required_seconds=3600 if day == 7 else 0) for day in (7, 8, 9))
        found = judged(replace(TRAINED, attended=(room("S1", on(1, 6, 1), 3, credited=0), *twice)), on(1, 10))
        assert found.holds[0].figures == (("hours", "1.0/4"), ("rate", "25.0%/90%"))


class TestWhatWasIssued:
    def test_a_session_missed_later_takes_no_issued_credential_back(self):
        missed = replace(QUALIFIED, attended=(*QUALIFIED.attended, room("S2", on(2, 2), credited=0, status="absent")))
        found = judged(missed, on(2, 3))
        held = {each.credential: each for each in found.credentials}["dc-ops-qualification"]
        assert (held.status, held.valid_from, held.valid_until) == ("active", on(1, 9), on(1, 9, year=2027))
        assert causes(found) == [("prepost-hours", "rate_short")]
        assert notice(found, "restricted").at == on(2, 2, 3)

    def test_a_silent_terminal_restricts_nobody_for_72_hours(self):
        silent = replace(QUALIFIED, attended=(*QUALIFIED.attended, room("S2", on(2, 2), credited=0, status="unknown")))
        assert judged(silent, on(2, 3)).scope == "full"
        assert judged(silent, on(2, 3)).next_look == on(2, 3) + timedelta(minutes=15)
        found = judged(silent, on(2, 5, 3))
        assert (found.scope, causes(found)) == ("none", [("prepost-hours", "evidence_unknown")])

    def test_a_session_during_leave_is_not_held_against_anybody(self):
        missed = replace(QUALIFIED, attended=(*QUALIFIED.attended, room("S2", on(2, 2), credited=0, status="absent")))
        away = replace(missed, leaves=(Leave(subject="x", starts_at=on(2, 1), ends_at=on(2, 9), as_of=on(1, 1)),))
        assert judged(away, on(2, 3)).scope == "full"


class TestRenewal:
    def test_three_months_ahead_the_holder_hears_what_is_missing(self):
        part = replace(QUALIFIED, attended=(*QUALIFIED.attended, *ANNUAL[:4]))
        assert not [n for n in judged(part, on(10, 8)).notices if n.kind == "expiry_warning"]
        warning = notice(judged(part, on(10, 9)), "expiry_warning")
        assert (warning.audience, warning.cause, warning.at) == ("person", "dc-ops-qualification", on(10, 9))
        assert ("hours", "32.0/40") in warning.figures
        assert ("missing", "复审考核 Re-examination") in warning.figures

    def test_the_hub_looks_again_at_the_warning_and_at_the_end(self):
        assert judged(QUALIFIED, on(1, 10)).next_look == on(10, 9)
        assert judged(QUALIFIED, on(10, 9)).next_look == on(1, 9, year=2027)

    def test_complete_re_training_reminds_hr_and_the_next_year_follows(self):
        assert notice(judged(RENEWED, on(10, 9)), "renewal_due").audience == "hr"
        after = judged(RENEWED, on(1, 9, year=2027))
        held = {each.credential: each for each in after.credentials}["dc-ops-qualification"]
        assert (after.scope, held.valid_until) == ("full", on(1, 9, year=2028))

    def test_figures_are_those_of_the_present_cycle(self):
        after = judged(RENEWED, on(2, 1, year=2027))
        figures = {each.requirement: each.figures for each in after.findings}
        assert figures["annual-hours"] == (("hours", "0.0/40"), ("rate", "0%/90%"))

    def test_without_re_training_it_lapses_at_its_end_and_the_lower_scope_stays(self):
        found = judged(QUALIFIED, on(1, 9, year=2027))
        assert (found.scope, causes(found)) == ("supervised", [("dc-ops-qualification", "credential_lapsed")])
        assert "2027-01-09" in found.holds[0].cure_zh and "0.0/40" in found.holds[0].cure_zh
        assert notice(found, "restricted").stage == on(1, 9, year=2027).isoformat()

    def test_re_training_after_the_lapse_brings_it_back_for_good(self):
        late = tuple(room(f"B{n}", on(n, 3, year=2027), 8, course="dc-annual") for n in range(2, 7))
        back = replace(
            QUALIFIED,
            attended=(*QUALIFIED.attended, *late),
            results=(*QUALIFIED.results, result("dc-ops-reexam", on(6, 10, year=2027))),
        )
        assert judged(back, on(6, 9, year=2027)).scope == "supervised"
        assert judged(back, on(6, 10, year=2027)).scope == "full"
        assert notice(judged(back, on(6, 11, year=2027)), "granted").at == on(6, 10, year=2027)
        absent = room("B9", on(7, 3, year=2027), 8, course="dc-annual", credited=0, status="absent")
        later = judged(replace(back, attended=(*back.attended, absent)), on(7, 4, year=2027))
        assert later.scope == "full"

    def test_evidence_that_has_not_arrived_holds_the_lapse_for_72_hours(self):
        units = (*ANNUAL[:4], room("A8", on(8, 3), 8, course="dc-annual", credited=0, status="unknown"))
        silent = replace(RENEWED, attended=(*QUALIFIED.attended, *units))
        end = on(1, 9, year=2027)
        assert judged(silent, end + timedelta(hours=71)).scope == "full"
        lapsed = judged(silent, end + timedelta(hours=72))
        assert (lapsed.scope, causes(lapsed)) == ("supervised", [("dc-ops-qualification", "credential_lapsed")])

    def test_an_exam_on_the_last_instant_of_a_cycle_counts_for_it(self):
        end = on(1, 9, year=2027)
        just = replace(RENEWED, results=(*QUALIFIED.results, result("dc-ops-reexam", end)))
        assert judged(just, end).scope == "full"
        assert judged(just, on(1, 9, year=2028)).scope == "supervised"

    def test_what_granted_it_does_not_renew_it_by_itself(self):
        duty = parse_position(tomllib.loads((SHIPPED / "machine-room-duty.toml").read_text("utf-8")), "duty")
        held = replace(TRAINED, assignments=(post().model_copy(update={"position": duty.id}),))
        assert standing(of_records(held), duty, now=on(1, 7), zone=ZONE).scope == "full"
        assert standing(of_records(held), duty, now=on(1, 7, year=2027), zone=ZONE).scope == "none"


class TestAnAuthority:
    @pytest.mark.parametrize("status", ["suspended", "revoked"])
    def test_its_word_closes_at_once_even_by_a_fast_clock(self, status):
        said = certificate("high-voltage-electrician", status=status, sequence=1, changed=on(3, 1))
        found = judged(replace(QUALIFIED, credentials=(HV, LV, said)), on(3, 1) - timedelta(minutes=2))
        assert (found.scope, causes(found)) == ("supervised", [("hv-electrician", f"credential_{status}")])
        assert found.holds[0].explicit

    def test_a_suspension_lifted_brings_the_scope_back_and_says_since_when(self):
        said = [
            HV,
            certificate("high-voltage-electrician", status="suspended", sequence=1, changed=on(3, 1)),
            certificate("high-voltage-electrician", status="active", sequence=2, changed=on(3, 9)),
        ]
        found = judged(replace(QUALIFIED, credentials=(*said, LV)), on(3, 10))
        assert (found.scope, notice(found, "granted").at) == ("full", on(3, 9))

    @pytest.mark.parametrize("sequence", [0, 1, 3])
    def test_a_late_or_stale_grant_does_not_undo_a_revocation(self, sequence):
        said = (
            certificate("high-voltage-electrician", status="revoked", sequence=2, changed=on(3, 1)),
            certificate("high-voltage-electrician", sequence=sequence, changed=on(3, 2)),
        )
        assert judged(replace(QUALIFIED, credentials=(*said, LV)), on(3, 3)).scope == "supervised"

    def test_its_end_date_closes_by_itself_and_its_beginning_opens(self):
        first = certificate("high-voltage-electrician", "1", ends=on(6, 1))
        second = certificate("high-voltage-electrician", "2", changed=on(5, 1), begins=on(6, 15))
        dossier = replace(QUALIFIED, credentials=(first, second, LV))
        assert judged(dossier, on(6, 1) - timedelta(seconds=1)).scope == "full"
        gap = judged(dossier, on(6, 1))
        assert (gap.scope, causes(gap)) == ("supervised", [("hv-electrician", "credential_expired")])
        assert gap.next_look == on(6, 15)
        assert judged(dossier, on(6, 15)).scope == "full"

    def test_nobody_is_warned_of_an_end_that_a_new_number_follows(self):
        first = certificate("high-voltage-electrician", "1", ends=on(6, 1))
        alone = replace(QUALIFIED, credentials=(first, LV))
        warning = notice(judged(alone, on(5, 1)), "expiry_warning")
        assert warning.cause == "high-voltage-electrician"
        assert dict(warning.figures)["credential"] == "高压电工证 High-voltage electrician", "not the issuer's code"
        second = certificate("high-voltage-electrician", "2", changed=on(5, 1), begins=on(6, 1))
        followed = replace(QUALIFIED, credentials=(first, second, LV))
        assert not [n for n in judged(followed, on(5, 1)).notices if n.kind == "expiry_warning"]

    def test_status_unknown_neither_grants_nor_takes(self):
        unknown = certificate("high-voltage-electrician", status="unknown", sequence=9, changed=on(3, 1))
        assert judged(replace(QUALIFIED, credentials=(HV, LV, unknown)), on(3, 2)).scope == "full"
        found = judged(replace(QUALIFIED, credentials=(LV, unknown)), on(3, 2))
        assert (found.scope, causes(found)) == ("supervised", [("hv-electrician", "evidence_unknown")])

    def test_an_old_certificate_of_a_new_hire_is_no_restriction(self):
        old = certificate("high-voltage-electrician", begins=on(1, 1, year=2020), ends=on(1, 1, year=2025))
        found = judged(replace(TRAINED, credentials=(old,)), on(1, 8))
        assert "restricted" not in {each.kind for each in found.notices}


class TestTheEmployersOwn:
    OWN = "dc-ops-qualification"

    def test_an_opening_balance_is_a_credential_with_its_dates(self):
        opened = certificate(self.OWN, begins=on(1, 1), ends=on(7, 1))
        dossier = replace(NEW, attended=TRAINED.attended, credentials=(opened, HV, LV))
        assert judged(dossier, on(1, 8)).scope == "full"
        assert judged(dossier, on(7, 1)).scope == "supervised"

    def test_hr_withdraws_it_and_a_new_number_brings_it_back(self):
        gone = certificate(self.OWN, "1", status="revoked", changed=on(3, 1))
        withdrawn = replace(QUALIFIED, credentials=(HV, LV, gone))
        assert causes(judged(withdrawn, on(3, 2))) == [(self.OWN, "credential_revoked")]
        anew = certificate(self.OWN, "2", changed=on(4, 1), begins=on(4, 1), ends=on(4, 1, year=2027))
        assert judged(replace(QUALIFIED, credentials=(HV, LV, gone, anew)), on(4, 2)).scope == "full"

    def test_lifting_a_suspension_moves_no_end_date(self):
        said = (
            certificate(self.OWN, status="suspended", changed=on(3, 1), begins=None, ends=None),
            certificate(self.OWN, sequence=1, changed=on(4, 1), begins=None, ends=None),
        )
        found = judged(replace(QUALIFIED, credentials=(HV, LV, *said)), on(4, 2))
        held = {each.credential: each for each in found.credentials}[self.OWN]
        assert (found.scope, held.valid_until) == ("full", on(1, 9, year=2027))


class TestThePost:
    def test_before_it_begins_and_after_it_ends_nothing_is_open(self):
        dossier = replace(QUALIFIED, assignments=(post(ends=on(6, 1)),))
        assert (judged(dossier, on(1, 4)).scope, judged(dossier, on(1, 4)).next_look) == ("none", on(1, 5))
        assert judged(dossier, on(5, 31)).next_look == on(6, 1)
        assert causes(judged(dossier, on(6, 1))) == [("assignment", "not_assigned")]

    def test_who_never_held_it_has_no_standing_to_explain(self):
        assert standings(Dossier("p"), {POSITION.id: POSITION}, now=on(1, 8), zone=ZONE) == ()
        assert judged(Dossier("p"), on(1, 8)).holds == ()


FACTS = (
    *RENEWED.attended,
    *RENEWED.results,
    HV,
    LV,
    certificate("high-voltage-electrician", status="suspended", sequence=1, changed=on(3, 1)),
    certificate("high-voltage-electrician", sequence=2, changed=on(3, 9)),
    certificate("dc-ops-qualification", begins=on(1, 2), ends=on(12, 1)),
    certificate("high-voltage-electrician", "2", begins=on(5, 1)),
    room("S2", on(2, 2), credited=0, status="unknown"),
    room("S1b", on(1, 6, 2)),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001


def dossier_of(facts):
    return Dossier(
        "p",
        assignments=(post(),),
        attended=tuple(each for each in facts if isinstance(each, Attended)),
        results=tuple(each for each in facts if isinstance(each, Result)),
        credentials=tuple(each for each in facts if isinstance(each, CredentialStatus)),
    )


class TestLaws:
    @settings(max_examples=60, deadline=None)
    @given(chosen=st.lists(st.sampled_from(FACTS), max_size=20), now=INSTANTS, data=st.data())
    def test_any_order_and_any_repetition_give_the_same_standing(self, chosen, now, data):
        again = data.draw(st.permutations(chosen)) + data.draw(
            st.lists(st.sampled_from(chosen)) if chosen else st.just([])
        )
        assert judged(dossier_of(again), now) == judged(dossier_of(chosen), now)

    @settings(max_examples=80, deadline=None)
    @given(
        chosen=st.lists(st.sampled_from(FACTS), max_size=20),
        now=INSTANTS,
        changed=INSTANTS,
        credential=st.sampled_from([HV.credential, LV.credential, "dc-ops-qualification"]),
        number=st.sampled_from(["1", "2", "3"]),
        sequence=st.integers(0, 3),
        status=st.sampled_from(["suspended", "revoked"]),
    )
    def test_a_closing_statement_never_raises_a_scope(self, chosen, now, changed, credential, number, sequence, status):
        said = certificate(credential, number, status, sequence, changed)
        before, after = judged(dossier_of(chosen), now), judged(dossier_of([*chosen, said]), now)
        assert rank(after.scope) <= rank(before.scope)

    @settings(max_examples=60, deadline=None)
    @given(chosen=st.lists(st.sampled_from(FACTS), max_size=20), now=INSTANTS, data=st.data())
    def test_between_now_and_the_next_look_no_scope_changes_by_itself(self, chosen, now, data):
        # Evidence that is not there yet is known in advance here, so only what lies before `now` takes part.
        known = [each for each in chosen if getattr(each, "ends_at", getattr(each, "at", now)) <= now]
        found = judged(dossier_of(known), now)
        assert found.next_look is None or found.next_look > now
        until = found.next_look or now + timedelta(days=900)
        later = data.draw(st.floats(0, 1, exclude_max=True)) * (until - now)
        assert judged(dossier_of(known), now + later).scope == found.scope
