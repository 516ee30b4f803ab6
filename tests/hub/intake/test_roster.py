"""What the roster says of one person in several rows: each row counts."""

from datetime import UTC, datetime

import mappings
from connectors.people.roster_csv import RosterCsv, Settings
from hub.intake.facts import Origin
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings

HEADER = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until\n"


def scope_after(tmp_path, *rows):
    clock = HandClock(NOW)
    (tmp_path / "people.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, datetime(2026, 1, 25, tzinfo=UTC))
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        for each in page.transmissions:
            read = mappings.load("people/roster_csv").read(each)
            prepared = parts.preparer.prepare(each, read, Origin("roster", "roster", "each"))
            parts.writer.call(lambda tx, prepared=prepared: parts.keeper.keep((prepared,), tx))
        return standings(parts, "E1")[0][1]


FORMER = "E1,张三,,zh,dc-operations,2020-01-01,2024-12-31,,"
PRESENT = "E1,张三,,zh,dc-operations,2026-01-05,,,"


def test_who_held_the_post_before_and_holds_it_again_holds_it(tmp_path):
    assert scope_after(tmp_path, FORMER, PRESENT) == "full"


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    assert scope_after(tmp_path, PRESENT, FORMER) == "full"


def test_a_post_that_ended_by_another_row_of_the_same_roster_is_over(tmp_path):
    assert scope_after(tmp_path, PRESENT, "E1,张三,,zh,dc-operations,2026-01-05,2026-01-31,,") == "none"
