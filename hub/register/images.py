"""JPEG and PNG: whether a file is one, and whole. Nothing of a picture is unpacked.

Sources: ITU-T T.81 annex B (markers and segments); PNG specification, third edition, 5 (chunks) and 11.2 (IHDR).
"""

import re
import zlib
from typing import BinaryIO

from hub.register.refusal import not_whole
from schemas.errors import PayloadError
from schemas.words import Words

MOST_PIXELS = 400_000_000
"""An A3 sheet at 1,200 dots an inch has 280 million: what is larger is made to choke whoever opens it."""
AFTER_END = "after_end"
"""Said of a file in which something follows the picture: some cameras append films and thumbnails."""

_WINDOW = 1 << 16
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff+(?=[^\x00\xff\xd0-\xd7])", re.DOTALL)
_PNG_HEAD, _PNG_END = b"IHDR", b"IEND"
_LARGEST_CHUNK = (1 << 31) - 1


def jpeg(file: BinaryIO) -> tuple[str, ...]:
    """What is to be said of a JPEG beside that it is whole. ``file`` stands behind its first two bytes.

    Raises:
        PayloadError: It is not whole, or too large when it is unpacked.
    """
    has_size = has_scan = False
    while (marker := _marker(file)) != _END:
        if marker in _BARE:
            continue
        segment = _segment(file)
        if marker in _FRAME_HEADERS:
            _require_frame(segment)
            has_size = True
        elif marker == _START_OF_SCAN:
            if not has_size:
                raise not_whole("JPEG", "a scan without a frame", "缺少图像帧头")
            has_scan = True
            _pass_scan(file)
    if not has_scan:
        raise not_whole("JPEG", "no picture in it", "没有图像数据")
    return _after_end(file)


def png(file: BinaryIO) -> tuple[str, ...]:
    """What is to be said of a PNG beside that it is whole. ``file`` stands behind its signature.

    Raises:
        PayloadError: It is not whole, or too large when it is unpacked.
    """
    name = head = b""
    pictures = 0
    while name != _PNG_END:
        first, (name, head) = not name, _chunk(file)
        if first != (name == _PNG_HEAD):
            raise not_whole("PNG", "its header is not the first chunk", "首个数据块不是文件头")
        if first:
            if len(head) != 13:
                raise not_whole("PNG", "its header has another size", "文件头长度不符")
            _require_size(int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big"))
        pictures += name == b"IDAT"
    if not pictures:
        raise not_whole("PNG", "no picture in it", "没有图像数据")
    return _after_end(file)


def _marker(file: BinaryIO) -> int:
    if file.read(1) != b"\xff":
        raise not_whole("JPEG", "no marker where one must stand, or it was cut off", "缺少标记或文件被截断")
    while (byte := file.read(1)) == b"\xff":  # fill bytes
        pass
    if not byte or byte == b"\0":
        raise not_whole("JPEG", "it was cut off", "文件被截断")
    return byte[0]


def _segment(file: BinaryIO) -> bytes:
    length = int.from_bytes(file.read(2), "big")
    found = file.read(length - 2) if length >= 2 else b""
    if length < 2 or len(found) != length - 2:
        raise not_whole("JPEG", "it was cut off", "文件被截断")
    return found


def _pass_scan(file: BinaryIO) -> None:
    """Go to the next marker behind the bytes of a scan."""
    window = b""
    while piece := file.read(_WINDOW):
        window = window[-1:] + piece
        if found := _MARKER.search(window):
            file.seek(file.tell() - len(window) + found.end() - 1)
            return
    raise not_whole("JPEG", "it was cut off", "文件被截断")


def _require_frame(segment: bytes) -> None:
    if len(segment) < 6:
        raise not_whole("JPEG", "its frame header is too short", "图像帧头过短")
    # a height of nothing is told behind the scan (T.81 B.2.5); then only the width bounds it
    _require_size(int.from_bytes(segment[3:5], "big"), max(int.from_bytes(segment[1:3], "big"), 1))


def _chunk(file: BinaryIO) -> tuple[bytes, bytes]:
    """Name and first bytes of a chunk whose check sum is right."""
    start = file.read(8)
    length, name = int.from_bytes(start[:4], "big"), start[4:]
    if len(start) != 8 or length > _LARGEST_CHUNK or not name.isalpha():
        raise not_whole("PNG", "it was cut off, or a chunk has no name", "文件被截断或数据块无名称")
    checked, head, left = zlib.crc32(name), b"", length
    while left and (piece := file.read(min(left, _WINDOW))):
        checked, head, left = zlib.crc32(piece, checked), head or piece, left - len(piece)
    if left or file.read(4) != checked.to_bytes(4, "big"):
        raise not_whole("PNG", "it was cut off, or changed on its way", "文件被截断或校验和不符")
    return name, head


def _require_size(width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        found = Words(f"a picture of {width} by {height} points", f"图像为 {width}×{height} 像素")
        expected = Words(f"one of 1 to {MOST_PIXELS:,}", f"总像素数应为 1 至 {MOST_PIXELS:,}")
        raise PayloadError("document.format", found, expected=expected)


def _after_end(file: BinaryIO) -> tuple[str, ...]:
    while piece := file.read(_WINDOW):
        if piece.strip(b"\0"):
            return (AFTER_END,)
    return ()
