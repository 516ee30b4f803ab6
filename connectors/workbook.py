"""A workbook (XLSX) as the text of a CSV file: its first visible sheet that is the one that is meant.

What a spreadsheet shows as a date is a date, what it holds as a whole number is written without a point, and a number
with more digits than it can hold is written as it shows it, so that nobody is taken for somebody else.

Its cells are read by a process of its own (``workbook_cells``).

Source:  ECMA-376.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from threading import Timer

import orjson

from connectors.confined import begun
from connectors.workbook_cells import DAMAGED, END, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, PASSWORD, WIDE
from schemas.errors import PayloadError
from schemas.words import Words

MOST_BYTES = 64 << 20
"""Of all parts of a workbook, unpacked, and of what is told of one sheet."""
WALL_SECONDS = 120.0
"""How long reading one may take on a machine that is busy."""
Rows = Sequence[Sequence[str]]
_MOST = Words(
    f"{MOST_ROWS} rows and {MOST_COLUMNS} columns, {MOST_CELLS} cells in all",
    f"{MOST_ROWS} 行、{MOST_COLUMNS} 列以内，单元格合计不超过 {MOST_CELLS} 个",
)
_REFUSED = {
    PASSWORD: (Words("a workbook with a password", "加密的工作簿"), Words("one without", "未加密的工作簿")),
    DAMAGED: (
        Words("a workbook that cannot be read", "无法读取的工作簿"),
        Words("one that a spreadsheet opens", "电子表格可以打开的工作簿"),
    ),
    WIDE: (Words("a sheet with cells further out", "单元格超出范围的工作表"), _MOST),
}
_COSTLY = (Words("a workbook that takes too much memory or time", "占用内存过多或读取过慢的工作簿"), _MOST)


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
    first: Rows | None = None
    with closing(_sheets(body, file)) as sheets:
        for name, rows in sheets:
            if meant(name, rows):
                return _written(rows)
            first = rows if first is None else first
    return _written(first or ())


def _written(rows: Rows) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _sheets(body: bytes, file: str) -> Generator[tuple[str, Rows]]:
    """Each visible sheet, by name, as far as they are asked for."""
    process = begun("connectors.workbook_cells")
    assert process.stdin is not None and process.stdout is not None
    guard = Timer(WALL_SECONDS, process.kill)
    guard.start()
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(body)
            process.stdin.close()
        while (line := process.stdout.readline(MOST_BYTES)).endswith(b"\n"):
            answer = orjson.loads(line)
            if answer == END:
                return
            if isinstance(answer, str):
                raise _bad(file, *_REFUSED[answer])
            yield answer[0], answer[1]
        raise _bad(file, *_COSTLY)
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


def _require_small(body: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            if sum(each.file_size for each in parts.infolist()) > MOST_BYTES:
                most = MOST_BYTES >> 20
                larger = Words("a workbook that is larger unpacked", "解压后过大的工作簿")
                raise _bad(file, larger, Words(f"at most {most} MiB", f"不超过 {most} MiB"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        # zipfile says so of an unknown compression (NotImplementedError) and of a password (RuntimeError).
        old = Words("an old workbook (XLS), or one with a password", "旧版（XLS）或加密的工作簿")
        found = old if body.startswith(_OLE) else Words("a workbook that is damaged", "已损坏的工作簿")
        wanted = Words("a table: CSV, or XLSX without a password", "表格：CSV，或未加密的 XLSX")
        raise _bad(file, found, wanted) from error


def _bad(file: str, found: Words, expected: Words) -> PayloadError:
    told = Words(f"{file}: found {found}, expected {expected}", f"{file}：现为{found.zh}，应为{expected.zh}")
    return PayloadError("encoding.invalid", told, file)
