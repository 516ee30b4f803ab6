"""One question about one certificate: how it is asked, and what of the answer is handed on."""

from datetime import datetime
from typing import Any
from unicodedata import normalize
from xml.sax.saxutils import escape

from connectors.credential.soap_authority.settings import Question, Settings
from connectors.port import Certificate
from connectors.soap.server import SoapServer
from connectors.vendor_server import Value, nested
from schemas.errors import LicetError, PayloadError, UnavailableError
from schemas.pointer import at, text_of
from schemas.reading import read_xml
from schemas.words import Words

_SAMPLE = Certificate("any", "any", "any")


class NotKnown(Exception):
    """The authority does not know a certificate. That proves nothing of it. Carries the failure."""

    def __init__(self, error: LicetError) -> None:
        super().__init__(error.message)
        self.error = error


class Asking:
    """One operation of an authority."""

    def __init__(self, server: SoapServer, question: Question, settings: Settings) -> None:
        """Find the operation, and see whether it takes what settings say.

        Raises:
            ConfigError: It is not there, or takes something else.
        """
        self._server, self._question, self._settings = server, question, settings
        self._operation = server.operation(question.operation)
        self._operation.envelope(self._values(_SAMPLE))

    def ask(self, certificate: Certificate, now: datetime) -> bytes:
        """What is said of a certificate, within what was asked: holder, our name of the credential, number, answer.

        Raises:
            NotKnown: A fault that settings explain so.
            LicetError: There is no answer, it is not believed, or it is about another certificate.
        """
        found = self._server.ask(self._operation, self._values(certificate), now, self._settings.deadline_seconds)
        if found is None:
            told = Words(
                f"{self._operation.name}: found that the authority does not know a certificate, expected its status",
                f"{self._operation.name}：机构未收录该证书，应为其状态",
            )
            raise NotKnown(UnavailableError("credential.unknown", told))
        self._require_same(found, certificate)
        asked = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in certificate._asdict().items())
        return b"<Inquiry>" + asked.encode() + b"<answer>" + found + b"</answer></Inquiry>"

    def _values(self, certificate: Certificate) -> dict[str, Any]:
        theirs = {
            "{number}": certificate.number,
            "{credential}": self._settings.credentials.get(certificate.credential, certificate.credential),
            "{holder}": certificate.holder,
        }
        return nested({name: _written(each, theirs) for name, each in self._question.parameters.items()})

    def _require_same(self, answer: bytes, certificate: Certificate) -> None:
        """Return if an answer is about the certificate that was asked for: another's may be played back."""
        try:
            found = text_of(at(read_xml(answer), self._question.number_at)) or ""
        except PayloadError as error:
            told = Words(
                f"{self._operation.name}: found an answer that cannot be read ({error.code})",
                f"{self._operation.name}：应答无法读取（{error.code}）",
            )
            raise UnavailableError("peer.bad-answer", told) from error
        if _compared(found) != _compared(certificate.number):
            other = Words(
                f"{self._operation.name}: found an answer about another certificate at {self._question.number_at}",
                f"{self._operation.name}：{self._question.number_at} 处的应答属于另一证书",
            )
            raise UnavailableError(
                "peer.bad-answer",
                Words(f"{other}, expected the one that was asked for", f"{other.zh}，应为所查询的证书"),
            )


def _written(value: Value, theirs: dict[str, str]) -> str | int:
    if isinstance(value, bool):
        return str(value).lower()
    return theirs.get(value, value) if isinstance(value, str) else value


def _compared(number: str) -> str:
    """A number without what is printed now one way, now another: blanks, hyphens, width and case."""
    return "".join(each for each in normalize("NFKC", number) if each.isalnum()).upper()
