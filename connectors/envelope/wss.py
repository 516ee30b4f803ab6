"""Proof of origin of a SOAP message: WS-Security, an X.509 signature over Body and Timestamp.

What a signature covers is found by identity: the Body that is read and the one Timestamp of the one Security header,
each by an id that nothing else in the message has. Whatever else a signature points at is refused, so what was moved
elsewhere leads to nothing. Algorithms are those of the certificate, never of the message.

Source:  WS-Security 1.1 (OASIS: SOAP Message Security, X.509 Token Profile), XML Signature 1.1, RFC 9231 (names).
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from lxml import etree

from connectors.algorithms import public_pem
from connectors.envelope.trusted import METHODS, Trusted
from schemas.errors import TrustError
from schemas.words import Words

_DS = "http://www.w3.org/2000/09/xmldsig#"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
SECURITY = f"{{{WSSE}}}Security"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_MOST_REFERENCES = 8
_AHEAD = timedelta(seconds=60)
"""How far the other side's clock may be ahead of ours."""
_USING = Lock()
"""The library lets other threads run meanwhile; a key is used by one at a time."""


def verify(root: etree._Element, trusted: Sequence[Trusted], at: datetime, freshness: timedelta) -> None:
    """Return if Body and Timestamp of an envelope are signed by one of ``trusted``, and fresh at ``at``.

    The envelope has one Body; that one is covered.

    Raises:
        TrustError: ``sig.missing``, ``wss.header``, ``wss.wrapped``, ``wss.algorithm``, ``sig.components``,
            ``sig.key-unknown``, ``sig.key-state``, ``sig.bad`` or ``sig.stale``.
    """
    security = _security(root)
    signature = _only(security, f"{{{_DS}}}Signature", "sig.missing")
    if sum(1 for _ in root.iter(f"{{{_DS}}}Signature")) > 1:
        raise TrustError("wss.header", Words("found several signatures, expected one", "现有多个签名，应为一个"))
    method = _require_form(signature)
    time = _only(security, f"{{{WSU}}}Timestamp", "sig.components")
    covered = _covered(root, security, signature)
    _require_covered(root, time, covered)
    _verify(signature, covered, _by(security, trusted, method, at))
    require_fresh(time, at, freshness)


def _security(root: etree._Element) -> etree._Element:
    found = list(root.iter(SECURITY))
    if not found:
        raise TrustError(
            "sig.missing",
            Words("found no Security header, expected a signed answer", "没有 Security 报头，应为已签名的应答"),
        )
    if len(found) > 1 or found[0].getparent() is not root[0] or root[0].tag != f"{_soap(root)}Header":
        raise TrustError(
            "wss.header",
            Words(
                f"found {len(found)} Security headers, expected one, in the Header",
                f"Security 报头有 {len(found)} 个，应为 Header 中的一个",
            ),
        )
    return found[0]


def _soap(root: etree._Element) -> str:
    return f"{{{etree.QName(root).namespace}}}"


def _only(parent: etree._Element, tag: str, missing: str) -> etree._Element:
    found = parent.findall(tag)
    name = tag.rpartition("}")[2]
    if not found:
        raise TrustError(
            missing,
            Words(f"found no {name} in the Security header, expected one", f"Security 报头中没有 {name}，应为一个"),
        )
    if len(found) > 1:
        raise TrustError(
            "wss.header", Words(f"found {len(found)} of {name}, expected one", f"{name} 有 {len(found)} 个，应为一个")
        )
    return found[0]


def _require_form(signature: etree._Element) -> str:
    """The algorithm of a signature that has nothing but what a signature over parts of an envelope has.

    Raises:
        TrustError: ``wss.algorithm``, or ``envelope.refused`` for an element that has no place there.
    """
    info, value, *_key_info = _children(signature, "SignedInfo", "SignatureValue", last="KeyInfo", most=1)
    form, method, *references = _children(
        info, "CanonicalizationMethod", "SignatureMethod", "Reference", last="Reference", most=_MOST_REFERENCES - 1
    )
    _require_exclusive(form)
    for each in references:
        transforms, digest, told = _children(each, "Transforms", "DigestMethod", "DigestValue")
        (transform,) = _children(transforms, "Transform")
        _require_exclusive(transform)
        if digest.get("Algorithm") != _SHA256:
            raise _algorithm(digest)
        if len(digest) or told.text is None:
            raise _odd("Reference")
    if method.get("Algorithm") not in METHODS:
        raise _algorithm(method)
    if len(method) or value.text is None:
        raise _odd("SignatureMethod")
    return str(method.get("Algorithm"))


def _children(node: etree._Element, *names: str, last: str = "", most: int = 0) -> list[etree._Element]:
    """The children of an element: one of each name in this order, and behind them ``last``, ``most`` times at most."""
    found = list(node)
    wanted = [*names, *([last] * (len(found) - len(names)))]
    if len(found) > len(names) + most or [each.tag for each in found] != [f"{{{_DS}}}{name}" for name in wanted]:
        raise _odd(etree.QName(node).localname)
    return found


def _require_exclusive(node: etree._Element) -> None:
    if node.get("Algorithm") != _EXCLUSIVE:
        raise _algorithm(node)
    if [each.tag for each in node] not in ([], [f"{{{_EXCLUSIVE}}}InclusiveNamespaces"]):
        raise _odd(etree.QName(node).localname)


def _algorithm(node: etree._Element) -> TrustError:
    told = f"{etree.QName(node).localname} {str(node.get('Algorithm'))[:80]!r}"
    return TrustError(
        "wss.algorithm",
        Words(
            f"found {told}, expected SHA-256 and exclusive canonical XML",
            f"现为 {told}，应为 SHA-256 与排他规范化（exclusive C14N）",
        ),
    )


def _odd(name: str) -> TrustError:
    return TrustError(
        "envelope.refused",
        Words(
            f"found other elements in {name} than a signature over Body and Timestamp has",
            f"{name} 含有对 Body 与 Timestamp 的签名以外的元素",
        ),
    )


def _covered(
    root: etree._Element, security: etree._Element, signature: etree._Element
) -> dict[etree._Element, tuple[str, str]]:
    """What the references point at, each with the name of its id and the namespace of that name."""
    named = _ids(root)
    places = {root[-1], *root[0], *security}
    found = {}
    for each in signature.iter(f"{{{_DS}}}Reference"):
        uri = each.get("URI") or ""
        at = named.get(uri[1:], []) if uri[:1] == "#" else []
        if len(at) != 1:
            raise TrustError(
                "wss.wrapped",
                Words(
                    f"found a reference to {len(at)} elements, expected one", f"签名引用指向 {len(at)} 个元素，应为一个"
                ),
            )
        [(node, name)] = at
        if node not in places or node is signature:
            raise TrustError(
                "wss.wrapped",
                Words(
                    "found a signed part that is neither the Body nor a header of this message",
                    "被签名的部分既不是本报文的 Body，也不是其报头",
                ),
            )
        found[node] = (etree.QName(name).localname, etree.QName(name).namespace or "")
    return found


def _ids(root: etree._Element) -> dict[str, list[tuple[etree._Element, str]]]:
    """All attributes that anybody takes for an id, by their value."""
    found: dict[str, list[tuple[etree._Element, str]]] = {}
    for node in root.iter(etree.Element):
        for name, value in node.attrib.items():
            if str(name).rpartition("}")[2].lower() in ("id", "assertionid"):
                found.setdefault(str(value), []).append((node, str(name)))
    return found


def _require_covered(root: etree._Element, time: etree._Element, covered: dict[etree._Element, Any]) -> None:
    body = root[-1]
    if sum(1 for _ in root.iter(body.tag)) > 1:
        raise TrustError("wss.wrapped", Words("found another Body within the message", "报文中另有一个 Body"))
    for node in (body, time):
        if node not in covered:
            name = etree.QName(node).localname
            raise TrustError(
                "sig.components",
                Words(
                    f"found a signature that does not cover the {name}, expected one that does",
                    f"签名未覆盖 {name}，应覆盖",
                ),
            )


def _by(security: etree._Element, trusted: Sequence[Trusted], method: str, at: datetime) -> list[Trusted]:
    """The certificates by one of which the message may be signed: the one that it brings, else any that holds now."""
    brought = list(_tokens(security))
    known = [each for each in trusted if not brought or each.der in brought]
    if len(brought) > 1 or not known:
        raise TrustError(
            "sig.key-unknown",
            Words(
                "found another certificate than those of answer_certificates", "证书不是 answer_certificates 所列的证书"
            ),
        )
    holding = [each for each in known if each.holds(at)]
    if not holding:
        ends = max(each.certificate.not_valid_after_utc for each in known)
        raise TrustError(
            "sig.key-state",
            Words(
                f"found a certificate that does not hold now (until {ends:%Y-%m-%d})",
                f"证书不在有效期内（至 {ends:%Y-%m-%d}）",
            ),
        )
    fitting = [each for each in holding if each.method == method]
    if not fitting:
        raise TrustError(
            "wss.algorithm", Words("found another algorithm than the certificate's", "签名算法与证书的算法不符")
        )
    return fitting


def _tokens(security: etree._Element) -> Iterator[bytes]:
    for each in security.findall(f"{{{WSSE}}}BinarySecurityToken"):
        try:
            yield b64decode("".join((each.text or "").split()), validate=True)
        except (Base64Error, ValueError) as error:
            raise TrustError(
                "sig.key-unknown", Words("found a certificate that is no base64", "证书不是有效的 base64")
            ) from error


def _verify(
    signature: etree._Element, covered: dict[etree._Element, tuple[str, str]], candidates: Sequence[Trusted]
) -> None:
    import xmlsec  # noqa: PLC0415 - heavy: loaded where XML is spoken

    for each in candidates:
        context = xmlsec.SignatureContext()
        for node, (name, namespace) in covered.items():
            context.register_id(node, name, namespace or None)
        try:
            pem = public_pem(each.certificate.public_key())  # type: ignore[arg-type]  # of another kind it raises
            context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
            with _USING:
                context.verify(signature)
        except (xmlsec.Error, ValueError, TypeError):
            continue
        return
    raise TrustError("sig.bad", Words("found a signature that does not verify", "签名校验不通过"))


def require_fresh(time: etree._Element, at: datetime, freshness: timedelta) -> None:
    """Return if a Timestamp says that its message was made just now, and is not over.

    Raises:
        TrustError: ``sig.stale``.
    """
    created, expires = (_instant(time, name) for name in ("Created", "Expires"))
    if created is None or not at - freshness <= created <= at + _AHEAD:
        raise TrustError(
            "sig.stale",
            Words(
                f"found a Timestamp of {created}, expected one of now ({at:%Y-%m-%dT%H:%M:%SZ})",
                f"Timestamp 现为 {created}，应为当前时间（{at:%Y-%m-%dT%H:%M:%SZ}）",
            ),
        )
    if expires is not None and expires <= at:
        raise TrustError(
            "sig.stale",
            Words(
                f"found a Timestamp that ended at {expires}, expected one that holds",
                f"Timestamp 已于 {expires} 过期，应在有效期内",
            ),
        )


def _instant(time: etree._Element, name: str) -> datetime | None:
    found = time.findall(f"{{{WSU}}}{name}")
    if not found:
        return None
    try:
        at = datetime.fromisoformat((found[0].text or "").strip())
    except ValueError:
        at = None
    if len(found) > 1 or at is None or at.tzinfo is None:
        raise TrustError(
            "sig.stale",
            Words(
                f"found {name} of the Timestamp that is no one instant with its zone",
                f"Timestamp 的 {name} 不是一个带时区的时刻",
            ),
        )
    return at
