"""What was refused leaves a trace that proves its bytes and gives nothing away; a flood leaves one entry a peer."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.port import Request
from hub.intake.proof import opened as taken_apart
from hub.intake.proof import sender_proof
from hub.intake.refusals import OF_ONE_SORT, PEERS, REFUSALS_A_MINUTE, Refusals
from schemas.errors import TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened
from tests.site import Site, build, order, until


def entries(parts, kind):
    with parts.database.reading() as store:
        rows = store.connection.execute(f"SELECT body FROM entries WHERE kind = '{kind}' ORDER BY seq").fetchall()
    return [json.loads(body) for (body,) in rows]


@pytest.fixture
def hub(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        parts.writer.call(lambda tx: tx.count("terminals", "refused", 0))  # its row, which a start makes
        yield parts, clock, Refusals("terminals", "serial", parts.traces, clock)


def refuse(refusals, count, peer="SN-1", code="device.unknown", address=""):
    async def all_of_them():
        for n in range(count):
            await refusals.keep(TrustError(code, "refused"), b"body %d" % n, peer, address)

    asyncio.run(all_of_them())


def test_a_refused_body_is_committed_to_under_a_salt_and_proven_by_whoever_brings_it(hub):
    parts, _clock, refusals = hub
    refuse(refusals, 2)
    refuse(refusals, 1, "not a serial, but Zhang San")
    first, _second, again = entries(parts, "refused")
    assert first["peer"] == "SN-1" and first["auth"] == {"method": "serial", "result": "rejected"}
    assert "peer" not in again and first["body"]["commit"] != again["body"]["commit"], "each has a salt of its own"
    assert first["body"]["commit"] != hashlib.sha256(b"body 0").hexdigest()
    with parts.database.reading() as session:
        for brought, proven in ((b"body 0", True), (b"body 1", False)):
            commit = first["body"]["commit"]
            assert parts.enclosures.proves(first["id"], "body", brought, commit, session) is proven
        assert not parts.enclosures.proves(again["id"], "body", b"body 0", first["body"]["commit"], session)


def test_a_flood_is_told_of_once_a_peer_with_its_count_when_the_minute_is_over(hub):
    parts, clock, refusals = hub
    fill(refusals)
    refuse(refusals, 7, "SN-2")
    refuse(refusals, 5, "SN-3", "device.pending")
    refuse(refusals, 1, "SN-2", "sig.bad")
    assert len(entries(parts, "refused")) == REFUSALS_A_MINUTE and not entries(parts, "refusals")
    clock.advance(timedelta(seconds=61))
    refuse(refusals, 1)
    second, third = entries(parts, "refusals")
    assert (second["peer"], second["count"], second["codes"]) == ("SN-2", 8, ["device.unknown", "sig.bad"])
    assert (third["peer"], third["count"], third["codes"]) == ("SN-3", 5, ["device.pending"])
    assert len(entries(parts, "refused")) == REFUSALS_A_MINUTE + 1
    with parts.database.reading() as session:
        row = session.connection.execute("SELECT refused FROM connectors WHERE connector = 'terminals'").fetchone()
    assert row == (REFUSALS_A_MINUTE + 7 + 5 + 1 + 1,), "the balance counts all of them"


def test_a_flood_of_many_serials_is_bounded_and_nothing_of_it_is_lost_at_the_end(hub):
    parts, _clock, refusals = hub
    fill(refusals)
    for n in range(PEERS + 20):
        refuse(refusals, 1, f"SN-{n}")
    refusals.close()
    parts.writer.call(lambda tx: None)
    told = entries(parts, "refusals")
    assert len(told) == PEERS + 1 and sum(each["count"] for each in told) == PEERS + 20
    assert [each["count"] for each in told if "peer" not in each] == [20]


def fill(refusals):
    """As many refusals as get an entry each, of as many sorts as that takes."""
    for n in range(REFUSALS_A_MINUTE // OF_ONE_SORT):
        refuse(refusals, OF_ONE_SORT, "SN-1", address=f"10.0.0.{n}")


def test_one_address_and_code_fills_its_own_budget_and_nobody_elses(hub):
    parts, clock, refusals = hub
    refuse(refusals, OF_ONE_SORT + 9, "SN-1", address="10.0.0.1")
    refuse(refusals, 1, "SN-1", "sig.bad", "10.0.0.1")
    refuse(refusals, 1, "SN-2", address="10.0.0.2")
    said = [(each["peer"], each["code"]) for each in entries(parts, "refused")]
    assert said == [("SN-1", "device.unknown")] * OF_ONE_SORT + [("SN-1", "sig.bad"), ("SN-2", "device.unknown")]
    clock.advance(timedelta(seconds=61))
    refuse(refusals, 1)
    [more] = entries(parts, "refusals")
    assert (more["peer"], more["count"], more["codes"]) == ("SN-1", 9, ["device.unknown"])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    site = build(tmp_path_factory.mktemp("proof") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield site
    site.end()


def test_what_proves_the_sender_is_named_in_the_entry_and_sealed_with_the_body_under_one_commitment(site):
    assert site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="a")[0] == 202
    entry = site.entries("received")[-1]
    assert entry["auth"] == {"key_id": "demo-ca-1", "method": "http-signature", "result": "verified"}
    assert entry["mapping"]["id"] == "credential/authority_push" and len(entry["mapping"]["sha256"]) == 64
    assert entry["peer"] == "urn:authority:demo-ca" and entry["media"] == "application/cloudevents+json"
    with site.parts() as parts, parts.database.reading() as session:
        sql = "SELECT connector, digest, bucket, sealed FROM transmissions WHERE id = ?"
        connector, digest, bucket, sealed = session.connection.execute(sql, (entry["transmission"],)).fetchone()
        content = parts.sealer.open_body(bucket, sealed, f"{connector}/{digest.hex()}")
    came = taken_apart(content)
    shown = came.shown
    assert shown["method"] == "POST" and shown["target"] == f"{site.url}/in/authority"
    assert {"signature", "signature-input", "content-digest", "content-type"} <= shown["headers"].keys()
    assert hashlib.sha256(sealed).hexdigest() == entry["payload"]["ct_sha256"]
    assert entry["payload"]["bytes"] == len(came.body)


def test_a_terminal_is_named_by_its_serial_and_a_password_is_sealed_nowhere(site):
    site.handshake("SN-7")
    assert site.command("devices", "approve", "SN-7").returncode == 0
    punches = b"0\t2026-03-01 09:00:00\t0\t15\n"
    until(lambda: site.post("/iclock/cdata?SN=SN-7&table=ATTLOG", punches)[0] == 200, "punches are taken")
    entry = site.entries("received")[-1]
    assert entry["peer"] == "SN-7" and entry["auth"] == {"method": "serial", "result": "verified"}
    assert entry["form"] == "ATTLOG" and "key_id" not in entry["auth"]


def test_a_request_is_shown_without_its_secrets():
    request = Request("POST", "/x", {}, {}, b"", "http://hub/x", NOW)
    headers = {"authorization": "Basic c2VjcmV0", "cookie": "s=secret", "content-type": "text/plain"}
    proof = sender_proof(request, "password", "", headers)
    assert json.loads(proof.shown)["headers"] == {"content-type": "text/plain"} and b"c2VjcmV0" not in proof.shown
