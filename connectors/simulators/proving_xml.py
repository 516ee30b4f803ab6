"""How an authority proves what it says in profile ``xml``: a signature within, then sealed (licet[xml])."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from connectors.simulators import sealing_xml
from connectors.simulators.proving_ways import MEDIA, Form, Posted


@dataclass(frozen=True, slots=True)
class SealedXml:
    """Profile ``xml``: XML-DSig inside XML-Enc to a key that the hub publishes."""

    key: RSAPrivateKey | EllipticCurvePrivateKey
    kid: str
    to: Mapping[str, Any]
    forms: tuple[Form, ...] = ("xml",)
    states_when: bool = True
    proves_bytes: bool = False

    def digest(self, body: bytes) -> str:
        """Of its canonical form (exclusive, without comments): the ``DigestValue`` of its own signature."""
        return sha256(etree.tostring(etree.fromstring(body), method="c14n", exclusive=True)).hexdigest()

    def proven(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """The sealed document."""
        return self._posted(sealing_xml.encrypted(sealing_xml.signed(body, self.key, self.kid, at), self.to))

    def foreign(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """Sealed to the hub as it should be, and signed by nobody."""
        return self._posted(sealing_xml.encrypted(body, self.to))

    def spoilt(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """Signed, then another word within, then encrypted."""
        changed = sealing_xml.signed(body, self.key, self.kid, at).replace(b"suspended", b"active")
        return self._posted(sealing_xml.encrypted(changed, self.to))

    @staticmethod
    def _posted(content: bytes) -> Posted:
        return Posted(content, {"Content-Type": MEDIA["xml"]})
