"""What is handed to others is shown first, and names nobody: no person, number, PIN, token, secret or certificate."""

import base64
import json
import os
import pty
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest

from hub.store.tables import connectors
from tests.journeys.commands import licet
from tests.site import PATIENCE_SECONDS, build, order, until

PERSON = {"E1": "EMP777001", "人1": "金丝雀张三", "e1@": "canary.mail@", "l1": "lmscanary", "r1": "refcanary"}
SECRETS = {"scim": "ey-scim-canary-token-1", "lms": "lms-canary-password-2"}
OTHERS = {
    "pin": "88231PIN",
    "unreadable": "PIN2CANARY",
    "serial": "SNCANARY42",
    "certificate": "GZ-CANARY-7731",
    "operator": "王运维金丝雀",
    "mail": "opscanary@example.cn",
    "hr": "hrcanary@example.cn",
    "host": "iamcanary.example.cn",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A hub that knows somebody by every name, and has something of everything."""
    home = tmp_path_factory.mktemp("filled") / "hub"
    site = build(home, people=2)
    roster = (home / "roster" / "people.csv").read_text(encoding="utf-8")
    for plain, canary in PERSON.items():
        roster = roster.replace(plain, canary)
    (home / "roster" / "people.csv").write_text(roster, encoding="utf-8")
    (home / "keys" / "scim.token").write_text(SECRETS["scim"])
    (home / "keys" / "lms.password").write_text(SECRETS["lms"])
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    settings = settings.replace("hr@example.cn", OTHERS["hr"]).replace("127.0.0.1:8710", f"127.0.0.1:{site.port}")
    settings += f'\n[operators."{OTHERS["operator"]}"]\nmail = "{OTHERS["mail"]}"\n'
    (home / "licet.toml").write_text(settings, encoding="utf-8")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 2, "the roster is in")
    site.handshake(OTHERS["serial"])
    site.command("devices", "approve", OTHERS["serial"])
    punches = f"{OTHERS['pin']}\t2026-03-01 09:00:00\t0\t15\n{OTHERS['unreadable']}\tx\n".encode()
    path = f"/iclock/cdata?SN={OTHERS['serial']}&table=ATTLOG"
    until(lambda: site.post(path, punches)[0] == 200, "punches are taken")
    pushed = order(1, "active", 1, holder=PERSON["r1"], number=OTHERS["certificate"])
    assert site.authority().push(pushed, now=datetime.now(UTC), id="e1")[0] == 202
    bad = {**order(0, "active", 1), "holder": "Zhang San 110101199003074477"}
    site.authority().push(bad, now=datetime.now(UTC), id="x")
    yield site


def canaries(site):
    own = [(site.home / "keys" / "api.token").read_text().strip(), str(site.home), "110101199003074477"]
    return [*PERSON.values(), *SECRETS.values(), *OTHERS.values(), *own]


def forms(text):
    """A text as it may stand somewhere."""
    plain = text.encode()
    yield from (plain, text.encode("utf-16-le"), text.encode("gb18030"), json.dumps(text)[1:-1].encode())
    yield from (base64.b64encode(plain).rstrip(b"="), plain.hex().encode())


def members(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_nobody_and_no_secret_is_inside_of_a_filled_hub(filled, tmp_path):
    file = tmp_path / "bundle.zip"
    done = licet(filled, "support-bundle", "--yes", "-o", str(file), "--lang", "en")
    assert done.returncode == 0, done.stderr
    inside = members(file)
    assert {name.partition("/")[2] for name in inside} == {
        "about.json", "codes.json", "findings.json", "metrics.txt", "settings.json", "states.json",
    }  # fmt: skip
    preview = done.stdout.replace(str(file), "").replace(f"licet doctor -c {filled.home}", "a command to type here")
    everything = {**inside, "the file itself": file.read_bytes(), "the preview": preview.encode()}
    for canary in canaries(filled):
        for form in forms(canary):
            assert [name for name, content in everything.items() if form in content] == [], canary
    master = (filled.home / "keys" / "master.key").read_bytes()
    for content in everything.values():
        assert master not in content and master.hex().encode() not in content


def test_what_helps_is_inside(filled, tmp_path):
    file = tmp_path / "bundle.zip"
    licet(filled, "support-bundle", "--yes", "-o", str(file))
    read = {name.partition("/")[2]: content for name, content in members(file).items()}
    about, settings, states = (json.loads(read[f"{name}.json"]) for name in ("about", "settings", "states"))
    assert about["licet"] and about["libraries"]["pydantic"] and about["sqlite"]
    assert settings["profile"] == "dev" and settings["hub"]["zone"] == "Asia/Shanghai"
    assert settings["connectors"]["iam"]["adapter"] == "access/scim"
    assert settings["connectors"]["iam"]["settings"]["token"] == "(redacted secret)"
    assert settings["hub"]["hr_mail"] == "(redacted)" and settings["hub"]["disk_floor_mb"] == 512
    balance = {each["name"]: each["balance"] for each in states["connectors"]}
    assert balance["authority"]["received"] >= 2 and balance["terminals"]["received"] >= 2
    assert {"kind": "post", "state": "full", "items": 1} in states["scopes"]
    assert {"connector": "terminals", "status": "approved", "peers": 1} in states["peers"]
    codes = json.loads(read["codes.json"])
    assert any(each["kind"] == "quarantined" and each["connector"] == "terminals" for each in codes)
    findings = json.loads(read["findings.json"])
    assert {"store", "hub", "owners"} <= {each["topic"] for each in findings}
    assert b"licet_items{" in read["metrics.txt"]


def test_it_is_shown_first_and_written_only_once_somebody_says_so(filled, tmp_path):
    file = tmp_path / "bundle.zip"
    done = licet(filled, "support-bundle", "-o", str(file), "--lang", "en")
    assert not file.exists() and "nothing was written" in done.stdout
    for part in ("settings.json", "redacted in it: ", "hub.hr_mail", "connectors.iam.token", "left out altogether"):
        assert part in done.stdout
    listed = json.loads(licet(filled, "support-bundle", "--json").stdout)
    assert {each["file"]: bool(each["redacted"]) for each in listed}["settings.json"]
    one = licet(filled, "support-bundle", "--show", "settings.json")
    assert json.loads(one.stdout)["profile"] == "dev"
    wrong = licet(filled, "support-bundle", "--show", "setings.json", "--lang", "en")
    assert wrong.returncode == 1 and "settings.json" in wrong.stderr


def asked(site, answer, *arguments):
    """Run it at a terminal where somebody answers."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hub", "support-bundle", "-c", str(site.home), *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.write(ours, answer.encode())
    shown, _none = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)
    os.close(theirs)
    return shown


def test_at_a_terminal_somebody_is_asked(filled, tmp_path):
    file = tmp_path / "bundle.zip"
    assert "nothing was written" in asked(filled, "n\n", "-o", str(file), "--lang", "en") and not file.exists()
    shown = asked(filled, "y\n", "-o", str(file), "--lang", "zh")
    assert file.exists() and shown.index("settings.json") < shown.index("写入") < shown.index("已写出")


def test_only_its_owner_may_read_it_and_no_file_is_written_over(filled, tmp_path):
    file = tmp_path / "bundle.zip"
    assert licet(filled, "support-bundle", "--yes", "-o", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = licet(filled, "support-bundle", "--yes", "-o", str(file))
    assert again.returncode == 1 and str(file) in again.stderr and file.read_bytes() == before


def test_a_folder_that_cannot_be_read_gives_what_there_is_and_not_what_was_found_in_it(tmp_path):
    site, file = build(tmp_path / "hub"), tmp_path / "bundle.zip"
    settings = (site.home / "licet.toml").read_text(encoding="utf-8")
    (site.home / "licet.toml").write_text(settings + '\n[operators.x]\nmail = "geheim canary"\n', encoding="utf-8")
    assert licet(site, "support-bundle", "--yes", "-o", str(file)).returncode == 0
    read = {name.partition("/")[2]: content for name, content in members(file).items()}
    assert json.loads(read["settings.json"]) == {"not_taken": "config.invalid"}
    assert all(b"geheim" not in content for content in read.values())


def test_a_hub_without_a_store_gives_what_there_is(tmp_path):
    site, file = build(tmp_path / "hub"), tmp_path / "bundle.zip"
    assert licet(site, "support-bundle", "--yes", "-o", str(file)).returncode == 0
    read = {name.partition("/")[2]: content for name, content in members(file).items()}
    assert json.loads(read["states.json"]) == {"not_taken": "store.missing"}
    assert json.loads(read["settings.json"])["profile"] == "dev"


def test_nothing_is_written_where_a_secret_would_be_inside_all_the_same(tmp_path):
    """An instance whose last error somebody made of a secret: whatever way it takes, it does not leave."""
    site, file = build(tmp_path / "hub"), tmp_path / "bundle.zip"
    with site.parts() as parts:
        secret = (site.home / "keys" / "scim.token").read_text()
        parts.writer.call(
            lambda tx: tx.session.run(connectors.went_wrong, {"connector": "iam", "code": secret, "at": 1})
        )
    done = licet(site, "support-bundle", "--yes", "-o", str(file), "--lang", "en")
    assert done.returncode == 1 and "a secret of the hub" in done.stderr and not file.exists()
