"""One server that speaks SOAP: what it is asked goes over the one outgoing client, and is proven as settings say."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

from lxml import etree

from connectors.envelope.trusted import certificates_of
from connectors.server import Server
from connectors.soap.answer import said
from connectors.soap.contract import Contract, Operation
from connectors.soap.faults import Fault
from connectors.soap.proof import Proof
from connectors.soap.settings import SoapSettings

_FAULTS = (400, 500)
"""Statuses with which a fault comes (SOAP 1.1, 6.2; SOAP 1.2 part 2, 7.5)."""


class SoapServer:
    """Asks one server. Nothing is repeated, and nothing asked here changes anything there."""

    def __init__(self, settings: SoapSettings, most_bytes: int, random: Callable[[int], bytes] = token_bytes) -> None:
        """Read WSDL, keys and certificates.

        Raises:
            ConfigError: Something of them is not as it should be.
        """
        self._settings = settings
        self._contract = Contract(settings.wsdl, settings.pinned, settings.service, settings.port)
        self._proof = Proof(settings, random)
        file = settings.answer_certificates
        self._trusted = () if file is None else certificates_of(file, "answer_certificates")
        self._freshness = timedelta(seconds=settings.freshness_seconds)
        self._server = Server(settings, {}, most_bytes)

    def operation(self, name: str) -> Operation:
        """One operation of its WSDL.

        Raises:
            ConfigError: There is none of that name that can be asked.
        """
        return self._contract.operation(name)

    def ask(self, operation: Operation, values: Mapping[str, Any], now: datetime, deadline_s: float) -> bytes | None:
        """What the answer holds, as XML; nothing where a fault means that there is nothing.

        Raises:
            LicetError: There is no answer, it is not proven, or it is a fault.
        """
        envelope = operation.envelope(values)
        self._proof.add(envelope, now)
        answer = self._server.call(
            "POST",
            self._settings.path,
            deadline_s=deadline_s,
            write=False,
            headers=_headers(operation),
            body=etree.tostring(envelope, encoding="utf-8", xml_declaration=True),
            heard=_FAULTS,
        )
        found = said(answer, operation, self._trusted, now, self._freshness, operation.name)
        if not isinstance(found, Fault):
            return found
        word = found.means(self._settings.faults)
        if word == "empty":
            return None
        raise found.failure(word, operation.name)

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()


def _headers(operation: Operation) -> dict[str, str]:
    if operation.version == "1.1":
        return {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{operation.action}"', "accept": "text/xml"}
    action = f'; action="{operation.action}"' if operation.action else ""
    return {"content-type": f"application/soap+xml; charset=utf-8{action}", "accept": "application/soap+xml"}
