"""What the columns ``id:`` of a sheet say: who shares an identifier, and what people write where somebody has none."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from connectors.sheets import Line, Sheet, SheetLine, cells_in, line_of

_PREFIX = "id:"
"""What the name of a column begins with that holds what another source calls the person."""
_NONE = {
    "无",
    "没有",
    "暂无",
    "未知",
    "不详",
    "空",
    "待定",
    "-",
    "--",
    "—",
    "——",
    "/",
    "n/a",
    "#n/a",
    "null",
    "none",
    "nil",
}
"""What people write for "none": no system calls anybody so."""
_ZEROS = re.compile("0+")
"""What is written for "none" where several people have it; one alone may be called so."""

Emptied = Mapping[str, Mapping[str, int]]
"""How many cells were read as empty, by column and by what stood there."""


def without_placeholders(sheet: Sheet, person: int) -> tuple[Sequence[SheetLine], Emptied]:
    """The lines of a sheet, nothing in a cell that says of an identifier that there is none; what stood there.

    ``person`` is the column of those whose identifiers they are.
    """
    columns = identifier_columns(sheet.names)
    if not columns:
        return sheet.lines, {}
    zeros = _shared_zeros(sheet.lines, columns, person)
    emptied: dict[str, Counter[str]] = {}
    lines = []
    for line, number in sheet.lines:
        cells = cells_in(line) if isinstance(line, str) else []
        nothing = [n for n in columns if n < len(cells) and _says_none(cells[n], n, zeros)]
        for n in nothing:
            emptied.setdefault(sheet.names[n], Counter())[cells[n].strip()] += 1
            cells[n] = ""
        lines.append(SheetLine(line_of(cells) if nothing else line, number))
    return lines, emptied


def identifier_columns(names: Sequence[str]) -> list[int]:
    """The columns that hold identifiers."""
    return [n for n, name in enumerate(names) if name.startswith(_PREFIX)]


def sharing(lines: Iterator[tuple[str, Line]], columns: Sequence[int]) -> dict[str, str]:
    """Whoever has an identifier that others have too, directly or by others in between; by the first of them.

    ``lines`` are those of persons, each with whose it is.
    """
    order: dict[str, int] = {}
    holder: dict[tuple[int, str], str] = {}
    above: dict[str, str] = {}
    for person, line in lines if columns else ():
        order.setdefault(person, len(order))
        cells = cells_in(line) if isinstance(line, str) else []
        for place in columns:
            if place < len(cells) and (cell := cells[place].strip()):
                other = holder.setdefault((place, cell), person)
                if other != person:
                    first, second = sorted((_first(other, above), _first(person, above)), key=order.__getitem__)
                    above[second] = above[first] = first
    return {person: _first(person, above) for person in above}


def _first(person: str, above: dict[str, str]) -> str:
    """The first of those who share something with a person; the way there gets shorter, for whoever asks next."""
    while (up := above.get(person, person)) != person:
        above[person] = person = above.get(up, up)
    return person


def _shared_zeros(lines: Sequence[SheetLine], columns: Sequence[int], person: int) -> set[tuple[int, str]]:
    """What is nothing but zeros and stands with several people, by column."""
    holders: dict[tuple[int, str], set[str]] = {}
    for line, _number in lines:
        cells = cells_in(line) if isinstance(line, str) else []
        for n in columns:
            if n < len(cells) and len(cells) > person and _ZEROS.fullmatch(cell := cells[n].strip()):
                holders.setdefault((n, cell), set()).add(cells[person].strip())
    return {place for place, people in holders.items() if len(people) > 1}


def _says_none(cell: str, column: int, zeros: set[tuple[int, str]]) -> bool:
    plain = cell.strip()
    return (column, plain) in zeros or unicodedata.normalize("NFKC", plain).lower() in _NONE
