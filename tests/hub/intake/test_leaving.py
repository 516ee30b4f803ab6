"""Who leaves the house, as the roster file says it: no post is held beyond the last day; a day taken back was none."""

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
