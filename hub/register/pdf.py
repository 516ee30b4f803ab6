"""PDF: whether a file is one, whole, not encrypted, and does nothing by itself when it is opened.

It is searched, not read: an object can stand anywhere, also where a strict reader sees a comment or a picture, so names
are looked for in all bytes, and in object streams once they are unpacked. A name may be written with any of its letters
as ``#`` and two digits. Short names (``/JS``, ``/AA``) are not looked for: three bytes turn up in a picture by chance,
and what they begin needs one of the long ones to act. This tells what acts from what does not; it finds no virus.

Source: ISO 32000-2, 7.2 (delimiters), 7.3.5 (names), 7.5 (file structure, object streams), 12.6.4 (actions), 7.6.
"""

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from hub.register.refusal import active, locked, not_whole
from schemas.errors import PayloadError
from schemas.words import Words

HEADER = re.compile(rb"%PDF-[0-9]\.[0-9]")
HEADER_WITHIN = 1024
"""So far behind the start readers look for the header: scanners and mail gateways put something before it."""
EMBEDDED = "embedded_files"
"""Said of a document that carries other files."""
UNPACKED_MOST = 128 << 20
"""Bytes of object streams that are looked into: a real document has a few of them."""

_WINDOW, _OVERLAP = 1 << 20, 4096
_TAIL = 2048
_PEEK_PACKED, _PEEK = 1024, 64
_PACKED_PIECE = 1 << 16
_ACTS = ("JavaScript", "Launch", "SubmitForm", "ImportData", "RichMedia", "XFA")
_CARRIES = ("EmbeddedFile", "EmbeddedFiles", "FileAttachment")
_ENDS_NAME = rb"(?=[\0\t\n\f\r ()<>\[\]{}/%])"


def _name(text: str) -> bytes:
    letters = (rb"(?:%c|#%02x|#%02X)" % (ord(each), ord(each), ord(each)) for each in text)
    return b"".join(letters)


_ACTING = re.compile(rb"/(%b)%b" % (b"|".join(map(_name, _ACTS)), _ENDS_NAME))
_CARRYING = re.compile(rb"/(?:%b)%b" % (b"|".join(map(_name, _CARRIES)), _ENDS_NAME))
_ENCRYPTED = re.compile(rb"/%b[\0\t\n\f\r ]*(?:[0-9]|<<)" % _name("Encrypt"))
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_OBJECTS = re.compile(rb"/%b%b" % (_name("ObjStm"), _ENDS_NAME))
_BEGINS_WITH_NUMBERS = re.compile(rb"[\0\t\n\f\r ]*(?:[0-9]+[\0\t\n\f\r ]+){2,}(?:[<\[(/%]|[0-9 \t\r\n]*$)")
"""How an object stream begins: numbers and offsets of its objects, then the first of them."""
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def pdf(file: BinaryIO, size: int) -> tuple[str, ...]:
    """What is to be said of a PDF beside that it is whole.

    Raises:
        PayloadError: It is not whole, is encrypted, or does something by itself.
    """
    file.seek(max(size - _TAIL, 0))
    tail = file.read()
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise not_whole("PDF", "its end is missing", "缺少文件尾")
    search = _Search(file)
    for window in _windows(file):
        search.window(window)
    return search.result()


class _Window(NamedTuple):
    """A piece of the file, where it begins, and between which places in it a stream is this window's to look at."""

    at: int
    content: bytes
    first: int
    bound: int


def _windows(file: BinaryIO) -> Iterator[_Window]:
    at, last = 0, False
    while not last:
        file.seek(at)
        content = file.read(_WINDOW)
        last = len(content) < _WINDOW
        bound = len(content) if last else _WINDOW - _OVERLAP
        yield _Window(at, content + b"\n", _OVERLAP if at else 0, bound)  # a name may end with the file
        at += _WINDOW - 2 * _OVERLAP


class _Search:
    """What was found in a PDF so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._acts = b""
        self._carries = self._is_encrypted = self._is_hidden = False
        self._left = UNPACKED_MOST

    def window(self, window: _Window) -> None:
        """Look at a piece of the file, and at the object streams that begin in it."""
        self._look(window.content)
        self._is_encrypted |= _ENCRYPTED.search(window.content) is not None
        for found in _STREAM.finditer(window.content, window.first):
            if found.start() >= window.bound:
                return
            if self._holds_objects(window.content, found):
                self._unpack(window.at + found.end())

    def result(self) -> tuple[str, ...]:
        """What is to be said of the whole, unless it is refused."""
        if self._is_encrypted:
            raise locked("PDF")
        if self._acts:
            raise active("PDF", f"/{_ESCAPE.sub(_letter, self._acts).decode()}")
        if self._is_hidden:
            raise _unseen()
        return (EMBEDDED,) if self._carries else ()

    def _look(self, content: bytes) -> None:
        if not self._acts and (acts := _ACTING.search(content)):
            self._acts = acts[1]
        self._carries = self._carries or _CARRYING.search(content) is not None

    def _holds_objects(self, content: bytes, found: re.Match[bytes]) -> bool:
        packed = content[found.end() : found.end() + _PEEK_PACKED]
        if _BEGINS_WITH_NUMBERS.match(_begin(packed)):
            return True
        before = content[max(found.start() - _OVERLAP, 0) : found.start()].rpartition(b"obj")[2]
        is_plain = _BEGINS_WITH_NUMBERS.match(packed[:_PEEK]) is not None
        self._is_hidden |= _OBJECTS.search(before) is not None and not is_plain
        return False

    def _unpack(self, at: int) -> None:
        unpacking, kept = zlib.decompressobj(), b""
        self._file.seek(at)
        while not unpacking.eof and (packed := self._file.read(_PACKED_PIECE)):
            while packed and not unpacking.eof:
                piece = _inflated(unpacking, packed, _WINDOW)
                packed = unpacking.unconsumed_tail
                self._left -= len(piece)
                if self._left < 0:
                    raise _unseen()
                self._look(kept + piece + b"\n")
                kept = piece[-_OVERLAP:]
                if not piece:
                    break


def _begin(packed: bytes) -> bytes:
    """The first bytes of what may be packed; empty where it is not."""
    return _inflated(zlib.decompressobj(), packed, _PEEK)


def _inflated(unpacking: "zlib._Decompress", packed: bytes, most: int) -> bytes:
    try:
        return unpacking.decompress(packed, most)
    except zlib.error:  # readers take what comes before a fault; no more is known of it here
        return b""


def _letter(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _unseen() -> PayloadError:
    found = Words("a PDF that packs objects so that nobody can look into them", "PDF 中的对象无法查看")
    hint = Words("one that was printed anew, or a scan", "重新打印的 PDF 或扫描件")
    return PayloadError("document.format", found, expected=hint)
