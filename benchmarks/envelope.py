"""What a sealed push and a package cost, opened and read, against the bare library that opens the same layers."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import xmlsec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jwe, jws
from joserfc.jwk import OKPKey
from lxml import etree

import mappings
from connectors.algorithms import private_pem, public_jwk, public_pem
from connectors.credential.authority_push import SPEC, AuthorityPush, Settings
from connectors.keys import EVER, KeyRing, Life, OwnKey, PeerKey
from connectors.port import PeerState, Request
from connectors.simulators.authority import event, to_json, to_xml
from connectors.simulators.sealing import MEDIA, sealed
from connectors.simulators.sealing_xml import encrypted
from connectors.simulators.sealing_xml import signed as signed_xml
from hub.packages.manifest import draft
from hub.packages.seals import approved, opened, signed, verified
from hub.packages.seals import sealed as seal
from schemas.transmission import Item

ROUNDS, TIMES = 21, 60
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AUDIENCE, SOURCE = "hub", "urn:authority:bench"


class _OneKey:
    """A hub with one key."""

    def __init__(self, key: OwnKey) -> None:
        self._key = key

    def at(self, kid: str, instant: datetime) -> OwnKey:
        """That key."""
        del kid, instant
        return self._key


def measure() -> dict[str, float]:
    """sealed_open_ratio, sealed_open_us: of a push of 1 KB, to its record; package_open_*: of one, to its manifest."""
    signs, opens = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    to = public_jwk(opens.public_key(), "ecdh-x25519")
    keys = [{"kid": "ca", "public": public_pem(signs.public_key()).decode()}]
    settings = {"profile": "sealed", "source": SOURCE, "audience": AUDIENCE, "zone": "Asia/Shanghai", "keys": keys}
    adapter, mapping = AuthorityPush("bench", Settings.model_validate(settings)), mappings.load(SPEC.mapping)
    text = sealed(_event(), signs, "ca", to, audience=AUDIENCE, at=NOW)
    request = Request("POST", "/in/ca", {}, {"content-type": MEDIA}, text, "https://hub.example/in/ca", NOW)
    state = PeerState(own=_OneKey(OwnKey(to["kid"], "ecdh-x25519", opens)))

    def ours() -> None:
        [transmission] = adapter.receive(request, state).transmissions
        [outcome] = mapping.read(transmission)
        assert isinstance(outcome, Item)

    bare = _bare(text, OKPKey.import_key(opens), OKPKey.import_key(signs.public_key()))
    found = {}
    for name, (mine, theirs) in {"sealed": (ours, bare), "package": _package(), "xml": _xml()}.items():
        mine(), theirs()
        pairs = [(_once(mine), _once(theirs)) for _round in range(ROUNDS)]
        found[f"{name}_open_ratio"] = statistics.median(one / other for one, other in pairs)
        found[f"{name}_open_us"] = statistics.median(one for one, _other in pairs) * 1e6
    return found


def _package() -> tuple[Callable[[], None], Callable[[], None]]:
    """A package as the hub opens and verifies it, and one decryption and two verifications of the same bytes."""
    opens = X25519PrivateKey.generate()
    to = PeerKey("hub", "ecdh-x25519", opens.public_key(), Life(EVER))
    signers = [OwnKey(name, "ed25519", Ed25519PrivateKey.generate()) for name in ("author", "approver")]
    ring = KeyRing(PeerKey(each.kid, "ed25519", each.private.public_key(), Life(EVER)) for each in signers)
    document = (mappings.SHIPPED / f"{SPEC.mapping}.json").read_bytes()
    made = draft(
        "mappings", "bench", 1, "", ["hub"], (NOW, NOW + timedelta(days=1)), {f"{SPEC.mapping}.json": document}
    )
    package = approved(signed(made, signers[0]), signers[1])
    text, own = seal(package, [to]), _OneKey(OwnKey("hub", "ecdh-x25519", opens))

    def ours() -> None:
        assert len(verified(opened(text, own, NOW), ring, NOW).kids) == 2

    inner, key = json.loads(package), OKPKey.import_key(opens)
    parts = [f"{each['protected']}.{inner['payload']}.{each['signature']}" for each in inner["signatures"]]
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    registry.max_payload_length = len(text)
    outer = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    outer.max_ciphertext_length = len(text)
    keys, whole = [OKPKey.import_key(each.private) for each in signers], json.loads(text)

    def bare() -> None:
        assert jwe.decrypt_json(whole, key, registry=outer).plaintext == package
        for part, verifies in zip(parts, keys, strict=True):
            assert jws.deserialize_compact(part, verifies, registry=registry).payload == made.payload

    return ours, bare


def _xml() -> tuple[Callable[[], None], Callable[[], None]]:
    """An XML push, to its record, and one decryption and one verification by the same library with one manager."""
    signs, opens = rsa.generate_private_key(65537, 3072), rsa.generate_private_key(65537, 3072)
    to = public_jwk(opens.public_key(), "rsa-oaep")
    keys = [{"kid": "ca", "alg": "rs256", "public": public_pem(signs.public_key()).decode()}]
    settings = {"profile": "xml", "source": SOURCE, "audience": AUDIENCE, "zone": "Asia/Shanghai", "keys": keys}
    adapter, mapping = AuthorityPush("bench", Settings.model_validate(settings)), mappings.load(SPEC.mapping)
    text = encrypted(signed_xml(to_xml(_said()), signs, "ca", NOW), to)
    request = Request("POST", "/in/ca", {}, {"content-type": "application/xml"}, text, "https://hub.example/in/ca", NOW)
    state = PeerState(own=_OneKey(OwnKey(to["kid"], "rsa-oaep", opens)))

    def ours() -> None:
        [transmission] = adapter.receive(request, state).transmissions
        [outcome] = mapping.read(transmission)
        assert isinstance(outcome, Item)

    manager, pem = xmlsec.KeysManager(), xmlsec.constants.KeyDataFormatPem
    private = xmlsec.Key.from_memory(private_pem(opens), pem)
    private.name = to["kid"]
    manager.add_key(private)
    public = xmlsec.Key.from_memory(public_pem(signs.public_key()), pem)

    def bare() -> None:
        root = etree.fromstring(xmlsec.EncryptionContext(manager).decrypt(etree.fromstring(text)))
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = public
        context.verify(root[-1])

    return ours, bare


def _bare(text: bytes, opens: OKPKey, verifies: OKPKey) -> Callable[[], None]:
    outer = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    inner = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)

    def run() -> None:
        signed = jwe.decrypt_compact(text, opens, registry=outer).plaintext
        assert signed is not None
        assert jws.deserialize_compact(signed, verifies, registry=inner).payload

    return run


def _event() -> bytes:
    said = _said()
    return to_json({**said, "remark": "x" * (1024 - len(to_json(said)))})


def _said() -> dict[str, Any]:
    order = {"number": "C-2024-000123", "credential": "low-voltage-electrician", "holder": "9f2c", "hubaud": AUDIENCE}
    order |= {"status": "suspended", "effective_at": "2026-03-02T08:59:00Z", "valid_from": "2024-11-22"}
    return event(SOURCE, order, id="01J", time="2026-03-02T09:00:00Z")


def _once(run: Callable[[], None]) -> float:
    began = time.process_time()
    for _time in range(TIMES):
        run()
    return (time.process_time() - began) / TIMES
