"""OFD: whether a file is one, whole, within bounds; of its content the entry document alone is read.

Source: GB/T 33190-2016, 6 and 7.1 to 7.3 (a ZIP with ``OFD.xml`` at its root), 19 (attachments); ZIP by APPNOTE 6.3.
"""

import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from hub.register.pdf import EMBEDDED
from hub.register.refusal import locked, not_whole
from schemas.errors import PayloadError
from schemas.reading import Limits, read_xml
from schemas.words import Words

ENTRY = "OFD.xml"
MOST_FILES = 5000
UNPACKED_MOST = 256 << 20

_NAMESPACES = ("http://www.ofdspec.org/2016", "http://www.ofdspec.org")
_END_BYTES = 22
_DIRECTORY_MOST = 1 << 20
_ENTRY_MOST = 256 << 10
_LIMITS = Limits(depth=16, elements=2000)
_XML, _PICTURES = ("xml", "xsd", "rels"), ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "jb2", "jbig2", "gbig2")
_FONTS, _SEALS = ("ttf", "otf", "ttc", "cff", "icc"), ("esl", "dat", "sig", "p7", "asn1")
_OF_PAGES = frozenset((*_XML, *_PICTURES, *_FONTS, *_SEALS))
"""How the names of what pages, fonts and seals are made of end; another file is one that is carried along."""


def ofd(file: BinaryIO, size: int) -> tuple[str, ...]:
    """What is to be said of an OFD beside that it is whole.

    Raises:
        PayloadError: It is none, is encrypted, or unpacks to more than a document does.
    """
    _require_small_directory(file, size)
    try:
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
            _require_plain(members)
            with package.open(_entry(members)) as entry:
                body = entry.read(_ENTRY_MOST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise not_whole("OFD", "its ZIP is damaged", "ZIP 已损坏") from error
    _require_root(body)
    return (EMBEDDED,) if any(map(_is_carried, members)) else ()


def _require_small_directory(file: BinaryIO, size: int) -> None:
    """Refuse a list of files that is out of all proportion before it is read; it stands at the very end."""
    file.seek(max(size - _END_BYTES, 0))
    end = file.read()
    directory = int.from_bytes(end[12:16], "little")
    if end[:4] != b"PK\5\6" or end[20:] != b"\0\0" or directory > _DIRECTORY_MOST:
        raise not_whole("OFD", "its list of files is missing or too long", "缺少文件清单或清单过长")


def _require_plain(members: Sequence[ZipInfo]) -> None:
    if any(each.flag_bits & 1 for each in members):
        raise locked("OFD")
    unpacked = sum(each.file_size for each in members)
    if len(members) > MOST_FILES or unpacked > UNPACKED_MOST:
        found = Words(
            f"an OFD of {len(members)} files that unpack to {unpacked >> 20} MiB",
            f"OFD 含 {len(members)} 个文件，解压后 {unpacked >> 20} MiB",
        )
        most = Words(
            f"at most {MOST_FILES} and {UNPACKED_MOST >> 20} MiB", f"至多 {MOST_FILES} 个、{UNPACKED_MOST >> 20} MiB"
        )
        raise PayloadError("document.format", found, expected=most)
    names = [each.filename for each in members]
    if len(set(names)) < len(names) or any(map(_leads_out, names)):
        raise not_whole("OFD", "a file has no place of its own in it", "文件路径重复或越界")
    if any(each.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for each in members):
        raise not_whole("OFD", "it is packed in a way that readers do not know", "压缩方式不受支持")


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _entry(members: Sequence[ZipInfo]) -> ZipInfo:
    found = next((each for each in members if each.filename == ENTRY), None)
    if found is None:
        what = Words(
            f"a ZIP without {ENTRY} (a Word or Excel file, an archive)",
            f"ZIP 中没有 {ENTRY}（可能是 Word、Excel 或压缩包）",
        )
        raise PayloadError("document.format", what, expected=Words("PDF, JPEG, PNG or OFD", "PDF、JPEG、PNG 或 OFD"))
    return found


def _require_root(body: bytes) -> None:
    if len(body) > _ENTRY_MOST:
        raise not_whole("OFD", f"its {ENTRY} is too long", f"{ENTRY} 过长")
    prefixes = dict.fromkeys(_NAMESPACES, "ofd")
    try:
        [root] = read_xml(body, prefixes=prefixes, limits=_LIMITS)
    except PayloadError as error:
        raise not_whole(
            "OFD", f"its {ENTRY} cannot be read ({error.code})", f"{ENTRY} 无法读取（{error.code}）"
        ) from error
    if root != "ofd:OFD":
        raise not_whole("OFD", f"{ENTRY} is that of something else", f"{ENTRY} 不是 OFD 入口文件")


def _is_carried(member: ZipInfo) -> bool:
    name = member.filename.rpartition("/")[2].lower()
    return name == "attachments.xml" or (bool(name) and name.rpartition(".")[2] not in _OF_PAGES)
