"""An integrator connects a permission system that nobody wrote an adapter for, with what the page shows and nothing
else; then a revocation by the authority closes its door, and that is confirmed at the system's own state."""

import json
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.config import scaffold
from tests.faults.odd_iam import TOKEN, OddIam, serving
from tests.journeys.commands import licet
from tests.site import build, order, until

PAGE = Path("docs/rest-door.md").read_text("utf-8")
ROOM = "room-a"


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def iam():
    system = OddIam("as it says")
    system.add_account("E0", "人零")
    return system


@pytest.fixture
def site(tmp_path, iam):
    """A folder in which the page's table has taken the place of the usual permission system."""
    made = build(tmp_path / "hub", people=1, groups=(ROOM,))
    settings = (made.home / "licet.toml").read_text("utf-8")
    usual = re.search(r"\[connectors\.iam\]\n(?:(?!\n\[).)*", settings, re.DOTALL)[0]
    with serving({"iam": iam}) as url:
        own = block("toml").replace("https://iam.example.cn", f"{url}/iam")
        own = own.replace(', "room-b" = "1002"', "")  # no position of this folder opens it
        own = own.replace("canary =", "allow_private_address = true\ncanary =")
        (made.home / "licet.toml").write_text(settings.replace(usual, own), "utf-8")
        scaffold.secret(made.home / "keys" / "iam.token", TOKEN.encode())
        write(made, block("json"))
        yield made
        if made.process is not None:
            made.end()


def write(site, text):
    own = site.home / "mappings" / "door" / "iam.json"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.with_suffix(".new").write_text(text, "utf-8")
    own.with_suffix(".new").rename(own)


def push(site, status, sequence):
    told = site.authority().push(order(0, status, sequence), now=datetime.now(UTC), id=f"e-{sequence}")
    assert told[0] in (200, 202)


def state(site):
    return dict(site.rows("SELECT wanted, state FROM desired"))


def said(site):
    """Codes of what was said of the closing."""
    entries = [json.loads(body) for (body,) in site.rows("SELECT body FROM entries")]
    return {each.get("code") for each in entries if each.get("wanted") == "absent"}


def served(site):
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 1, "the roster is in")
    site.enforce()


def test_a_revocation_by_the_authority_closes_the_door_there(site, iam):
    person = next(uid for uid, each in iam.accounts.items() if each["jobNo"] == "E0")
    others = iam.inside(ROOM)
    served(site)
    online = licet(site, "check", "--online", "--lang", "en")
    assert online.returncode == 0, online.stderr
    assert "an absence counts" in online.stdout and "1 of 1 found" in online.stdout

    push(site, "active", 1)
    until(lambda: state(site).get("present") == "confirmed", "it is open, and confirmed")
    assert iam.inside(ROOM) == [*others, person]

    began = datetime.now(UTC)
    push(site, "revoked", 2)
    until(lambda: state(site).get("absent") == "confirmed", "it is closed, and confirmed")
    assert iam.inside(ROOM) == others, "and so it is there, and nobody else lost anything"
    last = site.entries("confirmed")[-1]
    assert last["observed"] == "absent" and datetime.fromisoformat(last["ts"]) > began
    seen = json.loads(site.enclosed(last, "observation"))
    assert {"request_sha256", "answer_sha256", "person_sha256"} <= set(seen) and seen["members"] == "3"
    assert all(key.startswith(f"iam/{ROOM}/") for key in iam.keys) and len(set(iam.keys)) == 2
    site.end()
    assert site.command("audit", "verify").returncode == 0


def test_another_word_for_done_is_learnt_while_the_hub_runs(site, iam):
    served(site)
    push(site, "active", 1)
    until(lambda: state(site).get("present") == "confirmed", "it is open")
    with iam.lock:
        iam.done = "00000"  # an upgrade over night
    push(site, "revoked", 2)
    until(lambda: "peer.rejected" in said(site), "nothing can be told")
    assert state(site)["absent"] != "confirmed"

    broken = json.loads(block("json"))
    del broken["forms"]["accounts"]
    write(site, json.dumps(broken))
    wrong = licet(site, "check", "--lang", "en")
    assert wrong.returncode == 1 and "accounts" in wrong.stderr and "door.Account" in wrong.stderr, wrong
    site.process.send_signal(signal.SIGHUP)  # what is in use stays

    write(site, block("json").replace('"0": "done"', '"00000": "done"'))
    site.process.send_signal(signal.SIGHUP)
    until(lambda: state(site).get("absent") == "confirmed", "it is closed")
    assert len(iam.inside(ROOM)) == 3
    assert [each["connector"] for each in site.entries("mapping")] == ["iam"], "the broken one was never in use"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"accounts": {', '"account": {'), ["accounts", "door.Account"]),
        (lambda text: text.replace('"remove": {', '"removal": {'), ["revoke.body", "'remove'"]),
        (lambda text: text.replace("door.Account", "people.Person"), ["people.Person"]),
        (lambda text: text.replace('"/jobNo", "as": "trim"', '"/jobNo", "as": "trimm"', 1), ["trimm", "trim"]),
    ],
)
def test_check_names_what_a_document_lacks(site, change, said):
    assert licet(site, "check").returncode == 0
    write(site, change(block("json")))
    wrong = licet(site, "check", "--lang", "en")
    assert wrong.returncode == 1
    for word in said:
        assert word in wrong.stdout + wrong.stderr


def test_a_source_is_not_read_by_the_words_of_a_door(site):
    settings = site.home / "licet.toml"
    cloud = '\n[connectors.cloud]\nadapter = "generic/webhook"\nprofile = "token"\nsecret = "file:keys/cloud.token"\n'
    settings.write_text(settings.read_text("utf-8") + cloud + 'mappings = { read = "door/iam" }\n', "utf-8")
    scaffold.secret(site.home / "keys" / "cloud.token", b"for-tests-only-16-bytes")
    wrong = licet(site, "check", "--lang", "en")
    assert wrong.returncode == 1 and "connectors.cloud" in wrong.stderr and "a document of facts" in wrong.stderr
