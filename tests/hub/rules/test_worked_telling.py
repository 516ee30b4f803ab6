"""The worked examples of messages, quiet hours, guard, manning and the path without rules."""

from datetime import date, timedelta

import pytest

from hub.rules.closing.explicit import Opening, closed_by
from hub.rules.closing.guard import End, guard_limit
from hub.rules.span import Span, inside
from hub.rules.telling.changes import alerts, announced, scope_message, shortfalls
from hub.rules.telling.changes import waiting as held_back
from hub.rules.telling.exams import exam_changes
from hub.rules.telling.hours import DigestHours
from hub.rules.telling.matters import thread_messages
from hub.rules.values import HeldNumber
from hub.rules.workdays import WEEKDAYS, workdays
from tests.hub.rules.story import (
    ZONE,
    ask,
    at,
    attended,
    day,
    issuer,
    n_post,
    opening,
    passed,
    position,
    practical,
    q_post,
    stint,
)
from tests.hub.rules.test_worked_posts import MENTOR, NEW_HIRE, PROBATION, TRAINED, WEEKLY

POSTED = stint("2022-01-05")
YEAR_2026 = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
GRANTED = attended("intro", "03-10 15:20", 1)
ENFORCED = at("01-05")


def told(rules, evidence, days, *, enforced=ENFORCED, credential="q"):
    """What the thread of an end told on each of some days, in turn, as a store would remember it."""
    before, found = None, []
    for each in days:
        asked = ask(rules, evidence, each)
        for thread in [t for t in asked.standing.threads if t.credential == credential]:
            messages, before = thread_messages(thread, before, now=asked.now, enforced_at=enforced, zone=ZONE)
            found += [(each, message.kind, message.audience) for message in messages]
    return found


def annual(over, hours, **more):
    return attended("annual", over, hours, **more)


class TestWaitsForHr:
    def asked(self, day, *, enforced=ENFORCED):
        """What HR is asked to do: a person whose only mentor is lost on 2 July at 10:00."""
        evidence = [NEW_HIRE, TRAINED, MENTOR, *WEEKLY, practical("06-24"), practical("07-01"), practical("07-07")]
        mentors = {"m": inside([Span(at("2020-01-01"), at("07-02 10:00"))])}
        found = ask(position(**PROBATION), evidence, day, mentors=mentors)
        messages = held_back(found.standing, now=found.now, enforced_at=enforced)
        return [(each.kind, each.audience, dict(each.figures)["waits_for"], each.key) for each in messages]

    def test_107_a_lost_mentor_is_told_to_hr_at_once_and_once(self):
        [lost] = self.asked("07-02 10:00")
        assert lost[:3] == ("waits", "hr", "mentor_grace")
        assert self.asked("07-07 23:59") == [lost], "the same key: the notice is kept once"
        assert self.asked("07-08 00:00") == [], "the scope has fallen: that is told by itself"
        assert self.asked("07-02 10:00", enforced=at("07-03")) == []

    def test_119_an_end_that_nobody_can_judge_is_told_to_hr_with_both_outcomes(self):
        evidence = [
            POSTED,
            YEAR_2026,
            annual("06-10 17:00", 37),
            annual("12-31 17:00", 0, of=4, open_=4, status="unknown"),
        ]
        found = ask(q_post(), evidence, "2027-01-01 00:00")
        [message] = held_back(found.standing, now=found.now, enforced_at=ENFORCED)
        assert dict(message.figures)["waits_for"] == "unknown_grace"
        assert dict(message.figures)["until"] == at("2027-01-04 00:00").isoformat()


class TestWarnings:
    def test_112_the_first_check_tells_the_person_what_is_missing_and_until_when(self):
        asked = ask(q_post(), [POSTED, GRANTED, annual("09-10 17:00", 36)], "2026-12-11")
        [message], _after = thread_messages(
            asked.standing.threads[0], None, now=asked.now, enforced_at=ENFORCED, zone=ZONE
        )
        assert (message.kind, message.audience, message.at) == ("expiry_warning", "person", at("2026-12-11"))
        figures = dict(message.figures)
        assert (figures["last_valid_day"], figures["annual.hours"]) == ("2027-03-10", "36.0/40")

    def test_113_the_second_check_opens_a_window_and_its_end_tells_hr_and_the_manager(self):
        days = ["2026-12-11", "2027-02-11", "2027-02-25 12:00", "2027-02-26", "2027-03-01"]
        assert told(q_post(), [POSTED, GRANTED], days) == [
            ("2026-12-11", "expiry_warning", "person"),
            ("2027-02-11", "cure_opened", "person"),
            ("2027-02-26", "cure_missed", "hr"),
            ("2027-02-26", "cure_missed", "manager"),
        ]

    def test_114_complete_and_then_missing_again_warns_again(self):
        evidence = [POSTED, GRANTED, annual("09-10 17:00", 34.5)]
        complete = [*evidence, annual("09-20 17:00", 6)]
        rules, before, kinds = q_post(), None, []
        for story, on in (
            (complete, "2026-12-11"),
            (complete, "2026-12-20"),
            (evidence, "2027-01-05"),
            (evidence, "2027-01-06"),
        ):
            asked = ask(rules, story, on)
            messages, before = thread_messages(
                asked.standing.threads[0], before, now=asked.now, enforced_at=ENFORCED, zone=ZONE
            )
            kinds.append([message.kind for message in messages])
        assert kinds == [["renewal_due"], [], ["expiry_warning"], []]

    def test_115_enforced_late_warns_at_once_if_the_end_is_ahead(self):
        rules, evidence = n_post(), [POSTED, issuer("N", said="01-05", since="2023-07-16", to="2026-07-15")]
        assert told(rules, evidence, ["05-19"], enforced=at("05-20"), credential="n") == []
        assert told(rules, evidence, ["05-20"], enforced=at("05-20"), credential="n") == [("05-20", "ends", "person")]
        assert told(rules, evidence, ["07-16"], enforced=at("07-16"), credential="n") == []

    def test_118_an_authoritys_end_is_told_at_arrival_without_a_word_of_re_training(self):
        asked = ask(n_post(), [POSTED, issuer("N", said="06-10", since="2023-07-01", to="2026-06-30")], "06-10")
        [message], _after = thread_messages(
            asked.standing.threads[0], None, now=asked.now, enforced_at=ENFORCED, zone=ZONE
        )
        assert message.kind == "ends"
        assert dict(message.figures) == {"last_valid_day": "2026-06-30", "known_by": "push"}

    @pytest.mark.parametrize(("since", "warned"), [("2026-07-16", []), ("2026-08-01", [("05-20", "ends", "person")])])
    def test_a_renewal_dated_ahead_ends_the_warning_only_if_it_leaves_no_gap(self, since, warned):
        held = issuer("N", said="01-05", since="2023-07-16", to="2026-07-15")
        renewed = issuer("N", said="04-20", since=since, to="2029-07-15")
        evidence = [POSTED, held, renewed]
        assert told(n_post(), evidence, ["05-20"], enforced=at("05-20"), credential="n") == warned

    def test_q14_96_five_messages_and_one_alert(self):
        rules = q_post(
            requirement={"monthly": {"kind": "hours", "courses": ["annual"], "at_least_hours": 2}},
            demands=[{"needs": "monthly", "over": "month", "on_shortfall": "note"}],
        )
        evidence = [POSTED, YEAR_2026, annual("01-20 17:00", 2), annual("02-10 17:00", 2), annual("03-10 17:00", 1.5)]
        standing = ask(rules, evidence, "04-01 09:00").standing
        messages = [
            (person, message)
            for person in "abcde"
            for message in shortfalls(standing, now=at("04-01 09:00"), enforced_at=ENFORCED)
        ]
        assert len(messages) == 5 and dict(messages[0][1].figures)["hours"] == "1.5/2"
        assert alerts(messages) == {("post", "shortfall/monthly", at("04-01")): ("a", "b", "c", "d", "e")}

    def test_31_an_announced_suspension_is_told_at_arrival_and_when_it_acts(self):
        evidence = [
            POSTED,
            issuer("N", said="01-05", since="2025-02-01", to="2027-01-31"),
            issuer("N", "suspended", said="04-02", effective="04-20 00:00"),
        ]
        arrived = ask(n_post(), evidence, "04-02")
        [message] = announced(arrived.standing, now=arrived.now, enforced_at=ENFORCED)
        assert dict(message.figures)["acts_at"] == at("04-20").isoformat()
        acts = ask(n_post(), evidence, "04-20 00:00")
        assert list(announced(acts.standing, now=acts.now, enforced_at=ENFORCED)) == []
        change = scope_message("full", acts.standing, now=acts.now, enforced_at=ENFORCED)
        assert change is not None and change.kind == "restricted" and change.urgent

    def test_98_and_149_an_exam_is_told_open_and_closed(self):
        rules = q_post(
            grant=["learned", "intro-exam"],
            requirement={"intro-exam": {"kind": "exam", "exam": "intro"}},
        )
        open_ = ask(rules, [POSTED, GRANTED], "04-02").standing
        place = {("q", "intro-exam"): "intro"}
        assert self._wanted(open_, {}, "04-02") == [("registered", "exam_open")]
        assert self._wanted(open_, place, "04-03") == []
        closed = ask(rules, [POSTED], "04-05").standing
        assert self._wanted(closed, place, "04-05") == [("withdrawn", "exam_closed")]
        assert self._wanted(closed, {}, "04-05") == []
        done = ask(rules, [POSTED, GRANTED, passed("intro", "04-10 10:00")], "04-11").standing
        assert self._wanted(done, place, "04-11") == [("over", None)]

    def test_149_who_leaves_the_post_is_withdrawn(self):
        rules = q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}})
        left = ask(rules, [stint("04-01", "04-30"), GRANTED], "05-02").standing
        assert self._wanted(left, {("q", "intro-exam"): "intro"}, "05-02") == [("withdrawn", "exam_closed")]

    def test_98_nobody_is_registered_for_a_post_that_only_is_observed(self):
        rules = q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}})
        open_ = ask(rules, [POSTED, GRANTED], "04-02").standing
        assert exam_changes(open_, {}, now=at("04-02"), enforced_at=None) == ()
        assert exam_changes(open_, {}, now=at("04-02"), enforced_at=at("04-03")) == ()

    @staticmethod
    def _wanted(standing, registered, day):
        found = exam_changes(standing, registered, now=at(day), enforced_at=ENFORCED)
        told = [each.message(standing.position, at(day)) for each in found]
        return [(each.wanted, message and message.kind) for each, message in zip(found, told, strict=True)]

    def test_nothing_is_told_of_a_post_that_is_not_carried_out(self):
        asked = ask(q_post(), [POSTED, GRANTED], "2026-12-11").standing
        assert scope_message("none", asked, now=at("2026-12-11"), enforced_at=None) is None
        assert told(q_post(), [POSTED, GRANTED], ["2026-12-11"], enforced=None) == []


class TestQuietHours:
    HOURS = DigestHours(ZONE, WEEKDAYS)

    def test_116_a_warning_waits_for_mondays_digest_and_a_change_of_scope_does_not(self):
        saturday = at("03-07 23:10")
        assert self.HOURS.deliver_at(saturday, urgent=False) == at("03-09 09:00")
        assert self.HOURS.deliver_at(saturday, urgent=True) == saturday

    def test_a_matter_that_comes_earlier_does_not_wait(self):
        saturday = at("03-07 23:10")
        assert self.HOURS.deliver_at(saturday, urgent=False, matter_at=at("03-08 12:00")) == saturday

    def test_no_digest_comes_on_a_holiday(self):
        hours = DigestHours(ZONE, workdays([(2026, [date(2026, 10, n) for n in range(1, 8)], [date(2026, 10, 10)])]))
        assert hours.deliver_at(at("09-30 20:00"), urgent=False) == at("10-08 09:00")


class TestGuard:
    def test_121_three_of_fifteen_are_no_wave(self):
        assert guard_limit(300, 15) == 3

    def test_a_wave_is_one_of_the_post_or_of_everybody_whichever_is_less(self):
        assert [guard_limit(*each) for each in ((300, 100), (300, 200), (1000, 1000))] == [20, 20, 50]

    def test_122_an_end_is_announced_once_it_stood_for_a_month_and_was_warned_of_in_time(self):
        end, day = at("04-01"), timedelta(days=1)
        assert End(end, end - 90 * day, end - 60 * day).announced
        assert End(end, end - 30 * day, end - 7 * day).announced
        assert not End(end, end - 29 * day, end - 7 * day).announced
        assert not End(end, end - 90 * day, end - 6 * day).announced
        assert not End(end, end - 90 * day).announced


class TestWithoutRules:
    N = (HeldNumber("n", "N-1"),)

    def test_124_a_closing_word_needs_no_rules_file(self):
        door = Opening("iam", "door", "gone-post", (self.N,))
        assert closed_by([door], "n", "N 1") == (door,)
        assert closed_by([door], "n", "N-2") == ()

    def test_125_a_post_in_observe_keeps_it_only_if_its_own_standing_grants_it(self):
        door = Opening("iam", "door", "observed", (self.N,))
        kept = Opening("iam", "door", "observed", (self.N,), granted_elsewhere=True)
        assert closed_by([door, kept], "n", "N-1") == (door,)

    def test_126_another_number_carries(self):
        door = Opening("iam", "door", "post", ((HeldNumber("cissp", "A"), HeldNumber("cisp", "B")),))
        assert closed_by([door], "cissp", "A") == ()


def test_a_bound_is_the_day_after_the_last_valid_one():
    assert day("2026-05-31") == at("2026-06-01 00:00")
