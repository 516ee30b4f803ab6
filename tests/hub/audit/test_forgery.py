"""Whoever changes the store without the key of the log is found: at the next start, or by the check of the whole."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit_log.checkpoint import TamperError
from audit_log.log import Head, number
from audit_log.signer import Signer
from hub.assembly import Assembly
from hub.audit.inspection import ROUND_SECONDS, Progress, check_start, check_whole
from hub.config.folder import read_folder
from hub.running import Hub
from hub.store.database import Database
from hub.views.status import metrics
from tests.conftest import HandClock
from tests.journeys.commands import licet
from tests.site import Site, build, order, until

NOW = HandClock().at
Attack = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Site:
    """A site that has taken in what can be read and what cannot, and was ended."""
    site = build(tmp_path_factory.mktemp("site") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    site.handshake("SN-1")
    assert licet(site, "devices", "approve", "SN-1").returncode == 0
    punches = b"0\t2026-03-01 09:00:00\t0\t15\nunreadable\n"
    until(lambda: site.post("/iclock/cdata?SN=SN-1&table=ATTLOG", punches)[0] == 200, "punches are taken")
    assert site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="a")[0] == 202
    for valid_from, answer in (("2026-02-30", 422), ("2024-01-01", 202)):  # the mended one takes the other's place
        mended = order(1, "active", 1, valid_from=valid_from)
        assert site.authority().push(mended, now=datetime.now(UTC), id="m")[0] == answer
    assert site.post("/in/authority", b"nobody signed this")[0] == 415
    freeze = ("--until", "2099-01-01", "--reason", "to be kept", "--by", "A")
    assert licet(site, "freeze", "iam", *freeze).returncode == 0
    until(lambda: site.rows("SELECT count(*) FROM standings WHERE scope = 'full'")[0][0] == 2, "two may stand the post")
    until(lambda: site.rows("SELECT count(*) FROM checkpoints")[0][0] > 1, "heads were signed")
    site.end()
    return site


@pytest.fixture
def site(whole, tmp_path) -> Site:
    return Site(Path(shutil.copytree(whole.home, tmp_path / "hub")), whole.port)


def attack(site: Site, how: Attack) -> None:
    """What somebody with a database client does, who has dropped the triggers."""
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        for name in ("entries_no_delete", "entries_no_update"):
            store.execute(f"DROP TRIGGER {name}")
        how(store)


def rebuild(store: sqlite3.Connection) -> None:
    """Leaves, numbers and head as if the entries had always been as they are now; no signed head is left."""
    rows = store.execute("SELECT at, kind, connector, person, body FROM entries ORDER BY seq").fetchall()
    numbered, head = number([row[4].encode() for row in rows], Head())
    store.execute("DELETE FROM entries")
    fresh = [(seq, *row, leaf) for (seq, leaf), row in zip(numbered, rows, strict=True)]
    store.executemany(
        "INSERT INTO entries (seq, at, kind, connector, person, body, leaf) VALUES (?,?,?,?,?,?,?)", fresh
    )
    store.execute("UPDATE head SET size = ?, frontier = ?", (head.size, head.frontier))
    store.execute("DELETE FROM checkpoints")


def edit(seq: int) -> Attack:
    """Another number of items in one entry that is otherwise as it must be."""

    def change(store: sqlite3.Connection) -> None:
        (body,) = store.execute("SELECT body FROM entries WHERE seq = ?", (seq,)).fetchone()
        entry = json.loads(body)
        entry["ts"] = "2026-01-01T00:00:00.000000Z"
        store.execute(
            "UPDATE entries SET body = ?, at = 1767225600000000 WHERE seq = ?",
            (json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False), seq),
        )

    return change


def both(*attacks: Attack) -> Attack:
    return lambda store: [each(store) for each in attacks]


def sql(*statements: str) -> Attack:
    return lambda store: [store.execute(each) for each in statements]


def starts(site: Site) -> Assembly:
    with site.parts() as parts:
        check_start(parts.database, parts.signer)
    return parts


def problems(site: Site) -> tuple[int | None, Sequence[str]]:
    with site.parts() as parts:
        report = check_whole(parts.database, parts.signer)
    return report.first_bad, report.problems


def test_what_nobody_changed_starts_and_verifies(site):
    starts(site)
    assert problems(site) == (None, [])
    assert {kind for (kind,) in site.rows("SELECT kind FROM entries")} >= {"superseded", "refused", "mode", "decided"}


def test_a_log_forged_whole_without_its_key_neither_verifies_nor_starts_nor_is_signed(site):
    attack(site, both(edit(2), rebuild))
    (site.home / "data" / "signer.json").unlink()
    verified = licet(site, "audit", "verify")
    assert verified.returncode == 1 and "signer.json is missing" in verified.stderr
    served = site.command("serve", "--listen", f"127.0.0.1:{site.port}")
    assert served.returncode == 1 and "signer.json is missing" in served.stderr
    exported = licet(site, "audit", "export", "-o", str(site.home / "copy"))
    assert exported.returncode == 1 and not (site.home / "data" / "signer.json").exists()
    assert site.rows("SELECT count(*) FROM checkpoints") == [(0,)]


@pytest.mark.parametrize("size", [0, 3])
def test_a_memory_of_the_signer_that_another_key_made_is_refused(site, size):
    attack(site, both(edit(2), rebuild))
    name, memory = read_folder(site.home).settings.hub.name, site.home / "data" / "signer.json"
    memory.unlink()
    forged = Signer.begin(name, Ed25519PrivateKey.generate(), memory)
    forged.extend([bytes(32)] * size)
    forged.sign()
    with pytest.raises(TamperError, match="not written with the key of this log"), site.parts() as parts:
        assert parts.signer


@pytest.mark.parametrize("change", ["head", "name", "signature", "rubbish"])
def test_a_memory_of_the_signer_that_was_edited_is_refused(site, change):
    memory = site.home / "data" / "signer.json"
    kept = json.loads(memory.read_text())
    if change == "head":
        kept["heads"] = [{"size": 0, "frontier": ""}]
    elif change == "name":
        kept["name"] = "another"
    elif change == "signature":
        kept["signature"] = "AAAA"
    memory.write_text("{" if change == "rubbish" else json.dumps(kept))
    with pytest.raises(TamperError), site.parts() as parts:
        assert parts.signer


def last(store: sqlite3.Connection) -> int:
    return int(store.execute("SELECT max(seq) FROM entries").fetchone()[0])


AT_START: dict[str, Attack] = {
    "an early entry, all rebuilt": both(edit(2), rebuild),
    "the last entry alone": lambda store: edit(last(store))(store),
    "the last leaf alone": sql("UPDATE entries SET leaf = zeroblob(32) WHERE seq = (SELECT max(seq) FROM entries)"),
    "a column of the last entry": sql("UPDATE entries SET kind = 'start' WHERE seq = (SELECT max(seq) FROM entries)"),
    "an entry taken out": sql("DELETE FROM entries WHERE seq = 3"),
    "the last entry taken out": sql("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)"),
    "the log cut and its head with it": sql(
        "DELETE FROM entries WHERE seq >= (SELECT max(seq) - 1 FROM entries)", "UPDATE head SET size = size - 2"
    ),
    "the head alone": sql("UPDATE head SET frontier = zeroblob(length(frontier))"),
    "an entry too many": sql(
        "INSERT INTO entries SELECT seq + 1, at, kind, connector, person, body, leaf FROM entries "
        "WHERE seq = (SELECT max(seq) FROM entries)"
    ),
    "all entries gone": sql(
        "DELETE FROM entries", "UPDATE head SET size = 0, frontier = x''", "DELETE FROM checkpoints"
    ),
}


@pytest.mark.parametrize("name", AT_START)
def test_at_start_it_is_refused(site, name):
    attack(site, AT_START[name])
    with pytest.raises(TamperError):
        starts(site)
    assert not site.rows("SELECT 1 FROM entries WHERE kind = 'start' AND seq > 1000000")


COLUMNS = {
    "kind": "UPDATE entries SET kind = 'start' WHERE seq = {seq}",
    "connector": "UPDATE entries SET connector = 'another' WHERE seq = {seq}",
    "person": f"UPDATE entries SET person = '{'a' * 32}' WHERE seq = {{seq}}",
    "ts": "UPDATE entries SET at = at + 1 WHERE seq = {seq}",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edited_column_is_found_and_its_entry_is_named(site, column):
    (seq,) = site.rows("SELECT min(seq) FROM entries WHERE kind IN ('received', 'quarantined')")[0]
    attack(site, sql(COLUMNS[column].format(seq=seq)))
    assert problems(site) == (seq, [f"entry {seq}: column {column!r} is not what the entry says"])


@pytest.mark.parametrize("value", ["CAST(x'ff00fe' AS TEXT)", "x'ff00fe'", "7", "'[]'", "''"])
@pytest.mark.parametrize("column", ["body", "leaf", "kind"])
def test_a_value_of_another_type_or_that_is_no_text_is_found_like_any_other(site, column, value):
    attack(site, sql(f"UPDATE entries SET {column} = {value} WHERE seq = 4"))
    assert problems(site)[0] == 4


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE transmissions SET sealed = zeroblob(length(sealed)) WHERE id = '{id}'", "is not what was kept"),
        ("UPDATE transmissions SET sealed = sealed || x'00' WHERE id = '{id}'", "is not what was kept"),
        ("UPDATE transmissions SET connector = 'another' WHERE id = '{id}'", "is not what was kept"),
        ("DELETE FROM transmissions WHERE id = '{id}'", "is gone"),
    ],
)
@pytest.mark.parametrize("kind", ["received", "quarantined"])
def test_a_sealed_body_that_was_edited_swapped_or_deleted_is_found(site, kind, change, wrong):
    seq, body = site.rows(f"SELECT seq, body FROM entries WHERE kind = '{kind}' ORDER BY seq")[0]
    attack(site, sql(change.format(id=json.loads(body)["transmission"])))
    first, found = problems(site)
    assert first == seq and len(found) == 1 and wrong in found[0]


@pytest.mark.parametrize("member", ["reason", "body"])
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE enclosures SET sealed = zeroblob(99) WHERE entry = '{id}'", "is not what was kept"),
        ("DELETE FROM enclosures WHERE entry = '{id}'", "is gone"),
    ],
)
def test_what_an_entry_encloses_is_found_missing_or_changed(site, member, change, wrong):
    kind = {"reason": "mode", "body": "refused"}[member]
    seq, body = next(
        row for row in site.rows(f"SELECT seq, body FROM entries WHERE kind = '{kind}'") if member in row[1]
    )
    attack(site, sql(change.format(id=json.loads(body)["id"])))
    first, found = problems(site)
    if member == "body" and "not" in wrong:
        assert found == [], "a salt alone is proven by whoever brings what was refused"
    else:
        assert first == seq and len(found) == 1 and wrong in found[0]


def test_an_entry_that_was_put_in_before_the_first_excuses_nothing(site):
    """Who reads entries by their kind or person finds it; who walks along from the first does not."""

    def put_in(store):
        columns = "at, kind, connector, person, body, leaf"
        store.execute(f"INSERT INTO entries (seq, {columns}) SELECT -1, {columns} FROM entries WHERE seq = 0")

    attack(site, put_in)
    done = licet(site, "audit", "verify", "--lang", "en")
    assert done.returncode == 1 and "numbered -1 to" in done.stdout + done.stderr, done


def test_the_first_of_several_wrong_entries_is_named_by_the_command(site):
    attack(site, both(edit(7), edit(4)))
    verified = licet(site, "audit", "verify", "--json")
    assert verified.returncode == 1 and json.loads(verified.stdout)["first_bad"] == 4
    assert "first wrong index: 4\n" in licet(site, "audit", "verify", "--lang", "en").stdout


def test_an_edit_with_its_leaf_and_head_is_bounded_by_the_signed_heads_around_it(site):
    sizes = [size for (size,) in site.rows("SELECT size FROM checkpoints ORDER BY size")]
    place = sizes[0] + 1

    def forge(store: sqlite3.Connection) -> None:
        kept = store.execute("SELECT size, at, note FROM checkpoints").fetchall()
        both(edit(place), rebuild)(store)
        store.executemany("INSERT INTO checkpoints (size, at, note) VALUES (?, ?, ?)", kept)

    attack(site, forge)
    first, found = problems(site)
    assert first == sizes[0] and f"one of {sizes[0]} to {sizes[1] - 1}" in found[0]


def test_a_checkpoint_that_was_edited_or_moved_is_found(site):
    attack(
        site,
        sql(
            "UPDATE checkpoints SET note = replace(note, char(10), char(13, 10)) "
            "WHERE size = (SELECT min(size) FROM checkpoints)"
        ),
    )
    assert len(problems(site)[1]) == 1


def test_a_new_store_begins_its_log_and_an_empty_one_that_was_signed_does_not_begin_again(tmp_path):
    site = build(tmp_path / "hub")
    starts(site)
    with pytest.raises(FileExistsError), site.parts() as parts:
        assert parts.signer.size == 0
        Signer.begin("licet", Ed25519PrivateKey.generate(), site.home / "data" / "signer.json")


def test_the_check_in_the_background_goes_on_to_the_end_and_says_so(site):
    with site.parts() as parts:
        while parts.inspection.turn() < ROUND_SECONDS:
            assert parts.inspection.progress.rounds == 0
        assert parts.inspection.progress.rounds == 1 and parts.inspection.progress.good_at is not None
    checked = site.entries("checked")[-1]
    assert checked["size"] == site.rows("SELECT max(seq) FROM entries")[0][0] and len(checked["root"]) == 64


def test_the_check_in_the_background_finds_what_the_start_does_not_look_at(site):
    attack(site, sql("UPDATE transmissions SET sealed = zeroblob(9)"))
    with site.parts() as parts, pytest.raises(TamperError, match="sealed body"):
        while True:
            parts.inspection.turn()


def test_a_running_hub_that_finds_a_changed_store_is_not_ready_and_raises_an_alarm(site):
    hub = Hub(read_folder(site.home))
    hub.start(polling=False, sweeping=False)
    try:
        until(lambda: hub.parts.inspection.progress.rounds == 1, "the first round is over")
        with closing(sqlite3.connect(site.home / "data" / "licet.db", timeout=60)) as store, store:
            store.execute("UPDATE transmissions SET sealed = zeroblob(9)")
        until(lambda: hub._inspect() == ROUND_SECONDS, "the round has come to it")
        assert "sealed body" in hub.reasons()["log.tamper"]
        before = [each["code"] for each in site.entries("alarm")]
        assert [code for code in before if code != "quarantine.waiting"] == ["log.tamper"]
        hub._inspect()
        assert len(site.entries("alarm")) == len(before), "it is raised once"
    finally:
        hub.stop()


def test_how_far_the_check_is_stands_in_the_metrics(site):
    database = Database(f"sqlite:///{site.home / 'data' / 'licet.db'}")
    text = metrics(database, {}, (), Progress(70, 2, NOW)).decode()
    database.close()
    assert "licet_log_checked 70.0" in text and "licet_log_rounds_total 2.0" in text
    [at] = re.findall(r"^licet_log_good_seconds (\S+)$", text, re.MULTILINE)
    assert float(at) == NOW.timestamp()
