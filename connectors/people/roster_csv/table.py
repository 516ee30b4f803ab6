"""The rows of a file by key, each with a short digest that tells whether what is to be read of it changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import NamedTuple

from connectors.people.roster_csv.headers import CALLED
from connectors.people.roster_csv.identifiers import Emptied, identifier_columns, sharing, without_placeholders
from connectors.sheets import Line, cells_in, read_sheet


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
    header_number: int = 1
    shared: Mapping[str, str] = field(default_factory=dict)
    """Persons who share an identifier with others, by the first of those: what they are can be told together alone."""
    emptied: Emptied = field(default_factory=dict)
    """Cells of identifiers in which people wrote that there is none."""

    def whole(self, key: str) -> str:
        """The person or session of a row, or the first of the persons with whom this one must be told."""
        group = group_of(key)
        return self.shared.get(group, group)

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
    """The rows of a file by key.

    Raises:
        PayloadError: As ``read_sheet``.
    """
    sheet = read_sheet(body, key_columns, CALLED, file)
    lines, emptied = without_placeholders(sheet, sheet.names.index(key_columns[0]))
    places = [sheet.names.index(name) for name in key_columns]
    # Under another header a row means something else, even where it reads alike.
    seed = sha256(sheet.header.encode()).digest()
    rows: dict[str, Row] = {}
    for line, number in lines:
        if isinstance(line, bytes):
            short = _short(seed, line)
            rows[f"{UNREADABLE}{short}"] = Row(line, short, number)
        else:
            _add(rows, _key(line, places), Row(line, _short(seed, line.encode()), number))
    shared = sharing(((group_of(key), row.line) for key, row in rows.items()), identifier_columns(sheet.names))
    for key, row in rows.items():
        if isinstance(row.line, str) and (first := shared.get(group_of(key))) is not None:
            # Shared no more, it is to be read again, though its own line stayed as it was.
            with_others = f"{row.line}\0{first}".encode()
            rows[key] = row._replace(short=_short(seed, with_others))
    return Table(sheet.header, rows, sheet.header_number, shared, emptied)


def _add(rows: dict[str, Row], key: str, row: Row) -> None:
    """Keep a row. The same line twice is one; another line of the same key stays, for the hub to judge."""
    of_its_own, n = key, 1
    while of_its_own in rows and rows[of_its_own].short != row.short:
        n += 1
        of_its_own = f"{key}{_AGAIN}{n})"
    rows[of_its_own] = row


def _key(line: str, places: list[int]) -> str:
    cells = cells_in(line)
    return "/".join(_plain(cells[place].strip()) if place < len(cells) else "" for place in places)


def group_of(key: str) -> str:
    """The person or session of a row."""
    return key.partition("/")[0]


def _plain(cell: str) -> str:
    return cell.replace("%", "%25").replace("/", "%2F")


def cells_of(key: str) -> tuple[str, ...]:
    """The cells that a key was made of; all rows of one key have the same."""
    return tuple(each.replace("%2F", "/").replace("%25", "%") for each in key.partition(_AGAIN)[0].split("/"))


def _short(seed: bytes, line: bytes) -> str:
    return blake2b(line, key=seed, digest_size=6).hexdigest()
