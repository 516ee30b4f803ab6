"""Certification authorities that are asked over SOAP how single certificates stand.

Wire:    POST of one operation of a WSDL whose pinned copy lies in the hub folder, a certificate a question.
Trust:   TLS; requests signed (X.509, Body and Timestamp) or with a UsernameToken; answers signed in the same way, read
         from what is signed alone. An answer about another certificate than was asked for is none.
Repeats: a round asks about every certificate that the hub knows, from where the last question left off; an answer that
         is as it was is not handed on. What could not be had keeps its state, is an alarm, and is asked for again.
Source:  SOAP 1.1, SOAP 1.2, WSDL 1.1 (W3C); WS-Security 1.1 (OASIS). How it is set up: docs/soap.md.
"""

from connectors.credential.soap_authority.settings import Settings
from connectors.credential.soap_authority.source import SoapAuthority
from connectors.port import Spec
from connectors.soap.proposal import proposed_authority

__all__ = ["SPEC", "Settings", "SoapAuthority"]

SPEC = Spec(
    title="Certification authority, asked over SOAP about single certificates",
    settings=Settings,
    build=SoapAuthority,
    ports=("poll",),
    own_document=True,
    proposes=proposed_authority,
    context=("zone",),
    batch="each",
    completeness="none",
    closes=True,
)
