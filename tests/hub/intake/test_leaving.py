"""Who leaves the house, as the roster file says it: no post is held beyond the last day; a day taken back was none."""

from datetime import date

import pytest

import mappings
from connectors.people.roster_csv import RosterCsv, Settings
from hub.intake.facts import Origin
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings, t, targets

HEADER = "工号,姓名,邮箱,语言,岗位,上岗日期,离岗日期,请假开始,请假结束,责任人,最后工作日\n"
POST = "dc-operations,2026-01-05"


class Roster:
    """The roster's file, and the hub that reads it."""

    def __init__(self, folder, parts, clock):
        self.parts = parts
        self.clock = clock
        self._file = folder / "people.csv"
        self._source = RosterCsv("roster", Settings(folder=folder))
        self._cursor = {}

    def says(self, at, *rows):
        """The file has these rows from an instant on, and is read then."""
        self.clock.at = t(at)
        self._file.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        page = self._source.poll(self._cursor, self.clock.now())
        self._cursor = page.cursor
        for each in page.transmissions:
            read = mappings.load("people/roster_csv").read(each)
            prepared = self.parts.preparer.prepare(each, read, Origin("roster", "roster", "each"))
            self.parts.writer.call(lambda tx, prepared=prepared: self.parts.keeper.keep((prepared,), tx))
            self.parts.keeper.committed(prepared)

    def wait(self, until):
        """Time goes on, and what is due is looked at."""
        self.clock.at = t(until)
        self.parts.deadlines.work_off()

    def scope(self, number="E1"):
        """What somebody may do now, by which the doors are to be."""
        [(_post, scope, _holds)] = standings(self.parts, number)
        assert (targets(self.parts, number).get("dc-ops") == "present") is (scope == "full")
        return scope


@pytest.fixture
def roster(tmp_path, database_url):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock, database_url) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        yield Roster(tmp_path, parts, clock)


def test_the_door_closes_with_the_last_day_in_the_house_and_not_before(roster):
    roster.says("2026-02-03T09:00", f"E1,张三,,zh,{POST},2026-12-31,,,,2026年3月31日")
    assert roster.scope() == "full"
    roster.wait("2026-03-31T23:59")
    assert roster.scope() == "full"
    roster.wait("2026-04-01T00:00")
    assert roster.scope() == "none"


def test_a_last_day_that_is_taken_out_of_the_file_was_none(roster):
    roster.says("2026-02-03T09:00", f"E1,张三,,zh,{POST},,,,,2026-03-31")
    roster.says("2026-03-02T09:00", f"E1,张三,,zh,{POST},,,,,")
    roster.wait("2026-04-01T00:00")
    assert roster.scope() == "full"


def test_who_left_already_is_out_at_once_and_in_again_once_that_is_mended(roster):
    roster.says("2026-02-03T09:00", f"E1,张三,,zh,{POST},,,,,2026-02-02", "E1,张三,,zh,,,,,,,")
    assert roster.scope() == "none"
    roster.says("2026-02-03T10:00", f"E1,张三,,zh,{POST},,,,,", "E1,张三,,zh,,,,,,,")
    assert roster.scope() == "full"


# --- one who answers for others ------------------------------------------------------------------------------

BOSS, OTHER = "E8,王五,,zh,,,,,,,", "E9,赵六,,zh,,,,,,,"
CONTRACTOR = f"E1,张三,,zh,{POST},2026-12-31,,,E8,"
GUEST = "E2,李四,,en,dc-operations,2026-07-01,2026-09-30,,,E8,"
STAFF = [f"S{n},员工,,zh,,,,,,," for n in range(20)]
"""Others, so that one who is missing is no sign of another file."""


def cases(roster):
    return of_matter(roster, "sponsor_left")


def of_matter(roster, matter):
    return [each for each in roster.parts.cases.all() if each.matter == matter]


def test_when_one_who_answers_leaves_hr_is_asked_of_everybody_and_nothing_closes(roster):
    roster.says("2026-02-03T09:00", CONTRACTOR, GUEST, BOSS, *STAFF)  # who answers stands below those for whom
    roster.says("2026-02-10T09:00", CONTRACTOR, GUEST, BOSS + "2026-03-31", *STAFF)
    roster.wait("2026-03-31T23:59")
    assert cases(roster) == []
    roster.wait("2026-04-01T00:00")
    [case] = cases(roster)
    assert dict(case.place) == {"sponsor": "E8", "last_day": "2026-03-31"}
    assert {(each.person, each.topic, each.last_day) for each in case.members} == {
        ("E1", "dc-operations", date(2026, 12, 31)),
        ("E2", "dc-operations", date(2026, 9, 30)),
    }, "the last day, and not the one after it"
    assert (case.owner, case.due_at, case.overdue) == ("hr", t("2026-04-09T00:00"), False)
    words = case.json()
    assert (words["meaning_zh"], words["meaning_en"]) == ("责任人已离职", "who answers for them left")
    assert roster.scope() == "full"
    roster.wait("2026-04-10T00:00")
    assert [each.overdue for each in cases(roster)] == [True]
    assert roster.scope() == "full", "nothing closes before the end that was stated"


def test_a_case_is_over_for_whom_another_answers_and_then_for_all(roster):
    roster.says("2026-02-03T09:00", CONTRACTOR, GUEST, BOSS, OTHER, *STAFF)
    roster.says("2026-04-01T09:00", CONTRACTOR, GUEST, BOSS + "2026-03-31", OTHER, *STAFF)
    roster.says("2026-04-02T09:00", CONTRACTOR.replace("E8", "E9"), GUEST, BOSS + "2026-03-31", OTHER, *STAFF)
    [case] = cases(roster)
    assert [each.person for each in case.members] == ["E2"]
    roster.says("2026-04-03T09:00", CONTRACTOR.replace("E8", "E9"), GUEST.replace("E8", "E9"), OTHER, *STAFF)
    assert cases(roster) == []
    assert [each.state for each in roster.parts.cases.all(over=True) if each.matter == "sponsor_left"] == ["closed"]


def test_one_who_is_gone_from_the_roster_is_asked_about_until_it_has_them_again(roster):
    roster.says("2026-02-03T09:00", CONTRACTOR, BOSS, *STAFF)
    roster.says("2026-02-10T09:00", CONTRACTOR, *STAFF)
    [case] = cases(roster)
    assert dict(case.place) == {"sponsor": "E8", "unlisted_on": "2026-02-10"}
    assert roster.scope() == "full"
    roster.says("2026-02-11T09:00", CONTRACTOR, BOSS, *STAFF)
    assert cases(roster) == []


def test_who_is_gone_from_the_roster_keeps_the_post_and_hr_is_asked_once_for_all_of_them(roster):
    mine, theirs = f"E1,张三,,zh,{POST},,,,,", f"E2,李四,,zh,{POST},,,,,"
    roster.says("2026-02-03T09:00", mine, theirs, BOSS, *STAFF)
    roster.says("2026-02-10T09:00", *STAFF)
    [case] = of_matter(roster, "not_listed")
    assert dict(case.place) == {"unlisted_on": "2026-02-10"}
    assert {(each.person, each.topic) for each in case.members} == {("E1", "dc-operations"), ("E2", "dc-operations")}
    assert case.json()["meaning_zh"] == "花名册中已无此人"
    roster.wait("2026-04-01T00:00")
    assert roster.scope() == "full", "no post ends by that"
    roster.says("2026-04-02T09:00", mine, *STAFF)
    [case] = of_matter(roster, "not_listed")
    assert [each.person for each in case.members] == ["E2"]
    roster.says("2026-04-03T09:00", mine, f"E2,李四,,zh,{POST},2026-04-02,,,,", *STAFF)
    assert of_matter(roster, "not_listed") == []


# --- a row of a post that is gone though its person stays ------------------------------------------------------

MINE, THEIRS = f"E1,张三,,zh,{POST},,,,,", "E2,李四,,zh,dc-operations,2026-01-05,,,,,"
WITHOUT = "E1,张三,,zh,,,,,,,"


def test_a_row_of_a_post_that_is_gone_ends_nothing_and_hr_is_asked_once_for_all_of_a_file(roster):  # example 20
    roster.says("2026-02-03T09:00", MINE, THEIRS, *STAFF)
    roster.says("2026-02-10T09:00", WITHOUT, THEIRS.replace("dc-operations,2026-01-05", ","), *STAFF)
    [case] = of_matter(roster, "post_not_listed")
    assert {(each.person, each.topic) for each in case.members} == {("E1", "dc-operations"), ("E2", "dc-operations")}
    assert (case.owner, case.due_at, case.overdue) == ("hr", t("2026-02-18T00:00"), False)
    words = case.json()
    assert (words["meaning_zh"], words["meaning_en"]) == (
        "花名册中已无此岗位",
        "the roster names their post no more",
    )
    roster.wait("2026-02-18T00:00")
    assert [each.overdue for each in of_matter(roster, "post_not_listed")] == [True]
    assert roster.scope() == "full", "nothing closes by that"
    roster.says("2026-02-19T09:00", WITHOUT.replace("张三", "章三"), THEIRS, *STAFF)
    [case] = of_matter(roster, "post_not_listed")
    assert [each.person for each in case.members] == ["E1"], "said again of that person, it is the same matter"
    roster.says("2026-02-20T09:00", f"E1,章三,,zh,{POST},2026-02-19,,,,", THEIRS, *STAFF)
    assert of_matter(roster, "post_not_listed") == []
    assert roster.scope() == "none", "an end is what ends it"


def test_a_row_that_names_another_start_and_another_end_leaves_the_one_before_it_to_hr(roster):
    roster.says("2026-02-03T09:00", MINE, *STAFF)
    roster.says("2026-02-10T09:00", "E1,张三,,zh,dc-operations,2026-03-01,2026-12-31,,,,", *STAFF)
    [case] = of_matter(roster, "post_not_listed")
    [member] = case.members
    assert (member.starts_at, member.ends_at, member.last_day) == (t("2026-01-05T00:00"), None, None)
    assert roster.scope() == "full"


def test_a_row_that_another_one_replaces_asks_nobody(roster):
    roster.says("2026-02-03T09:00", MINE, *STAFF)
    roster.says("2026-02-10T09:00", f"E1,张三,,zh,{POST},2026-12-31,,,,", *STAFF)
    roster.says("2026-02-11T09:00", f"E1,张三,,zh,{POST},2027-12-31,2026-05-04,2026-05-08,,", *STAFF)
    roster.says("2026-02-12T09:00", f"E1,张三,,zh,{POST},2027-12-31,,,,", *STAFF)
    assert of_matter(roster, "post_not_listed") == []


def test_a_row_that_is_over_may_go_and_one_that_comes_back_is_no_matter_any_more(roster):
    roster.says("2026-02-03T09:00", MINE, "E2,李四,,zh,dc-operations,2026-01-05,2026-02-28,,,,", *STAFF)
    roster.says("2026-03-02T09:00", MINE, "E2,李四,,zh,,,,,,,", *STAFF)
    assert of_matter(roster, "post_not_listed") == []
    roster.says("2026-03-03T09:00", WITHOUT, *STAFF)
    assert len(of_matter(roster, "post_not_listed")) == 1
    roster.says("2026-03-04T09:00", MINE, *STAFF)
    assert of_matter(roster, "post_not_listed") == []


def test_who_comes_back_to_the_roster_without_the_post_is_asked_about_again(roster):
    roster.says("2026-02-03T09:00", MINE, *STAFF)
    roster.says("2026-02-10T09:00", *STAFF)
    assert len(of_matter(roster, "not_listed")) == 1
    roster.says("2026-02-11T09:00", WITHOUT, *STAFF)
    assert (of_matter(roster, "not_listed"), len(of_matter(roster, "post_not_listed"))) == ([], 1)
    assert roster.scope() == "full"


def test_a_row_that_cannot_be_read_says_of_nobody_what_it_leaves_out(roster):
    roster.says("2026-02-03T09:00", MINE, *STAFF)
    roster.says("2026-02-10T09:00", MINE.replace("2026-01-05", "gestern"), *STAFF)
    assert of_matter(roster, "post_not_listed") == []
    assert roster.scope() == "full"


def test_who_answers_and_had_left_before_they_were_named(roster):
    roster.says("2026-02-03T09:00", f"E1,张三,,zh,{POST},,,,,", BOSS + "2026-01-31", *STAFF)
    assert cases(roster) == []
    roster.says("2026-02-04T09:00", CONTRACTOR, BOSS + "2026-01-31", *STAFF)
    [case] = cases(roster)
    assert (case.opened_at, case.due_at) == (t("2026-02-04T09:00"), t("2026-02-12T00:00"))
