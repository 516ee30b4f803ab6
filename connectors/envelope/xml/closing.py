"""Closes an XML message as ``opening`` opens one: signed by a key of the hub, then sealed to a key of its receiver."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lxml import etree

from connectors.algorithms import private_pem, public_pem
from connectors.envelope.xml.shapes import DS, SEALED, TIME, USING, made, signature, tree
from connectors.keys import OwnKey, PeerKey

_KEYS = 64
_TIME_ID = "signing-time"


def close_xml(body: bytes, signer: OwnKey, to: PeerKey, at: datetime) -> bytes:
    """A document, signed at an instant and sealed. A root without an ``Id`` is given one, which follows from it.

    Raises:
        TrustError: ``envelope.refused``: it is no XML of elements and text alone.
    """
    root = tree(body)
    if not root.get("Id"):
        root.set("Id", f"m-{sha256(body).hexdigest()[:32]}")
    return _sealed(_signed(root, signer, at), to)


def _signed(root: etree._Element, signer: OwnKey, at: datetime) -> bytes:
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    element = made(signature(signer.algorithm, str(root.get("Id")), _TIME_ID))
    _say(element, f"{{{DS}}}KeyInfo/{{{DS}}}KeyName", signer.kid)
    instant = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    _say(element, f"{{{DS}}}Object/{{{TIME}}}SigningTime", instant)
    root.append(element)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(private_pem(signer.private), xmlsec.constants.KeyDataFormatPem)
    with USING:
        context.sign(element)
    return etree.tostring(root, encoding="utf-8")


def _sealed(content: bytes, to: PeerKey) -> bytes:
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    element = made(SEALED)
    _say(element, f".//{{{DS}}}KeyName", to.kid)
    with USING:
        context = xmlsec.EncryptionContext(_manager(to.kid, public_pem(to.public)))
        context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession)
        return etree.tostring(context.encrypt_binary(element, content), encoding="utf-8")


def _say(element: etree._Element, path: str, text: str) -> None:
    found = element.find(path)
    assert found is not None, "of our own shape"
    found.text = text


@lru_cache(maxsize=_KEYS)
def _manager(kid: str, pem: bytes) -> Any:
    """What encrypts to a key; making one takes as long as thirty messages."""
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    found = xmlsec.KeysManager()
    key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    key.name = kid
    found.add_key(key)
    return found
