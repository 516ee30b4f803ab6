"""An XML message opens for its hub alone, what is read is what was signed, and nothing else stands in its envelope."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from connectors.algorithms import public_jwk, public_pem, read_public
from connectors.credential.authority_push import SPEC, AuthorityPush, Settings
from connectors.envelope.http_sig import verify
from connectors.keys import KeyRecord, KeyRing, OwnKey
from connectors.port import PeerState, Request
from connectors.simulators.authority import event, to_json, to_xml
from connectors.simulators.sealing import encrypted as jwe
from connectors.simulators.sealing import signed as jws
from schemas.errors import ConfigError, TrustError
from schemas.transmission import Item
from schemas.words import told
from tests.connectors.envelope import test_http_sig

pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
from connectors.envelope.xml import open_xml
from connectors.simulators import sealing_xml
from connectors.simulators.sealing_xml import encrypted, signed

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RSA, HUB, OLD, SMALL = (rsa.generate_private_key(65537, bits) for bits in (3072, 3072, 3072, 2048))
EC = ec.derive_private_key(77, ec.SECP256R1())
TO = public_jwk(HUB.public_key(), "rsa-oaep")
SOURCE, AUDIENCE, TARGET = "urn:authority:demo-ca", "hub-prod", "https://hub.example/in/ca"
ORDER = {"number": "C-1", "credential": "low", "holder": "张三&co", "status": "suspended", "hubaud": AUDIENCE}
ORDER["effective_at"] = "2026-11-22T09:00:00Z"
EVENT = event(SOURCE, ORDER, id="01J", time="2026-11-22T09:00:00Z")
BODY = to_xml(EVENT)
RECORDS = [
    {"kid": "ca-rsa", "alg": "rs256", "public": public_pem(RSA.public_key()).decode()},
    {"kid": "ca-ec", "alg": "es256", "public": public_pem(EC.public_key()).decode()},
    {"kid": "ca-old", "alg": "rs256", "public": public_pem(OLD.public_key()).decode(), "state": "revoked"},
]
KEYS = KeyRing.of([KeyRecord.model_validate(each) for each in RECORDS])


class Own:
    """The keys of a hub."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        if kid == "signs":
            return OwnKey("signs", "es256", EC)
        if kid != TO["kid"]:
            raise TrustError("sig.key-unknown", f"none at {instant}")
        return OwnKey(kid, "rsa-oaep", HUB)


OWN = Own()
SIGNED = signed(BODY, RSA, "ca-rsa", NOW)
GOOD = encrypted(SIGNED, TO)


def opened(text: bytes) -> Any:
    return open_xml(text, OWN, KEYS, NOW)


@pytest.mark.parametrize(("kid", "key"), [("ca-rsa", RSA), ("ca-ec", EC)])
def test_what_was_signed_and_encrypted_opens_to_its_canonical_bytes(kid: str, key: Any) -> None:
    found = opened(encrypted(signed(BODY, key, kid, NOW), TO))
    assert found.kid == kid and found.proof["xml-signature"]
    assert found.body == BODY.partition(b"\n")[2], "the same elements, without the declaration and the signature"


@pytest.mark.parametrize("seconds", [-300, 0, 60])
def test_a_signature_is_fresh_within_its_window(seconds: int) -> None:
    assert opened(signed_at(seconds)).kid == "ca-rsa"


def test_signed_again_it_is_the_same_message() -> None:
    """The document says nothing of when it was signed: what has no id is known by its digest, whenever it comes."""
    assert opened(signed_at(-200)).body == opened(signed_at(20)).body


def test_white_space_that_a_tool_sets_between_elements_is_no_matter() -> None:
    spread = sealing_xml._SIGNATURE.replace("><", ">\n  <")
    assert opened(encrypted(signed(BODY, RSA, "ca-rsa", NOW, spread), TO)).kid == "ca-rsa"


def test_an_element_that_tools_mark_as_such_is_read_anew_all_the_same() -> None:
    marked = GOOD.replace(b'MimeType="application/xml"', b'Type="http://www.w3.org/2001/04/xmlenc#Element"')
    assert marked != GOOD and opened(marked).kid == "ca-rsa"


def inner(change: Callable[[str], str]) -> bytes:
    """A signed document that was changed afterwards, encrypted as it should be."""
    text = change(SIGNED.decode())
    assert text != SIGNED.decode()
    return encrypted(text.encode(), TO)


def outer(old: str, new: str) -> bytes:
    text = GOOD.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def template(old: str, new: str) -> str:
    found = sealing_xml._SIGNATURE
    assert old in found
    return found.replace(old, new, 1)


def one_reference() -> str:
    """A template that signs the root alone: the instant stands there, and is covered by nothing."""
    first, second, rest = sealing_xml._SIGNATURE.split("<Reference")
    return f"{first}<Reference{second}{rest[rest.index('</SignedInfo>') :]}"


def signed_at(seconds: int) -> bytes:
    return encrypted(signed(BODY, RSA, "ca-rsa", NOW + timedelta(seconds=seconds)), TO)


def signed_otherwise(old: str, new: str) -> bytes:
    """Signed well, by another template than the profile has."""
    return encrypted(signed(BODY, RSA, "ca-rsa", NOW, template(old, new)), TO)


ROOT = BODY.decode().partition("\n")[2]
FORGED = re.sub(r' Id="[^"]+"', ' Id="forged"', ROOT.replace("suspended", "active"))
WHEN = '<Object Id="when"><SigningTime xmlns="urn:licet:envelope:1">{when}</SigningTime></Object>'
SIGNATURE = re.search(r"<Signature.*</Signature>", SIGNED.decode(), re.DOTALL)[0]  # type: ignore[index]


def wrapped(_text: str) -> str:
    """The signed root moved aside, a forged one in its place, the signature still good over what was moved."""
    return FORGED.replace("</AuthorityPush>", f"<aside>{ROOT}</aside>{SIGNATURE}</AuthorityPush>")


def wrapped_in_the_signature(_text: str) -> str:
    held = SIGNATURE.replace("</Signature>", f"<Object>{ROOT}</Object></Signature>")
    return FORGED.replace("</AuthorityPush>", f"{held}</AuthorityPush>")


ATTACKS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "not encrypted": ("envelope.refused", lambda: SIGNED),
    "not signed": ("envelope.refused", lambda: encrypted(BODY, TO)),
    "no XML": ("envelope.refused", lambda: b"{}"),
    "no XML inside": ("envelope.refused", lambda: encrypted(b"{}", TO)),
    "wrapping": ("envelope.refused", lambda: inner(wrapped)),
    "wrapping in the signature": ("envelope.refused", lambda: inner(wrapped_in_the_signature)),
    "wrapping, same id": ("envelope.refused", lambda: inner(lambda t: wrapped(t).replace("forged", "e-01J"))),
    "a second signature": ("envelope.refused", lambda: inner(lambda t: t.replace(SIGNATURE, SIGNATURE * 2))),
    "a signature that stands elsewhere": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace(SIGNATURE, "").replace("<data>", f"<data>{SIGNATURE}")),
    ),
    "text behind the signature": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("</Signature>", "</Signature>x")),
    ),
    "a second id": ("envelope.refused", lambda: inner(lambda t: t.replace("<data>", '<data id="x">'))),
    "the same id twice": ("envelope.refused", lambda: inner(lambda t: t.replace("<data>", '<data Id="e-01J">'))),
    "an xml:id": ("envelope.refused", lambda: inner(lambda t: t.replace("<data>", '<data xml:id="e-01J">'))),
    "no instant": (
        "envelope.refused",
        lambda: encrypted(signed(BODY, RSA, "ca-rsa", NOW, one_reference().replace(WHEN, "")), TO),
    ),
    "an instant that nobody signed": (
        "envelope.refused",
        lambda: encrypted(signed(BODY, RSA, "ca-rsa", NOW, one_reference()), TO),
    ),
    "a second instant": (
        "envelope.refused",
        lambda: signed_otherwise(WHEN, WHEN + "<Object><SigningTime xmlns='urn:licet:envelope:1'/></Object>"),
    ),
    "an instant without an offset": ("envelope.refused", lambda: signed_otherwise("{when}", "2026-11-22T09:00:00")),
    "an instant that is none": ("envelope.refused", lambda: signed_otherwise("{when}", "2026-13-22T09:00:00Z")),
    "an instant that was mended": ("sig.bad", lambda: inner(lambda t: t.replace("09:00:00.000Z", "09:00:01.000Z"))),
    "signed too long ago": ("sig.stale", lambda: signed_at(-301)),
    "signed ahead of us": ("sig.stale", lambda: signed_at(61)),
    "no id": ("envelope.refused", lambda: inner(lambda t: t.replace(' Id="e-01J"', ""))),
    "a comment in a value": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("suspended", "active<!-- -->suspended")),
    ),
    "a comment between": ("envelope.refused", lambda: inner(lambda t: t.replace("<data>", "<!-- --><data>"))),
    "a DTD": ("envelope.refused", lambda: inner(lambda t: f'<!DOCTYPE a [<!ENTITY x "y">]>{t}')),
    "a DTD outside": ("envelope.refused", lambda: b'<!DOCTYPE a [<!ENTITY x "y">]>' + GOOD),
    "a processing instruction": ("envelope.refused", lambda: inner(lambda t: t.replace("<data>", "<?x y?><data>"))),
    "a reference to nothing": ("envelope.refused", lambda: inner(lambda t: t.replace("#e-01J", ""))),
    "a reference to elsewhere": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("#e-01J", "file:///etc/passwd")),
    ),
    "two references": (
        "envelope.refused",
        lambda: inner(lambda t: re.sub("(<Reference.*</Reference>)", r"\1\1", t, flags=re.DOTALL)),
    ),
    "a transform more": (
        "envelope.refused",
        lambda: signed_otherwise(
            "</Transforms>", '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>'
        ),
    ),
    "inclusive canonical form": (
        "envelope.refused",
        lambda: signed_otherwise(
            "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
        ),
    ),
    "with comments": (
        "envelope.refused",
        lambda: signed_otherwise("xml-exc-c14n#", "xml-exc-c14n#WithComments"),
    ),
    "SHA-1 digest": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1")),
    ),
    "RSA with SHA-1": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1")),
    ),
    "HMAC": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#hmac-sha1")),
    ),
    "the algorithm of another key": ("envelope.refused", lambda: inner(lambda t: t.replace(">ca-rsa<", ">ca-ec<"))),
    "a key in the message": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("<KeyName>", "<KeyValue/><KeyName>")),
    ),
    "a key to fetch": (
        "envelope.refused",
        lambda: inner(lambda t: t.replace("</KeyName>", '</KeyName><RetrievalMethod URI="http://x/"/>')),
    ),
    "AES-CBC": ("envelope.refused", lambda: outer("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#aes256-cbc")),
    "RSA 1.5": ("envelope.refused", lambda: outer("2009/xmlenc11#rsa-oaep", "2001/04/xmlenc#rsa-1_5")),
    "OAEP with SHA-1": ("envelope.refused", lambda: outer("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1")),
    "MGF1 with SHA-1": ("envelope.refused", lambda: outer("#mgf1sha256", "#mgf1sha1")),
    "a reference to the cipher": (
        "envelope.refused",
        lambda: outer("<CipherValue>", '<CipherReference URI="file:///etc/passwd"/><CipherValue>'),
    ),
    "a key of ours that signs": ("envelope.refused", lambda: outer(TO["kid"], "signs")),
    "another hub's key": ("sig.key-unknown", lambda: outer(TO["kid"], "other")),
    "an unknown key": ("sig.key-unknown", lambda: inner(lambda t: t.replace(">ca-rsa<", ">ca-9<"))),
    "a revoked key": ("sig.key-state", lambda: inner(lambda t: t.replace(">ca-rsa<", ">ca-old<"))),
    "another text": ("sig.bad", lambda: inner(lambda t: t.replace("suspended", "active"))),
    "another digest": ("sig.bad", lambda: inner(lambda t: re.sub("<DigestValue>.", "<DigestValue>A", t))),
    "another's signature": (
        "sig.bad",
        lambda: encrypted(signed(BODY, rsa.generate_private_key(65537, 3072), "ca-rsa", NOW), TO),
    ),
    "an element more": ("sig.bad", lambda: inner(lambda t: t.replace("<data>", "<more/><data>"))),
    "changed ciphertext": (
        "sig.bad",
        lambda: re.sub(rb"(?s)(.*<CipherValue>)....", rb"\1AAAA", GOOD),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_of_the_profile_is_refused_by_its_code(attack: str) -> None:
    code, make = ATTACKS[attack]
    with pytest.raises(TrustError) as refused:
        opened(make())
    assert refused.value.code == code
    said = told(refused.value.message, "zh")
    assert code != "envelope.refused" or re.search("[\u4e00-\u9fff]", said), said


@settings(max_examples=40)
@given(at=st.integers(0, len(SIGNED) - 1), letter=st.integers(33, 126))
def test_a_letter_that_changed_is_noticed_or_says_nothing(at: int, letter: int) -> None:
    text = bytearray(SIGNED)
    text[at] = letter
    try:
        found = opened(encrypted(bytes(text), TO))
    except TrustError:
        return
    assert found.body == opened(GOOD).body


@settings(max_examples=40)
@given(body=st.one_of(st.binary(max_size=200), st.text("<>/=ab\"' ", max_size=80).map(str.encode)))
def test_rubbish_is_refused_and_nothing_else(body: bytes) -> None:
    for text in (body, encrypted(body or b"x", TO)):
        with pytest.raises(TrustError):
            opened(text)


SETTINGS = {"source": SOURCE, "audience": AUDIENCE, "zone": "Asia/Shanghai", "keys": RECORDS}
XML = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "profile": "xml"}))
SEALS = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "profile": "sealed"}))
P256 = ec.derive_private_key(54321, ec.SECP256R1())


class OwnJose:
    """A hub with a key for JOSE."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        del instant
        return OwnKey(kid, "ecdh-p256", P256)


def outcome(adapter: AuthorityPush, body: bytes, media: str, own: Any) -> Item:
    asked = Request("POST", "/in/ca", {}, {"content-type": media}, body, TARGET, NOW)
    [found] = adapter.receive(asked, PeerState(own=own)).transmissions
    [item] = mappings.load(SPEC.mapping).read(found)
    assert isinstance(item, Item)
    return item


def test_json_and_xml_of_one_event_are_one_record_whatever_protected_them() -> None:
    xml = outcome(XML, GOOD, "application/xml", OWN)
    head = {"kid": "ca-ec", "iat": int(NOW.timestamp()), "aud": AUDIENCE, "cty": "json"}
    text = jwe(jws(to_json(EVENT), EC, head), public_jwk(P256.public_key(), "ecdh-p256")).encode()
    json = outcome(SEALS, text, "application/jose", OwnJose())
    assert xml.key == json.key
    assert [each.model_dump_json() for each in xml.records] == [each.model_dump_json() for each in json.records]
    assert xml.records[0].subject == "张三&co"


@pytest.mark.parametrize("algorithm", ["rs256", "rsa-oaep"])
def test_an_rsa_key_that_is_short_is_no_key(algorithm: Any) -> None:
    with pytest.raises(ConfigError, match="2048"):
        read_public(public_pem(SMALL.public_key()).decode(), "k", algorithm)


def test_a_key_for_xml_signs_no_request_and_no_jws() -> None:
    text = jwe(
        jws(to_json(EVENT), EC, {"kid": "ca-rsa", "iat": 1, "aud": AUDIENCE}),
        public_jwk(P256.public_key(), "ecdh-p256"),
    )
    asked = Request("POST", "/in/ca", {}, {"content-type": "application/jose"}, text.encode(), TARGET, NOW)
    with pytest.raises(TrustError) as error:
        SEALS.receive(asked, PeerState(own=OwnJose()))
    assert error.value.code == "envelope.refused"
    ring = KeyRing.of([KeyRecord.model_validate({**RECORDS[0], "kid": "ca-1"})])
    with pytest.raises(TrustError) as error:
        verify(test_http_sig.GOOD, ring)
    assert error.value.code == "sig.bad"
