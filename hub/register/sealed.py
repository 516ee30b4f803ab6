"""One document as a sealed file, written as it comes and read a piece at a time; nothing of it lies open on the disk.

Frames of 64 KiB, each AES-256-GCM under a random key of this file alone. The nonce is the number of the frame, and
with each is authenticated which document it is of and whether it is the last: a frame that was changed, moved, taken
from another file or cut off does not open.
"""

import hashlib
import hmac
import io
import os
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import LicetError, PayloadError
from schemas.words import Words

FRAME = 1 << 16
TAG = 16
KEY_BYTES = SALT_BYTES = 32
_NONCE_BYTES = 12


class Written(NamedTuple):
    """What a file holds: bytes of the document, their commitment under the salt, digest of what lies on the disk."""

    size: int
    commit: str
    ct_sha256: str


class SealedWriter:
    """Writes one document. It is durable once ``finish`` has returned."""

    def __init__(self, path: Path, document: str, key: bytes, salt: bytes, most: int) -> None:
        """``most``: bytes that are taken, and no more."""
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._document = document
        self._cipher = AESGCM(key)
        self._commit = hmac.new(salt, digestmod=hashlib.sha256)
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._most = most
        self._frames = 0
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take the next bytes of it.

        Raises:
            PayloadError: ``file.size``.
        """
        self.size += len(piece)
        if self.size > self._most:
            most = self._most >> 20
            words = Words(f"found more than the {most} MiB that one document may have", f"文件超过上限 {most} MiB")
            raise PayloadError("file.size", words)
        self._commit.update(piece)
        self._waiting += piece
        while len(self._waiting) > FRAME:  # the last frame is told from the others, so one is always kept back
            self._seal(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]

    def finish(self) -> Written:
        """Write what is left and have it on the disk.

        Raises:
            PayloadError: ``document.format``: there was nothing.
        """
        if not self._waiting:
            raise PayloadError("document.format", Words("found an empty file", "文件为空"))
        self._seal(bytes(self._waiting), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Written(self.size, self._commit.hexdigest(), self._digest.hexdigest())

    def close(self) -> None:
        """Close the file, whole or not."""
        self._file.close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        frame = self._cipher.encrypt(_nonce(self._frames), piece, _bound(self._document, last=last))
        self._frames += 1
        self._digest.update(frame)
        self._file.write(frame)


class SealedReader(io.RawIOBase):
    """A document of the register, opened where it is read."""

    def __init__(self, path: Path, document: str, key: bytes, size: int) -> None:
        """``size``: bytes of the document, as they were filed.

        Raises:
            LicetError: ``document.damaged``: the file is gone, or has another size.
        """
        super().__init__()
        try:
            self._file = path.open("rb")
        except FileNotFoundError as gone:
            raise damaged(document, Words("its file is gone", "其文件已不存在")) from gone
        self._document = document
        self._cipher = AESGCM(key)
        self._size = size
        self._frames = -(-size // FRAME)
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        if os.fstat(self._file.fileno()).st_size != sealed_size(size):
            self._file.close()
            raise damaged(document, Words("its file has another size", "其文件大小不同"))

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """From anywhere."""
        return True

    def tell(self) -> int:
        """Where it is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]  # known to the type stubs alone
        """Read what follows, as far as one frame goes."""
        view = memoryview(buffer).cast("B")
        number, start = divmod(self._at, FRAME)
        if number >= self._frames:
            return 0
        found = self._frame(number)[start : start + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _frame(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(number * (FRAME + TAG))
            bound = _bound(self._document, last=number == self._frames - 1)
            try:
                plain = self._cipher.decrypt(_nonce(number), self._file.read(FRAME + TAG), bound)
            except (InvalidTag, ValueError) as wrong:
                raise damaged(self._document, Words("its file is not what was filed", "其文件与归档时不同")) from wrong
            self._held = number, plain
        return self._held[1]


def opened(path: Path, document: str, key: bytes, size: int) -> io.BufferedReader:
    """A document for reading.

    Raises:
        LicetError: ``document.damaged``, now or while it is read.
    """
    return io.BufferedReader(SealedReader(path, document, key, size), FRAME)


def sealed_size(size: int) -> int:
    """How large the file of a document is."""
    return size + TAG * -(-size // FRAME)


def damaged(document: str, why: Words) -> LicetError:
    """The failure of a document that is not there as it was filed."""
    return LicetError(
        "document.damaged",
        Words(f"document {document}: {why}; restore it from a backup", f"材料 {document}：{why.zh}；请从备份恢复"),
    )


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")


def _bound(document: str, *, last: bool) -> bytes:
    return f"{document}/{'last' if last else 'more'}".encode()
