"""How a line is divided into columns, and how one of them names the columns."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence

from mappings.document import DelimitedForm
from mappings.mismatch import Mismatch
from schemas.errors import PayloadError
from schemas.nearest import did_you_mean
from schemas.words import Words

Line = str | None
Split = Callable[[str], list[str]]
_TIME = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]+\d{1,2}:\d\d")
_SHOWN = 6
"""So many columns that nobody reads are named."""
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
                Words("quotes that do not match", "引号不匹配"),
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
    where, wanted = f"line {at + 1}", _columns(form.header)
    try:
        names = _names(line, form, split)
    except Mismatch as bad:
        raise PayloadError("text.header", bad.found, where, expected=wanted) from bad
    if missing := [name for name in form.header if name not in names]:
        raise PayloadError("text.header", _lacking(missing, names, form), where, expected=wanted)
    doubled = next((name for name, count in Counter(names).items() if count > 1), None)
    if doubled is not None:
        found = Words(f"column {doubled!r} twice", f"重复的列 {doubled!r}")
        raise PayloadError("text.header", found, where, expected=Words("each column once", "每列一次"))
    known = (*form.header, *form.optional_header)
    odd = [name for name in names if name not in known] if form.strict_header else []
    if odd:
        found = Words(f"column {odd[0][:64]!r}", f"列 {odd[0][:64]!r}")
        raise PayloadError("text.header", found, where, expected=_columns(known))
    return names


def _lacking(missing: Sequence[str], names: Sequence[str], form: DelimitedForm) -> Words:
    """What a header lacks, and what it has instead that is not read."""
    known = (*form.header, *form.optional_header)
    prefixes = tuple(field.columns for rule in form.records for field in rule.fields.values() if field.columns)
    odd = [name[:64] for name in names if name and name not in known and not name.startswith(prefixes)][:_SHOWN]
    listed, zh = ", ".join(missing), "、".join(missing)
    if not odd:
        return Words(f"a header without {listed}", f"缺少 {zh} 的表头")
    also = [_odd(each, missing) for each in odd]
    return Words(
        f"a header without {listed}, and with {', '.join(also)} instead",
        f"缺少 {zh} 的表头，另有 {'、'.join(each.zh for each in also)}",
    )


def _odd(name: str, missing: Sequence[str]) -> Words:
    hint = did_you_mean(name, missing)
    return Words(f"{name!r} ({hint})", f"{name!r}（{hint.zh}）") if hint else Words(repr(name), repr(name))


def _columns(names: Sequence[str]) -> Words:
    return Words(f"the columns {', '.join(names)}", f"包含 {'、'.join(names)} 的表头")
