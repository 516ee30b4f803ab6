"""What a SOAP fault means: by what settings say of it, else by who it says is at fault."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from schemas.errors import LicetError, RejectedError, UnavailableError
from schemas.words import Words

_SHOWN = 120
_SENDER = frozenset({"Client", "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"})
"""Whoever asks the same again hears the same."""
_SECURITY = frozenset(
    {
        "FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken", "MessageExpired",
        "SecurityTokenUnavailable", "UnsupportedAlgorithm", "UnsupportedSecurityToken",
    }
)  # fmt: skip
"""WS-Security 1.1, 12: our proof was not believed."""


class Fault(NamedTuple):
    """A fault: the names that it goes by, from the general to the particular, and its words for people."""

    names: tuple[str, ...]
    reason: str

    def means(self, words: Mapping[str, str]) -> str:
        """What settings say of it; empty where they say nothing."""
        return next((words[name] for name in reversed(self.names) if name in words), "")

    def failure(self, word: str, what: str) -> LicetError:
        """The failure that it stands for."""
        name, reason = _printable("/".join(self.names)), _printable(self.reason)
        told = Words(f"{what}: found a fault {name} ({reason})", f"{what}：SOAP 错误 {name}（{reason}）")
        known = {part for name in self.names for part in name.split(".")}
        if word == "busy":
            return UnavailableError("peer.throttled", told)
        if word == "login" or known & _SECURITY:
            return RejectedError(
                "peer.auth",
                Words(f"{told}; check how this connector proves itself", f"{told.zh}；请检查此连接器的身份凭据"),
            )
        if self.names[:1] and self.names[0].partition(".")[0] in _SENDER:
            return RejectedError("soap.fault", told)
        return UnavailableError("soap.fault", told)


def fault_of(body: etree._Element) -> Fault | None:
    """The fault that the Body of an envelope holds; nothing where it holds none."""
    namespace = etree.QName(body).namespace
    found = body.find(f"{{{namespace}}}Fault")
    if found is None:
        return None
    reason = found.findtext("faultstring") or found.findtext(f"{{{namespace}}}Reason/{{{namespace}}}Text") or ""
    names = [each for each in _names(found, namespace or "") if each]
    return Fault(tuple(dict.fromkeys(names)), reason.strip())


def _names(fault: etree._Element, namespace: str) -> Iterator[str]:
    yield _local(fault.findtext("faultcode"))
    at = fault.find(f"{{{namespace}}}Code")
    while at is not None:
        yield _local(at.findtext(f"{{{namespace}}}Value"))
        at = at.find(f"{{{namespace}}}Subcode")
    for detail in (fault.find("detail"), fault.find(f"{{{namespace}}}Detail")):
        for first in () if detail is None else list(detail)[:1]:
            yield _local(etree.QName(first).localname)


def _local(name: str | None) -> str:
    return (name or "").strip().rpartition(":")[2][:_SHOWN]


def _printable(text: str) -> str:
    return "".join(ch if ch.isprintable() else " " for ch in text[:_SHOWN])
