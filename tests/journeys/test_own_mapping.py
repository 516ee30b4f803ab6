"""An integrator's terminals speak another way: he copies the shipped mapping into his folder and mends it."""

import hashlib
import json
import shutil
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

import mappings
from tests.journeys.commands import licet
from tests.site import build, until

NAME = "attendance/north_gate"
LINES, BATCHES, SENDERS = 5, 60, 2


@pytest.fixture
def site(tmp_path):
    """A folder whose terminals are read by a copy of the shipped document, in which the time stands first."""
    site = build(tmp_path / "hub", people=3)
    made = licet(site, "mapping", "new", NAME, "--from", "attendance/zkteco_push")
    assert made.returncode == 0 and f'mappings = {{ read = "{NAME}" }}' in made.stdout
    name_it(site, NAME)
    rewrite(site, lambda form: form.update(columns=["time", "pin", *form["columns"][2:]]))
    return site


def name_it(site, name):
    settings = site.home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    table = "[connectors.terminals]\n"
    assert table in text
    settings.write_text(text.replace(table, f'{table}mappings = {{ read = "{name}" }}\n'), encoding="utf-8")


def rewrite(site, change):
    """Change the folder's document; its digest."""
    own = site.home / "mappings" / f"{NAME}.json"
    document = json.loads(own.read_text(encoding="utf-8"))
    change(document["forms"]["ATTLOG"])
    document["version"] += 1
    text = json.dumps(document, ensure_ascii=False, indent=2).encode()
    own.with_suffix(".new").write_bytes(text)
    own.with_suffix(".new").rename(own)
    return hashlib.sha256(text).hexdigest()


def digest(site):
    return hashlib.sha256((site.home / "mappings" / f"{NAME}.json").read_bytes()).hexdigest()


def approved(site, *serials):
    for serial in serials:
        site.handshake(serial)
        with site.parts() as parts:
            parts.peers.decide(serial, "approved", parts.operators.one("test"), parts.writer)


def upload(site, serial, n):
    """A batch of lines that no other call sends, time first."""
    base = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n * LINES)
    times = (f"{base + timedelta(minutes=k):%Y-%m-%d %H:%M:%S}" for k in range(LINES))
    body = "".join(f"{at}\t{k % 3}\t0\t15\n" for k, at in enumerate(times)).encode()
    return site.post(f"/iclock/cdata?SN={serial}&table=ATTLOG&Stamp=1", body)


def readings(site):
    """What read each transmission of the terminals, by the log."""
    entries = site.entries("received") + site.entries("quarantined")
    return [each["mapping"] for each in entries if each["connector"] == "terminals"]


def test_check_names_the_typo_and_then_it_runs(site):
    rewrite(site, lambda form: form["records"][0]["fields"]["subject"].update(at="/pinn"))
    wrong = licet(site, "check")
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr
    [line] = wrong.stdout.splitlines()
    assert line.startswith(f"mappings/{NAME}.json#/forms/ATTLOG/records/0/fields/subject/at: found '/pinn', expected a")
    assert line.endswith("write /pin")
    [told] = json.loads(licet(site, "check", "--json").stdout)
    assert told["mend"] == "write /pin"

    rewrite(site, lambda form: form["records"][0]["fields"]["subject"].update(at="/pin"))
    assert licet(site, "check").returncode == 0
    site.start()
    approved(site, "SN-1")
    assert upload(site, "SN-1", 0) == (200, b"OK: %d\n" % LINES)
    assert readings(site) == [{"id": NAME, "version": "4", "sha256": digest(site)}]
    until(lambda: site.rows("SELECT count(*) FROM punches") == [(LINES,)], "the punches are in")
    site.end()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((NAME, "--from", "attendance/zkteco_push"), "exists already"),
        (("../../x", "--from", "attendance/zkteco_push"), "expected attendance/"),
        (("credential/x", "--from", "attendance/zkteco_push"), "expected attendance/"),
        (("attendance/x", "--from", "attendance/nothing"), "found no document"),
    ],
)
def test_a_copy_that_cannot_be_made_is_refused_in_one_line(site, arguments, words):
    done = licet(site, "mapping", "new", *arguments)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and words in done.stderr, done


def test_a_document_that_nobody_reads_with_or_that_is_not_there_is_named(site):
    (site.home / "mappings" / "people").mkdir()
    shutil.copy(mappings.SHIPPED / "people" / "roster_csv.json", site.home / "mappings" / "people" / "ours.json")
    shutil.copy(mappings.SHIPPED / "people" / "roster_csv.json", site.home / "mappings" / "ours.json")
    lines = licet(site, "check").stdout.splitlines()
    assert [line.partition("#")[0] for line in lines] == ["mappings/ours.json", "mappings/people/ours.json"]
    assert 'mappings = { read = "people/ours" }' in lines[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("attendance/nowhere", ["[connectors.terminals]: mappings.read", "found no document"]),
        ("credential/authority_push", ["[connectors.terminals]: mappings.read", "expected one of attendance/"]),
        ("../keys/x", ["connectors.terminals.mappings.read", "expected"]),
    ],
)
def test_a_name_that_nothing_resolves_is_refused(tmp_path, name, words):
    site = build(tmp_path / "hub", people=1)
    name_it(site, name)
    done = licet(site, "check")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and all(word in done.stderr for word in words), done


def test_an_exchange_under_load_loses_nothing_and_each_transmission_names_what_read_it(site):
    site.start()
    serials = [f"SN-{n}" for n in range(SENDERS)]
    approved(site, *serials)
    before, answers = digest(site), []

    def send(serial):
        for n in range(BATCHES):
            answers.append(upload(site, serial, n))

    senders = [threading.Thread(target=send, args=(serial,)) for serial in serials]
    for each in senders:
        each.start()
    until(lambda: len(answers) > 10, "some were read by the document of the start")
    after = rewrite(site, lambda form: form.update(note="again"))
    site.process.send_signal(signal.SIGHUP)
    for each in senders:
        each.join()
    until(lambda: site.entries("mapping"), "the exchange has its entry")
    assert upload(site, serials[0], BATCHES) == (200, b"OK: %d\n" % LINES)

    assert answers == [(200, b"OK: %d\n" % LINES)] * (BATCHES * SENDERS)
    until(site.balanced, "the balance holds")
    assert site.rows("SELECT count(*) FROM punches") == [((BATCHES * SENDERS + 1) * LINES,)]
    read_by = readings(site)
    assert len(read_by) == BATCHES * SENDERS + 1 and read_by[-1]["sha256"] == after
    assert {each["sha256"] for each in read_by} == {before, after}
    [exchange] = site.entries("mapping")
    assert (exchange["connector"], exchange["mapping"]["sha256"]) == ("terminals", after)
    assert exchange["mapping_before"]["sha256"] == before
    site.end()


def test_a_wrong_document_leaves_the_one_in_use_and_an_alarm(site):
    site.start()
    approved(site, "SN-1")
    before = digest(site)
    rewrite(site, lambda form: form["records"][0]["fields"]["subject"].update(at="/pinn"))
    site.process.send_signal(signal.SIGHUP)
    until(lambda: [each for each in site.entries("alarm") if each["code"] == "config.invalid"], "the alarm")
    assert upload(site, "SN-1", 0) == (200, b"OK: %d\n" % LINES)
    assert [each["sha256"] for each in readings(site)] == [before]
    site.end()
