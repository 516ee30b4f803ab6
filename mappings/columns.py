"""How a line is divided into columns, and how one of them names the columns."""

import csv
import re
from collections.abc import Callable, Sequence

from mappings.document import DelimitedForm
from mappings.mismatch import Mismatch
from schemas.errors import PayloadError
from schemas.words import Words

Line = str | None
Split = Callable[[str], list[str]]
_TIME = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]+\d{1,2}:\d\d")
_TWO_PUNCHES = 2 * len("1 2026-01-01 08:00:00")


def splitter(form: DelimitedForm) -> Split:
    """What divides a line into its cells. It raises ``Mismatch`` where quotes do not match."""
    separator = form.separator
    if form.blanks is not None:
        return _or_blanks(separator, form.columns.index(form.blanks))
    if form.quotes:
        return _quoted(separator)
    return lambda line: line.split(separator)


def _or_blanks(separator: str, time: int) -> Split:
    def split(line: str) -> list[str]:
        if len(line) > _TWO_PUNCHES and line.count(":") > 2 and len(_TIME.findall(line)) > 1:
            raise Mismatch(
                "text.columns", Words("two times in one line", "一行中有两个时间"), Words("one item a line", "每行一条")
            )
        if separator in line:
            return line.split(separator)
        cells = line.split()
        if len(cells) > time + 1 and ":" in cells[time + 1]:
            cells[time : time + 2] = [f"{cells[time]} {cells[time + 1]}"]
        return cells

    return split


def _quoted(separator: str) -> Split:
    def split(line: str) -> list[str]:
        if '"' not in line:
            return line.split(separator)
        try:
            # One row at a time: a quote left open spoils its own and swallows no other.
            return next(csv.reader((line,), delimiter=separator, strict=True))
        except csv.Error as error:
            raise Mismatch(
                "text.columns",
                Words(f"quotes that do not match ({error})", "引号不匹配"),
                Words('cells such as "a ""b"" c"', '如 "a ""b"" c" 的单元格'),
            ) from error

    return split


# ---------------------------------------------------------------- a line that names the columns


def header_at(lines: Sequence[Line], form: DelimitedForm) -> int:
    """The line of the header: the first that has all of its columns, of those that it can be; else the first."""
    candidates = [n for n, line in enumerate(lines) if line is None or line.strip()][: form.title_lines + 1]
    split = splitter(form)
    return next((n for n in candidates if not _missing(lines[n], form, split)), next(iter(candidates), 0))


def _missing(line: Line, form: DelimitedForm, split: Split) -> list[str]:
    try:
        names = _names(line, form, split)
    except Mismatch:
        return list(form.header)
    return [name for name in form.header if name not in names]


def _names(line: Line, form: DelimitedForm, split: Split) -> tuple[str, ...]:
    names = (name.strip() for name in split(line or ""))
    return tuple(form.aliases.get(name, name) for name in names)


def header(line: Line, at: int, form: DelimitedForm, split: Split) -> tuple[str, ...]:
    """The names of the columns, as the document calls them.

    Raises:
        PayloadError: ``text.header``.
    """
    where = f"line {at + 1}"
    try:
        names = _names(line, form, split)
    except Mismatch as bad:
        raise PayloadError("text.header", f"found {bad.found}, expected column names", where) from bad
    missing = [name for name in form.header if name not in names]
    if missing:
        raise PayloadError("text.header", f"columns {', '.join(missing)} not found", where)
    if len(set(names)) < len(names):
        raise PayloadError("text.header", "found a column twice", where)
    odd = [name for name in names if name not in {*form.header, *form.optional_header}] if form.strict_header else []
    if odd:
        raise PayloadError("text.header", f"found column {odd[0][:64]!r}, expected only those of the mapping", where)
    return names
