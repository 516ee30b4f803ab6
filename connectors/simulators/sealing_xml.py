"""How an authority seals an XML message: signed within itself (XML signature), then encrypted to a key of the hub."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import xmlsec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey
from lxml import etree

_DS = "http://www.w3.org/2000/09/xmldsig#"
_METHODS = {RSAPrivateKey: "rsa-sha256", EllipticCurvePrivateKey: "ecdsa-sha256"}
_SIGNATURE = """<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/>\
<Reference URI="#{id}"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>\
<Reference URI="#when"><Transforms><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>\
<SignatureValue/><KeyInfo><KeyName>{kid}</KeyName></KeyInfo><Object Id="when">\
<SigningTime xmlns="urn:licet:envelope:1">{when}</SigningTime></Object></Signature>"""
_ENCRYPTED = """<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" MimeType="application/xml">\
<EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>\
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><EncryptedKey xmlns="http://www.w3.org/2001/04/xmlenc#">\
<EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep">\
<DigestMethod xmlns="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>\
<MGF xmlns="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/>\
</EncryptionMethod><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyName>{kid}</KeyName></KeyInfo>\
<CipherData><CipherValue/></CipherData></EncryptedKey></KeyInfo><CipherData><CipherValue/></CipherData>\
</EncryptedData>"""


def signed(
    body: bytes, key: RSAPrivateKey | EllipticCurvePrivateKey, kid: str, at: datetime, template: str = _SIGNATURE
) -> bytes:
    """A document whose root has an ``Id``, with its signature as the last thing in it, which says when it was made."""
    root = etree.fromstring(body)
    when = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    method = next(name for kind, name in _METHODS.items() if isinstance(key, kind))
    node = etree.fromstring(template.format(method=method, id=root.get("Id"), kid=kid, when=when))
    root.append(node)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(_pem(key), xmlsec.constants.KeyDataFormatPem)
    context.sign(node)
    return etree.tostring(root)


def encrypted(content: bytes, to: Mapping[str, Any], template: str = _ENCRYPTED, **formatted: str) -> bytes:
    """Bytes encrypted to a member of the set of keys that the hub publishes."""
    node = etree.fromstring(template.format(**{"kid": to["kid"], **formatted}))
    known = {name: to[name] for name in ("kty", "n", "e")}
    manager = xmlsec.KeysManager()
    key = xmlsec.Key.from_memory(RSAKey.import_key(known).as_pem(private=False), xmlsec.constants.KeyDataFormatPem)
    key.name = to["kid"]
    manager.add_key(key)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession)
    return etree.tostring(context.encrypt_binary(node, content))


def _pem(key: RSAPrivateKey | EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
