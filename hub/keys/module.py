"""Private keys that are made in a key module (PKCS #11) and never leave it: no file and no backup holds them.

Source:  PKCS #11 3.0 (OASIS): CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE; CKA_EC_POINT, which modules give
         with and without its DER frame.
"""

import secrets
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.algorithms import KINDS, Algorithm, PrivateKey, PublicKey, public_jwk
from hub.keys.module_keys import ModuleEd25519, ModuleP256, key_id
from hub.keys.module_token import ModuleToken, Place, token_at
from hub.keys.vault import FileVault, is_typed
from schemas.errors import ConfigError, UnavailableError
from schemas.words import Words

_CURVES = {"ed25519": "1.3.101.112", "es256": "secp256r1", "ecdh-p256": "secp256r1"}
"""What is made in a module; XML wants the bytes of keys, and X25519 few modules know."""
_BYTES = {"ed25519": 32, "es256": 65, "ecdh-p256": 65}
"""Of a point: as it is, or x and y behind 04."""


class ModuleVault:
    """Private keys of one hub in one token; those that lie in files are opened there still."""

    def __init__(self, place: Place, files: FileVault) -> None:
        """Log into the token.

        Raises:
            ConfigError: The extra is not installed, there is no such token, or another PIN opens it.
            UnavailableError: ``keys.module``.
        """
        self._place, self._files = place, files
        self._token: ModuleToken = token_at(place)
        self._token.use(lambda _session: None)

    def make(self, algorithm: Algorithm) -> PublicKey:
        """Have the token make a key, and use it once: what cannot be used afterwards is published by nobody.

        Raises:
            ConfigError: It makes none of this algorithm, or one that may leave it.
        """
        if algorithm not in _CURVES:
            there = ", ".join(_CURVES)
            raise ConfigError(
                Words(
                    f"[keys] vault: found --algorithm {algorithm}, expected one that stays in a module: {there}",
                    f"[keys] vault：密码模块中的密钥须为 {there} 之一，现为 {algorithm}",
                )
            )
        try:
            kid, public = self._token.use(lambda session: self._made(session, algorithm))
        except UnavailableError as error:
            said = type(error.__cause__).__name__
            raise ConfigError(
                Words(
                    f"the token {self._place} makes no {algorithm} key ({said}); try another algorithm",
                    f"令牌 {self._place} 不能生成 {algorithm} 密钥（{said}）；请换用其他算法",
                )
            ) from error
        _try(self._key(kid, public), public, algorithm, self._place)
        return public

    def private(self, kid: str, algorithm: Algorithm) -> PrivateKey:
        """The private key of a name.

        Raises:
            ConfigError: It is neither there nor in a file.
        """
        if self._files.holds(kid):
            return self._files.private(kid, algorithm)
        return self._key(kid, self._token.use(lambda session: self._public(session, kid, algorithm)))

    def _key(self, kid: str, public: PublicKey) -> PrivateKey:
        if isinstance(public, Ed25519PublicKey):
            return ModuleEd25519(self._token, kid, public)
        assert isinstance(public, ec.EllipticCurvePublicKey)  # no other is made
        return ModuleP256(self._token, kid, public)

    def _made(self, session: Any, algorithm: Algorithm) -> tuple[str, PublicKey]:
        from pkcs11 import Attribute  # noqa: PLC0415 - an extra

        while True:
            public, private = self._pair(session, algorithm)
            if not private[Attribute.NEVER_EXTRACTABLE]:
                _destroy(public, private)
                raise ConfigError(
                    Words(
                        f"the token {self._place} made a key that may leave it; look at its policy",
                        f"令牌 {self._place} 生成的密钥可被导出；请核对其策略",
                    )
                )
            known = _read(bytes(public[Attribute.EC_POINT]), algorithm)
            kid = str(public_jwk(known, algorithm)["kid"])
            if is_typed(kid):
                for each in (public, private):
                    each[Attribute.ID] = key_id(kid)
                return kid, known
            _destroy(public, private)

    def _pair(self, session: Any, algorithm: Algorithm) -> tuple[Any, Any]:
        from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag  # noqa: PLC0415 - an extra
        from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 - an extra

        edwards, signs = algorithm == "ed25519", KINDS[algorithm].use == "sig"
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[algorithm])}
        kind = KeyType.EC_EDWARDS if edwards else KeyType.EC
        mechanism = Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN
        use = MechanismFlag.SIGN | MechanismFlag.VERIFY if signs else MechanismFlag.DERIVE
        stays = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
        parameters = session.create_domain_parameters(kind, curve, local=True)
        found: tuple[Any, Any] = parameters.generate_keypair(
            id=secrets.token_bytes(32),
            label="licet",
            store=True,
            capabilities=use,
            mechanism=mechanism,
            private_template=stays,
        )
        return found

    def _public(self, session: Any, kid: str, algorithm: Algorithm) -> PublicKey:
        from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - an extra

        wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: key_id(kid)}
        for each in session.get_objects(wanted):
            return _read(bytes(each[Attribute.EC_POINT]), algorithm)
        raise ConfigError(
            Words(
                f"the token {self._place} has no key {kid!r}; expected the token on which it was made",
                f"令牌 {self._place} 中没有密钥 {kid!r}；应为生成该密钥的令牌",
            )
        )


def _read(point: bytes, algorithm: Algorithm) -> PublicKey:
    """A public key out of what a module calls its point."""
    raw = point[-_BYTES[algorithm] :]  # a DER frame stands before it, or none
    if algorithm == "ed25519":
        return Ed25519PublicKey.from_public_bytes(raw)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _try(key: PrivateKey, public: PublicKey, algorithm: Algorithm, place: Place) -> None:
    """Use a new key once, and see that its public half belongs to it."""
    try:
        if not _agrees(key, public, algorithm):
            raise InvalidSignature
    except (InvalidSignature, UnavailableError, ValueError) as error:
        raise ConfigError(
            Words(
                f"the token {place} made a {algorithm} key that does not work; remove it there, try another algorithm",
                f"令牌 {place} 生成的 {algorithm} 密钥无法使用；请在令牌中删除，并换用其他算法",
            )
        ) from error


def _agrees(key: Any, public: Any, algorithm: Algorithm) -> bool:
    said = secrets.token_bytes(32)
    if algorithm == "ed25519":
        public.verify(key.sign(said), said)
    elif algorithm == "es256":
        public.verify(key.sign(said, ec.ECDSA(SHA256())), said, ec.ECDSA(SHA256()))
    else:
        other = ec.generate_private_key(ec.SECP256R1())
        return bool(key.exchange(ec.ECDH(), other.public_key()) == other.exchange(ec.ECDH(), public))
    return True


def _destroy(*objects: Any) -> None:
    for each in objects:
        each.destroy()
