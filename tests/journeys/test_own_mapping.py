"""An integrator's terminals speak another way: he copies the shipped mapping into his folder and mends it."""

import hashlib
import json
import shutil
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

import mappings
from mappings.cases import read_case
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
    wrong = licet(site, "check", "--lang", "en")
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr
    [line] = wrong.stdout.splitlines()
    place, found = line.split(": found ")
    text = (site.home / "mappings" / f"{NAME}.json").read_text("utf-8").split("\n")
    number, row = next((n, each) for n, each in enumerate(text, 1) if '"/pinn"' in each)
    column = row.index('"at"') + 1
    assert place == f"{site.home}/mappings/{NAME}.json:{number}:{column}: /forms/ATTLOG/records/0/fields/subject/at"
    assert found.startswith("'/pinn', expected a") and "; did you mean '/pin'? To do: write '/pin' there" in found
    [told] = json.loads(licet(site, "check", "--json").stdout)
    assert (told["hint"], told["line"]) == ("did you mean '/pin'?", number)

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
        (("attendance/x", "--from", "attendance/nothing"), "found no mapping"),
    ],
)
def test_a_copy_that_cannot_be_made_is_refused_in_one_line(site, arguments, words):
    done = licet(site, "mapping", "new", *arguments, "--lang", "en")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and words in done.stderr, done


def test_a_document_that_nobody_reads_with_or_that_is_not_there_is_named(site):
    (site.home / "mappings" / "people").mkdir()
    shutil.copy(mappings.SHIPPED / "people" / "roster_csv.json", site.home / "mappings" / "people" / "ours.json")
    shutil.copy(mappings.SHIPPED / "people" / "roster_csv.json", site.home / "mappings" / "ours.json")
    *lines, how_many = licet(site, "check").stdout.splitlines()
    assert how_many == "2 个错误"
    assert [line.partition(":")[0] for line in lines] == [
        str(site.home / "mappings" / each) for each in ("ours.json", "people/ours.json")
    ]
    assert 'mappings = { read = "people/ours" }' in lines[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "attendance/nowhere",
            ["[connectors.terminals]: mappings.read", "found 'attendance/nowhere'", "mappings/attendance/nowhere.json"],
        ),
        ("credential/authority_push", ["[connectors.terminals]: mappings.read", "expected one of attendance/"]),
        ("../keys/x", ["[connectors.terminals]: mappings.read", "expected"]),
    ],
)
def test_a_name_that_nothing_resolves_is_refused(tmp_path, name, words):
    site = build(tmp_path / "hub", people=1)
    name_it(site, name)
    done = licet(site, "check", "--lang", "en")
    told = done.stdout + done.stderr
    assert done.returncode == 1 and told.count("\n") == 1 and all(word in told for word in words), done


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


def case(site):
    """A golden case beside the folder's document: a line as this site's terminals send it, and its punch."""
    folder = site.home / "mappings" / f"{NAME}.cases"
    folder.mkdir()
    punch = {
        "record": "attendance.Punch",
        "subject": "7",
        "device": "SN-1",
        "occurred_at": "2026-03-02T00:01:02Z",
        "occurred_local": "2026-03-02 08:01:02",
        "direction": "in",
        "verify": "face",
        "verify_raw": "15",
    }
    given = {
        "form": "ATTLOG",
        "media_type": "text/plain",
        "context": {"device": "SN-1", "zone": "Asia/Shanghai"},
        "body": "2026-03-02 08:01:02\t7\t0\t15\t9\n",
        "outcomes": [{"key": "SN-1|2026-03-02 08:01:02|granted", "records": [punch]}],
    }
    return folder / "punch.json", given


def kept(file, given):
    file.write_text(json.dumps(given, ensure_ascii=False, indent=1), encoding="utf-8")


def test_the_cases_beside_a_document_are_run_and_a_mistyped_one_is_an_error(site):
    assert licet(site, "mapping", "lint").returncode == 0
    bare = licet(site, "mapping", "test", "--lang", "en")
    assert bare.returncode == 1 and f"{NAME}: no golden case beside it" in bare.stdout
    file, given = case(site)
    kept(file, given)
    done = licet(site, "mapping", "test", "--lang", "en")
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{NAME}/punch: ok", "1 cases: 0 failed"]), done

    [punch] = given["outcomes"][0]["records"]
    punch["direction"] = "out"
    kept(file, given)
    wrong = licet(site, "mapping", "test", "--lang", "en")
    assert wrong.returncode == 1
    assert '/outcomes/0/records/0/direction: expected "out", found "in"' in wrong.stdout
    assert '应为 "out", 现为 "in"' in licet(site, "mapping", "test", "--lang", "zh").stdout

    punch["directon"] = punch.pop("direction")
    kept(file, given)
    mistyped = licet(site, "mapping", "test", "--lang", "en")
    lines = enumerate(file.read_text("utf-8").split("\n"), 1)
    line, column = next((n, each.index('"directon"') + 1) for n, each in lines if "directon" in each)
    assert mistyped.returncode == 1
    assert f"punch.json:{line}:{column}: /outcomes/0/records/0/directon: " in mistyped.stdout
    assert "did you mean 'direction'?" in mistyped.stdout
    [told] = json.loads(licet(site, "mapping", "test", "--json").stdout)["cases"]
    assert (told["passed"], told["findings"][0]["line"]) == (False, line)


def test_a_body_is_shown_field_by_field_with_what_nobody_read(site):
    body = site.home / "body.txt"
    body.write_bytes(b"2026-03-02 08:01:02\t7\t0\t15\t9\n2026-03-02 25:01:02\t7\t0\t15\n")
    context = ["--context", "device=SN-1", "--context", "zone=Asia/Shanghai"]
    done = licet(site, "mapping", "preview", str(body), "--form", "ATTLOG", *context, "--lang", "en")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert ["Punch.subject", "/pin", "'7'", "trim", "'7'"] in rows
    assert ["Punch.direction", "/status", "'0'", "table", "'in'"] in rows
    assert "  not read: /workcode" in done.stdout.splitlines()
    assert "line 2: fault time.invalid, where line 2 time: found '2026-03-02 25:01:02', expected " in done.stdout
    seen = json.loads(licet(site, "mapping", "preview", str(body), "--form", "ATTLOG", *context, "--json").stdout)
    assert seen["total"] == 2 and seen["items"][0]["unread"] == ["/workcode"]
    at = next(each for each in seen["items"][0]["fields"] if each["field"] == "occurred_at")
    assert (at["source"], at["conversion"], at["value"]) == ("/time", "instant", "2026-03-02T00:01:02+00:00")
    assert (
        "未读取：/workcode"
        in licet(site, "mapping", "preview", str(body), "--form", "ATTLOG", *context, "--lang", "zh").stdout
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_body_that_was_looked_at_is_kept_as_a_case_to_the_byte(site, encoding):
    body = site.home / "body.txt"
    body.write_bytes("2026-03-02 08:01:02\t7\t0\t15\t九\r\n".encode(encoding))
    context = ["--context", "device=SN-1", "--context", "zone=Asia/Shanghai"]
    asked = ("mapping", "preview", str(body), "--form", "ATTLOG", *context, "--keep", "kept")
    assert licet(site, *asked, "--json").returncode == 0
    folder = site.home / "mappings" / f"{NAME}.cases"
    assert read_case(NAME, folder / "kept.json").transmission.body == body.read_bytes()
    assert licet(site, "mapping", "test").returncode == 0
    before = (folder / "kept.json").read_bytes()
    for name, word in (("kept", "exists already"), ("../kept", "'../kept'")):
        done = licet(site, *asked[:-1], name, "--lang", "en")
        assert done.returncode == 1 and word in done.stderr
    assert (folder / "kept.json").read_bytes() == before and len(list(folder.iterdir())) == 1


def test_a_document_that_is_not_there_is_named_with_the_nearest(site):
    done = licet(site, "mapping", "lint", "attendance/north_gat", "--lang", "en")
    assert done.returncode == 1 and f"did you mean '{NAME}'?" in done.stderr


def test_a_document_is_proposed_for_a_sample_compared_and_used(site):
    body = site.home / "sample.json"
    body.write_text(
        json.dumps(
            {"code": 0, "list": [{"id": n, "pin": f"E{n}", "sn": "K-1", "time": "2026-03-02 08:00:00"} for n in (1, 2)]}
        )
    )
    ours = "attendance/ours"
    made = licet(site, "mapping", "new", ours, "--body", str(body), "--record", "attendance.Punch", "--lang", "en")
    assert made.returncode == 0 and "proposed for" in made.stdout, made
    seen = licet(site, "mapping", "preview", str(body), "--with", ours, "--context", "zone=Asia/Shanghai", "--json")
    items = json.loads(seen.stdout)["items"]
    assert [each["outcome"]["records"][0]["subject"] for each in items] == ["E1", "E2"]

    other = site.home / "mappings" / "attendance" / "other.json"
    text = (site.home / "mappings" / f"{ours}.json").read_text("utf-8")
    other.write_text(text.replace('"at": "/sn"', '"at": "/id", "as": "text"'), encoding="utf-8")
    same = licet(site, "mapping", "diff", ours, ours, "--lang", "en")
    assert (same.returncode, same.stdout) == (0, "0 rules differ; 0 of 0 cases give something else\n")
    folder = site.home / "mappings" / f"{ours}.cases"
    folder.mkdir()
    kept(
        folder / "sample.json",
        {
            "form": "json",
            "media_type": "application/json",
            "context": {"zone": "Asia/Shanghai"},
            "body": body.read_text(),
            "outcomes": [each["outcome"] for each in items],
        },
    )
    assert licet(site, "mapping", "test", ours).returncode == 0
    differ = licet(site, "mapping", "diff", ours, "attendance/other", "--lang", "en").stdout
    assert '/forms/json/records/0/fields/device/at: "/sn" -> "/id"' in differ
    assert '  /0/records/0/device: "K-1" -> "1"' in differ and "1 of 1 cases" in differ

    gone = licet(site, "mapping", "new", ours, "--body", str(body), "--record", "attendance.Punch", "--lang", "en")
    assert gone.returncode == 1 and "exists already" in gone.stderr
    assert licet(site, "mapping", "new", "attendance/x").returncode == 2
