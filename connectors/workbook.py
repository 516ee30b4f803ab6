"""A workbook (XLSX) as the text of a CSV file: its first visible sheet that is the one that is meant.

What a spreadsheet shows as a date is a date, what it holds as a whole number is written without a point, and a number
with more digits than it can hold is written as it shows it, so that nobody is taken for somebody else.

Source:  ECMA-376 (sheets, cell references); python-calamine reads the cells.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from schemas.errors import PayloadError
from schemas.words import Words

MOST_BYTES = 64 << 20
"""Of all parts of a workbook, unpacked."""
MOST_ROWS, MOST_COLUMNS = 100_000, 256
Rows = Sequence[Sequence[str]]
_EXACT = 1 << 53
_REFERENCE = re.compile(rb'\br="([A-Z]{0,3})([0-9]{1,8})"')


_OTHERS = (
    (b"\x89png", Words("a picture (PNG)", "图片（PNG）")),
    (b"\xff\xd8\xff", Words("a picture (JPEG)", "图片（JPEG）")),
    (b"%pdf", Words("a PDF", "PDF 文件")),
    (b"<html", Words("a web page", "网页")),
    (b"<!doctype", Words("a web page", "网页")),
    (b"<table", Words("a web page", "网页")),
    (b"<?xml", Words("an XML document", "XML 文档")),
    (b"{\\rtf", Words("a text document (RTF)", "文字文档（RTF）")),
)
"""What is saved in the place of a table, by how it begins, in small letters."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_workbook(body: bytes) -> bool:
    """Whether a file is a workbook, whatever its name: of the present form, or of the old one or with a password."""
    return body.startswith((_ZIP, _OLE))


def require_table(body: bytes, file: str) -> None:
    """Return unless a file is plainly something else than a table, whatever its name.

    Raises:
        PayloadError: ``encoding.invalid``.
    """
    begins = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, kind in _OTHERS:
        if begins.startswith(mark):
            raise _bad(file, kind, Words("a table, saved as CSV or XLSX", "表格，另存为 CSV 或 XLSX"))


def as_csv(body: bytes, meant: Callable[[str, Rows], bool], file: str) -> bytes:
    """The rows of a workbook in UTF-8, divided by commas; of the first sheet that is meant by name and rows, or else
    of the first one.

    Raises:
        PayloadError: ``encoding.invalid``: no workbook, damaged, protected by a password, or larger than is read.
    """
    _require_small(body, file)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        shown = [each.name for each in workbook.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
        tables = [(name, list(_rows(workbook.get_sheet_by_name(name)))) for name in shown]
    except PasswordError as error:
        raise _bad(
            file, Words("a workbook with a password", "加密的工作簿"), Words("one without", "未加密的工作簿")
        ) from error
    except CalamineError as error:
        opens = Words("one that a spreadsheet opens", "电子表格可以打开的工作簿")
        raise _bad(file, Words("a workbook that cannot be read", "无法读取的工作簿"), opens) from error
    chosen = next((rows for name, rows in tables if meant(name, rows)), next((rows for _name, rows in tables), []))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(chosen)
    return text.getvalue().encode()


def _require_small(body: bytes, file: str) -> None:
    """Return unless unpacking it takes more room than its rows could need: a cell far out makes all before it."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            if sum(each.file_size for each in parts.infolist()) > MOST_BYTES:
                most = MOST_BYTES >> 20
                larger = Words("a workbook that is larger unpacked", "解压后过大的工作簿")
                raise _bad(file, larger, Words(f"at most {most} MiB", f"不超过 {most} MiB"))
            for each in parts.infolist():
                if each.filename.startswith("xl/worksheets/") and _is_wide(parts.read(each)):
                    most_cells = (
                        f"{MOST_ROWS} rows and {MOST_COLUMNS} columns",
                        f"{MOST_ROWS} 行、{MOST_COLUMNS} 列以内",
                    )
                    raise _bad(
                        file, Words("a sheet with cells further out", "单元格超出范围的工作表"), Words(*most_cells)
                    )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        # zipfile says so of an unknown compression (NotImplementedError) and of a password (RuntimeError).
        found = Words("no workbook (XLSX), or one with a password", "非 XLSX 格式或加密的工作簿")
        raise _bad(file, found, Words("one without, saved as .xlsx", "未加密并另存为 .xlsx 的工作簿")) from error


def _is_wide(sheet: bytes) -> bool:
    return any(
        int(row) > MOST_ROWS or _column(letters) > MOST_COLUMNS for letters, row in set(_REFERENCE.findall(sheet))
    )


def _column(letters: bytes) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + letter - 64
    return found


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    for cells in sheet.to_python(skip_empty_area=False):
        yield [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    """A cell as a person would have typed it into a CSV file; a line break in it is a blank."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        if not cell.is_integer():
            return repr(cell)
        return f"{cell:.5E}" if abs(cell) >= _EXACT else str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return " ".join(str(cell).split())


def _bad(file: str, found: Words, expected: Words) -> PayloadError:
    told = Words(f"{file}: found {found}, expected {expected}", f"{file}：现为{found.zh}，应为{expected.zh}")
    return PayloadError("encoding.invalid", told, file)
