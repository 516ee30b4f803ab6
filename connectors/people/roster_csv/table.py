"""The rows of a CSV file by key, each with a short digest that tells whether it changed."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import NamedTuple

from connectors.people.roster_csv.headers import column, columns_of, sums_up
from connectors.workbook import Rows, as_csv
from schemas.errors import PayloadError
from schemas.reading import read_lines

TITLES = 10
"""The first lines that say anything, among which the header is looked for."""
_SEPARATORS = ",;\t，；"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Line = str | bytes
"""A line of a file; bytes where no encoding fits."""


class Row(NamedTuple):
    """One row: its line (bytes where no encoding fits), a short digest of it, and where it stands, from 1 on."""

    line: Line
    short: str
    number: int


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its header line, and its rows by their keys."""

    header: str
    rows: dict[str, Row]

    @property
    def damaged(self) -> bool:
        """Whether a row cannot be read, so that nobody knows whose it is."""
        return any(isinstance(row.line, bytes) for row in self.rows.values())


EMPTY = Table("", {})
UNREADABLE = "unreadable "
"""What the key of a row begins with that no encoding fits."""
_AGAIN = " ("
"""What follows the key of a further row; no identifier has a blank."""


def read_table(body: bytes, key_columns: tuple[str, ...], file: str) -> Table:
    """The rows of a file, one a line: a quote left open spoils its own line and swallows no other.

    Titles may stand above the header, rows that sum up are passed over, and cells may be divided as spreadsheets do
    it elsewhere.

    Raises:
        PayloadError: The header misses columns, or two of them mean the same.
    """
    body = _bytewise(body)
    lines = read_lines(body)
    start, separator = _header_of(lines, key_columns)
    if separator != ",":
        lines = [None if line is None else _with_commas(line, separator) for line in lines]
    names = columns_of(_cells(lines[start] or ""), file)
    header = _line_of(names)
    missing = [name for name in key_columns if name not in names]
    if missing:
        raise PayloadError("text.header", f"{file}: columns {', '.join(missing)} are missing from the header", file)
    places = [names.index(name) for name in key_columns]
    seed = sha256(
        header.encode()
    ).digest()  # under another header a row means something else, even where it reads alike
    damaged = body.split(b"\n") if None in lines else []
    rows: dict[str, Row] = {}
    for n in range(start + 1, len(lines)):
        line = lines[n]
        if line is None:
            short = _short(seed, damaged[n])
            rows[f"{UNREADABLE}{short}"] = Row(damaged[n].removesuffix(b"\r"), short, n + 1)
        elif line.strip(" \t,") and not sums_up(_cells(line)):
            _add(rows, _key(line, places), Row(line, _short(seed, line.encode()), n + 1))
    return Table(header, rows)


def _bytewise(body: bytes) -> bytes:
    """A text in UTF-16, as spreadsheets save "Unicode text", in UTF-8; any other body as it is."""
    if body.startswith(_UTF16):
        try:
            return body.decode("utf-16").encode()
        except UnicodeDecodeError:
            return body
    return body


def _header_of(lines: Sequence[str | None], key_columns: Collection[str]) -> tuple[int, str]:
    """The number of the line that names all columns, and what divides its cells; else the first line that says any."""
    spoken = [n for n, line in enumerate(lines) if line is None or line.strip()]
    for n in spoken[:TITLES]:
        for separator in _SEPARATORS:
            names = {column(name) for name in (lines[n] or "").split(separator)}
            if names.issuperset(key_columns):
                return n, separator
    return (spoken or [0])[0], ","


def _with_commas(line: str, separator: str) -> str:
    """A line of cells that something else divides, divided by commas; as it is where its quotes do not match."""
    try:
        cells = next(csv.reader((line,), delimiter=separator, strict=True), [])
    except csv.Error:
        return line
    return _line_of(cells)


def _line_of(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def sheet_as_csv(body: bytes, key_columns: Collection[str], file: str) -> bytes:
    """The rows of a workbook as a CSV file; of its first visible sheet with these columns, or else of the first one.

    Raises:
        PayloadError: It cannot be read as a workbook.
    """

    def meant(_name: str, rows: Rows) -> bool:
        spoken = [row for row in rows if any(row)]
        return any({column(cell) for cell in row}.issuperset(key_columns) for row in spoken[:TITLES])

    return as_csv(body, meant, file)


def is_blank(body: bytes) -> bool:
    """Whether a file says nothing at all."""
    return not _bytewise(body).removeprefix(b"\xef\xbb\xbf").strip()


def _add(rows: dict[str, Row], key: str, row: Row) -> None:
    """Keep a row. The same line twice is one; another line of the same key stays, for the hub to judge."""
    of_its_own, n = key, 1
    while of_its_own in rows and rows[of_its_own].short != row.short:
        n += 1
        of_its_own = f"{key}{_AGAIN}{n})"
    rows[of_its_own] = row


def _key(line: str, places: list[int]) -> str:
    cells = _cells(line)
    return "/".join(_plain(cells[place].strip()) if place < len(cells) else "" for place in places)


def _plain(cell: str) -> str:
    return cell.replace("%", "%25").replace("/", "%2F")


def cells_of(key: str) -> tuple[str, ...]:
    """The cells that a key was made of; all rows of one key have the same."""
    return tuple(each.replace("%2F", "/").replace("%25", "%") for each in key.partition(_AGAIN)[0].split("/"))


def _cells(line: str) -> list[str]:
    """The cells of a line; of one whose quotes do not match, what is between its commas (its mapping refuses it)."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader((line,), strict=True))
    except csv.Error:
        return line.split(",")


def _short(seed: bytes, line: bytes) -> str:
    return blake2b(line, key=seed, digest_size=6).hexdigest()
