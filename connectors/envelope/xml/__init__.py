"""Proof of origin and secrecy of an XML message: an enveloped XML signature, then XML encryption to one receiver.

Every algorithm and every element of both has its one place (``shapes``): that is what is written, and whatever else
stands there is refused before anything is decrypted or verified. What is handed on is the canonical text whose digest
was signed, so wrapping leads to nothing. The instant of signing stands in an object of the signature, which signs it,
too: the document stays as it is, however often it is signed anew.

Source:  XML Signature 1.1 and XML Encryption 1.1 (W3C), Exclusive XML Canonicalization 1.0, RFC 9231 (names).
"""

from connectors.envelope.xml.closing import close_xml
from connectors.envelope.xml.opening import XmlMessage, open_xml
from connectors.envelope.xml.shapes import MEDIA, require_library

__all__ = ["MEDIA", "XmlMessage", "close_xml", "open_xml", "require_library"]
