"""Seals what one process hands to another by the store, and nobody keeps: under a key of the master key alone."""

import os
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.store.sealing import subkey

_NONCE_BYTES = 12


class Passing:
    """Seals and opens; the AAD binds a blob to the row it belongs to."""

    def __init__(self, master: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        self._cipher = AESGCM(subkey(master, "errands"))
        self._random = random

    def seal(self, plain: bytes, aad: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, aad.encode())

    def open(self, sealed: bytes, aad: str) -> bytes:
        """The plain bytes.

        Raises:
            InvalidTag: It was changed, or belongs to another row.
        """
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad.encode())
