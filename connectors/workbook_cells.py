"""The process that reads the cells of a workbook, as a crafted one of a kilobyte may ask for all memory there is.

It is given the bytes, and answers line by line: a sheet with its name and rows, or the one word that says how it ended.

Source:  python-calamine, which lays out every cell up to the furthest one before it shows any.
"""

import io
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from connectors.confined import confine, may_compute

MEMORY_BYTES, CPU_SECONDS = 1 << 30, 30
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 100_000, 256, 5_000_000
END, PASSWORD, DAMAGED, WIDE = "end", "password", "damaged", "wide"
"""How it ends: all was told, or why not."""
_EXACT = 1 << 53


def _answers(body: bytes) -> Iterator[Any]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        for each in workbook.sheets_metadata:
            if each.visible == SheetVisibleEnum.Visible:
                sheet = workbook.get_sheet_by_name(each.name)
                rows, columns = sheet.total_height, sheet.total_width
                if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
                    yield WIDE
                    return
                yield [each.name, list(_rows(sheet))]
    except PasswordError:
        yield PASSWORD
    except CalamineError:
        yield DAMAGED
    else:
        yield END


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


def _work() -> None:
    confine(MEMORY_BYTES)
    may_compute(CPU_SECONDS)
    for answer in _answers(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _work()
