"""Any system that answers over SOAP: asked by settings, read by a mapping document of the hub folder.

Wire:    POST of one operation of a WSDL whose pinned copy lies in the hub folder (SOAP 1.1 or 1.2, document or rpc,
         literal); pages by number, offset or cursor; a window of time that moves. Where an answer is a text that holds
         JSON or XML of its own, that is read. No attachments.
Trust:   TLS, and Basic, a token, a UsernameToken or an X.509 signature over Body and Timestamp; where its certificates
         are registered, answers signed in the same way, read from what is signed alone.
Repeats: as of a system that is asked over REST: a page until it was kept, the watermark once a whole window was.
Source:  SOAP 1.1, SOAP 1.2, WSDL 1.1 (W3C); WS-Security 1.1 (OASIS). How it is set up: docs/soap.md.
"""

from connectors.generic.soap_pull.settings import Settings
from connectors.generic.soap_pull.source import soap_pull
from connectors.port import Spec
from connectors.soap.proposal import proposed_pull

__all__ = ["SPEC", "Settings"]

SPEC = Spec(
    title="Any system that is asked over SOAP, by a mapping document",
    settings=Settings,
    build=soap_pull,
    ports=("poll",),
    own_document=True,
    proposes=proposed_pull,
    context=("zone",),
    batch="each",
    completeness="pull",
)
