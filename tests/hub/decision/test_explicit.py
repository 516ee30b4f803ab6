"""What an issuer closed stays closed: a post in observe keeps it open no more than a missing file or a failing rule."""

from datetime import timedelta

import orjson
import pytest

from hub.access.modes import Mode, set_mode
from hub.clock import to_us
from hub.store.tables.log import entries_of_person
from hub.store.tables.review import decisions_of, due_of
from schemas.credential import CredentialStatus
from schemas.position import ExamRequirement
from tests.hub.decision.test_issuers_word import OPS, second_post
from tests.hub.decision.test_law import NOW, corrupt, forget, know, qualified, roster, send, status, t
from tests.hub.doors import act, delivering, enforced, look, row, until

TICK = timedelta(microseconds=1)
SECOND = timedelta(days=30)


def opened(parts, door, clock, *more):
    """E1 is qualified, everything enforced, and the door seen open."""
    for message in (*qualified("E1"), *more):
        send(parts, message, clock)
    enforced(parts)
    until(lambda: OPS in door.inside and confirmed(parts), "the door is open")


def confirmed(parts):
    return row(parts, "E1", "dc-ops")["state"] == "confirmed"


def number(name, until_at, changed_at="2026-01-19T00:00", state="active"):
    """Another number of the high-voltage certificate of E1."""
    return "authority", [
        CredentialStatus(
            subject="authority-E1",
            credential="high-voltage-electrician",
            number=name,
            status=state,
            changed_at=t(changed_at),
            valid_until=until_at,
        )
    ]


def closes(parts, door):
    until(lambda: OPS not in door.inside and confirmed(parts), "the door is closed, and seen so")
    return row(parts, "E1", "dc-ops")


def stays(parts, door):
    found = row(parts, "E1", "dc-ops")
    return found["wanted"] == "present" and OPS in door.inside


def last_decision(parts):
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        decided = session.all(decisions_of, {"person": person, "limit": 1})[0]
        rows = session.all(entries_of_person, {"person": person, "limit": 50})
    entries = [orjson.loads(each.body) for each in rows]
    return decided, next(each for each in entries if each["kind"] == "decided")


# --- a post in observe ---------------------------------------------------------------------------------------


def naming_post(parts, clock):
    """Another post in observe that names the same door and needs what E1 does not have."""
    second_post(parts, clock, grants=True)
    post = parts.folder.rulebook.current("second", NOW)
    exam = ExamRequirement(kind="exam", name=post.name, exam="never")
    know(parts, post.model_copy(update={"requirement": {"low-voltage": exam}, "credential": {}}))
    person = parts.directory.person_by_number("E1")
    parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="rules"))


def test_a_post_in_observe_that_names_the_door_does_not_keep_it_open(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        naming_post(parts, clock)
        send(parts, status("E1", "high", "revoked", 5), clock)
        assert closes(parts, door)["wanted"] == "absent"


def test_one_that_grants_it_by_another_credential_keeps_it_until_that_is_revoked_too(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        second_post(parts, clock, grants=True)
        send(parts, status("E1", "high", "revoked", 5), clock)
        look(parts)
        assert stays(parts, door), "its own standing grants it"
        send(parts, status("E1", "low", "suspended", 6), clock)
        closes(parts, door)


def test_what_a_post_in_observe_held_back_closes_once_its_issuer_says_so(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        naming_post(parts, clock)
        send(parts, roster("E1", "2026-01-22T00:00", ends="2026-01-31T00:00"), clock)
        assert row(parts, "E1", "dc-ops")["wanted"] == "absent" and OPS in door.inside, "the end is no issuer's word"
        send(parts, status("E1", "high", "revoked", 5), clock)
        closes(parts, door)


# --- a post whose file is gone -------------------------------------------------------------------------------


def gone(parts):
    """The file of the post that E1 holds is gone: nobody knows it any more."""
    forget(parts, "dc-operations")
    person = parts.directory.person_by_number("E1")
    parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="rules"))


def test_a_file_that_is_gone_closes_nothing_but_keeps_nothing_open_that_an_issuer_closes(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        gone(parts)
        assert stays(parts, door)
        send(parts, status("E1", "high", "suspended", 5), clock)
        closes(parts, door)
        decided, entry = last_decision(parts)
        assert (decided.position, decided.after) == ("dc-operations", "none")
        assert [(hold["cause"], hold["reason"]) for hold in entry["holds"]] == [
            ("high-voltage-electrician", "withdrawn")
        ]
        assert set(entry["evidence"]) == set(orjson.loads(decided.evidence)), "both words about the certificate"
        assert len(entry["evidence"]) == 2 and set(entry["triggers"]) <= set(entry["evidence"])


def test_an_issuer_s_word_about_a_post_that_is_gone_passes_a_freeze(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        frozen = Mode(frozen_until=NOW + timedelta(days=1))
        parts.writer.call(lambda tx: set_mode("all", "all", frozen, act("freeze"), tx))
        gone(parts)
        send(parts, status("E1", "high", "suspended", 5), clock)
        closes(parts, door)


def test_a_post_that_is_known_and_names_the_door_does_not_close_what_one_that_is_gone_granted(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        naming_post(parts, clock)
        mode = Mode(enforced_from=NOW)
        parts.writer.call(lambda tx: set_mode("position", "second", mode, act("enforce"), tx))
        gone(parts)
        look(parts)
        assert stays(parts, door)


def test_what_a_post_that_is_gone_granted_ends_with_what_it_rests_on(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        ends = NOW + timedelta(days=9)
        renewed = status("E1", "high", "active", 4)[1][0].model_copy(update={"valid_until": ends})
        send(parts, ("authority", [renewed]), clock)
        gone(parts)
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            assert session.one(due_of, {"person": person}).at == to_us(ends), "somebody looks at that instant"
        clock.at = ends - TICK
        parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="date"))
        assert stays(parts, door)
        clock.at = ends
        look(parts)
        closes(parts, door)
        with parts.database.reading() as session:
            due = session.one(due_of, {"person": person})
        assert due is None or due.at > to_us(ends), "what has ended asks for no look"
        _decided, entry = last_decision(parts)
        assert {hold["reason"] for hold in entry["holds"]} == {"ended"}


# --- where the rules fail ------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before its end", "at its end"])
def test_while_the_rules_fail_another_number_keeps_the_door_open_until_it_ends_and_no_longer(moment, tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock, number("second", NOW + SECOND))
        corrupt(tmp_path / "hub", parts, "E1")
        clock.at = NOW + SECOND - (TICK if moment == "before its end" else timedelta())
        send(parts, status("E1", "high", "revoked", 9), clock)
        if moment == "at its end":
            closes(parts, door)
        else:
            assert stays(parts, door), "the other number holds"


def test_while_the_rules_fail_the_lower_rung_stays_which_rests_on_no_certificate(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        corrupt(tmp_path / "hub", parts, "E1")
        send(parts, status("E1", "high", "revoked", 9), clock)
        closes(parts, door)
        assert row(parts, "E1", "dc-assist")["wanted"] == "present"


def test_while_the_rules_fail_one_word_is_one_decision(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, door, clock)
        person = corrupt(tmp_path / "hub", parts, "E1")
        send(parts, status("E1", "high", "revoked", 9), clock)
        closes(parts, door)
        decided, _entry = last_decision(parts)
        clock.advance(timedelta(hours=2))
        look(parts)
        parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="date"))
        assert last_decision(parts)[0] == decided
