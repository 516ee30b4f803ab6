"""Private keys that never leave their module: classes of ``cryptography`` that ask it for each use."""

from base64 import urlsafe_b64decode
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.keys.module_token import ModuleToken
from schemas.errors import UnavailableError
from schemas.words import Words

_HALF = 32


class _Held:
    """A key of a token, by its name."""

    def __init__(self, token: ModuleToken, kid: str) -> None:
        self._token = token
        self._kid = kid

    def _found(self, session: Any) -> Any:
        from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - an extra

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id(self._kid)}
        return next(iter(session.get_objects(wanted)), None) or _missing(self._kid)

    def _stays(self) -> NoReturn:
        raise UnavailableError(
            "keys.module",
            Words(
                f"key {self._kid!r} never leaves its module; what wants its bytes (XML) takes a key of a file",
                f"密钥 {self._kid!r} 不可导出密码模块；需要其内容的用途（XML）须使用文件中的密钥",
            ),
        )


class ModuleEd25519(_Held, Ed25519PrivateKey):
    """An Ed25519 key of a module."""

    def __init__(self, token: ModuleToken, kid: str, public: Ed25519PublicKey) -> None:
        super().__init__(token, kid)
        self._public = public

    def public_key(self) -> Ed25519PublicKey:
        """Its public half."""
        return self._public

    def sign(self, data: Any) -> bytes:
        """A signature, which the module makes.

        Raises:
            UnavailableError: ``keys.module``.
        """
        from pkcs11 import Mechanism  # noqa: PLC0415 - an extra

        said = self._token.use(lambda session: self._found(session).sign(bytes(data), mechanism=Mechanism.EDDSA))
        return bytes(said)

    def private_bytes_raw(self) -> bytes:
        """Never."""
        self._stays()

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        """Never."""
        self._stays()

    def __copy__(self) -> "ModuleEd25519":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "ModuleEd25519":
        return self


class ModuleP256(_Held, ec.EllipticCurvePrivateKey):
    """A P-256 key of a module: it signs, or agrees, as it was made for."""

    def __init__(self, token: ModuleToken, kid: str, public: ec.EllipticCurvePublicKey) -> None:
        super().__init__(token, kid)
        self._public = public

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Its public half."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """256."""
        return self._public.key_size

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """A signature, which the module makes of the digest, as DER.

        Raises:
            UnavailableError: ``keys.module``.
        """
        from pkcs11 import Mechanism  # noqa: PLC0415 - an extra

        kind = signature_algorithm.algorithm
        if isinstance(kind, Prehashed):  # a digest already
            hashed = bytes(data)
        else:
            digest = Hash(kind)
            digest.update(bytes(data))
            hashed = digest.finalize()
        raw = bytes(self._token.use(lambda session: self._found(session).sign(hashed, mechanism=Mechanism.ECDSA)))
        return encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        """What both sides know; the module reckons it, and forgets it at once.

        Raises:
            UnavailableError: ``keys.module``.
        """
        del algorithm
        point = peer_public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return bytes(self._token.use(lambda session: _agreed(self._found(session), point)))

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        """Never."""
        self._stays()

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        """Never."""
        self._stays()

    def __copy__(self) -> "ModuleP256":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "ModuleP256":
        return self


def key_id(kid: str) -> bytes:
    """By what a token knows a key: the bytes of its thumbprint."""
    return urlsafe_b64decode(f"{kid}=")


def _agreed(key: Any, point: bytes) -> bytes:
    from pkcs11 import KDF, Attribute, KeyType  # noqa: PLC0415 - an extra

    template = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
    with_both = key.derive_key(
        KeyType.GENERIC_SECRET, 8 * _HALF, mechanism_param=(KDF.NULL, None, point), template=template
    )
    try:
        return bytes(with_both[Attribute.VALUE])
    finally:
        with_both.destroy()


def _missing(kid: str) -> NoReturn:
    raise UnavailableError(
        "keys.module",
        Words(
            f"the module has no key {kid!r}, expected the token on which it was made",
            f"密码模块中没有密钥 {kid!r}，应为生成该密钥的模块",
        ),
    )
