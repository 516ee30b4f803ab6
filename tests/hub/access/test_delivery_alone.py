"""Deliveries go on: mail does not hold up doors, one person's trouble no other's, a bug elsewhere not the thread."""

import sqlite3
import time
from contextlib import closing

import pytest

from connectors.port import Observation
from hub.access.leases import us
from schemas.notice import Notice
from tests.contract.mailbox import listening
from tests.hub.decision.test_law import NOW, know, qualified, send, status
from tests.hub.doors import delivering, digest, enforced, entries, mail_route, observation, row, until

OPS = ("id-E1", "dc-ops")


def opened_door(parts, door, clock, *others):
    for number in ("E1", *others):
        for message in qualified(number):
            send(parts, message, clock)
    enforced(parts)
    for number in ("E1", *others):
        until(lambda n=number: row(parts, n, "dc-ops")["state"] == "confirmed", "the door is open")


def notices(path, parts, next_at, count=40):
    """Letters to HR that wait for their next try."""
    person = parts.directory.person_by_number("E1")
    notice = Notice(kind="granted", audience="hr", position="dc-operations", cause="full", stage="1", at=NOW)
    fixed = ("dc-operations", "granted", "hr", "full")
    with closing(sqlite3.connect(path / "data" / "licet.db")) as store, store:
        rows = [(f"n{n}", person, *fixed, str(n), notice.model_dump_json(), next_at) for n in range(count)]
        columns = "id, person, position, kind, audience, cause, stage, body, next_at, state, decided_at, tries"
        store.executemany(f"INSERT INTO notices ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'decided', 0, 1)", rows)
    store.close()


def test_a_mail_server_that_does_not_answer_holds_up_no_revocation(tmp_path):
    with listening() as mailbox:
        mailbox.stall_after_data = True
        routes = [mail_route(mailbox.port, deadline_seconds=120)]
        with delivering(tmp_path / "hub", routes=routes) as (parts, door, clock):
            opened_door(parts, door, clock)
            notices(tmp_path / "hub", parts, 0)
            until(lambda: mailbox.taken, "mails are under way")
            send(parts, status("E1", "high", "revoked", 5), clock)
            until(lambda: OPS not in door.inside, "the door is closed")
            assert not mailbox.released.is_set(), "no mail was answered meanwhile"
            mailbox.released.set()


def test_a_person_whose_identifier_cannot_be_opened_holds_up_nobody_else(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock, "E2")
        person = parts.directory.person_by_number("E2")
        with closing(sqlite3.connect(tmp_path / "hub" / "data" / "licet.db")) as store, store:
            spoilt = "UPDATE subjects SET sealed = x'00112233445566778899aabbccddeeff001122334455667788' WHERE token IN"
            store.execute(f"{spoilt} (SELECT subject FROM people WHERE person = ?)", (person,))
        store.close()
        send(parts, status("E2", "high", "revoked", 5), clock)
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: OPS not in door.inside, "the door of the other one is closed")


NO_ATTEMPT = """
CREATE TRIGGER fault BEFORE INSERT ON entries WHEN NEW.kind = 'attempt' BEGIN SELECT RAISE(ABORT, 'a bug'); END
"""


def test_a_commit_that_fails_by_a_bug_does_not_end_deliveries(tmp_path, caplog):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        at_the_store(tmp_path, NO_ATTEMPT)
        with pytest.raises(sqlite3.IntegrityError):
            send(parts, status("E1", "high", "revoked", 5), clock)
        send(parts, status("E1", "high", "revoked", 5), clock)  # repeated, it is kept without what spoilt it
        until(lambda: "turning" in failed_turns(caplog), "a turn of the deliveries has failed")
        assert OPS in door.inside, "without its entry nothing leaves"
        at_the_store(tmp_path, "DROP TRIGGER fault")
        until(lambda: OPS not in door.inside, "the door is closed")


def at_the_store(path, statement):
    with closing(sqlite3.connect(path / "hub" / "data" / "licet.db")) as store, store:
        store.execute(statement)
    store.close()


def failed_turns(caplog):
    """Loops that said so."""
    return [str(each.args[0]) for each in caplog.records if each.name == "hub.workers" and each.args]


def test_a_notice_waits_for_its_next_try_but_not_for_a_clock_that_was_set_back(tmp_path):
    with (
        listening() as mailbox,
        delivering(tmp_path / "hub", routes=[mail_route(mailbox.port)]) as (parts, door, clock),
    ):
        opened_door(parts, door, clock)
        now = int(time.time() * 1_000_000)
        notices(tmp_path / "hub", parts, now + us(3600), count=1)
        time.sleep(1.5)
        assert not mailbox.taken
        with closing(sqlite3.connect(tmp_path / "hub" / "data" / "licet.db")) as store, store:
            store.execute("UPDATE notices SET next_at = ? WHERE id = 'n0'", (now + us(30 * 86_400),))
        store.close()
        until(lambda: mailbox.taken, "it is sent")


def many_targets(parts, count):
    """So many doors for the post."""
    post = parts.folder.positions["dc-operations"]
    names = tuple(f"room-{n}" for n in range(count))
    know(parts, post.model_copy(update={"targets": {"iam": {"full": names}}}))
    return names


def test_an_entry_proves_its_own_target_alone_however_many_a_person_has(tmp_path):
    with delivering(tmp_path / "hub") as (parts, _door, clock):
        names = many_targets(parts, 400)
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: all(row(parts, "E1", name)["state"] == "confirmed" for name in names[::50]), "they are open")
        for name in (names[0], names[-1]):
            (said,) = entries(parts, "confirmed", name)
            assert observation(parts, said) == {"answer_sha256": digest(name), "request_sha256": digest("id-E1")}


def test_evidence_of_any_size_and_script_is_cut_to_what_an_entry_holds(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        look = door.observe

        def wordy(subject, targets):
            every = {f"证据 {n} " + "x" * 99: "\x00" * 10_000 for n in range(500)}
            return Observation(look(subject, targets).presence, dict.fromkeys(targets, every))

        door.observe = wordy
        opened_door(parts, door, clock)
        (said,) = entries(parts, "confirmed", "dc-ops")
        shown = observation(parts, said)
        assert len(shown) == 32
        assert all(len(name) <= 64 and len(value) <= 128 for name, value in shown.items())
