"""Proof of origin and secrecy of an XML message: an enveloped XML signature, then XML encryption to the hub.

Every algorithm and every element of both has its one place: whatever else stands there is refused before anything is
decrypted or verified. What is handed on is the canonical text whose digest was signed, so wrapping leads to nothing.
There is no instant of signing in it; a message that comes again is known by its event's id, or by its digest.

Source:  XML Signature 1.1 and XML Encryption 1.1 (W3C), Exclusive XML Canonicalization 1.0, RFC 9231 (names).
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple

from lxml import etree

from connectors.algorithms import private_pem, public_pem
from connectors.jose import refused
from connectors.keys import KeyRing, OwnKey, OwnKeys
from schemas.errors import PayloadError, SettingError, TrustError
from schemas.reading import Limits, xml_tree
from schemas.words import Words

MEDIA = "application/xml"
_DS, _ENC, _ENC11 = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/04/xmlenc#",
    "http://www.w3.org/2009/xmlenc11#",
)
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = f"{_ENC}sha256"
_SIGNS = {
    "rs256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "es256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}
_LIMITS = Limits(string=1 << 20)
_KEYS = 64
_USING = Lock()
"""The library lets other threads run meanwhile; the keys that it is given are used by one at a time."""
Shape = tuple[str, tuple[tuple[str, str], ...], tuple[Any, ...]]


def _node(namespace: str, name: str, *children: Shape, **attributes: str) -> Shape:
    return f"{{{namespace}}}{name}", tuple(sorted(attributes.items())), children


_VALUE = _node(_ENC, "CipherData", _node(_ENC, "CipherValue"))
_OAEP = _node(
    _ENC,
    "EncryptionMethod",
    _node(_DS, "DigestMethod", Algorithm=_SHA256),
    _node(_ENC11, "MGF", Algorithm=f"{_ENC11}mgf1sha256"),
    Algorithm=f"{_ENC11}rsa-oaep",
)
_NAMED = _node(_DS, "KeyInfo", _node(_DS, "KeyName"))
_SEALED = _node(
    _ENC,
    "EncryptedData",
    _node(_ENC, "EncryptionMethod", Algorithm=f"{_ENC11}aes256-gcm"),
    _node(_DS, "KeyInfo", _node(_ENC, "EncryptedKey", _OAEP, _NAMED, _VALUE)),
    _VALUE,
)


def _signature(algorithm: str, root_id: str) -> Shape:
    transforms = _node(
        _DS,
        "Transforms",
        _node(_DS, "Transform", Algorithm=f"{_DS}enveloped-signature"),
        _node(_DS, "Transform", Algorithm=_EXCLUSIVE),
    )
    digest = (_node(_DS, "DigestMethod", Algorithm=_SHA256), _node(_DS, "DigestValue"))
    info = _node(
        _DS,
        "SignedInfo",
        _node(_DS, "CanonicalizationMethod", Algorithm=_EXCLUSIVE),
        _node(_DS, "SignatureMethod", Algorithm=_SIGNS[algorithm]),
        _node(_DS, "Reference", transforms, *digest, URI=f"#{root_id}"),
    )
    return _node(_DS, "Signature", info, _node(_DS, "SignatureValue"), _NAMED)


class XmlMessage(NamedTuple):
    """A message that was opened and proven: its canonical bytes, by which key, and the signature."""

    body: bytes
    kid: str
    proof: Mapping[str, str]


def require_library() -> None:
    """Return if what verifies and decrypts XML is installed.

    Raises:
        ConfigError: It is not.
    """
    try:
        import xmlsec  # noqa: F401, PLC0415
    except ImportError as error:
        raise SettingError(
            Words("profile xml: found no xmlsec", "xml，但未安装 xmlsec"),
            Words("the extra: pip install 'licet[xml]'", "安装扩展：pip install 'licet[xml]'"),
            setting="profile",
        ) from error


def open_xml(text: bytes, own: OwnKeys, keys: KeyRing, at: datetime) -> XmlMessage:
    """The message that one of ``keys`` signed and that was encrypted to a key of the hub; judged at ``at``.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    return _verified(_tree(_decrypted(_tree(text), own, at)), keys, at)


def _tree(text: bytes) -> etree._Element:
    try:
        root = xml_tree(text, limits=_LIMITS)
    except PayloadError as error:
        raise refused(f"XML that cannot be read: {error.code}") from error
    for node in root.iter():
        if not isinstance(node.tag, str):
            raise refused("a comment or another node beside elements and text")
    return root


def _decrypted(root: etree._Element, own: OwnKeys, at: datetime) -> bytes:
    for name in ("Type", "MimeType"):  # hints that nothing protects: what was encrypted is bytes that are read anew
        root.attrib.pop(name, "")
    _require(root, _SEALED)
    kid = _text(root, f".//{{{_DS}}}KeyName")
    key = own.at(kid, at)
    if key.algorithm != "rsa-oaep":
        raise refused(f"key {kid[:64]!r} of the hub is none that XML is encrypted to")
    import xmlsec  # noqa: PLC0415

    try:
        with _USING:
            found = xmlsec.EncryptionContext(_manager(key)).decrypt(root)
    except (xmlsec.Error, ValueError, TypeError) as error:
        raise _bad() from error
    if not isinstance(found, bytes):
        raise _bad()
    return found


def _verified(root: etree._Element, keys: KeyRing, at: datetime) -> XmlMessage:
    signature, root_id = _enveloped(root)
    kid = _text(signature, f"{{{_DS}}}KeyInfo/{{{_DS}}}KeyName")
    key = keys.at(kid, at)
    if key.algorithm not in _SIGNS:
        raise refused(f"key {kid[:64]!r} signs no XML")
    _require(signature, _signature(key.algorithm, root_id))
    import xmlsec  # noqa: PLC0415

    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = _public(public_pem(key.public))
    try:
        with _USING:
            context.verify(signature)
    except (xmlsec.Error, ValueError, TypeError) as error:
        raise _bad() from error
    shown = etree.tostring(signature, method="c14n", exclusive=True)
    digest = _text(signature, f".//{{{_DS}}}DigestValue")
    signature.getparent().remove(signature)  # type: ignore[union-attr]
    body = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    if _decoded(digest) != sha256(body).digest():
        raise _bad()
    return XmlMessage(body, kid, {"xml-signature": b64encode(shown).decode()})


def _enveloped(root: etree._Element) -> tuple[etree._Element, str]:
    """The one signature of a document, the last thing in its root, and the one id that there is."""
    signatures = list(root.iter(f"{{{_DS}}}Signature"))
    if len(signatures) != 1 or not len(root) or root[-1] is not signatures[0] or signatures[0].tail:
        raise refused("expected one signature, as the last thing in the root")
    ids = [(node, name) for node in root.iter() for name in node.attrib if etree.QName(name).localname.lower() == "id"]
    if [(node, name) for node, name in ids] != [(root, "Id")]:
        raise refused("expected one Id, that of the root")
    return signatures[0], str(root.get("Id"))


def _require(node: etree._Element, shape: Shape) -> None:
    """Return if an element has exactly these attributes and children, and text only where there are no children.

    Raises:
        TrustError: ``envelope.refused``.
    """
    tag, attributes, children = shape
    if node.tag != tag or tuple(sorted((str(k), str(v)) for k, v in node.attrib.items())) != attributes:
        raise refused(f"expected {tag} with {dict(attributes)}")
    if len(node) != len(children):
        raise refused(f"expected {len(children)} elements in {tag}")
    if children and any((text or "").strip() for text in (node.text, *(child.tail for child in node))):
        raise refused(f"expected no text in {tag}")
    for child, wanted in zip(node, children, strict=True):
        _require(child, wanted)


def _text(node: etree._Element, path: str) -> str:
    found = node.findall(path)
    if len(found) != 1 or not found[0].text or len(found[0].text) > 128:
        raise refused(f"expected one {path.rpartition('}')[2]}")
    return found[0].text.strip()


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Base64Error as error:
        raise refused("found no base64") from error


def _bad() -> TrustError:
    return TrustError("sig.bad", "the envelope does not open by its key, or its signature does not verify")


@lru_cache(maxsize=_KEYS)
def _public(pem: bytes) -> Any:
    import xmlsec  # noqa: PLC0415

    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)


_managers: dict[str, Any] = {}


def _manager(key: OwnKey) -> Any:
    """What decrypts with a key; making one takes as long as thirty messages."""
    import xmlsec  # noqa: PLC0415

    found = _managers.get(key.kid)
    if found is None:
        found = xmlsec.KeysManager()
        named = xmlsec.Key.from_memory(private_pem(key.private), xmlsec.constants.KeyDataFormatPem)
        named.name = key.kid
        found.add_key(named)
        _managers[key.kid] = found
    return found
