"""An answer as it is believed: one envelope, proven where that was agreed on, and what its one Body holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lxml import etree

from connectors.absence import NOT_THERE
from connectors.envelope.trusted import Trusted
from connectors.envelope.wss import SECURITY, WSU, require_fresh, verify
from connectors.http import Answer
from connectors.soap.contract import ENVELOPES, Operation
from connectors.soap.faults import Fault, fault_of
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.reading import Limits, xml_tree
from schemas.words import NOTHING, Words

_LIMITS = Limits(depth=64, items=1_000_000, string=4 << 20, elements=1_000_000)
_ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_ACTORS = ("actor", "role")
_OURS = (
    "",
    "http://schemas.xmlsoap.org/soap/actor/next",
    *(f"{ENVELOPES['1.2']}/role/{each}" for each in ("next", "ultimateReceiver")),
)
_ITS_CERTIFICATES = Words("; its certificates go into answer_certificates", "；其证书应填入 answer_certificates")


def said(
    answer: Answer, operation: Operation, trusted: Sequence[Trusted], at: datetime, freshness: timedelta, what: str
) -> bytes | Fault:
    """What an answer holds, as canonical XML of its own; or the fault that it is.

    Raises:
        TrustError: It is not proven.
        RejectedError, UnavailableError: It is no answer to this operation.
    """
    root = _envelope(answer, operation, what)
    if trusted:
        verify(root, trusted, at, freshness)
    _require_understood(root, bool(trusted), at, freshness, what)
    fault = fault_of(root[-1])
    if fault is not None:
        return fault
    if answer.status >= 300:
        raise UnavailableError(
            "peer.bad-answer",
            Words(
                f"{what}: answered {answer.status} with no fault, expected 200",
                f"{what}：应答 {answer.status} 且无 SOAP 错误，应为 200",
            ),
        )
    held = list(root[-1].iterchildren(etree.Element))
    if [each.tag for each in held] != [operation.answers]:
        found = ", ".join(str(each.tag)[:100] for each in held[:3])
        told = Words(
            f"{what}: found {found or 'nothing'} in the Body, expected {operation.answers} alone",
            f"{what}：Body 中现为 {found or '空'}，应仅为 {operation.answers}",
        )
        raise UnavailableError("peer.bad-answer", told)
    if next(root.iter(_INCLUDE), None) is not None:
        raise _attached(what)
    return etree.tostring(held[0], method="c14n", exclusive=True, with_comments=False)


def _envelope(answer: Answer, operation: Operation, what: str) -> etree._Element:
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media.startswith("multipart/"):
        raise _attached(what)
    if 300 <= answer.status < 500 and "xml" not in media:
        raise RejectedError(
            NOT_THERE.get(answer.status, "peer.bad-answer"),
            Words(f"{what}: answered {answer.status}, expected 200", f"{what}：应答 {answer.status}，应为 200"),
        )
    if not answer.body.strip():
        raise UnavailableError(
            "peer.bad-answer",
            Words(
                f"{what}: answered {answer.status} with nothing, expected an envelope",
                f"{what}：应答 {answer.status} 但无内容，应为 SOAP 信封",
            ),
        )
    try:
        root = xml_tree(answer.body, limits=_LIMITS)
    except PayloadError as error:
        code = "peer.unreachable" if answer.status >= 500 else "peer.bad-answer"
        told = Words(
            f"{what}: answered {answer.status} with no XML ({error.code}), expected an envelope",
            f"{what}：应答 {answer.status}，内容不是 XML（{error.code}），应为 SOAP 信封",
        )
        raise UnavailableError(code, told) from error
    soap = f"{{{ENVELOPES[operation.version]}}}"
    parts = [each.tag for each in root.iterchildren(etree.Element)]
    expected = ([f"{soap}Body"], [f"{soap}Header", f"{soap}Body"])
    if root.tag != f"{soap}Envelope" or parts not in expected:
        code = "peer.unreachable" if answer.status >= 500 else "soap.envelope"
        tag = str(root.tag)[:100]
        told = Words(
            f"{what}: answered {answer.status}, found {tag} of {len(parts)} parts, expected an envelope",
            f"{what}：应答 {answer.status}，现为含 {len(parts)} 部分的 {tag}，应为 SOAP 信封",
        )
        raise UnavailableError(
            code,
            Words(
                f"{told} of SOAP {operation.version} with one Header at most and one Body",
                f"{told.zh}（SOAP {operation.version}，至多一个 Header，一个 Body）",
            ),
        )
    etree.strip_tags(root, etree.Comment)
    return root


def _require_understood(root: etree._Element, proven: bool, at: datetime, freshness: timedelta, what: str) -> None:
    """Return if every header that must be understood is; one that is meant for somebody else is theirs."""
    soap = f"{{{etree.QName(root).namespace}}}"
    for header in root[0] if len(root) > 1 else ():
        asked = str(header.get(f"{soap}mustUnderstand", "0")).strip() in ("1", "true")
        ours = next((header.get(f"{soap}{each}") for each in _ACTORS if header.get(f"{soap}{each}")), "") in _OURS
        if not asked or not ours or str(header.tag).startswith(_ADDRESSING):
            continue
        if header.tag == SECURITY and (proven or _only_time(header, at, freshness)):
            continue
        name, hint = str(header.tag)[:100], _ITS_CERTIFICATES if header.tag == SECURITY else NOTHING
        told = Words(
            f"{what}: found header {name}, which must be understood, and is not{hint}",
            f"{what}：报头 {name} 要求必须理解，本平台不支持{hint.zh}",
        )
        raise UnavailableError("soap.must-understand", told)


def _only_time(security: etree._Element, at: datetime, freshness: timedelta) -> bool:
    """Whether a Security header says nothing but when; then that is looked at."""
    if [each.tag for each in security] != [f"{{{WSU}}}Timestamp"]:
        return False
    require_fresh(security[0], at, freshness)
    return True


def _attached(what: str) -> UnavailableError:
    return UnavailableError(
        "soap.attachment",
        Words(
            f"{what}: found an answer with attachments (MTOM), expected one envelope of XML",
            f"{what}：应答带有附件（MTOM），应为一个 XML 信封",
        ),
    )
