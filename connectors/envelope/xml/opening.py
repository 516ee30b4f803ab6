"""Opens an XML message that was sealed to a key of the hub, and says who signed it."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from lxml import etree

from connectors.algorithms import private_pem, public_pem
from connectors.envelope.freshness import require_fresh
from connectors.envelope.xml.shapes import (
    DS,
    SEALED,
    SIGNS,
    TIME,
    USING,
    canonical,
    require,
    signature,
    text_of,
    tree,
)
from connectors.jose import refused
from connectors.keys import KeyRing, OwnKey, OwnKeys, PeerKey
from schemas.errors import TrustError
from schemas.words import Words

_KEYS = 64
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


class XmlMessage(NamedTuple):
    """A message that was opened and proven: its canonical bytes, by which key, and the signature."""

    body: bytes
    kid: str
    proof: Mapping[str, str]


def open_xml(text: bytes, own: OwnKeys, keys: KeyRing, at: datetime) -> XmlMessage:
    """The message that one of ``keys`` signed and that was encrypted to a key of the hub; judged at ``at``.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.stale``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    return _verified(tree(_decrypted(tree(text), own, at)), keys, at)


def _decrypted(root: etree._Element, own: OwnKeys, at: datetime) -> bytes:
    for name in ("Type", "MimeType"):  # hints that nothing protects: what was encrypted is bytes that are read anew
        root.attrib.pop(name, "")
    require(root, SEALED)
    kid = text_of(root, f".//{{{DS}}}KeyName")
    key = own.at(kid, at)
    if key.algorithm != "rsa-oaep":
        raise refused(
            Words(
                f"key {kid[:64]!r} of the hub is none that XML is encrypted to",
                f"本平台密钥 {kid[:64]!r} 不是用于 XML 加密的密钥",
            )
        )
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    try:
        with USING:
            found = xmlsec.EncryptionContext(_manager(key)).decrypt(root)
    except (xmlsec.Error, ValueError, TypeError) as error:
        raise _bad() from error
    if not isinstance(found, bytes):
        raise _bad()
    return found


def _verified(root: etree._Element, keys: KeyRing, at: datetime) -> XmlMessage:
    found, root_id, time_id = _enveloped(root)
    kid = text_of(found, f"{{{DS}}}KeyInfo/{{{DS}}}KeyName")
    key = keys.at(kid, at)
    if key.algorithm not in SIGNS:
        raise refused(Words(f"key {kid[:64]!r} signs no XML", f"密钥 {kid[:64]!r} 不能签署 XML"))
    require(found, signature(key.algorithm, root_id, time_id))
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = _public(key)
    try:
        with USING:
            context.verify(found)
    except (xmlsec.Error, ValueError, TypeError) as error:
        raise _bad() from error
    instant = text_of(found, f"{{{DS}}}Object/{{{TIME}}}SigningTime")
    shown, digests = canonical(found), [_decoded(str(each.text)) for each in found.iter(f"{{{DS}}}DigestValue")]
    read = canonical(found[-1])
    root.remove(found)
    body = canonical(root)
    # What is handed on, and the instant that is believed, are the bytes that were verified.
    if digests != [sha256(body).digest(), sha256(read).digest()]:
        raise _bad()
    require_fresh(_seconds(instant), at)
    return XmlMessage(body, kid, {"xml-signature": b64encode(shown).decode()})


def _enveloped(root: etree._Element) -> tuple[etree._Element, str, str]:
    """The one signature of a document, the last thing in its root, and the two ids that there are: of both signed."""
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if len(signatures) != 1 or not len(root) or root[-1] is not signatures[0] or signatures[0].tail:
        raise refused(Words("expected one signature, as the last thing in the root", "应为一个签名，且位于根元素末尾"))
    ids = [(node, name) for node in root.iter() for name in node.attrib if str(name)[-2:].lower() == "id"]
    ids = [(node, name) for node, name in ids if etree.QName(name).localname.lower() == "id"]
    held = signatures[0].find(f"{{{DS}}}Object")
    if held is None or ids != [(root, "Id"), (held, "Id")]:
        raise refused(
            Words(
                "expected two ids: Id of the root, and Id of the object with the instant of signing",
                "应为两个标识：根元素的 Id，以及含签名时刻的对象的 Id",
            )
        )
    root_id, time_id = str(root.get("Id")), str(held.get("Id"))
    if root_id == time_id:
        raise refused(Words("an id stands twice", "有标识重复"))
    return signatures[0], root_id, time_id


def _seconds(instant: str) -> float:
    try:
        if not _INSTANT.fullmatch(instant):
            raise ValueError(instant)
        return datetime.fromisoformat(instant).timestamp()
    except (ValueError, OverflowError) as error:
        raise refused(
            Words(
                "SigningTime is no instant with its offset, such as 2026-11-22T09:00:00Z",
                "SigningTime 不是带时区偏移的时刻，如 2026-11-22T09:00:00Z",
            )
        ) from error


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text.strip(), validate=True)
    except (Base64Error, ValueError) as error:
        raise refused(Words("found no base64", "不是 base64")) from error


def _bad() -> TrustError:
    return TrustError(
        "sig.bad",
        Words(
            "the envelope does not open by its key, or its signature does not verify",
            "信封无法以其密钥打开，或签名校验不通过",
        ),
    )


_read: dict[int, tuple[PeerKey, Any]] = {}
"""Keys as the library has them, by the object that each was made of, which is kept beside it."""


def _public(key: PeerKey) -> Any:
    """What verifies with a key; writing it as PEM takes as long as the rest of a verification in Python."""
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    known = _read.get(id(key))
    if known is None or known[0] is not key:
        if len(_read) >= _KEYS:
            _read.clear()
        known = key, xmlsec.Key.from_memory(public_pem(key.public), xmlsec.constants.KeyDataFormatPem)
        _read[id(key)] = known
    return known[1]


_managers: dict[str, Any] = {}


def _manager(key: OwnKey) -> Any:
    """What decrypts with a key; making one takes as long as thirty messages."""
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    found = _managers.get(key.kid)
    if found is None:
        found = xmlsec.KeysManager()
        named = xmlsec.Key.from_memory(private_pem(key.private), xmlsec.constants.KeyDataFormatPem)
        named.name = key.kid
        found.add_key(named)
        _managers[key.kid] = found
    return found
