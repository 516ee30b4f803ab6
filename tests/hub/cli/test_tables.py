"""Tables for people: in their language, within a page of a terminal; every command has an answer for programs."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import typer

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.cli.app import app
from hub.cli.headings import HEADINGS, STATES
from hub.cli.tables import members, table
from hub.columns import WIDEST, width
from hub.config import scaffold
from hub.config.folder import read_folder
from schemas.words import Words
from tests.conftest import HandClock
from tests.hub.cli.test_app import commands
from tests.hub.intake.test_words import E1, NOW, S1
from tests.journeys.commands import run

ZONE = ZoneInfo("Asia/Shanghai")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_KEY = re.compile(r"^[a-z_0-9]+(?:  +[a-z_0-9]+)*$", re.MULTILINE)

READING = [
    *("check", "connectors", "doctor", "halts", "effectiveness", "release", "clock", "tail"),
    *("alarms list", "devices list", "devices pending", "cases list", "quarantine list", "jobs list", "keys list"),
    *("people unresolved", "people courses", "people history E1", "people import", "exams list", "people incidents"),
    *("sessions show S1", "credential checks", "certificate list E1", "package status", "break-glass list"),
    *("devices commands SN-ATT-0001", "forecast 90d", "drill revoke --issuer authority", "why E1", "audit verify"),
    *("rules lint", "people courses --course dc-safety"),
]
SENTENCES = {"check", "why E1", "drill revoke --issuer authority", "rules lint", "forecast 90d"}
ENTRIES = {"tail", "people history E1"}
"""What is no table: sentences of their own length, of which one with a place stands on one line."""
QUIET = {"serve": "runs until it is ended", "demo": "a story, told by its own test: tests/journeys/test_demo.py"}
"""Commands without an answer to a program."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A hub with two people, a plan, a terminal, rows that nobody could read, punches of nobody, and alarms."""
    home = tmp_path_factory.mktemp("tables") / "hub"
    scaffold.write(home, "datacentre", demo=True)
    hr.write_people(home / "roster", [{**E1, "name": "欧阳一二三四五六"}, {**E1, "employee_no": "E2"}])
    hr.write_plan(home / "roster", [{**S1, "starts_at": "2026-03-01 09:00", "ends_at": "2026-03-01 12:00"}])
    clock = HandClock(NOW)
    with Assembly(read_folder(home), clock, deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
        parts.peers.decide("SN-ATT-0001", "approved", parts.operators.one("a"), parts.writer, ["terminals"])
        parts.writer.call(
            lambda tx: tx.log("alarm", code="peer.auth", connector="authority", person=parts.directory.named("E1"))
        )
        clock.advance(timedelta(hours=1))
    with (home / "roster" / "people.csv").open("a", encoding="utf-8") as people:
        people.write("E3,李四,,zh,no-such-post,2026-01-32,,,,\n")
    return home


@pytest.mark.parametrize("command", READING)
def test_what_is_printed_is_in_the_language_that_is_asked_for_and_fits_a_page(home, command):
    for language in ("zh", "en"):
        done = run(*command.split(), "-c", str(home), "--lang", language)
        assert done.returncode in (0, 1) and not done.stderr, done
        wide = [line for line in done.stdout.splitlines() if width(line) > WIDEST and str(home) not in line]
        assert wide == [] or command in SENTENCES | ENTRIES
        assert language == "en" or _CHINESE.search(done.stdout) or command in ENTRIES


@pytest.mark.parametrize("command", READING)
def test_what_is_printed_can_be_had_as_json(home, command):
    done = run(*command.split(), "-c", str(home), "--json")
    assert done.returncode in (0, 1), done
    assert [json.loads(line) for line in done.stdout.splitlines()]


def test_every_command_that_answers_takes_json():
    lacking = {
        " ".join(path)
        for path, command in commands(typer.main.get_command(app))
        if not any("--json" in option.opts for option in command.params)
    }
    assert lacking <= QUIET.keys()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("why", "E9"), "call.refused"),
        (("devices", "aprove"), "call.invalid"),
        (("why",), "call.invalid"),
        (("plan", "-c", "/nowhere"), "config.file"),
    ],
)
def test_a_failure_can_be_had_as_json_with_its_code_and_both_languages(home, command, code):
    folder = () if "-c" in command or command[0] == "devices" else ("-c", str(home))
    done = run(*command, *folder, "--json")
    error = json.loads(done.stderr)["error"]
    assert done.returncode in (1, 2) and done.stdout == ""
    assert error["code"] == code and _CHINESE.search(error["message_zh"]) and not _CHINESE.search(error["message_en"])


def test_files_that_are_not_taken_are_listed_to_programs_finding_by_finding(home, tmp_path):
    broken = tmp_path / "hub"
    scaffold.write(broken, "datacentre")
    settings = broken / "licet.toml"
    settings.write_text(settings.read_text("utf-8").replace("port = 8725", 'port = "smtp"'), "utf-8")
    done = run("check", "-c", str(broken), "--json")
    [finding] = json.loads(done.stderr)["error"]["findings"]
    assert finding["file"] == "licet.toml" and finding["line"] > 1


def test_a_column_and_a_state_of_a_table_have_their_chinese_name():
    assert [
        name for name, words in HEADINGS.items() if not (isinstance(words, Words) and _CHINESE.search(words.zh))
    ] == []
    assert [name for name, words in STATES.items() if not _CHINESE.search(words.zh)] == []


def test_a_wide_cell_is_folded_and_no_word_is_broken(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", "--lang", "zh"])
    rows = [{"id": "a" * 32, "state": "raised", "meaning": "对端未确认撤销，须由人员核实并处理，" * 6}]
    lines = table(rows, ("id", "state", "meaning"), ZONE).splitlines()
    assert max(map(width, lines)) <= WIDEST and len(lines) > 2
    assert lines[0].split() == ["编号", "状态", "含义"] and lines[1].startswith(f"{'a' * 32}  待处理  对端")
    assert "".join(line[38:].strip() for line in lines[1:]).replace("理  ", "").endswith("核实并处理，")


def test_what_does_not_fit_side_by_side_stands_below_each_other(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", "--lang", "en"])
    at = datetime(2026, 3, 1, tzinfo=UTC)
    names = ("raised_at", "last_at", "told_at", "began_at", "ends_at")
    text = table([dict.fromkeys(names, at), dict.fromkeys(names)], names, ZONE)
    first, second = text.split("\n\n")
    assert first.splitlines()[0].split("  ")[0] == "raised at" and first.count("2026-03-01T08:00:00+08:00") == len(
        names
    )
    assert second.splitlines()[-1].split() == ["ends", "at", "-"]


def test_members_are_named_in_the_language_and_folded(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", "--lang", "zh"])
    lines = members({"state": "holds", "counts": {"applied": 2, "held": 1}, "why": "原因" * 60}).splitlines()
    assert lines[:2] == ["状态：有效", "处理结果：已采用 2, 待关联 1"] and max(map(width, lines)) <= WIDEST
