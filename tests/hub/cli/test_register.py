"""The register by its commands: filed, listed, exported, damaged, told, brought back from a backup."""

import json

import pytest

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from tests.conftest import HandClock
from tests.hub.intake.test_words import E1, NOW
from tests.hub.register.papers import BASELINE, PLAIN, with_object
from tests.journeys.commands import one_line, run

ABOUT = ("--about", "high-voltage-electrician", "--number", "T-1234")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A hub that has started once and knows one person."""
    home = tmp_path_factory.mktemp("register") / "hub"
    scaffold.write(home, "datacentre", demo=True)
    hr.write_people(home / "roster", [E1])
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
    return home


def told(home, *command):
    done = run("register", *command, "-c", str(home), "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_a_scan_is_filed_listed_exported_and_found_where_it_is_lost(made, tmp_path):
    scan, photo = tmp_path / "scan.pdf", tmp_path / "no name at all"
    scan.write_bytes(PLAIN)
    photo.write_bytes(BASELINE)
    until = ("--until", "2029-05-31")
    first = told(made, "add", "E1", str(scan), *ABOUT, *until, "--by", "wang")
    assert (first["edition"], first["new"], first["media"]) == (1, True, "application/pdf")
    assert told(made, "add", "E1", str(scan), *ABOUT, *until, "--by", "wang")["new"] is False
    assert first["valid_until"] == "2029-05-31T16:00:00+00:00", "a day counts in full"
    later = ("--until", "2030-06-01T00:00+08:00")
    refused = run("register", "add", "E1", str(photo), *ABOUT, *later, "--by", "wang", "-c", str(made), "--lang", "en")
    one_line(refused, "two different people and a reason")
    second = told(made, "add", "E1", str(photo), *ABOUT, *later, "--by", "wang", "--by", "li", "--reason", "renewed")
    assert [each["id"] for each in told(made, "list", "E1", "--by", "li")] == [first["id"], second["id"]]
    chinese = run("register", "list", "E1", "-c", str(made), "--lang", "zh").stdout
    assert "2029-05-31" in chinese and "2030-05-31" in chinese and "-06-01" not in chinese, "the last valid day"
    assert "资格证书" in chinese and "版次" in chinese and "归档时间" in chinese

    out = tmp_path / "out"
    written = told(made, "export", first["id"], "-o", str(out))["file"]
    assert written == str(out / f"{first['id']}.pdf") and (out / f"{first['id']}.pdf").read_bytes() == PLAIN
    assert told(made, "show", first["id"])["damage"] is None

    copy = tmp_path / "copy"
    taken = run("backup", str(copy), "-c", str(made), "--json")
    assert json.loads(taken.stdout).items() >= {"documents": 2, "missing": 0}.items()
    path = made / "data" / "register" / first["id"][:2] / first["id"]
    path.unlink()
    assert "its file is gone" in told(made, "show", first["id"])["damage"]
    one_line(run("register", "export", first["id"], "-o", str(out), "-c", str(made), "--lang", "en"), "backup")
    verified = run("audit", "verify", "-c", str(made), "--lang", "en")
    assert verified.returncode == 1 and f"document {first['id']} of the register: its file is gone" in verified.stdout
    again = run("backup", str(tmp_path / "second"), "-c", str(made), "--lang", "en")
    assert again.returncode == 1 and "1 documents of the register were not there" in again.stdout

    restored = tmp_path / "restored"
    assert run("restore", str(copy), str(restored)).returncode == 0
    told(restored, "export", first["id"], "-o", str(out))
    assert (out / f"{first['id']}.pdf").read_bytes() == PLAIN
    assert run("audit", "verify", "-c", str(restored)).returncode == 0
    gone = told(restored, "remove", second["id"], "--reason", "of E2", "--by", "wang", "--by", "li")
    assert gone["state"] == "removed" and gone["file"] is None


def test_a_document_that_acts_is_refused_in_both_languages(made, tmp_path):
    file = tmp_path / "score.pdf"
    file.write_bytes(with_object(b"<< /S /JavaScript /JS (1) >>"))
    for language, words in (("en", "a PDF with /JavaScript"), ("zh", "PDF 含有 /JavaScript")):
        done = run("register", "add", "E1", str(file), *ABOUT, "--by", "wang", "-c", str(made), "--lang", language)
        one_line(done, "document.active", words)


NUMBER = ("E1", "high-voltage-electrician", "T-99")


def entering(home, evidence, *more):
    said = ("--reason", "seen", "--evidence", str(evidence), *more, "-c", str(home), "--json")
    return run("credential", "enter", *NUMBER, *said)


def test_what_a_certificate_is_entered_upon_is_filed_with_it(made, tmp_path):
    scan, note = tmp_path / "scan.pdf", tmp_path / "note.txt"
    scan.write_bytes(PLAIN)
    note.write_text("seen at the counter", encoding="utf-8")
    until = ("--until", "2029-05-31")
    said = json.loads(entering(made, scan, *until, "--by", "wang").stdout)
    filed = told(made, "show", said["document"])
    assert (filed["transmission"], filed["number"], filed["kind"]) == (said["transmission"], "T-99", "certificate")
    assert filed["valid_until"] == "2029-05-31T16:00:00+00:00"
    assert json.loads(entering(made, note, *until, "--by", "li").stdout)["document"] is None
    look = json.loads(entering(made, scan, *until, "--check-by", "2099-01-01", "--by", "wang").stdout)
    assert told(made, "show", look["document"])["kind"] == "look_up"
    assert "2099-01-01" in run("credential", "checks", "-c", str(made), "--lang", "en").stdout


def test_nothing_is_entered_upon_a_document_that_is_not_taken(made, tmp_path):
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(with_object(b"<< /S /Launch >>"))
    before = run("tail", "--entries", "--json", "-c", str(made)).stdout.count('"entered"')
    done = entering(made, scan, "--by", "wang")
    assert done.returncode == 1 and "document.active" in done.stderr
    assert run("tail", "--entries", "--json", "-c", str(made)).stdout.count('"entered"') == before
