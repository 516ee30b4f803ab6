"""What somebody has to decide is a case, one a cause; a decision is a fact of each whom it concerns."""

from collections.abc import Sequence
from datetime import date, timedelta

import orjson
import pytest

from hub.cases.desk import Ruling
from hub.intake.basis import Basis
from hub.store.tables import cases as sql
from hub.store.tables import log
from hub.views.text import tell
from schemas.attendance import Punch
from schemas.errors import ConfigError
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, balanced, opened, roster, send, send_together, t

ONE = Basis("the trainer's list shows it", b"scan of the list", ["wang"])
TWO = Basis("the trainer's list shows it", b"scan of the list", ["wang", "li"])
DAY = "2026-01-06"


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as made:
        yield made


sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_class(parts, clock, numbers: Sequence[str], session="S1", device="A", start="14:00", end="17:00"):
    """People who must come to a session."""
    said = Session(
        subject=session,
        course="dc-safety",
        devices=(device,),
        starts_at=t(f"{DAY}T{start}"),
        ends_at=t(f"{DAY}T{end}"),
        as_of=t("2026-01-01T00:00"),
    )
    enrolled = [Enrolment(subject=each, session=session, as_of=t("2026-01-01T00:00")) for each in numbers]
    send_together(parts, [*map(roster, numbers), ("roster", [said, *enrolled])], clock)


def seen(parts, clock, number, *said, device="A"):
    """Punches as ``in 13:55``, ``out 17:01`` or ``13:55``, of one who is known."""
    for each in said:
        send(parts, punched(number, each, device), clock)


def punched(number, said, device="A"):
    """One punch as a message."""
    way, _, at = said.rpartition(" ")
    punch = Punch(
        subject=f"terminals-{number}",
        device=device,
        occurred_at=t(f"{DAY}T{at}"),
        occurred_local=at,
        direction=way or "unknown",
    )
    return "terminals", [punch]


def standing_of(parts, number):
    """The units of a person: status, credited, required, open minutes."""
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        units = parts.evidence.dossier(person, session, now=parts.clock.now()).units
    return {each.id: (each.status, each.credited // 60, each.required // 60, each.open // 60) for each in units}


def entered(parts, kind):
    with parts.database.reading() as session:
        found = [orjson.loads(row.body) for row in session.all(log.entries_after, {"seq": 0, "limit": 10_000})]
    return [each for each in found if each["kind"] == kind]


def the_case(parts, matter):
    (case,) = [each for each in parts.cases.all(over=True) if each.matter == matter]
    return case


def decide(parts, case, verdict, basis=ONE, **how):
    return parts.case_desk.decide(case.id, Ruling(verdict, **how), basis, parts.clock.now())


def half_a_class(parts, clock, size=30, lacking=12):
    """Example 64: so many of a class lack the sign-out."""
    numbers = [f"E{n}" for n in range(size)]
    a_class(parts, clock, numbers)
    came = [(number, "in 13:55") for number in numbers]
    left = [(number, "out 17:01") for number in numbers[lacking:]]
    send_together(parts, [punched(number, said) for number, said in (*came, *left)], clock)
    return numbers


@sqlite_alone
def test_q6_a_whole_class_that_lacks_the_sign_out_is_one_case_and_one_decision(parts, clock):  # example 64
    numbers = half_a_class(parts, clock)
    case = the_case(parts, "no_sign_out")
    assert (case.concerned, case.state, dict(case.place)) == (12, "open", {"session": "S1"})
    assert {each.person for each in case.members} == set(numbers[:12])
    assert standing_of(parts, "E0")["S1"] == ("unknown", 0, 180, 180)
    with pytest.raises(ConfigError, match="whole class"):
        decide(parts, case, "sign_out_assumed")
    decided = decide(parts, case, "sign_out_assumed", TWO)
    assert (decided.state, decided.outcome) == ("decided", "sign_out_assumed")
    assert {standing_of(parts, number)["S1"] for number in numbers} == {("complete", 180, 180, 0)}
    assert parts.cases.all() == [] and balanced(parts)
    said = [each["outcome"] for each in entered(parts, "case") if each["matter"] == "no_sign_out"]
    assert said == ["opened", "decided"]
    assert len(entered(parts, "corrected")) == 12


@sqlite_alone
def test_of_a_class_some_may_be_decided_and_the_others_wait(parts, clock):
    half_a_class(parts, clock, size=4, lacking=3)
    case = the_case(parts, "no_sign_out")
    decide(parts, case, "rejected", persons=["E1"])
    assert the_case(parts, "no_sign_out").state == "open"
    assert standing_of(parts, "E1")["S1"] == ("absent", 0, 180, 0) or standing_of(parts, "E1")["S1"][0] == "incomplete"
    assert standing_of(parts, "E0")["S1"][0] == "unknown"
    decide(parts, case, "sign_out_assumed", persons=["E0", "E2"])
    decided = the_case(parts, "no_sign_out")
    assert (decided.state, decided.outcome) == ("decided", "rejected,sign_out_assumed")


@sqlite_alone
@pytest.mark.parametrize(("size", "lacking", "cases"), [(30, 9, 9), (30, 10, 1), (6, 2, 2), (4, 3, 1), (3, 3, 1)])
def test_a_class_is_more_than_30_percent_and_at_least_three_of_those_present(parts, clock, size, lacking, cases):
    half_a_class(parts, clock, size, lacking)
    found = [each for each in parts.cases.all() if each.matter == "no_sign_out"]
    assert len(found) == cases and sum(each.concerned for each in found) == lacking
    assert {dict(each.place)["session"] for each in found} == {"S1"}


@sqlite_alone
def test_a_few_without_a_sign_out_are_decided_one_by_one(parts, clock):
    half_a_class(parts, clock, size=8, lacking=2)
    first, second = parts.cases.all()
    decide(parts, first, "sign_out_assumed")
    assert [each.id for each in parts.cases.all()] == [second.id]
    states = {standing_of(parts, number)["S1"][0] for number in ("E0", "E1")}
    assert states == {"complete", "unknown"}


@sqlite_alone
def test_those_who_had_a_case_of_their_own_join_that_of_the_class(parts, clock):
    a_class(parts, clock, ["E0", "E1", "E2", "E3"])
    for number in ("E3", "E0", "E1"):
        seen(parts, clock, number, "in 13:55", *(("out 17:01",) if number == "E3" else ()))
    assert [each.concerned for each in parts.cases.all()] == [1, 1, 1], "two of three, and one who was not seen"
    seen(parts, clock, "E2", "in 13:55")
    parts.deadlines.work_off()
    [case] = [each for each in parts.cases.all() if each.matter == "no_sign_out"]
    assert {each.person for each in case.members} == {"E0", "E1", "E2"}
    assert len(parts.cases.all()) == 1
    seen(parts, clock, "E2", "out 17:01")
    seen(parts, clock, "E1", "out 17:01")
    [case] = parts.cases.all()
    assert {each.person for each in case.members if each.state == "open"} == {"E0"}, "it stays that of the class"


@sqlite_alone
def test_who_was_not_enrolled_or_not_there_counts_for_no_share(parts, clock):
    numbers = [f"E{n}" for n in range(20)]
    a_class(parts, clock, numbers)
    send(parts, roster("E90"), clock)
    came = [punched(number, "in 13:55") for number in ("E0", "E1", "E2", "E90")]
    send_together(parts, came, clock)
    found = [each for each in parts.cases.all() if each.matter == "no_sign_out"]
    assert [each.concerned for each in found] == [3]


def test_a_case_closes_by_itself_when_its_cause_goes_away_and_opens_anew_when_it_comes_back(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55")
    first = the_case(parts, "no_sign_out")
    assert first.due_at == t("2026-02-10T00:00"), "five working days after Monday"
    seen(parts, clock, "E1", "out 17:01")
    assert the_case(parts, "no_sign_out").state == "closed" and parts.cases.all() == []
    with pytest.raises(ConfigError, match="its cause went away"):
        decide(parts, first, "credited")
    seen(parts, clock, "E1", "in 17:03")
    again = the_case(parts, "no_sign_out")
    assert again.id == first.id


def test_a_case_that_nobody_decides_is_handed_on(parts, clock):
    a_class(parts, clock, ["E1"])  # its terminal never said how far it is complete
    case = the_case(parts, "source_behind")
    assert (case.owner, dict(case.place), case.overdue) == ("source", {"device": "A"}, False)
    clock.advance(timedelta(days=4))
    assert the_case(parts, "source_behind").owner == "hr"
    clock.advance(timedelta(days=14))
    case = the_case(parts, "source_behind")
    assert (case.owner, case.overdue, case.state) == ("hr-lead", True, "open")


def test_odd_punches_are_decided_in_part(parts, clock):  # example 60, then 128's way of crediting a stretch
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "13:50", "13:57", "17:01")
    case = the_case(parts, "direction_unclear")
    with pytest.raises(ConfigError, match="--from INSTANT"):
        decide(parts, case, "partly")
    decide(parts, case, "partly", start=t(f"{DAY}T14:00"), end=t(f"{DAY}T15:30"))
    assert standing_of(parts, "E1")["S1"] == ("incomplete", 90, 180, 0)
    assert the_case(parts, "direction_unclear").state == "decided"


def test_who_came_without_being_enrolled_is_credited_hours_of_which_none_are_required(parts, clock):  # example 67
    a_class(parts, clock, ["E1"])
    send(parts, roster("E2"), clock)
    seen(parts, clock, "E2", "in 13:55", "out 17:01")
    case = the_case(parts, "walk_in")
    assert [(each.person, each.open_minutes) for each in case.members] == [("E2", 180)]
    assert standing_of(parts, "E2") == {}
    decide(parts, case, "credited")
    assert list(standing_of(parts, "E2").values()) == [("complete", 180, 0, 0)]
    assert the_case(parts, "walk_in").state == "decided"
    clock.advance(timedelta(hours=1))
    seen(parts, clock, "E2", "out 17:02")
    assert the_case(parts, "walk_in").state == "decided", "what is decided asks nobody again"


def test_a_course_may_count_who_comes_without_asking_anybody(parts, clock):
    known = parts.folder.courses
    assert isinstance(known, dict)
    known["dc-safety"] = known["dc-safety"].model_copy(update={"walk_in": "count"})
    a_class(parts, clock, ["E1"])
    send(parts, roster("E2"), clock)
    seen(parts, clock, "E2", "in 13:55", "out 16:01")
    assert standing_of(parts, "E2") == {"S1": ("complete", 121, 0, 0)}, "121 min count, nothing is required"
    assert [each.matter for each in parts.cases.all() if each.matter == "walk_in"] == []


def test_a_walk_in_who_is_enrolled_later_is_none(parts, clock):
    a_class(parts, clock, ["E1"])
    send(parts, roster("E2"), clock)
    seen(parts, clock, "E2", "in 13:55", "out 17:01")
    parts.corrections.enrol("E2", "S1", ONE, clock.now())
    assert the_case(parts, "walk_in").state == "closed"
    assert standing_of(parts, "E2")["S1"] == ("complete", 180, 180, 0)


def test_an_objection_changes_nothing_until_somebody_else_grants_it(parts, clock):  # example 128
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55", "out 15:00", "in 15:11", "out 17:01")
    assert standing_of(parts, "E1")["S1"] == ("complete", 169, 180, 11)
    own = Basis("I was in the room, the door did not read", b"my letter", ["E1"])
    parts.corrections.object("E1", "S1", t(f"{DAY}T15:00"), t(f"{DAY}T15:11"), own, clock.now())
    case = the_case(parts, "objection")
    assert standing_of(parts, "E1")["S1"] == ("complete", 169, 180, 11)
    assert case.due_at == t("2026-02-17T00:00"), "ten working days"
    assert case.due_on == date(2026, 2, 16), "the last of them is told"
    with pytest.raises(ConfigError, match="themselves"):
        decide(parts, case, "credited", own)
    decide(parts, case, "credited")
    assert standing_of(parts, "E1")["S1"] == ("complete", 180, 180, 0)


def test_a_deferral_is_approved_until_its_due_or_refused_and_may_be_asked_again(parts, clock):  # example 89's act
    clock.at = t("2026-01-09T09:00")
    a_class(parts, clock, ["E1"])
    parts.corrections.defer("E1", "S1", t("2026-03-01T00:00"), ONE, clock.now())
    case = the_case(parts, "deferral_asked")
    assert case.due_at == t("2026-01-15T00:00"), "three working days"
    decide(parts, case, "refused")
    assert standing_of(parts, "E1")["S1"][0] == "unknown", "nobody has said what the terminal has to say"
    clock.advance(timedelta(hours=1))
    parts.corrections.defer("E1", "S1", t("2026-03-10T00:00"), ONE, clock.now())
    again = the_case(parts, "deferral_asked")
    assert (again.id, again.state) == (case.id, "open")
    clock.advance(timedelta(hours=1))
    decide(parts, again, "approved")
    assert standing_of(parts, "E1")["S1"] == ("excused", 0, 180, 0)
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        (unit,) = parts.evidence.dossier(person, session, now=clock.now()).units
    assert unit.deferred_until == t("2026-03-10T00:00")


def test_who_is_taken_out_after_the_session_stays_absent_until_somebody_decides(parts, clock):  # example 17
    a_class(parts, clock, ["E1"])
    gone = Enrolment(subject="E1", session="S1", withdrawn=True, as_of=t("2026-01-08T00:00"))
    send(parts, ("roster", [gone]), clock)
    assert "S1" in standing_of(parts, "E1")
    case = the_case(parts, "late_withdrawal")
    decide(parts, case, "withdrawn")
    assert "S1" not in standing_of(parts, "E1")
    assert the_case(parts, "late_withdrawal").state == "decided"


def test_two_sessions_at_once_are_two_units_of_which_one_is_credited(parts, clock):  # example 66
    a_class(parts, clock, ["E1"])
    a_class(parts, clock, ["E1"], session="S2")
    seen(parts, clock, "E1", "in 13:55", "out 17:01")
    assert {each[1] for each in standing_of(parts, "E1").values()} == {0}
    decide(parts, the_case(parts, "two_sessions"), "credited", sessions=["S1"])
    found = standing_of(parts, "E1")
    assert found["S1"][1] == 180 and found["S2"][1] == 0
    assert not [each for each in parts.cases.all() if each.matter == "two_sessions"]


def test_a_decision_said_again_changes_nothing(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55")
    case = the_case(parts, "no_sign_out")
    decide(parts, case, "credited")
    before = standing_of(parts, "E1"), [each.id for each in parts.cases.all(over=True)]
    clock.advance(timedelta(hours=1))
    assert decide(parts, case, "credited").state == "decided"
    assert (standing_of(parts, "E1"), [each.id for each in parts.cases.all(over=True)]) == before


@sqlite_alone
def test_what_is_not_known_is_refused_with_what_is_nearest(parts, clock):
    a_class(parts, clock, ["E1", "E2"])
    seen(parts, clock, "E1", "in 13:55")
    case = the_case(parts, "no_sign_out")
    wrong = ("0" if case.id[7] != "0" else "1") + ""
    for asked, ruling, said in (
        (case.id[:7] + wrong, Ruling("credited"), "did you mean"),
        ("", Ruling("credited"), "found no case"),
        (case.id, Ruling("credit"), "did you mean 'credited'"),
        (case.id, Ruling("credited", persons=["E11"]), "did you mean 'E1'"),
        (case.id, Ruling("approved"), "expected for no_sign_out"),
    ):
        with pytest.raises(ConfigError, match=said):
            parts.case_desk.decide(asked, ruling, ONE, clock.now())
    assert the_case(parts, "no_sign_out").state == "open" and not entered(parts, "corrected")


@sqlite_alone
def test_the_log_says_of_a_case_neither_who_nor_why(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55")
    decide(parts, the_case(parts, "no_sign_out"), "credited")
    text = orjson.dumps([*entered(parts, "case"), *entered(parts, "corrected")]).decode()
    assert not any(each in text for each in ("E1", "wang", "trainer", "S1"))
    with parts.database.reading() as session:
        (row,) = session.all(sql.cases_in, {"states": '["decided"]', "limit": 9})
    assert "E1" not in repr(row)


def test_who_signs_in_and_out_while_a_session_runs_and_is_not_enrolled_is_found_once_it_settles(parts, clock):
    clock.at = t(f"{DAY}T13:50")
    a_class(parts, clock, ["E1"])
    send(parts, roster("E2"), clock)
    for at, said in (("13:56", "in 13:55"), ("16:59", "out 16:58")):
        clock.at = t(f"{DAY}T{at}")
        seen(parts, clock, "E2", said)
    parts.rooms.turn()
    assert not [each for each in parts.cases.all(over=True) if each.matter == "walk_in"]
    clock.at = t(f"{DAY}T17:45")
    parts.rooms.turn()
    assert [each.person for each in the_case(parts, "walk_in").members] == ["E2"]
    before = len(entered(parts, "case"))
    parts.rooms.turn()
    assert len(entered(parts, "case")) == before


def test_a_session_is_shown_with_everybody_and_why(parts, clock):
    a_class(parts, clock, ["E1", "E2", "E3"])
    send(parts, roster("E4"), clock)
    seen(parts, clock, "E1", "in 14:07", "out 17:01")
    seen(parts, clock, "E2", "in 13:55")
    seen(parts, clock, "E4", "in 13:55", "out 15:00")
    found = parts.sessions.one("S1")
    shown = {each.person: (each.enrolled, each.status, each.minutes, each.late, each.reasons) for each in found.seats}
    assert shown["E1"][:4] == (True, "complete", 173, 7)
    assert shown["E2"][:3] == (True, "unknown", 0) and shown["E2"][4][0] == "no_sign_out"
    assert shown["E3"][4] == ("source_behind",)
    assert shown["E4"][:3] == (False, "", 60)
    assert {each.id for each in parts.cases.all()} == set(found.cases)
    assert found.json()["enrolled"] == 3 and dict(found.complete_until) == {"A": None}
    with pytest.raises(ConfigError, match="did you mean 'S1'"):
        parts.sessions.one("S11")


def test_why_names_the_case_until_it_is_decided(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55")
    case = the_case(parts, "no_sign_out")
    view = parts.why.person("E1")
    assert [(each.id, each.unit) for each in view.cases] == [(case.id, "S1")]
    for language, words in (("zh", "缺少签退"), ("en", "the sign-out is missing")):
        (line,) = [each for each in tell(view, language, ZONE).splitlines() if case.id[:8] in each]
        assert words in line and "S1" in line
    decide(parts, case, "credited")
    assert parts.why.person("E1").cases == ()
