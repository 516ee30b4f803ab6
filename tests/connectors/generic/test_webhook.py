"""A system that nobody wrote an adapter for posts what it knows: a document and settings alone make it heard."""

import json
import shutil
import urllib.request
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from joserfc import jws
from joserfc.jwk import KeySet
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook as Signer

from connectors.algorithms import public_pem
from connectors.generic.webhook import SPEC, Settings, Webhook
from connectors.port import Kept, PeerState, Request
from hub.config import scaffold
from schemas.errors import PayloadError, TrustError
from tests.site import Site, build, until

CLOUD = Path("tests/mappings/vendors/attendance/cloud.json")
CASE = json.loads((CLOUD.parent / "cloud.cases" / "day.json").read_text("utf-8"))
DAY = CASE["body"].encode()
WORDS = {"records": "held", "ignored": "ignored", "fault": "quarantined"}
"""What an outcome of the golden case becomes where nobody is linked yet."""
TOKEN = "a-token-of-the-cloud"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATE = PeerState()


def made(**settings) -> Webhook:
    return SPEC.build("cloud", Settings.model_validate({"profile": "token", "secret": TOKEN, **settings}))


def post(body=b"{}", method="POST", query=None, **headers) -> Request:
    fields = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, "/in/cloud", query or {}, {**fields, **named}, body, "https://hub.example/in/cloud", NOW)


def test_the_body_is_handed_on_as_it_came_with_what_the_document_may_read_of_the_request():
    source = made(zone="Asia/Shanghai", headers=["x-site"], query=["batch"], id_header="x-message", form="json")
    request = post(b'{"a": 1}', query={"batch": "7", "other": "x"}, x_site="north", x_secret="no", x_message="m-1")
    [found] = source.receive(request, STATE).transmissions
    assert (found.body, found.id, found.form) == (b'{"a": 1}', "m-1", "json")
    assert found.context == {"zone": "Asia/Shanghai", "header.x-site": "north", "query.batch": "7"}


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"])
def test_without_its_token_nobody_is_heard_and_all_hear_the_same(given):
    with pytest.raises(TrustError) as refused:
        made().receive(post(authorization=given), STATE)
    answer = made().failure(refused.value)
    assert (answer.status, answer.body) == (401, b'{"type":"urn:licet:error:refused","status":401,"code":"refused"}')


def test_a_token_may_stand_in_a_header_of_its_own():
    source = made(token_header="x-api-key")
    assert source.receive(post(x_api_key=TOKEN), STATE).transmissions
    with pytest.raises(TrustError):
        source.receive(post(), STATE)


def test_an_account_may_prove_it():
    source = made(profile="password", user="cloud")
    good = b64encode(f"cloud:{TOKEN}".encode()).decode()
    assert source.receive(post(authorization=f"Basic {good}"), STATE).transmissions
    for wrong in ("Basic !", f"Basic {b64encode(b'cloud:x').decode()}", f"Bearer {good}", ""):
        with pytest.raises(TrustError):
            source.receive(post(authorization=wrong), STATE)


def test_standard_webhooks_may_prove_it_and_then_their_id_is_the_message_s():
    secret = "whsec_" + b64encode(bytes(range(32))).decode()
    source = made(profile="webhook", secret=secret)
    now = datetime.now(UTC)
    signature = Signer(secret).sign("msg_1", now, '{"a":1}')
    headers = {"webhook_id": "msg_1", "webhook_timestamp": str(int(now.timestamp())), "webhook_signature": signature}
    request = post(b'{"a":1}', **headers)._replace(arrived_at=now)
    [found] = source.receive(request, STATE).transmissions
    assert found.id == "msg_1"
    with pytest.raises(TrustError):
        source.receive(request._replace(body=b'{"a":2}'), STATE)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OWN = {"kid": "k1", "public": public_pem(KEY.public_key()).decode()}
DIGEST = b64encode(sha256(b"{}").digest()).decode()
FIELDS = {"content-type": "application/json", "content-digest": f"sha-256=:{DIGEST}:"}
NOBODYS = ('("x-event" "x-message");created=1;keyid="nobody"', b64encode(bytes(64)).decode())
"""A signature that names what the good one does not cover, and that nobody verifies."""


def signed_by_http(*covered: str, **headers: str) -> Request:
    """A request with a good signature that covers what it must, and the components that are named here."""
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    message = SimpleNamespace(method="POST", url=post().target, headers=fields)
    private = MappingKeyResolver(public_keys={}, private_keys={"k1": KEY})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=private).sign(
        message,
        key_id="k1",
        created=NOW,
        tag="message",
        covered_component_ids=("@method", "@target-uri", "content-type", "content-digest", *covered),
        use_existing_digest=True,
    )
    return post()._replace(headers={name.lower(): value for name, value in message.headers.items()})


def by_http() -> Webhook:
    return made(profile="http-signature", secret=None, keys=[OWN], headers=["x-event"], id_header="x-message")


def test_headers_that_the_good_signature_covers_are_read_and_shown():
    request = signed_by_http("x-event", "x-message", x_event="revoked", x_message="m-1")
    reception = by_http().receive(request, STATE)
    [found] = reception.transmissions
    assert (found.id, found.context["header.x-event"]) == ("m-1", "revoked")
    assert {"x-event", "x-message", "content-digest", "signature"} <= set(reception.proof)


def test_a_part_of_a_header_that_is_signed_is_not_the_header():
    request = signed_by_http('"x-event";key="a"', "x-message", x_event="a=1, status=revoked", x_message="m-1")
    assert refused(by_http(), request) == "sig.components"


def refused(source: Webhook, request: Request) -> str:
    with pytest.raises(TrustError) as error:
        source.receive(request, STATE)
    return error.value.code


@pytest.mark.parametrize("tag", ["", ';tag="other"', ';tag="message"'])
def test_a_header_that_only_a_signature_of_nobody_names_is_not_signed(tag):
    good = signed_by_http(x_event="revoked", x_message="m-1")
    names, value = NOBODYS
    forged = {
        "signature-input": f"{good.headers['signature-input']}, z={names}{tag}",
        "signature": f"{good.headers['signature']}, z=:{value}:",
    }
    request = good._replace(headers={**good.headers, **forged})
    assert refused(by_http(), request) == "sig.components"


def test_evidence_shows_only_what_was_signed():
    good = signed_by_http("x-event", "x-message", x_event="revoked", x_message="m-1", x_other="1")
    names, value = NOBODYS[0].replace("x-event", "x-other"), NOBODYS[1]
    more = {"signature-input": f", z={names}", "signature": f", z=:{value}:"}
    request = good._replace(headers={name: text + more.get(name, "") for name, text in good.headers.items()})
    assert "x-other" not in by_http().receive(request, STATE).proof


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": ["x-event"]},
        {"headers": ["webhook-signature"]},
        {"headers": ["webhook-id", "content-type"]},
        {"id_header": "x-message"},
        {"query": ["kind"]},
    ],
    ids=str,
)
def test_nothing_is_read_that_a_standard_webhook_does_not_sign(wrong):
    secret = "whsec_" + b64encode(bytes(range(32))).decode()
    assert made(profile="webhook", secret=secret, headers=["webhook-timestamp"], id_header="webhook-id")
    with pytest.raises(ValidationError, match="webhook-id or webhook-timestamp"):
        made(profile="webhook", secret=secret, **wrong)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (post(method="GET"), "http.method"),
        (post(content_type="text/html"), "http.media-type"),
        (post(), "http.request"),
        (post(x_message="x" * 300), "http.request"),
    ],
)
def test_what_is_no_message_is_refused_and_kept_nowhere(request_, code):
    with pytest.raises(PayloadError) as refused:
        made(id_header="x-message").receive(request_, STATE)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "password"},
        {"user": "x"},
        {"profile": "webhook"},
        {"profile": "webhook", "secret": "whsec_AAAA"},
        {"secret": "short"},
        {"profile": "none"},
        {"headers": ["X Y"]},
        {"headers": ["authorization"]},
        {"headers": ["x-site", "x-api-key"], "token_header": "x-api-key"},
        {"zone": "Mars/North"},
        {"media": []},
    ],
)
def test_settings_that_do_not_fit_are_refused(wrong):
    with pytest.raises((ValidationError, ValueError)):
        made(**wrong)


def test_it_hears_what_it_wants_to_hear_and_what_is_unreadable_is_said():
    reception = made(answer_body='{"code":0}', answer_status=201).receive(post(), STATE)
    good = reception.reply([Kept({"applied": 2})], ())
    assert (good.status, good.body) == (201, b'{"code":0}')
    assert reception.reply([Kept({"quarantined": 1})], ()).status == 422
    assert reception.reply([Kept({"quarantined": 1, "applied": 1})], ()).status == 201
    assert reception.reply([Kept({})], ()).status == 201


@pytest.fixture
def site(tmp_path):
    made = build(tmp_path / "hub")
    scaffold.secret(made.home / "keys" / "cloud.token", TOKEN.encode())
    (made.home / "mappings" / "attendance").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CLOUD, made.home / "mappings" / "attendance" / "cloud.json")
    settings = (made.home / "licet.toml").read_text("utf-8")
    cloud = """
[connectors.cloud]
adapter = "generic/webhook"
profile = "token"
secret = "file:keys/cloud.token"
answer_body = '{"code":0}'
mappings = { read = "attendance/cloud" }
"""
    (made.home / "licet.toml").write_text(settings + cloud, "utf-8")
    return made


def sent(site: Site, body: bytes, token: str = TOKEN) -> tuple[int, bytes]:
    fields = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{site.url}/in/cloud", body, fields)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def receipt(site: Site, body: bytes) -> dict[str, str]:
    """What the receipt of a message says, by the key that the hub publishes."""
    fields = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{site.url}/in/cloud", body, fields), timeout=60) as answer:
        given = answer.headers["licet-receipt"]
    keys = KeySet.import_key_set(site.get("/.well-known/jwks.json"))
    found: dict[str, str] = json.loads(jws.deserialize_compact(given, keys, algorithms=["Ed25519"]).payload)
    return found


def counts(site: Site) -> dict[str, int]:
    names = ("received", "applied", "held", "ignored", "quarantined", "duplicate")
    [row] = site.rows(f"SELECT {', '.join(names)} FROM connectors WHERE connector = 'cloud'")
    return dict(zip(names, row, strict=True))


def test_an_attendance_cloud_that_nobody_knew_is_heard_by_a_document_and_settings(site):
    checked = site.command("check")
    # The folder of this test is called after it: what is said of any file of the hub has "cloud" in it.
    assert "connectors.cloud" not in checked.stderr + checked.stdout, checked
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    assert sent(site, DAY, token="wrong")[0] == 401
    assert sent(site, DAY) == (200, b'{"code":0}')
    [first, again] = [receipt(site, DAY), receipt(site, DAY)]
    assert first == again and first["body_sha256"] == sha256(DAY).hexdigest()
    assert first["entry"] in {each["id"] for kind in ("received", "quarantined") for each in site.entries(kind)}
    wanted = Counter(next(WORDS[name] for name in WORDS if name in outcome) for outcome in CASE["outcomes"])
    found = counts(site)
    assert {word: found[word] for word in WORDS.values()} == dict(wanted), found
    assert sent(site, DAY)[0] == 200, "again: it is known"
    assert counts(site)["held"] == wanted["held"]
    assert sent(site, b'{"code": 0, "data": {"users":')[0] == 422
    assert site.balanced()
    site.end()


def test_an_instance_that_names_no_document_is_refused_where_it_stands(site):
    settings = (site.home / "licet.toml").read_text("utf-8")
    (site.home / "licet.toml").write_text(settings.replace('mappings = { read = "attendance/cloud" }\n', ""), "utf-8")
    said = site.command("check")
    assert said.returncode != 0
    assert "connectors.cloud" in said.stderr + said.stdout and "mappings" in said.stderr + said.stdout
