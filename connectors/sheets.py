"""Sheets that people keep, as CSV files or workbooks: the lines below the header, each with its number in the file.

Read however a spreadsheet saves it: titles above the header, columns by other names, cells divided by comma, semicolon
or tab, a line break within quotes, UTF-8, UTF-16 or GB18030, XLSX. What is not certain is not guessed: it is handed on
as it stands, for whoever reads the cells to name it.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.workbook import Rows, as_csv, is_workbook, require_table
from schemas.errors import PayloadError
from schemas.nearest import did_you_mean
from schemas.reading import read_lines
from schemas.words import Words, joined, named

TITLES = 10
"""The first lines that say anything, among which the header is looked for."""
MOST_BYTES = 64 << 20
Columns = Mapping[str, str]
"""What columns are called in sheets, and what they are called here. One that ends with ``:`` begins a name."""
Line = str | bytes
"""A line of a file; bytes where no encoding fits."""

_SEPARATORS = ",;\t，；"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TOTALS = {"合计", "总计", "小计", "共计", "total", "totals"}
_REMARK = re.compile(r"\(.*\)$|[*＊]+")
_UNTIDY = re.compile(r"[\u3000\uff01-\uff5e]|(?:^|,)[\s']|\s(?:,|$)")
"""What a line has in it where a cell is not written plainly."""
_APOSTROPHE = re.compile("'[0-9A-Za-z-]+")
"""How spreadsheets mark a number that is a text."""
_JOINED = 5
"""So many lines of a file may be one row: a cell with line breaks in quotes."""
_SHOWN, _NAME = 12, 40


class SheetLine(NamedTuple):
    """A row, its cells divided by commas, and the number of its first line in the file, from 1 on."""

    line: Line
    number: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The names of all columns, in their order, and the rows below them that say something about one thing."""

    names: Sequence[str]
    lines: Sequence[SheetLine]
    header_number: int = 1

    @property
    def header(self) -> str:
        """The line of the names."""
        return line_of(self.names)

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The cells of each row that can be read by column, with its number."""
        for line, number in self.lines:
            if isinstance(line, str):
                yield number, dict(zip(self.names, (cell.strip() for cell in cells_in(line)), strict=False))


def read_sheet(body: bytes, wanted: Sequence[str], called: Columns, file: str) -> Sheet:
    """The rows of a file, one a line: a quote left open spoils its own line and swallows no other.

    Rows that are empty or sum up others are passed over.

    Raises:
        PayloadError: ``text.header``: columns that are ``wanted`` are missing, or two mean the same;
            ``encoding.invalid``: it is larger than is read, no table at all, or no workbook that can be read.
    """
    if len(body) > MOST_BYTES:
        found, most = len(body) >> 20, MOST_BYTES >> 20
        told = Words(
            f"{file}: found {found} MiB, expected at most {most} MiB", f"{file}：现为 {found} MiB，应不超过 {most} MiB"
        )
        raise PayloadError("encoding.invalid", told, file)
    require_table(body, file)
    text = sheet_as_csv(body, wanted, called, file) if is_workbook(body) else plain_text(body, wanted, called)
    lines = read_lines(text)
    start, separator = _header_of(lines, wanted, called)
    names = _names_of(_cells(lines[start] or "", separator), wanted, called, f"{file}:{start + 1}")
    raw = text.split(b"\n") if None in lines else []
    rows = []
    n = start + 1
    while n < len(lines):
        line, taken = lines[n], 1
        if line is None:
            rows.append(SheetLine(raw[n].removesuffix(b"\r"), n + 1))
        else:
            line, taken = _row_at(lines, n, separator, len(names))
            if _says_something(cells_in(line)):
                rows.append(SheetLine(line, n + 1))
        n += taken
    return Sheet(names, rows, start + 1)


def plain_text(body: bytes, wanted: Collection[str], called: Columns) -> bytes:
    """A text in UTF-16, as spreadsheets save "Unicode text", in UTF-8; lines that end as on old Macs as all others."""
    codecs = ["utf-16"] if body.startswith(_UTF16) else []
    if b"\0" in body[:200]:  # without the mark: the one in which there is a header
        codecs += ["utf-16-le", "utf-16-be"]
    for codec in codecs:
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        lines = [*text.splitlines()]
        if codec == "utf-16" or set(wanted) <= _names_at(lines, _header_of(lines, wanted, called), called):
            return text.encode()
    return body if b"\n" in body else body.replace(b"\r", b"\n")


def sheet_as_csv(body: bytes, wanted: Collection[str], called: Columns, file: str) -> bytes:
    """The rows of a workbook as a CSV file; of its first visible sheet with these columns, or else of the first one.

    Raises:
        PayloadError: It cannot be read as a workbook.
    """

    def meant(_name: str, rows: Rows) -> bool:
        spoken = [row for row in rows if any(row)]
        return any({column(cell, called) for cell in row}.issuperset(wanted) for row in spoken[:TITLES])

    return as_csv(body, meant, file)


def column(text: str, called: Columns) -> str:
    """The name of a column as it is here, however wide it is written and marked; any other text as it is."""
    plain = unicodedata.normalize("NFKC", text).strip().strip('"').strip()
    begins, colon, rest = plain.partition(":")
    if colon and begins + colon in called:
        return called[begins + colon] + rest.strip()
    bare = _REMARK.sub("", "".join(plain.split()))
    return called.get(bare, bare.lower() if bare.lower() in called.values() else plain)


def line_of(cells: Sequence[str]) -> str:
    """A line of cells that are divided by commas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def cells_in(line: str) -> list[str]:
    """The cells of a line; of one whose quotes do not match, what is between its commas (its mapping refuses it)."""
    return _cells(line, ",")


def is_blank(body: bytes) -> bool:
    """Whether a file says nothing at all."""
    return not body.removeprefix(b"\xef\xbb\xbf").removeprefix(_UTF16[0]).removeprefix(_UTF16[1]).strip(b"\0 \t\r\n")


def _header_of(lines: Sequence[str | None], wanted: Collection[str], called: Columns) -> tuple[int, str]:
    """The number of the line that names all columns, and what divides its cells; else the one that names most."""
    spoken = [n for n, line in enumerate(lines) if line is None or line.strip()][:TITLES]
    best, most = ((spoken or [0])[0], ","), 0
    for n in spoken:
        for separator in _SEPARATORS:
            found = len(_names_at(lines, (n, separator), called) & set(wanted))
            if found == len(wanted):
                return n, separator
            if found > most:
                best, most = (n, separator), found
    return best


def _names_at(lines: Sequence[str | None], place: tuple[int, str], called: Columns) -> set[str]:
    n, separator = place
    return {column(cell, called) for cell in _cells((lines[n] if lines else "") or "", separator)}


def _names_of(cells: Sequence[str], wanted: Sequence[str], called: Columns, place: str) -> list[str]:
    """The names of all columns of a header, in its order."""
    names = [column(cell, called) for cell in cells]
    ours = {*called.values(), *wanted}
    doubled = next((name for name, count in Counter(names).items() if count > 1 and name in ours), None)
    if doubled is not None:
        both = ", ".join(cell.strip() for cell, name in zip(cells, names, strict=True) if name == doubled)
        told = Words(
            f"{place}: found columns {both}, expected one for {doubled}",
            f"{place}：有多列 {both}，{doubled} 应只有一列",
        )
        raise PayloadError("text.header", told, place)
    missing = [name for name in wanted if name not in names]
    if missing and not any(cell.strip() for cell in cells):
        columns = [_also_called(name, called) for name in wanted]
        told = Words(
            f"{place}: found an empty file, expected a header: a line with {', '.join(columns)} and the other columns",
            f"{place}：现为空文件，应为首行列有 {'、'.join(columns)} 等列名的文件",
        )
        raise PayloadError("text.header", told, place)
    if missing:
        asked = ", ".join(_also_called(name, called) for name in missing)
        meant = [*missing, *(each for each, name in called.items() if name in missing)]
        seen = [_seen(cell, name, meant, ours) for cell, name in zip(cells, names, strict=True) if cell.strip()]
        listed = "、".join(_also_called(name, called) for name in missing)
        found = joined(seen[:_SHOWN], Words(", ", "、")) if seen else Words("nothing", "无内容")
        told = Words(
            f"{place}: a header without {asked}, which has {found}",
            f"{place}：表头缺少列 {listed}，{'现有 ' if seen else '该行'}{found.zh}",
        )
        raise PayloadError("text.header", told, place)
    return names


def _seen(cell: str, name: str, meant: Sequence[str], ours: Collection[str]) -> Words:
    """A column as a header has it, with the missing one that it may be meant for."""
    shown, hint = cell.strip()[:_NAME], named("") if name in ours else did_you_mean(name, meant)
    return Words(f"{shown} ({hint})", f"{shown}（{hint.zh}）") if hint else named(shown)


def _also_called(name: str, called: Columns) -> str:
    other = next((each for each, ours in called.items() if ours == name), "")
    return f"{name} ({other})" if other else name


def _row_at(lines: Sequence[str | None], n: int, separator: str, width: int) -> tuple[str, int]:
    """The row that begins at a line, its cells divided by commas, and of how many lines it is.

    Lines are one row where quotes that are open in the first are closed in the last, and there are then as many cells
    as columns; else the line is a row of its own.
    """
    first = lines[n] or ""
    if first.count('"') % 2:
        for more in range(2, _JOINED + 1):
            several = [line for line in lines[n : n + more] if line is not None]
            cells = _strictly("\n".join(several), separator) if len(several) == more else None
            if cells is not None and len(cells) == width:
                return line_of([_tidy(" ".join(cell.splitlines())) for cell in cells]), more
    if separator == "," and not _UNTIDY.search(first):
        return first, 1
    divided = _strictly(first, separator)
    return (first if divided is None else line_of(list(map(_tidy, divided)))), 1


def _tidy(cell: str) -> str:
    """A cell without blanks around it; full-width letters and digits as the plain ones, no apostrophe before a number.

    What has Chinese in it stays as it is written.
    """
    plain = unicodedata.normalize("NFKC", cell).strip()
    if not plain.isascii():
        return cell.strip()
    return plain[1:] if _APOSTROPHE.fullmatch(plain) else plain


def _strictly(text: str, separator: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else [] if not rows else None


def _cells(line: str, separator: str) -> list[str]:
    found = _strictly(line, separator) if '"' in line else None
    return line.split(separator) if found is None else found


def _says_something(cells: Sequence[str]) -> bool:
    """Whether a row is neither empty nor sums up the others: its first cell with anything in it is no word as 合计."""
    first = next((cell for cell in cells if cell.strip()), "")
    return bool(first) and "".join(unicodedata.normalize("NFKC", first).split()).rstrip(":").lower() not in _TOTALS
