"""What is fed with damaged bytes, and what may come of it: an answer or a refusal of ours, nothing foreign."""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from lxml import etree

import mappings
from connectors.algorithms import public_pem
from connectors.envelope.http_sig import verify
from connectors.envelope.sealed import open_sealed
from connectors.envelope.trusted import RSA, Trusted
from connectors.envelope.xml import open_xml
from connectors.general_jose import decrypt, encrypt
from connectors.general_jose import sign as sign_general
from connectors.general_jose import verify as verify_signatures
from connectors.http import Answer
from connectors.jose import verify_compact
from connectors.key_set import read_key_set
from connectors.keys import EVER, KeyRecord, KeyRing, Life, OwnKey, PeerKey
from connectors.people.roster_csv import RosterCsv, Settings
from connectors.port import Request
from connectors.simulators import sealing
from connectors.simulators.authority import sign
from connectors.simulators.soap.attendance import WSDL
from connectors.simulators.soap.proving import canonical
from connectors.soap.answer import said
from connectors.soap.contract import Contract
from hub.front.request import request_of
from hub.packages.manifest import read_manifest
from mappings.cases import cases, shipped
from schemas.errors import LicetError, PayloadError, RejectedError, TrustError
from schemas.reading import read_json, read_lines, read_xml, require_charset, xml_tree
from schemas.transmission import Fault, Ignored, Item
from tests.connectors.envelope import test_sealed
from tests.connectors.envelope.test_http_sig import BODY, KEY, NOW, TARGET
from tests.connectors.soap.peers import NOW as SOAP_NOW
from tests.connectors.soap.peers import certificate, key, pinned, signed_answer
from tests.fuzz.damage import bodies

Target = tuple[st.SearchStrategy[Any], Callable[[Any], None]]
VENDORS = Path(__file__).parents[1] / "mappings" / "vendors"
FOLDERS = (mappings.SHIPPED, VENDORS)
CASES = [case for folder in FOLDERS for name in shipped(folder) for case in cases(name, folder)]
DOCUMENTS = {case.mapping: mappings.load(case.mapping, *FOLDERS) for case in CASES}
GOOD = [case.transmission.body for case in CASES]
SIGNED = sign("POST", TARGET, BODY, "application/json", KEY, "ca-1", NOW, "n-1")
KEYS = KeyRing.of([KeyRecord(kid="ca-1", public=public_pem(KEY.public_key()).decode())])
X25519 = test_sealed.X25519.public_key()
PEOPLE = [each for each in GOOD if each.startswith(b"employee_no")]


def readers(body: bytes) -> None:
    """Each reader reads it or refuses it."""
    for read in (read_json, read_xml, xml_tree, lambda each: read_xml(each, namespace="urn:hub:authority:1")):
        with suppress(PayloadError):
            read(body)
    assert len(read_lines(body)) == body.count(b"\n") + 1
    with suppress(PayloadError):
        require_charset(body[:200].decode("latin-1"), body)


def mapping(body: bytes) -> None:
    """Each document makes outcomes of it."""
    for case in CASES:
        for outcome in DOCUMENTS[case.mapping].read(case.transmission._replace(body=body)):
            assert isinstance(outcome, Item | Ignored | Fault)


def roster(body: bytes) -> None:
    """A folder of HR's files is read, held or refused."""
    with tempfile.TemporaryDirectory() as place:
        source = RosterCsv("roster", Settings(folder=Path(place)))
        cursor: dict[str, object] = {}
        for file in (PEOPLE[0], body):
            (Path(place) / "people.csv").write_bytes(file)
            (Path(place) / "plan.csv").write_bytes(body)
            with suppress(LicetError):
                page = source.poll(cursor, NOW)
                cursor = json.loads(json.dumps(dict(page.cursor)))
                for each in page.transmissions:
                    DOCUMENTS["people/roster_csv"].read(each)


def signature(lines: bytes) -> None:
    """Header lines are proof or none."""
    raw = [
        (name.strip().lower(), value.strip())
        for name, _, value in (each.partition(b": ") for each in lines.split(b"\n"))
    ]
    scope = {"method": "POST", "path": "/in/ca", "raw_path": b"/in/ca", "query_string": b"", "headers": raw}
    with suppress(TrustError, PayloadError):
        found: Request = request_of(scope, BODY, "https://hub.example", NOW)
        verify(found._replace(target=TARGET), KEYS)


HEADERS = "\n".join(f"{name}: {value}" for name, value in SIGNED.items()).encode()


def envelopes(body: bytes) -> None:
    """Whatever is sealed opens or is refused: a message in JOSE or XML, its inner layers, a package, a set of keys."""
    reads: list[Callable[[bytes], object]] = [
        lambda each: open_sealed(each, test_sealed.OWN, test_sealed.KEYS, test_sealed.AUDIENCE, NOW),
        lambda each: verify_compact(each, test_sealed.KEYS, NOW, "authority-push+jws", ("iat", "aud", "cty")),
        lambda each: decrypt(each, {"typ": "licet-package+jwe", "cty": "jose+json"}, test_sealed.OWN, NOW),
        lambda each: verify_signatures(each, test_sealed.KEYS, NOW, "licet-package+jws"),
        lambda each: open_xml(each, test_sealed.OWN, test_sealed.KEYS, NOW),
        read_key_set,
        read_manifest,
    ]
    for read in reads:
        with suppress(TrustError, RejectedError):
            read(body)


SIGNED_ANSWER = etree.tostring(signed_answer())
SOAP = Contract(WSDL, pinned(WSDL)).operation("QueryRecords")


def soap(body: bytes) -> None:
    """An answer over SOAP says what was signed, or is refused."""
    for trusted in ((), (Trusted(certificate(key()), RSA),)):
        with suppress(LicetError):
            found = said(
                Answer(200, {"content-type": "text/xml"}, body), SOAP, trusted, SOAP_NOW, timedelta(minutes=5), "it"
            )
            assert not trusted or found == canonical(signed_answer()[-1][0])


SEALED = [
    test_sealed.GOOD,
    sealing.signed(test_sealed.BODY, test_sealed.ED, test_sealed.HEAD).encode(),
    encrypt(b"{}", {"typ": "licet-package+jwe", "cty": "jose+json"}, [PeerKey("x", "ecdh-x25519", X25519, Life(EVER))]),
    sign_general(b"{}", "licet-package+jws", [OwnKey("ca-ed", "ed25519", test_sealed.ED)]),
    json.dumps({"keys": [test_sealed.TO_X, test_sealed.TO_P]}).encode(),
    b'<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherValue/></CipherData></EncryptedData>',
]


TARGETS: dict[str, Target] = {
    "readers": (bodies(GOOD), readers),
    "mapping": (bodies(GOOD), mapping),
    "roster": (bodies(PEOPLE), roster),
    "signature": (bodies([HEADERS, HEADERS + b"\n" + HEADERS]), signature),
    "envelopes": (bodies(SEALED), envelopes),
    "soap": (bodies([SIGNED_ANSWER]), soap),
}
