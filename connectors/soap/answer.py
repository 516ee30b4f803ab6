"""An answer as it is believed: one envelope, proven where that was agreed on, and what its one Body holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lxml import etree

from connectors.envelope.trusted import Trusted
from connectors.envelope.wss import SECURITY, WSU, require_fresh, verify
from connectors.http import Answer
from connectors.soap.contract import ENVELOPES, Operation
from connectors.soap.faults import Fault, fault_of
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.reading import Limits, xml_tree
from schemas.words import Words

_LIMITS = Limits(depth=64, items=1_000_000, string=4 << 20, elements=1_000_000)
_ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_ACTORS = ("actor", "role")
_OURS = (
    "",
    "http://schemas.xmlsoap.org/soap/actor/next",
    *(f"{ENVELOPES['1.2']}/role/{each}" for each in ("next", "ultimateReceiver")),
)


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
        found = ", ".join(str(each.tag)[:100] for each in held[:3]) or "nothing"
        told = f"{what}: found {found} in the Body, expected {operation.answers} alone"
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
            "peer.bad-answer",
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
        told = f"{what}: answered {answer.status} with no XML ({error.code}), expected an envelope"
        raise UnavailableError(code, told) from error
    soap = f"{{{ENVELOPES[operation.version]}}}"
    parts = [each.tag for each in root.iterchildren(etree.Element)]
    expected = ([f"{soap}Body"], [f"{soap}Header", f"{soap}Body"])
    if root.tag != f"{soap}Envelope" or parts not in expected:
        code = "peer.unreachable" if answer.status >= 500 else "soap.envelope"
        told = (
            f"{what}: answered {answer.status}, found {str(root.tag)[:100]} of {len(parts)} parts, expected an envelope"
        )
        raise UnavailableError(code, f"{told} of SOAP {operation.version} with one Header at most and one Body")
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
        hint = "; its certificates go into answer_certificates" if header.tag == SECURITY else ""
        told = f"{what}: found header {str(header.tag)[:100]}, which must be understood, and is not{hint}"
        raise UnavailableError("soap.must-understand", told)


def _only_time(security: etree._Element, at: datetime, freshness: timedelta) -> bool:
    """Whether a Security header says nothing but when; then that is looked at."""
    if [each.tag for each in security] != [f"{{{WSU}}}Timestamp"]:
        return False
    require_fresh(security[0], at, freshness)
    return True


def _attached(what: str) -> UnavailableError:
    return UnavailableError(
        "soap.attachment", f"{what}: found an answer with attachments (MTOM), expected one envelope of XML"
    )
