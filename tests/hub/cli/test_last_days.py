"""Days that people type and read as the end of something count in full: a due, a validity, a case's last day."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.clock import site_until
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.evidence.facts import fact_of
from hub.identity.links import OPEN
from hub.intake.basis import Basis
from hub.store.tables.facts import statements_of
from schemas.decision import Deferral
from tests.conftest import HandClock
from tests.hub.intake.test_words import E1, NOW, S1
from tests.journeys.commands import run


@pytest.fixture
def home(tmp_path):
    """A hub that knows one person, who is enrolled in a session that lies far ahead."""
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre", demo=True)
    hr.write_people(home / "roster", [E1])
    hr.write_plan(home / "roster", [{**S1, "starts_at": "2099-02-02 09:00", "ends_at": "2099-02-02 12:00"}])
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
    return home


def told(home, *command):
    done = run(*command, "-c", str(home), "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def approved_until(home):
    with Assembly(read_folder(home), HandClock(datetime.now(UTC))) as parts, parts.database.reading() as session:
        rows = session.all(statements_of, {"person": parts.directory.named("E1"), "known_by": OPEN})
        said = [fact_of(row, Deferral).record for row in rows if row.kind == Deferral.KIND]
        return [each.until for each in said if each.state == "approved"]


def test_what_is_put_off_to_a_day_is_due_at_its_end(home, tmp_path):
    letter = tmp_path / "letter"
    letter.write_text("away", encoding="utf-8")
    now = datetime.now(UTC)
    with Assembly(read_folder(home), HandClock(now), deciding=True) as parts:
        parts.corrections.defer("E1", "S1", datetime(2099, 2, 9, tzinfo=UTC), Basis("away", b"x", ["wang"]), now)
    (case,) = told(home, "cases", "list")
    assert case["due_at"][:10] == case["due_on"], "in UTC the bound lies on the last day"
    decided = ("--until", "2099-02-12", "--reason", "away", "--evidence", str(letter), "--by", "wang")
    shown = run("cases", "show", case["id"], "-c", str(home), "--lang", "en").stdout
    assert case["due_on"] in shown
    told(home, "cases", "decide", case["id"], "approved", *decided)
    assert approved_until(home) == [datetime(2099, 2, 12, 16, tzinfo=UTC)]


def test_the_end_of_a_day_is_read_as_that_day_and_another_instant_as_it_is():
    shanghai = ZoneInfo("Asia/Shanghai")
    assert site_until(datetime(2026, 12, 31, 16, tzinfo=UTC), shanghai) == "2026-12-31"
    assert site_until(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), shanghai) == "2026-12-31T23:59+08:00"
