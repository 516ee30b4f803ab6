"""Which document a file is, by what stands in it; its name and what its sender says of it are not asked."""

import io
from pathlib import Path
from typing import NamedTuple

from hub.register.images import jpeg, png
from hub.register.ofd import ofd
from hub.register.pdf import HEADER, HEADER_WITHIN, pdf
from schemas.errors import PayloadError
from schemas.words import Words

_JPEG, _PNG, _ZIP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"PK\3\4"
_OTHERS = (
    (0, b"II*\0", Words("found a TIFF picture", "现为 TIFF 图片")),
    (0, b"MM\0*", Words("found a TIFF picture", "现为 TIFF 图片")),
    (0, b"GIF8", Words("found a GIF picture", "现为 GIF 图片")),
    (0, b"BM", Words("found a BMP picture", "现为 BMP 图片")),
    (8, b"WEBP", Words("found a WebP picture", "现为 WebP 图片")),
    (4, b"ftypheic", Words("found a HEIC picture", "现为 HEIC 图片")),
    (4, b"ftypmif1", Words("found a HEIC picture", "现为 HEIC 图片")),
    (0, b"\xd0\xcf\x11\xe0", Words("found an old Word or Excel file", "现为旧版 Word 或 Excel 文件")),
    (0, b"MZ", Words("found a program", "现为程序文件")),
    (0, b"\x7fELF", Words("found a program", "现为程序文件")),
    (0, b"<", Words("found a web page or XML", "现为网页或 XML")),
)
_TAKEN = Words("PDF, JPEG, PNG or OFD", "PDF、JPEG、PNG 或 OFD")


class Recognised(NamedTuple):
    """A document that is taken: its media type, and what is to be remarks of it beside."""

    media: str
    remarks: tuple[str, ...]


def is_document(path: Path) -> bool:
    """Whether a file begins like one that the register takes; whether it is taken, its whole content says."""
    with path.open("rb") as file:
        head = file.read(HEADER_WITHIN)
    return head.startswith((_JPEG, _PNG, _ZIP)) or HEADER.search(head) is not None


def recognised(file: io.BufferedReader, size: int) -> Recognised:
    """Which document a file is.

    Raises:
        PayloadError: ``document.format``, ``document.active`` or ``document.locked``.
    """
    head = file.read(HEADER_WITHIN)
    if head.startswith(_JPEG):
        file.seek(2)
        return Recognised("image/jpeg", jpeg(file))
    if head.startswith(_PNG):
        file.seek(len(_PNG))
        return Recognised("image/png", png(file))
    if head.startswith(_ZIP):
        return Recognised("application/ofd", ofd(file, size))
    if other := next((name for at, magic, name in _OTHERS if head.startswith(magic, at)), None):
        raise PayloadError("document.format", other, expected=_TAKEN)
    if HEADER.search(head):
        return Recognised("application/pdf", pdf(file, size))
    raise PayloadError("document.format", Words("found a file of another kind", "现为其他类型的文件"), expected=_TAKEN)
