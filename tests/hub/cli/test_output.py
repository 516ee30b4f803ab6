"""What a person reads of an entry: one line, the site's time, no digest at full length, nothing that says nothing."""

import ast
import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.cli.output import entry_line, json_line, short
from hub.cli.tables import members, table
from hub.intake.facts import Origin
from schemas.transmission import Fault, Transmission
from tests.site import build

ZONE = ZoneInfo("Asia/Shanghai")
DECIDED = {
    "v": 1,
    "id": "d-1",
    "ts": "2026-03-01T16:30:00.123456Z",
    "kind": "decided",
    "person": "36ab867d20b56fa4de9ff54a32fe8ae5",
    "after": "none",
    "holds": [{"cause": "entry", "reason": "hours_short"}, {"cause": "licence", "reason": "credential_missing"}],
    "evidence": ["a", "b"],
    "rules": "ab" * 32,
    "standing": {"bytes": 3080, "commit": "cd" * 32},
    "triggers": [],
}


def test_an_entry_is_one_line_in_the_site_s_time():
    line = entry_line(14, DECIDED, ZONE)
    assert line == (
        "     14 2026-03-02T00:30:00.123+08:00 decided     person=36ab867d20b56fa4de9ff54a32fe8ae5 after=none"
        " holds=entry:hours_short,licence:credential_missing rules=abababababab… triggers=-"
    )


def test_counts_are_told_by_their_names_and_a_list_without_brackets():
    assert short({"applied": 2, "held": 1}) == "applied:2,held:1"
    assert short(["dc-ops", "dc-assist"]) == "dc-ops,dc-assist"
    assert short({"id": "people/roster_csv", "sha256": "0" * 64}) == "id:people/roster_csv,sha256:000000000000…"


def test_a_table_shows_instants_in_the_site_s_zone_and_a_dash_for_nothing():
    rows = [{"name": "lms", "at": datetime(2026, 3, 1, 16, 30, tzinfo=UTC)}, {"name": "iam", "at": None}]
    assert table(rows, ("name", "at"), ZONE).splitlines() == [
        "name  at",
        "lms   2026-03-02T00:30:00+08:00",
        "iam   -",
    ]


HOSTILE = "x\nlicet: forged\x1b[2J\u202e\x9b1m"


def test_no_value_forges_a_line_or_speaks_to_the_terminal():
    shown = [
        table([{"a": HOSTILE}], ("a",), ZONE),
        members({"a": HOSTILE, "b": [HOSTILE], "c": {"d": HOSTILE}}),
        entry_line(1, {**DECIDED, "after": HOSTILE}, ZONE),
        json_line({"a": HOSTILE}),
    ]
    assert [len(each.splitlines()) for each in shown] == [2, 3, 1, 1]
    assert all(each.replace("\n", "").isprintable() for each in shown)
    assert json.loads(shown[-1]) == {"a": HOSTILE}, "a program reads what was there"


def test_every_command_prints_through_one_place():
    found = []
    for path in (Path(__file__).parents[3] / "hub" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append((path.name, ast.unparse(node)))
    said = [text for name, text in found if name != "output.py" and "printable" not in text and "json_line" not in text]
    known = {
        "print(f'\\r{far}' if terminal else far, end='' if self._open else '\\n', file=sys.stderr, flush=True)",
        "print(json.dumps({'error': _members(error)}), file=sys.stderr)",
        "print(error.message, file=sys.stderr)",
        "print(f\"licet {version_of('licet')}\")",
        "print(file=sys.stderr)",
        "print(line, flush=True)",
    }
    quoted = {ast.unparse(ast.parse(each)) for each in known}  # as this Python quotes a text inside a text
    assert set(said) == quoted, "lines of our own words and numbers, and one that entry_line has made"


def test_bytes_in_quarantine_are_shown_to_a_terminal_and_handed_to_a_program(tmp_path):
    site = build(tmp_path / "hub")
    content = b"bad \x1b[2J\xff\nline"
    with site.parts() as parts:
        wire = Transmission(
            "terminals", datetime.now(UTC), "text/plain", content, form="ATTLOG", peer="SN-1", path="/x"
        )
        fault = Fault("text.columns", "line 1", "1 columns", "4 columns", content)
        prepared = parts.preparer.prepare(wire, (fault,), Origin("terminals", "terminals", "each"))
        parts.writer.call(lambda tx: parts.keeper.keep((prepared,), tx))
        [waiting] = parts.quarantine.waiting()
    command = [sys.executable, "-m", "hub", "quarantine", "show", waiting.id, "--by", "A", "-c", str(site.home)]
    assert subprocess.run(command, capture_output=True, timeout=300, check=True).stdout == content
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, timeout=300, check=True)
    assert os.read(ours, 4096) == b"bad \\x1b[2J\\xff\r\nline\r\n"
    os.close(ours)
    os.close(theirs)
