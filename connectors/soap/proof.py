"""How a request proves who asks: a Timestamp, a UsernameToken, an X.509 signature over Body and Timestamp."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from connectors.algorithms import PrivateKey, private_pem, public_pem
from connectors.envelope.trusted import Trusted, certificates_of
from connectors.envelope.wss import WSU
from connectors.soap.settings import SoapSettings
from schemas.errors import SettingError
from schemas.words import Words

_LIFE = timedelta(minutes=5)
_ORDER = ("Timestamp", "BinarySecurityToken", "UsernameToken", "Signature")
"""A token stands before what uses it: servers of a strict layout want it so."""


class Proof:
    """Proves requests as settings say; where they say nothing, requests are left as they are."""

    def __init__(self, settings: SoapSettings, random: Callable[[int], bytes]) -> None:
        """Read our key and certificate.

        Raises:
            ConfigError: They do not belong together, or are of a kind that is not used.
        """
        self._settings, self._random = settings, random
        self._key = b""
        self._signs: Trusted | None = None
        if settings.sign_certificate is not None and settings.sign_key is not None:
            self._signs = certificates_of(settings.sign_certificate, "sign_certificate")[0]
            self._key = _matching(settings.sign_key.get_secret_value(), self._signs)

    def add(self, envelope: etree._Element, at: datetime) -> None:
        """Prove one request, as made at an instant."""
        if self._signs is None and not self._settings.wss_user:
            return
        from zeep.wsse.utils import get_security_header  # noqa: PLC0415 - loaded where it is used

        at = at.astimezone(UTC)  # the library writes the hour as it stands, whatever its zone
        soap = etree.QName(envelope).namespace
        security = get_security_header(envelope)
        security.set(f"{{{soap}}}mustUnderstand", "1")
        security.append(_timestamp(at))
        if self._settings.wss_password is not None:
            self._name(envelope, self._settings.wss_password.get_secret_value(), at)
        if self._signs is not None:
            self._sign(envelope, self._signs)
        security[:] = sorted(security, key=lambda each: _ORDER.index(etree.QName(each).localname))

    def _name(self, envelope: etree._Element, password: str, at: datetime) -> None:
        from zeep.wsse.username import UsernameToken  # noqa: PLC0415 - loaded where it is used

        user, digest = self._settings.wss_user, self._settings.wss_digest
        nonce = self._random(16).hex()
        token = UsernameToken(user, password, use_digest=digest, nonce=nonce, created=at, zulu_timestamp=True)
        token.apply(envelope, {})

    def _sign(self, envelope: etree._Element, signs: Trusted) -> None:
        import xmlsec  # noqa: PLC0415 - loaded where it is used
        from zeep.wsse.signature import BinarySignature, MemorySignature  # noqa: PLC0415 - loaded where it is used

        class _Signature(BinarySignature):  # type: ignore[misc]  # the base has no types
            """The library's own, which reads files: here of what was read already."""

            def __init__(self, *given: Any) -> None:
                MemorySignature.__init__(self, *given)

        methods = xmlsec.constants
        method = methods.TransformRsaSha256 if signs.method.endswith("#rsa-sha256") else methods.TransformEcdsaSha256
        pem = signs.certificate.public_bytes(Encoding.PEM)
        _Signature(self._key, pem, None, method, methods.TransformSha256).apply(envelope, {})


def _timestamp(at: datetime) -> etree._Element:
    made = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
    for name, instant in (("Created", at), ("Expires", at + _LIFE)):
        etree.SubElement(
            made, f"{{{WSU}}}{name}"
        ).text = f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"
    return made


def _matching(pem: str, signs: Trusted) -> bytes:
    """The private key of a certificate, as the library reads it."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    ours = signs.certificate.public_key()
    if not isinstance(key, PrivateKey) or public_pem(key.public_key()) != public_pem(ours):  # type: ignore[arg-type]  # compared as text, whatever its kind
        raise SettingError(
            Words("no private key of sign_certificate", "不是 sign_certificate 对应的私钥"),
            Words("its key, PEM without a passphrase", "其私钥，PEM 格式，不加口令"),
            setting="sign_key",
        )
    return private_pem(key)
