"""What could not be read waits until its mapping is mended, then for its person, and counts: all by commands."""

import json

import pytest

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.intake.facts import Origin
from schemas.transmission import Transmission
from tests.conftest import HandClock
from tests.hub.intake.test_words import E1, NOW
from tests.journeys.commands import run

LINE = b"7\t2026-03-02 08:01:02\t0\t15\t0\t0\t0\t\n"


@pytest.fixture
def home(tmp_path):
    """A hub whose terminals are read by a document of its own that lacks a form of times."""
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    assert run("mapping", "new", "attendance/ours", "--from", "attendance/zkteco_push", "-c", str(home)).returncode == 0
    settings = home / "licet.toml"
    text, table = settings.read_text("utf-8"), "[connectors.terminals]\n"
    settings.write_text(text.replace(table, f'{table}mappings = {{ read = "attendance/ours" }}\n'), "utf-8")
    hr.write_people(home / "roster", [E1])
    return home


def formats_of(home, change):
    """Change the forms of a time that the folder's document reads."""
    file = home / "mappings" / "attendance" / "ours.json"
    document = json.loads(file.read_text("utf-8"))
    change(document["forms"]["ATTLOG"]["records"][0]["fields"]["occurred_at"]["formats"])
    document["version"] += 1
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def said(home, *command):
    done = run(*command, "-c", str(home), "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_a_line_waits_for_its_mapping_and_then_for_its_person_and_each_message_names_the_next_command(home):
    formats_of(home, lambda formats: formats.pop(0))
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
        context = {"device": "SN-1", "zone": "Asia/Shanghai"}
        wire = Transmission(
            "terminals", NOW, "text/plain", LINE, form="ATTLOG", peer="SN-1", path="/x", context=context
        )
        document = parts.mappings.of("terminals")
        origin = Origin("terminals", "terminals", "each")
        prepared = parts.preparer.prepare(wire, document.read(wire), origin, document)
        parts.writer.call(lambda tx: parts.keeper.keep((prepared,), tx))
    assert "licet quarantine list" in run("tail", "-c", str(home), "--lang", "en").stdout.splitlines()[-1]
    [waiting] = said(home, "quarantine", "list")
    assert waiting["code"] == "time.invalid"
    assert run("quarantine", "replay", waiting["id"], "--by", "Li", "-c", str(home)).returncode == 1, "not mended yet"

    formats_of(home, lambda formats: formats.insert(0, "YYYY-MM-DD hh:mm:ss"))
    assert said(home, "quarantine", "replay", waiting["id"], "--by", "Li") == {"held": 1}
    assert said(home, "quarantine", "list") == []
    unresolved = [each for each in said(home, "people", "unresolved") if each["source"] == "terminals"]
    [unknown] = unresolved
    assert unknown["identifier"] == "7"
    assert said(home, "people", "link", "terminals", "7", "E1", "--by", "Li")["person"] == "E1"
    assert unknown not in said(home, "people", "unresolved")
    [terminals] = [each for each in said(home, "connectors") if each["name"] == "terminals"]
    assert terminals["balance"]["applied"] == 1 and terminals["balanced"]
