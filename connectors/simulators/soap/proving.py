"""How a SOAP peer proves its messages, and proves ours: WS-Security over lxml and cryptography, no code of the hub's.

It also makes what a forger makes of a message that was signed.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
DS, EXCLUSIVE = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/10/xml-exc-c14n#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_DIGESTS: Mapping[str, tuple[str, Callable[[bytes], Any]]] = {
    "sha256": ("http://www.w3.org/2001/04/xmlenc#sha256", sha256),
    "sha1": (f"{DS}sha1", sha1),
}
_ID = f"{{{WSU}}}Id"
Key = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs envelopes as one who has this key and this certificate."""

    key: Key
    certificate: x509.Certificate

    def sign(
        self,
        envelope: etree._Element,
        at: datetime,
        *,
        digest: str = "sha256",
        method: str = "",
        covers: tuple[str, ...] = ("Timestamp", "Body"),
        prefixes: str = "",
        life: timedelta = timedelta(minutes=5),
    ) -> None:
        """Add a Security header with Timestamp, certificate and signature over what ``covers`` names.

        ``method`` is what the signature says of itself, and ``digest`` what it is made with, where not as usual;
        ``prefixes`` are those of InclusiveNamespaces.
        """
        soap = etree.QName(envelope).namespace
        header = envelope.find(f"{{{soap}}}Header")
        if header is None:
            header = etree.Element(f"{{{soap}}}Header")
            envelope.insert(0, header)
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{soap}}}mustUnderstand", "1")
        time = etree.SubElement(security, f"{{{WSU}}}Timestamp")
        for name, instant in (("Created", at), ("Expires", at + life)):
            text = instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            etree.SubElement(time, f"{{{WSU}}}{name}").text = text
        token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken")
        token.set("ValueType", f"{_OASIS}x509-token-profile-1.0#X509v3")
        token.set("EncodingType", f"{_OASIS}soap-message-security-1.0#Base64Binary")
        token.set(_ID, "X509-1")
        token.text = b64encode(self.certificate.public_bytes(Encoding.DER)).decode()
        body = envelope.find(f"{{{soap}}}Body")
        assert body is not None
        time.set(_ID, "TS-1")
        body.set(_ID, "id-1")
        parts = {"Timestamp": time, "Body": body, "BinarySecurityToken": token}
        self._sign(security, [parts[name] for name in covers], digest, method, prefixes)

    def _sign(
        self, security: etree._Element, parts: list[etree._Element], digest: str, method: str, prefixes: str
    ) -> None:
        uri, hashed = _DIGESTS[digest]
        also = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{prefixes}"/>' if prefixes else ""
        references = "".join(
            f'<ds:Reference URI="#{each.get(_ID)}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}">{also}'
            f'</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{uri}"/><ds:DigestValue>'
            f"{b64encode(hashed(canonical(each, prefixes)).digest()).decode()}</ds:DigestValue></ds:Reference>"
            for each in parts
        )
        signature = etree.fromstring(
            f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{method or self._method(digest)}"/>{references}</ds:SignedInfo>'
            f'<ds:SignatureValue/><ds:KeyInfo><wsse:SecurityTokenReference xmlns:wsse="{WSSE}">'
            '<wsse:Reference URI="#X509-1"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>'
        )
        security.append(signature)
        signature[1].text = b64encode(self._value(canonical(signature[0]), digest)).decode()

    def _method(self, digest: str) -> str:
        kind = "rsa" if isinstance(self.key, RSAPrivateKey) else "ecdsa"
        return f"{DS}rsa-sha1" if digest == "sha1" else f"{_MORE}{kind}-sha256"

    def _value(self, content: bytes, digest: str) -> bytes:
        hashed = hashes.SHA1() if digest == "sha1" else hashes.SHA256()  # noqa: S303 - what a peer of long ago does
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashed)
        r, s = decode_dss_signature(self.key.sign(content, ECDSA(hashed)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def canonical(node: etree._Element, prefixes: str = "") -> bytes:
    """Exclusive canonical XML of an element."""
    return etree.tostring(node, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes.split() or None)


def signed_by(envelope: etree._Element, certificate: x509.Certificate, at: datetime) -> bool:
    """Whether Body and Timestamp of a request are signed by a certificate, just now."""
    soap = etree.QName(envelope).namespace
    security = envelope.find(f"{{{soap}}}Header/{{{WSSE}}}Security")
    time = None if security is None else security.find(f"{{{WSU}}}Timestamp")
    signature = None if security is None else security.find(f"{{{DS}}}Signature")
    if time is None or signature is None or not _fresh(time.findtext(f"{{{WSU}}}Created"), at):
        return False
    told = {each.get("URI"): each.findtext(f"{{{DS}}}DigestValue") for each in signature.iter(f"{{{DS}}}Reference")}
    for part in (envelope[-1], time):
        if told.get(f"#{part.get(_ID)}") != b64encode(sha256(canonical(part)).digest()).decode():
            return False
    value = b64decode(signature.findtext(f"{{{DS}}}SignatureValue") or "")
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(value, canonical(signature[0]), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def named_by(envelope: etree._Element, user: str, password: str, at: datetime, seen: set[str]) -> bool:
    """Whether a request shows user and password as a digest, just now and for the first time."""
    token = next(envelope.iter(f"{{{WSSE}}}UsernameToken"), None)
    if token is None or token.findtext(f"{{{WSSE}}}Username") != user:
        return False
    nonce, created = token.findtext(f"{{{WSSE}}}Nonce") or "", token.findtext(f"{{{WSU}}}Created") or ""
    digest = sha1(b64decode(nonce) + created.encode() + password.encode()).digest()  # noqa: S324 - the profile's own
    good = token.findtext(f"{{{WSSE}}}Password") == b64encode(digest).decode()
    fresh = _fresh(created, at) and nonce not in seen
    seen.add(nonce)
    return good and fresh


def _fresh(text: str | None, at: datetime) -> bool:
    try:
        return abs(datetime.fromisoformat(text or "") - at) <= timedelta(minutes=5)
    except (ValueError, TypeError):
        return False


# ---------------------------------------------------------------- what a forger makes of a signed envelope


_INSTEAD = {"revoked": "active", "suspended": "active", "注销": "正常", "暂停": "正常", "OUT": "IN", "IN": "OUT"}


def _forged(envelope: etree._Element) -> etree._Element:
    """A Body as the forger wants it: of the one that was signed, with another word for how it stands."""
    body = deepcopy(envelope[-1])
    for node in body.iter():
        node.text = _INSTEAD.get(node.text or "", node.text)
    body.attrib.pop(_ID, "")
    return body


def _moved(envelope: etree._Element, into: etree._Element, *, id: str = "") -> None:
    body = _forged(envelope)
    if id:
        body.set(_ID, id)
    into.append(envelope[-1])
    envelope.append(body)


def _in_a_header(envelope: etree._Element) -> None:
    _moved(envelope, etree.SubElement(envelope[0], "{urn:x}Kept"))


def _bare_in_the_header(envelope: etree._Element) -> None:
    _moved(envelope, envelope[0])


def _in_security(envelope: etree._Element) -> None:
    _moved(envelope, envelope[0][0])


def _in_the_signature(envelope: etree._Element) -> None:
    _moved(envelope, etree.SubElement(envelope[0][0][-1], f"{{{DS}}}Object"))


def _with_the_same_id(envelope: etree._Element) -> None:
    _moved(envelope, etree.SubElement(envelope[0], "{urn:x}Kept"), id="id-1")


def _with_an_id_of_another_name(envelope: etree._Element) -> None:
    _moved(envelope, etree.SubElement(envelope[0], "{urn:x}Kept"))
    envelope[-1].set("Id", "id-1")


def _renamed_within(envelope: etree._Element) -> None:
    """The signed Body stands in the new one, which has its id in another namespace."""
    new = _forged(envelope)
    old = envelope[-1]
    new.append(old)
    envelope.append(new)


def _second_body(envelope: etree._Element) -> None:
    envelope.append(_forged(envelope))


def _body_before(envelope: etree._Element) -> None:
    envelope.insert(1, _forged(envelope))


def _second_security(envelope: etree._Element) -> None:
    envelope[0].insert(0, etree.Element(f"{{{WSSE}}}Security"))


def _security_for_another(envelope: etree._Element) -> None:
    other = deepcopy(envelope[0][0])
    other.set(f"{{{etree.QName(envelope).namespace}}}actor", "urn:somebody")
    envelope[0].append(other)


def _second_signature(envelope: etree._Element) -> None:
    envelope[0][0].append(deepcopy(envelope[0][0][-1]))


def _second_timestamp(envelope: etree._Element) -> None:
    again = deepcopy(envelope[0][0][0])
    again.attrib.pop(_ID)
    envelope[0][0].insert(0, again)


def _changed(envelope: etree._Element) -> None:
    new = _forged(envelope)
    new.set(_ID, "id-1")
    envelope[-1].getparent().replace(envelope[-1], new)  # type: ignore[union-attr]  # a child has a parent


def _without_signature(envelope: etree._Element) -> None:
    envelope[0][0].remove(envelope[0][0][-1])


def _without_security(envelope: etree._Element) -> None:
    envelope.remove(envelope[0])


def _with_another_transform(envelope: etree._Element) -> None:
    transforms = next(envelope.iter(f"{{{DS}}}Transforms"))
    etree.SubElement(transforms, f"{{{DS}}}Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def _with_a_key_of_its_own(envelope: etree._Element) -> None:
    info = next(envelope.iter(f"{{{DS}}}KeyInfo"))
    info.append(etree.fromstring(f'<ds:KeyValue xmlns:ds="{DS}"/>'))


def _truncated_hmac(envelope: etree._Element) -> None:
    method = next(envelope.iter(f"{{{DS}}}SignatureMethod"))
    method.set("Algorithm", f"{DS}hmac-sha1")
    etree.SubElement(method, f"{{{DS}}}HMACOutputLength").text = "0"


FORGERIES: Mapping[str, Callable[[etree._Element], None]] = {
    each.__name__.strip("_"): each
    for each in (
        _in_a_header, _bare_in_the_header, _in_security, _in_the_signature, _with_the_same_id,
        _with_an_id_of_another_name, _renamed_within, _second_body, _body_before, _second_security,
        _security_for_another, _second_signature, _second_timestamp, _changed, _without_signature, _without_security,
        _with_another_transform, _with_a_key_of_its_own, _truncated_hmac,
    )
}  # fmt: skip
"""By name, what is done to an envelope that was signed well."""
