"""Certificates that were agreed on with a peer that signs XML, and the algorithm that each signs by."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.errors import SettingError
from schemas.words import Words

METHODS = RSA, EC = tuple(f"http://www.w3.org/2001/04/xmldsig-more#{each}" for each in ("rsa-sha256", "ecdsa-sha256"))
_LEAST_BITS, _MOST_BITS = 2048, 8192
_MOST_CERTIFICATES = 4


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate that was agreed on, and the one algorithm that its key signs by."""

    certificate: x509.Certificate
    method: str

    def holds(self, at: datetime) -> bool:
        """Whether it is valid at an instant."""
        return self.certificate.not_valid_before_utc <= at <= self.certificate.not_valid_after_utc

    @property
    def der(self) -> bytes:
        """Its bytes."""
        return self.certificate.public_bytes(Encoding.DER)


def certificates_of(file: Path, setting: str) -> tuple[Trusted, ...]:
    """The certificates of a PEM file.

    Raises:
        ConfigError: There are none, too many, or one whose key is not of a kind that is believed.
    """
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingError(
            Words(f"{file.name}, which cannot be read", f"无法读取 {file.name}"),
            Words("certificates in PEM form", "PEM 格式的证书"),
            setting=setting,
            code="config.file",
        ) from error
    if len(found) > _MOST_CERTIFICATES:
        raise SettingError(
            Words(f"{len(found)} certificates", f"{len(found)} 个证书"),
            Words(f"{_MOST_CERTIFICATES} at most", f"不超过 {_MOST_CERTIFICATES} 个"),
            setting=setting,
        )
    return tuple(Trusted(each, _method(each, setting)) for each in found)


def _method(certificate: x509.Certificate, setting: str) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and _LEAST_BITS <= key.key_size <= _MOST_BITS and _may_sign(certificate):
        return RSA
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1" and _may_sign(certificate):
        return EC
    raise SettingError(
        Words("a certificate whose key is of another kind, or for another use", "密钥类型或用途不符的证书"),
        Words(
            f"an RSA key of {_LEAST_BITS} bits or more, or P-256, for signatures",
            f"用于签名的 RSA（不少于 {_LEAST_BITS} 位）或 P-256 密钥",
        ),
        setting=setting,
    )


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return True
    return usage.digital_signature or usage.content_commitment
