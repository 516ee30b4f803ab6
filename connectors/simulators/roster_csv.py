"""HR's side of a roster in CSV files: writes ``people.csv``, ``plan.csv`` and the file of opening balances.

A row holds the cells that are known, by column; the others stay empty. A file is replaced whole, by renaming, as an
export that nobody may read halfway is.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PEOPLE = ("employee_no", "name", "mail", "language", "position", "starts_on", "ends_on", "leave_from", "leave_until")
PLAN = ("session", "course", "room", "devices", "starts_at", "ends_at", "break_minutes", "cancelled", "employee_no")
OPENING = ("employee_no", "kind", "what", "from", "until", "number", "hours", "required_hours")
SOURCES = ("terminals", "lms", "authority")
"""Where the people of the shipped example are known by names of their own."""

Row = Mapping[str, str]


def write_people(folder: Path, rows: Iterable[Row], sources: Sequence[str] = SOURCES) -> None:
    """Replace ``people.csv``; each source has a column of its identifiers, ``id:SOURCE``."""
    _replace(folder / "people.csv", (*PEOPLE, *(f"id:{source}" for source in sources)), rows)


def write_plan(folder: Path, rows: Iterable[Row]) -> None:
    """Replace ``plan.csv``: one row per session and person; breaks with a place have a column if any row names one."""
    found = list(rows)
    placed = ("breaks",) if any("breaks" in row for row in found) else ()
    _replace(folder / "plan.csv", (*PLAN, *placed), found)


def opening(rows: Iterable[Row]) -> bytes:
    """The file of opening balances: credentials, hours and access that people have when the hub begins."""
    return _text(OPENING, rows).encode()


def _replace(file: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(_text(columns, rows), encoding="utf-8", newline="")
    part.rename(file)


def _text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV text with a header; ``ValueError`` for a cell of no column."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
