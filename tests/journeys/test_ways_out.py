"""Whatever is held goes on by the command that its message names: each is typed as it is told, and looked after."""

import json
from datetime import timedelta

import pytest
import typer

from connectors.simulators import roster_csv as hr
from hub.access.halts import HARM, MASS, halt
from hub.assembly import Assembly
from hub.cli.app import app
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.intake.facts import Origin
from schemas.transmission import Transmission
from tests.conftest import HandClock
from tests.contract.exam_system import examining
from tests.hub.alarms.test_remedies import TO_FILL, whole_commands
from tests.hub.decision.test_law import NOW as LAW
from tests.hub.decision.test_law import qualified, send, send_together, voided
from tests.hub.doors import LiveClock, enforced, until
from tests.hub.exams.test_desk import COMPLETED, SECRET, TRAINED, turning
from tests.hub.intake.test_words import E1, NOW
from tests.journeys.commands import run

GROUP = typer.main.get_command(app)
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


def people(home, *rows):
    """HR exports the roster, and the hub asks for it."""
    hr.write_people(home / "roster", rows)
    return run("people", "import", "-c", str(home), "--json")


def staffed(home):
    """A hub that was started and knows twelve people."""
    hr.write_people(home / "roster", [{**E1, "employee_no": f"E{n}"} for n in range(1, 13)])
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None


def shrunken_roster(home):
    staffed(home)
    assert people(home, E1).returncode == 1, "it is held"
    return {}


def wave(home):
    clock = HandClock(LAW)
    with Assembly(read_folder(home), clock, deciding=True) as parts:
        for number in ("E1", "E2", "E3", "E4", "E5"):
            send_together(parts, qualified(number), clock)
        enforced(parts)
        for number in ("E1", "E2", "E3", "E4"):
            clock.advance(timedelta(minutes=1))
            send(parts, voided(f"{number}-exam-2026-01-12"), clock)
            parts.deadlines.work_off()
    return {"CASE": waves(home)[0]["id"], "ID": waves(home)[0]["id"]}


def waves(home):
    return [each for each in said(home, "cases", "list") if each["matter"] == "closing_wave"]


def halted(code):
    def hold(home):
        with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
            parts.writer.call(lambda tx: halt("iam", "dc-ops", code, tx))
        return {"SINK": "iam", "TARGET": "dc-ops"}

    return hold


def emergency(home):
    staffed(home)
    said(home, "enforce", "iam", "--by", "a", "--by", "b")
    opened = said(home, "break-glass", "open", "E1", "iam/dc-ops", "--reason", "x", "--by", "a", "--by", "b")
    return {"ID": opened["id"]}


def conflict(home):
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        parts.writer.call(lambda tx: tx.log("alarm", code="state.id-conflict", connector="lms"))
    id_ = alarm(home, "state.id-conflict")["id"]
    return {"ALARM": id_, "ID": id_}


def refused_registration(home):
    """Somebody may sit an exam, and the system that holds it refused to hear so; it is mended then."""
    (home / "keys" / "exams.secret").write_text(SECRET, "utf-8")
    with examining(SECRET) as system:
        table = f'[connectors.exams]\nadapter = "learning/exam_webhook"\nidentifiers = "lms"\nurl = "{system.url}"\n'
        with (home / "licet.toml").open("a", encoding="utf-8") as opened:
            opened.write(f'\n{table}secret = "file:keys/exams.secret"\nallow_private_address = true\n')
        system.status, clock = 422, LiveClock(LAW)
        with Assembly(read_folder(home), clock, deciding=True) as parts:
            enforced(parts)
            for message in (*TRAINED, COMPLETED):
                send(parts, message, clock)
            with turning(parts):
                until(lambda: [each.told for each in parts.registrations.listed("")] == ["failed"], "refused")
    return {}


def failed(home):
    return [each for each in said(home, "exams", "list") if each["told"] == "failed"]


def alarm(home, code):
    return next((each for each in said(home, "alarms", "list") if each["code"] == code), None)


WAYS_OUT = {
    # what holds, how it comes about, the command that its message names, and what is there no more once that was typed
    "roster.shrunk": (shrunken_roster, "people accept", lambda home: people(home, E1).returncode),
    "guard.wave": (wave, "cases decide", waves),
    "sink.harm": (halted(HARM), "resume", lambda home: said(home, "halts")),
    "sink.mass": (halted(MASS), "resume", lambda home: said(home, "halts")),
    "registration.refused": (refused_registration, "exams retry", failed),
    "access.break-glass": (emergency, "break-glass end", lambda home: said(home, "break-glass", "list")),
    "state.id-conflict": (conflict, "alarms ack", lambda home: alarm(home, "state.id-conflict")),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("code", WAYS_OUT)
def test_what_is_held_goes_on_once_what_its_message_names_is_typed(tmp_path, code, language):
    hold, command, left = WAYS_OUT[code]
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    file = tmp_path / "letter.pdf"
    file.write_bytes(b"a letter")
    filled = {**hold(home), "NAME": "wang", "OTHER": "li", "TEXT": "looked", "FILE": str(file)}
    assert left(home), "it is held"
    told = alarm(home, code)[f"remedy_{language}"]
    [typed] = [rest for _command, path, rest in whole_commands(told, GROUP) if path == command.split()]
    words = [filled.get(TO_FILL.get(word, word), word) for word in typed]
    done = run(*command.split(), *words, "-c", str(home), "--lang", language)
    assert done.returncode == 0, done
    assert not left(home)
