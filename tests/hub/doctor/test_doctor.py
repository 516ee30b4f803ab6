"""Everything is looked at once: each trouble is told with a command, and what could not be seen is not called good."""

import hashlib
import json
import sqlite3
import threading
import time
from base64 import urlsafe_b64encode
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.alarms.desk import open_alarms
from hub.clock import to_us
from hub.columns import width
from hub.config.renewals import shipped_renewals
from hub.doctor.examining import Check, examined
from hub.doctor.finding import TOPICS, Finding
from hub.doctor.owners import owners
from schemas.words import Words
from tests.conftest import HandClock
from tests.hub.decision.test_law import opened
from tests.journeys.commands import licet
from tests.ports import free_port
from tests.site import build, until


def begun(home):
    """A hub that was started once and stands still."""
    site = build(home)
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    (home / "licet.toml").write_text(settings.replace("127.0.0.1:8710", f"127.0.0.1:{site.port}"), encoding="utf-8")
    alarm(site)
    with site.parts() as parts:
        (raised,) = open_alarms(parts.database)
        parts.alarm_desk.acknowledge(raised.id, "wang")
    return site


@pytest.fixture
def site(tmp_path):
    return begun(tmp_path / "hub")


def looked(site):
    done = licet(site, "doctor", "--json")
    assert done.stderr == ""
    return json.loads(done.stdout), done.returncode


def of(found, topic):
    return [(each["state"], each["found_en"]) for each in found if each["topic"] == topic]


def states(found, topic):
    return {state for state, _words in of(found, topic)}


def digests(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_a_hub_that_stands_still_is_looked_at_and_nothing_of_it_is_changed(site):
    before = digests(site.home)
    found, code = looked(site)
    assert digests(site.home) == before
    assert list(dict.fromkeys(each["topic"] for each in found)) == [
        "folder", "disk", "store", "hub", "clock", "log", "register", "backlog", "sources", "doors", "keys", "owners",
    ]  # fmt: skip
    assert {each["topic"] for each in found} == set(TOPICS)
    assert of(found, "hub")[0][0] == "soon" and "stopped" in of(found, "hub")[0][1]
    assert states(found, "store") == {"good"} and states(found, "log") == {"good"}
    assert code == 1 and of(found, "owners") == [("bad", "no operator is named: nobody hears of alarms")]


def test_a_hub_that_runs_says_itself_that_it_takes_work(site):
    site.start()
    until(lambda: site.status("/readyz")[0] == 200, "it takes work")
    found, _code = looked(site)
    assert of(found, "hub") == [("good", f"it runs and takes work at {site.url}")]
    assert states(found, "store") == states(found, "log") == states(found, "clock") == {"good"}


def test_on_postgresql_the_same_is_seen_running_and_stopped(tmp_path, postgresql_url):
    site = build(tmp_path / "hub")
    site.on(postgresql_url)
    settings = (site.home / "licet.toml").read_text(encoding="utf-8")
    (site.home / "licet.toml").write_text(settings.replace(":8710", f":{site.port}"), encoding="utf-8")
    site.start()
    until(lambda: site.status("/readyz")[0] == 200, "it takes work")
    running, _code = looked(site)
    site.end()
    stopped, _code = looked(site)
    assert states(running, "hub") == {"good"} and states(stopped, "hub") == {"soon"}
    for found in (running, stopped):
        assert {each["state"] for each in found} <= {"good", "soon", "bad"}
        assert states(found, "store") <= {"good", "soon"} and states(found, "log") | states(found, "clock") == {"good"}
        assert "data_checksums" in str(of(found, "store"))


def test_a_hub_that_holds_its_store_and_listens_elsewhere_is_not_called_good(tmp_path):
    site = build(tmp_path / "hub")
    settings = (site.home / "licet.toml").read_text(encoding="utf-8")
    (site.home / "licet.toml").write_text(settings.replace(":8710", f":{free_port()}"), encoding="utf-8")
    site.start()  # at a port of its own
    found, code = looked(site)
    [(state, words)] = of(found, "hub")
    assert state == "unseen" and "process" in words and "holds its store" in words and code == 1


def test_before_the_first_start_nothing_of_the_store_is_called_good(tmp_path):
    found, code = looked(build(tmp_path / "hub"))
    assert code == 1 and states(found, "store") == {"unseen"} and "licet serve" in of(found, "store")[0][1]
    for topic in ("clock", "log", "register", "backlog", "sources", "doors", "keys", "owners"):
        assert of(found, topic) == [("unseen", "could not be looked at, because the store could not be looked at")]


def test_a_folder_that_cannot_be_read_leaves_the_disk_to_look_at(site):
    (site.home / "licet.toml").write_text("[hub]\nlanguage = 'fr'\n", encoding="utf-8")
    found, code = looked(site)
    assert code == 1 and states(found, "folder") == {"unseen"} and "language" in of(found, "folder")[0][1]
    assert states(found, "disk") == {"good"}
    assert {each["state"] for each in found if each["topic"] not in ("folder", "disk")} == {"unseen"}


# --- troubles ----------------------------------------------------------------------------------------------------


def changed(site, text, *values):
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        store.execute(text, values)


def setting(site, old, new):
    settings = (site.home / "licet.toml").read_text(encoding="utf-8")
    assert old in settings
    (site.home / "licet.toml").write_text(settings.replace(old, new, 1), encoding="utf-8")


def ago(**time_):
    return to_us(datetime.now(UTC) - timedelta(**time_))


def in_(**time_):
    return to_us(datetime.now(UTC) + timedelta(**time_))


def destroyed(site):
    """One page that nobody reads who only opens the store."""
    file = site.home / "data" / "licet.db"
    with closing(sqlite3.connect(file)) as store:
        (page,) = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'punches'").fetchone()
        (size,) = store.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)


def rewritten(site, text, *values):
    """What nobody can do to the log without taking its guard away first."""
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {name}")
        store.execute(text, values)


def certificate(site):
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=9))
        .sign(key, None)
    )
    (site.home / "keys" / "tls.pem").write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (site.home / "keys" / "tls.key").write_bytes(private)
    text = f'\n[listeners.all]\nlisten = "127.0.0.1:{site.port}"\ncertificate = "keys/tls.pem"\nkey = "keys/tls.key"\n'
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(text)


def token(site):
    body = urlsafe_b64encode(json.dumps({"exp": time.time() - 86400}).encode()).decode().rstrip("=")
    (site.home / "keys" / "scim.token").write_text(f"e30.{body}.c2ln")


def alarm(site):
    with site.parts() as parts:
        parts.writer.call(lambda tx: tx.log("alarm", code="hub.loop"))


TROUBLES = {
    "little room": (lambda s: setting(s, "[hub]", "[hub]\ndisk_floor_mb = 1000000"), "disk", "bad", "df -h"),
    "clock held": (lambda s: changed(s, "INSERT INTO clock VALUES (1, 0, 86400000000, 0)"), "clock", "bad", "clock"),
    "clock behind": (
        lambda s: rewritten(s, "UPDATE entries SET at = ? WHERE seq = (SELECT max(seq) FROM entries)", in_(hours=2)),
        "clock", "bad", "timedatectl",
    ),
    "pages destroyed": (destroyed, "store", "bad", "licet restore"),
    "a copy": (lambda s: changed(s, "UPDATE hub SET restored_at = 1"), "store", "bad", "licet release"),
    "log cut": (
        lambda s: rewritten(s, "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)"),
        "log", "bad", "licet audit verify",
    ),
    "people late": (
        lambda s: changed(s, "INSERT INTO due VALUES ('p', ?, 'x', 0, 0)", ago(hours=3)),
        "backlog",
        "soon",
        "licet tail",
    ),
    "people stuck": (
        lambda s: changed(s, "INSERT INTO due VALUES ('p', ?, 'x', 2, 0)", ago(hours=3)),
        "backlog",
        "bad",
        "licet alarms",
    ),
    "doors wait": (
        lambda s: changed(s, "INSERT INTO outbox (person, sink, lane, epoch, next_at) VALUES ('p', 'iam', 0, 1, 0)"),
        "backlog", "soon", "licet connectors",
    ),
    "unknown people": (
        lambda s: changed(s, "INSERT INTO held VALUES ('s', 'terminals', 2, ?)", ago(days=1)),
        "backlog", "soon", "licet people unresolved",
    ),
    "a source behind": (
        lambda s: changed(s, "INSERT OR REPLACE INTO watermarks VALUES ('roster', '', ?)", ago(hours=9)),
        "sources", "bad", "licet connectors",
    ),
    "a terminal silent": (
        lambda s: changed(s, "INSERT INTO peers VALUES ('terminals', 'T1', 'approved', '{}', 0, ?)", ago(hours=9)),
        "sources", "bad", "licet devices list",
    ),
    "a terminal waits": (
        lambda s: changed(s, "INSERT INTO peers VALUES ('terminals', 'T1', 'pending', '{}', 0, NULL)"),
        "sources", "soon", "licet devices approve T1",
    ),
    "a system away": (
        lambda s: changed(s, "UPDATE connectors SET last_error = 'peer.unreachable', last_error_at = ? "
                             "WHERE connector = 'iam'", ago(minutes=5)),
        "doors", "bad", "licet connectors",
    ),
    "a target halted": (
        lambda s: changed(s, "INSERT INTO halts VALUES ('iam', 'room', 'sink.harm', ?)", ago(hours=1)),
        "doors", "bad", "licet resume iam room",
    ),
    "frozen": (
        lambda s: changed(s, "INSERT INTO modes (scope, name, frozen_until) VALUES ('all', 'all', ?)", in_(hours=5)),
        "doors", "soon", "licet unfreeze all",
    ),
    "a certificate ends": (certificate, "keys", "soon", ""),
    "a token ended": (token, "keys", "bad", ""),
    "a key ends": (
        lambda s: changed(s, "INSERT INTO keys (owner, kid, algorithm, public, origin, added_at, active_at, "
                             "retiring_at, retired_at) VALUES ('', 'k', 'ed25519', '{}', 'made', 0, 0, 0, ?)",
                          in_(days=5)),
        "keys", "soon", "licet keys rotate k",
    ),
    "an alarm": (alarm, "owners", "bad", "licet alarms list"),
    "a case overdue": (
        lambda s: changed(s, "INSERT INTO cases VALUES ('c', 'objection', '{}', 0, ?, 'open', '', 0)", ago(days=1)),
        "owners", "bad", "licet cases list",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_told_with_the_command_to_go_on_with(site, trouble):
    make, topic, state, command = TROUBLES[trouble]
    before = [each for each in looked(site)[0] if each["topic"] == topic]
    make(site)
    found, _code = looked(site)
    told = [each for each in found if each["topic"] == topic and each not in before and each["state"] == state]
    assert told, [each for each in found if each["topic"] == topic]
    assert any(command in each["command"] for each in told), told


def test_renewal_rules_that_are_to_be_read_again_are_told_a_month_ahead_and_ever_after(tmp_path):
    due = shipped_renewals()["cisp"].next_review_on
    noon = datetime(due.year, due.month, due.day, 4, tzinfo=UTC)
    clock = HandClock(noon - timedelta(days=31))
    with opened(tmp_path / "hub", clock) as parts, parts.database.reading() as session:

        def told():
            found = owners(session, parts.folder, clock.now())
            return [(each.state, each.words) for each in found if each.command == "licet rules renewal cisp"]

        assert told() == []
        clock.advance(timedelta(days=1))
        [(state, words)] = told()
        assert state == "soon" and f"is to be reviewed by {due}" in str(words) and str(due) in words.zh
        clock.advance(timedelta(days=31))
        [(state, words)] = told()
        assert state == "soon" and "was to be reviewed" in str(words)


def test_a_store_that_cannot_even_be_opened_is_said_with_its_remedy(site):
    (site.home / "data" / "licet.db").write_bytes(b"no store" * 4096)
    found, code = looked(site)
    assert code == 1 and states(found, "store") == {"unseen"} and "restore it" in of(found, "store")[0][1]


def test_a_store_that_another_program_holds_locked_is_told_so_and_keeps_nothing_else_from_being_seen(site):
    with closing(sqlite3.connect(site.home / "data" / "licet.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        found, code = looked(site)
    assert code == 1 and states(found, "folder") == states(found, "disk") == {"good"}
    assert "holds" in of(found, "store")[0][1] and "locked; end it" in of(found, "store")[0][1]
    assert next(each["command"] for each in found if each["topic"] == "store").startswith("lsof ")
    assert states(found, "hub") == {"soon"}, "what does not need the store is looked at"


def test_a_memory_of_the_log_that_is_gone_is_not_good(site):
    (site.home / "data" / "signer.json").unlink()
    found, code = looked(site)
    assert code == 1 and "good" not in states(found, "store") | states(found, "log")


class Stranger(BaseHTTPRequestHandler):
    """A web server that knows nothing of us and says that all is well."""

    def do_GET(self):
        body = b'{"status": "ready", "keys": []}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def test_another_program_at_our_address_is_not_taken_for_the_hub(site):
    with HTTPServer(("127.0.0.1", site.port), Stranger) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        found, _code = looked(site)
        other.shutdown()
    assert of(found, "hub") == [("bad", f"another program answers at {site.url}, not this hub")]


def test_an_address_that_takes_a_connection_and_says_nothing_does_not_hold_the_command_up(site):
    with create_server(("127.0.0.1", site.port)):
        found, _code = looked(site)
    assert states(found, "hub") <= {"soon", "unseen"}


def test_a_look_that_hangs_is_said_and_so_is_all_that_rests_on_it():
    never = threading.Event()
    well = Finding("disk", "good", Words("well", "正常"))

    def hang():
        never.wait()
        return [well]

    ticks = iter(range(0, 1000, 2))  # every look at this clock is two seconds later: what is left is little
    checks = [Check("store", hang), Check("log", lambda: [well], ("store",)), Check("disk", lambda: [well])]
    found = list(examined(checks, lambda: float(next(ticks))))
    never.set()
    assert [(each.topic, each.state) for each in found] == [("store", "unseen"), ("log", "unseen"), ("disk", "good")]
    assert "took more than" in found[0].words and "the store could not be looked at" in found[1].words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_for_people_every_line_fits_and_is_of_one_language(site, language):
    alarm(site)
    done = licet(site, "doctor", "--lang", language)
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if "→" not in line]
    assert max(map(width, lines)) <= 100
    assert ("未能查看" in done.stdout or "正常" in done.stdout) == (language == "zh")
    assert f"→ licet alarms list -c {site.home}" in done.stdout
