"""What tests of SOAP share: settings for the simulated systems, keys and certificates, the day on which all happens."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from connectors.simulators.soap import attendance
from connectors.simulators.soap.proving import Key, Signer

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
AT = "/QueryRecordsResponse"


def pinned(wsdl: Path) -> dict[str, str]:
    """The digests of a folder of a WSDL."""
    files = [*wsdl.parent.glob("*.wsdl"), *wsdl.parent.glob("*.xsd")]
    return {each.name: sha256(each.read_bytes()).hexdigest() for each in files}


def asking_attendance(url: str, **more: Any) -> dict[str, Any]:
    """How a hub is set to ask the simulated attendance system."""
    return {
        "base_url": url,
        "path": "/ws",
        "wsdl": str(attendance.WSDL),
        "pinned": pinned(attendance.WSDL),
        "operation": "QueryRecords",
        "parameters": {"/query/unit": "A"},
        "zone": "Asia/Shanghai",
        "success_at": f"{AT}/code",
        "busy_is": ["1"],
        "message_at": f"{AT}/message",
        "items": f"{AT}/records/record",
        "pages": "page",
        "page_parameter": "pageNo",
        "size_parameter": "pageSize",
        "page_size": 3,
        "total_at": f"{AT}/total",
        "since_parameter": "/query/from",
        "until_parameter": "/query/to",
        "time_format": "iso_offset",
        "start": "2026-03-01",
        "window_seconds": 2_678_400,
        "overlap_seconds": 600,
        "faults": {"NoRecords": "empty", "TooOften": "busy", "SessionExpired": "login"},
        "allow_private_address": True,
        **more,
    }


@lru_cache
def _made(name: str) -> Key:
    return ec.generate_private_key(ec.SECP256R1()) if name == "ec" else rsa.generate_private_key(65537, 2048)


def key(kind: str = "rsa") -> Key:
    """A private key of a kind, the same one for all tests."""
    return _made(kind)


def another_key() -> Key:
    """Somebody else's."""
    return _made("another rsa")


@lru_cache
def certificate(of: Key, *, until: datetime = NOW + timedelta(days=365), signs: bool = True) -> x509.Certificate:
    """A certificate of a key, valid for two years; the same one each time (of P-256 no two are)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority.example")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(of.public_key())
        .serial_number(7)
        .not_valid_before(until - timedelta(days=730))
        .not_valid_after(until)
        .add_extension(x509.KeyUsage(signs, False, not signs, False, False, False, False, False, False), critical=True)
        .sign(of, hashes.SHA256())
    )


def signer(kind: str = "rsa", **more: Any) -> Signer:
    """Who signs by the key of a kind."""
    return Signer(key(kind), certificate(key(kind), **more))


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates as a file holds them."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def private(of: Key) -> str:
    """A private key as a file holds it."""
    return of.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signed_answer() -> etree._Element:
    """An answer of the attendance system, signed as it should be; by RSA the same bytes each time."""
    made = etree.fromstring(
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><q:QueryRecordsResponse xmlns:q="urn:'
        b'qinglan:attendance:2"><q:code>0</q:code><q:total>0</q:total></q:QueryRecordsResponse></s:Body></s:Envelope>'
    )
    signer().sign(made, NOW)
    return made
