"""Where private keys lie: one encrypted file a key, which only its owner can read; or what else holds keys."""

from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.algorithms import KINDS, Algorithm, PrivateKey, PublicKey, private_pem, public_jwk, read_private
from connectors.keys import write_new
from schemas.errors import ConfigError
from schemas.system import why_not
from schemas.words import Words


class KeyVault(Protocol):
    """What makes private keys and holds them.

    A key may be an object that asks a module for each use, so that its bytes never leave that: any of the classes of
    ``cryptography`` can be derived from. (XML is signed and opened by a library that wants the bytes.)
    """

    def make(self, algorithm: Algorithm) -> PublicKey:
        """Make a key and hold it under its thumbprint (RFC 7638); its public half.

        Raises:
            ConfigError: It cannot be held.
        """
        ...

    def private(self, kid: str, algorithm: Algorithm) -> PrivateKey:
        """The private key of a name.

        Raises:
            ConfigError: It is not there, or cannot be opened.
        """
        ...


class Closing:
    """Private keys as encrypted PKCS #8 text, under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._passphrase = HKDF(SHA256(), 32, salt=None, info=b"licet private keys v1").derive(secret).hex().encode()

    def made(self, algorithm: Algorithm) -> tuple[str, PublicKey, bytes]:
        """A new key: its name, its public half, and what is to be held."""
        kid, key = new_key(algorithm)
        return kid, key.public_key(), private_pem(key, self._passphrase)

    def opened(self, pem: bytes, algorithm: Algorithm, place: str) -> PrivateKey:
        """The key of a text, which stands at ``place``.

        Raises:
            ConfigError: Another secret opens it, or it is none.
        """
        return read_private(pem, algorithm, place, self._passphrase)


class FileVault:
    """Private keys as encrypted files (mode 0600) in one folder."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._closing = Closing(secret)

    def make(self, algorithm: Algorithm) -> PublicKey:
        """Write a new key; one that is there is never overwritten."""
        kid, public, pem = self._closing.made(algorithm)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_new(self._path(kid), pem, 0o600)
        return public

    def holds(self, kid: str) -> bool:
        """Whether there is a file of this name."""
        return self._path(kid).exists()

    def private(self, kid: str, algorithm: Algorithm) -> PrivateKey:
        """The private key of a name.

        Raises:
            ConfigError: There is no file, or another secret opens it.
        """
        path = self._path(kid)
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                Words(
                    f"cannot read {path} ({why_not(error)}); restore it from the backup",
                    f"无法读取 {path}（{why_not(error).zh}）；请从备份恢复",
                )
            ) from error
        return self._closing.opened(pem, algorithm, str(path))

    def _path(self, kid: str) -> Path:
        return self._folder / f"{kid}.pem"


def new_key(algorithm: Algorithm) -> tuple[str, PrivateKey]:
    """A new key and its name, which commands take as it is (one thumbprint in 64 they would not)."""
    while True:
        key = KINDS[algorithm].generate()
        kid = str(public_jwk(key.public_key(), algorithm)["kid"])
        if is_typed(kid):
            return kid, key


def is_typed(kid: str) -> bool:
    """Whether commands take a name as it is: what begins with a hyphen they read as an option."""
    return not kid.startswith("-")
