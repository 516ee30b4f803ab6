"""What an XML message looks like that is signed and sealed: each element, attribute and algorithm, once."""

from threading import Lock
from typing import Any

from lxml import etree

from connectors.jose import refused
from schemas.errors import PayloadError, SettingError
from schemas.reading import Limits, xml_tree
from schemas.words import Words

MEDIA = "application/xml"
DS, ENC, ENC11 = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/04/xmlenc#",
    "http://www.w3.org/2009/xmlenc11#",
)
TIME = "urn:licet:envelope:1"
"""The namespace of the instant of signing."""
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SIGNS = {
    "rs256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "es256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}
USING = Lock()
"""The library lets other threads run meanwhile; the keys that it is given are used by one at a time."""

Shape = tuple[str, dict[str, str], tuple[Any, ...]]
_SHA256 = f"{ENC}sha256"
_LIMITS = Limits(string=1 << 20)


def _node(namespace: str, name: str, *children: Shape, **attributes: str) -> Shape:
    return f"{{{namespace}}}{name}", attributes, children


_VALUE = _node(ENC, "CipherData", _node(ENC, "CipherValue"))
_OAEP = _node(
    ENC,
    "EncryptionMethod",
    _node(DS, "DigestMethod", Algorithm=_SHA256),
    _node(ENC11, "MGF", Algorithm=f"{ENC11}mgf1sha256"),
    Algorithm=f"{ENC11}rsa-oaep",
)
_NAMED = _node(DS, "KeyInfo", _node(DS, "KeyName"))
SEALED = _node(
    ENC,
    "EncryptedData",
    _node(ENC, "EncryptionMethod", Algorithm=f"{ENC11}aes256-gcm"),
    _node(DS, "KeyInfo", _node(ENC, "EncryptedKey", _OAEP, _NAMED, _VALUE)),
    _VALUE,
)


def signature(algorithm: str, root_id: str, time_id: str) -> Shape:
    """A signature over a root, and over the instant that it holds."""
    info = _node(
        DS,
        "SignedInfo",
        _node(DS, "CanonicalizationMethod", Algorithm=EXCLUSIVE),
        _node(DS, "SignatureMethod", Algorithm=SIGNS[algorithm]),
        _reference(root_id, f"{DS}enveloped-signature", EXCLUSIVE),
        _reference(time_id, EXCLUSIVE),
    )
    instant = _node(DS, "Object", _node(TIME, "SigningTime"), Id=time_id)
    return _node(DS, "Signature", info, _node(DS, "SignatureValue"), _NAMED, instant)


def _reference(to: str, *transforms: str) -> Shape:
    each = (_node(DS, "Transform", Algorithm=name) for name in transforms)
    digest = (_node(DS, "DigestMethod", Algorithm=_SHA256), _node(DS, "DigestValue"))
    return _node(DS, "Reference", _node(DS, "Transforms", *each), *digest, URI=f"#{to}")


def made(shape: Shape) -> etree._Element:
    """An element of a shape, without any text."""
    tag, attributes, children = shape
    unprefixed: Any = {None: etree.QName(tag).namespace}
    element = etree.Element(tag, attributes, nsmap=unprefixed)
    for child in children:
        element.append(made(child))
    return element


def require(node: etree._Element, shape: Shape) -> None:
    """Return if an element has exactly these attributes and children, and text only where there are no children.

    Raises:
        TrustError: ``envelope.refused``.
    """
    tag, attributes, children = shape
    found: Any = node.attrib
    if node.tag != tag or dict(found) != attributes:
        raise refused(Words(f"expected {tag} with {attributes}", f"应为带 {attributes} 的 {tag}"))
    if len(node) != len(children):
        raise refused(Words(f"expected {len(children)} elements in {tag}", f"{tag} 中应有 {len(children)} 个元素"))
    if children and any((text or "").strip() for text in (node.text, *(child.tail for child in node))):
        raise refused(Words(f"expected no text in {tag}", f"{tag} 中不应有文字"))
    for child, wanted in zip(node, children, strict=True):
        require(child, wanted)


def text_of(node: etree._Element, path: str) -> str:
    """The text of the one element at a path.

    Raises:
        TrustError: ``envelope.refused``.
    """
    found = node.findall(path)
    if len(found) != 1 or not found[0].text or len(found[0].text) > 128:
        raise refused(Words(f"expected one {path.rpartition('}')[2]}", f"应为一个 {path.rpartition('}')[2]}"))
    return found[0].text.strip()


def canonical(node: etree._Element) -> bytes:
    """The bytes of an element that a signature covers."""
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def tree(text: bytes) -> etree._Element:
    """The root of a document of elements and text alone.

    Raises:
        TrustError: ``envelope.refused``.
    """
    try:
        root = xml_tree(text, limits=_LIMITS)
    except PayloadError as error:
        raise refused(Words(f"XML that cannot be read: {error.code}", f"XML 无法读取：{error.code}")) from error
    for node in root.iter():
        if not isinstance(node.tag, str):
            raise refused(Words("a comment or another node beside elements and text", "含有注释或其他节点"))
    return root


def require_library() -> None:
    """Return if what signs, verifies and encrypts XML is installed.

    Raises:
        ConfigError: It is not.
    """
    try:
        import xmlsec  # noqa: F401, PLC0415 - asked whether it is there
    except ImportError as error:
        raise SettingError(
            Words("profile xml: found no xmlsec", "xml，但未安装 xmlsec"),
            Words("the extra: pip install 'licet[xml]'", "安装扩展：pip install 'licet[xml]'"),
            setting="profile",
        ) from error
