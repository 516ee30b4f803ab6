"""Who pushes gets a signed receipt: of the bytes that came, the entry they left and its hash in the tree."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from urllib.request import Request, urlopen

import pytest
import scitt_cose
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from audit_log.merkle import leaf_hash
from audit_log.proof import check
from connectors.simulators.authority import event, sign, to_json
from tests.site import build, order, until


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("receipts") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    built.end()


def push(site, n, sequence, id, now=None):
    """Status and what was answered."""
    status, body = site.authority().push(order(n, "active", sequence), now=now or datetime.now(UTC), id=id)
    return status, json.loads(body)


def read(site, receipt):
    """What a receipt says, by the key that the hub publishes."""
    keys = KeySet.import_key_set(site.get("/.well-known/jwks.json"))
    found = jws.deserialize_compact(receipt, keys, algorithms=["Ed25519"])
    assert found.headers()["typ"] == "licet-receipt+jws"
    return json.loads(found.payload)


def test_it_commits_to_the_body_the_entry_and_its_leaf_and_the_leaf_is_proven_later(site):
    status, said = push(site, 0, 1, "r-1")
    claims = read(site, said["receipt"])
    assert (status, claims["jti"], claims["sub"]) == (202, "r-1", "authority")
    proven = site.get(f"/api/v1/entries/{claims['entry']}")
    assert b64decode(claims["leaf"]) == leaf_hash(proven["entry"].encode())
    assert check(proven["entry"].encode(), proven["tlog_proof"], proven["vkey"]).size > 0
    assert json.loads(proven["entry"])["kind"] == "received"
    body, key = proven["entry"].encode(), (site.home / "keys" / "log.pub.pem").read_bytes()
    found = scitt_cose.verify_receipt(b64decode(proven["cose"]), leaf_entry_hex=body.hex(), log_public_key_pem=key)
    assert found.ok and found.subject == claims["entry"], found.errors
    assert found.issuer == claims["iss"]


def test_the_digest_is_of_the_bytes_that_were_sent(site):
    authority, now = site.authority(), datetime.now(UTC)
    stamp = now.isoformat().replace("+00:00", "Z")
    body = to_json(event(authority.source, {"effective_at": stamp, **order(1, "active", 1)}, id="r-2", time=stamp))
    media = "application/cloudevents+json"
    headers = sign("POST", authority.hub, body, media, authority.key, authority.kid, now, nonce="n-2")
    _status, said = authority.post(body, headers)
    assert read(site, json.loads(said)["receipt"])["body_sha256"] == sha256(body).hexdigest()


def test_what_comes_again_gets_the_same_receipt_again(site):
    now = datetime.now(UTC)
    first, again = push(site, 2, 1, "r-3", now), push(site, 2, 1, "r-3", now)
    assert (first[0], again[0]) == (202, 200)
    assert first[1]["receipt"] == again[1]["receipt"]


def test_other_content_under_a_known_id_gets_none(site):
    push(site, 2, 2, "r-4")
    status, said = push(site, 2, 3, "r-4")
    assert status == 409 and "receipt" not in said


def test_what_is_kept_for_a_person_to_look_at_gets_one_too(site):
    status, body = site.authority().push(order(0, "nonsense", 9), now=datetime.now(UTC), id="r-5")
    said = json.loads(body)
    assert status == 422
    proven = site.get(f"/api/v1/entries/{read(site, said['receipt'])['entry']}")
    assert json.loads(proven["entry"])["kind"] == "quarantined"


def test_a_learning_platform_gets_one_in_a_header_and_the_same_again(site):
    statement = {
        "id": "0f6b7e3c-5f0a-4c1d-9a57-2f1f0a6d4e11",
        "actor": {"account": {"homePage": "https://lms.example.cn", "name": "l0"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example.cn/course/dc-ops-online"},
        "timestamp": "2026-03-01T08:00:00Z",
    }
    body = json.dumps([statement]).encode()
    account = b64encode(b"lms:" + (site.home / "keys" / "lms.password").read_bytes()).decode()
    headers = {"authorization": f"Basic {account}", "content-type": "application/json"}
    request = Request(f"{site.url}/xapi/statements", body, {**headers, "x-experience-api-version": "1.0.3"})
    given = []
    for _ in range(2):
        with urlopen(request, timeout=60) as answer:
            assert json.load(answer) == [statement["id"]]
            given.append(answer.headers["licet-receipt"])
    claims = read(site, given[0])
    assert given[0] == given[1] and claims["body_sha256"] == sha256(body).hexdigest()
    entry = json.loads(site.get(f"/api/v1/entries/{claims['entry']}")["entry"])
    assert (entry["kind"], entry["connector"]) == ("received", "lms")


def test_a_receipt_that_was_touched_is_none(site):
    receipt = push(site, 1, 5, "r-6")[1]["receipt"]
    head, payload, signature = receipt.split(".")
    with pytest.raises(BadSignatureError):
        read(site, f"{head}.{payload[:-2]}AA.{signature}")
