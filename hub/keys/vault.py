"""Where private keys lie: one encrypted file a key, which only its owner can read."""

from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.algorithms import Algorithm, PrivateKey, private_pem, read_private
from connectors.keys import write_new
from schemas.errors import ConfigError
from schemas.words import Words


class KeyVault(Protocol):
    """What holds private keys; they leave it for one use at a time."""

    def keep(self, kid: str, key: PrivateKey) -> None:
        """Hold a new key."""
        ...

    def private(self, kid: str, algorithm: Algorithm) -> PrivateKey:
        """The private key of a name.

        Raises:
            ConfigError: It is not there, or cannot be opened.
        """
        ...


class FileVault:
    """Private keys as encrypted PKCS #8 files (mode 0600) in one folder, under one secret."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._passphrase = HKDF(SHA256(), 32, salt=None, info=b"licet private keys v1").derive(secret).hex().encode()

    def keep(self, kid: str, key: PrivateKey) -> None:
        """Write a new key; one that is there is never overwritten."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_new(self._path(kid), private_pem(key, self._passphrase), 0o600)

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
                    f"cannot read {path} ({error.strerror}); restore it from the backup",
                    f"无法读取 {path}（{error.strerror}）；请从备份恢复",
                )
            ) from error
        return read_private(pem, algorithm, str(path), self._passphrase)

    def _path(self, kid: str) -> Path:
        return self._folder / f"{kid}.pem"
