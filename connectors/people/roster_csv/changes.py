"""What of a file is handed on: whole persons and sessions of which something changed, who is gone from one, and who
from the roster."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.people.roster_csv.table import UNREADABLE, Row, Table, cells_of, group_of
from schemas.transmission import NOTHING
from schemas.words import Words

CHUNK_ROWS = 1000
_SHOWN_GONE = 20
_SEVERAL = 5
"""So few people who are replaced by others are no sign of another file."""
_IN_NO_ENCODING = b"\xff"
"""A byte that neither UTF-8 nor GB18030 has anywhere."""


class Part(NamedTuple):
    """What is handed on at once; ``context`` says that all leave, or all posts, of its persons stand in it.

    ``lines`` are those of the file, by item; none for what no line of it says.
    """

    form: str
    body: bytes
    lines: Sequence[int] = ()
    context: Mapping[str, str] = NOTHING


def parts(form: str, table: Table, known: Mapping[str, str]) -> Iterator[Part]:
    """Persons or sessions of which something changed, whole, in UTF-8; then who is gone from the roster, or from a
    session that stays.

    Last and apart, so that no neighbour is read wrongly, comes what cannot be read.
    """
    gone = [] if table.damaged else _gone(table, known)
    changed = _changed(table, known, {table.whole(key) for key in gone})
    all_of_them = form == "people" and known and not table.damaged
    leave = _with_leave([*table.rows, *gone], table) if all_of_them else set()
    posts = _with_posts(known, table) if all_of_them else set()
    alone = leave | {table.whole(key) for key in gone} if all_of_them else leave
    for group in (each for each in changed if each in alone):
        yield _part(form, table, changed[group], _context(leave=group in leave, posts=group in posts))
    for listed in (True, False):
        groups = (rows for group, rows in changed.items() if group not in alone and (group in posts) is listed)
        for rows in _chunks(groups):
            yield _part(form, table, rows, _context(posts=listed))
    if form == "plan" and (enrolments := _unenrolled(gone, table)):
        yield Part("plan_gone", _text("session,employee_no", enrolments))
    if form == "people" and not table.damaged:
        absent = [[number] for number in _absent(table, known)]
        for at in range(0, len(absent), CHUNK_ROWS):
            yield Part("people_gone", _text("employee_no", map(_line, absent[at : at + CHUNK_ROWS])))
    if damaged := list(_damaged(table, known)):
        body = b"\n".join([table.header.encode(), *(line + _IN_NO_ENCODING for line, _n in damaged), b""])
        yield Part(form, body, [n for _line, n in damaged])


def _context(**listed: bool) -> Mapping[str, str]:
    return {what: "listed" for what, said in listed.items() if said}


def _part(form: str, table: Table, rows: Sequence[Row], context: Mapping[str, str] = NOTHING) -> Part:
    body = _text(table.header, (row.line for row in rows if isinstance(row.line, str)))
    return Part(form, body, [row.number for row in rows], context)


def _changed(table: Table, known: Mapping[str, str], gone: Collection[str]) -> dict[str, list[Row]]:
    """The rows of each group that lost, got or changed one, in the order of the file.

    A group is a session, or a person with all others who share an identifier: nobody can tell whose it is by one alone.
    """
    groups: dict[str, list[Row]] = {}
    fresh = set(gone)
    for key, row in table.rows.items():
        if isinstance(row.line, str):
            groups.setdefault(table.whole(key), []).append(row)
            if known.get(key) != row.short:
                fresh.add(table.whole(key))
    return {group: rows for group, rows in groups.items() if group in fresh}


def _damaged(table: Table, known: Mapping[str, str]) -> Iterator[tuple[bytes, int]]:
    """The lines that cannot be read and were not handed on before, and where they stand."""
    for key, row in table.rows.items():
        if isinstance(row.line, bytes) and key not in known:
            yield row.line, row.number


def _gone(table: Table, known: Mapping[str, str]) -> list[str]:
    """Keys that are gone though their person or session stays."""
    stay = {group_of(key) for key in table.rows}
    return [key for key in known if key not in table.rows and group_of(key) in stay]


def _absent(table: Table, known: Mapping[str, str]) -> list[str]:
    """Who stood in the last file and stands in no row of this one."""
    here = {cells_of(key)[0] for key in table.rows}
    before = {cells_of(key)[0] for key in known if not key.startswith(UNREADABLE)}
    return sorted(filter(None, before - here))


def _unenrolled(gone: Iterable[str], table: Table) -> list[str]:
    """Session and employee number of those who are gone from a session, as lines."""
    here = {cells_of(key) for key in table.rows}
    pairs = {cells_of(key) for key in gone} - here
    return [_line(pair) for pair in sorted(pairs) if pair[-1]]


def remembered(table: Table, known: Mapping[str, str]) -> dict[str, str]:
    """The rows of a file for the next poll. With a damaged row nobody can tell who is gone, for it may be theirs:
    those that may be gone are remembered too, and told then."""
    rows = {key: row.short for key, row in table.rows.items()}
    return {**known, **rows} if table.damaged else rows


def shrunk(form: str, table: Table, known: Mapping[str, str], ratio: float) -> Words | None:
    """That a file has fewer rows than a share of the last one, or names fewer of its people; else nothing.

    As many others instead are no comfort: so a roster looks whose numbers have lost their leading zeros.
    """
    if len(table.rows) < rows_of(known) * ratio:
        n, before = len(table.rows), rows_of(known)
        if not table.header:
            return Words(f"found an empty file where the last one had {before} rows", f"现为空文件，上次为 {before} 行")
        return Words(f"found {n} rows where the last one had {before}", f"现有 {n} 行，上次为 {before} 行")
    people = {group_of(key) for key in known if not key.startswith(UNREADABLE)}
    stay = people & {group_of(key) for key in table.rows}
    if form == "people" and len(stay) < len(people) * ratio and len(people) - len(stay) >= _SEVERAL:
        return Words(
            f"found {len(stay)} of the {len(people)} people of the last one",
            f"上次名册 {len(people)} 人中现仅有 {len(stay)} 人",
        )
    return None


def rows_of(known: Mapping[str, str]) -> int:
    """How many rows are remembered; a damaged one stands beside the one that it may have been."""
    return sum(not key.startswith(UNREADABLE) for key in known)


def _with_leave(keys: Iterable[str], table: Table) -> set[str]:
    """The persons of whom some row names leave."""
    return {table.whole(key) for key in keys if cells_of(key)[-1]}


def _with_posts(known: Mapping[str, str], table: Table) -> set[str]:
    """The persons of whom a row of a post may be gone: those who had one, and those whom the last file did not name."""
    before: dict[str, bool] = {}
    for key in known:
        if not key.startswith(UNREADABLE):
            before[table.whole(key)] = before.get(table.whole(key), False) or bool(cells_of(key)[1])
    return {group for group in map(table.whole, table.rows) if before.get(group, True)}


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _chunks(groups: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Rows of whole groups, as many as go into one transmission."""
    rows: list[Row] = []
    for group in groups:
        if rows and len(rows) + len(group) > CHUNK_ROWS:
            yield rows
            rows = []
        rows += group
    if rows:
        yield rows


def _text(header: str, lines: Iterable[str]) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def differences(known: Mapping[str, str], table: Table) -> dict[str, Any]:
    """How a file differs from the last one, in figures, the first keys that are gone, cells read as empty."""
    rows = table.rows
    gone = [key for key in known if key not in rows]
    return {
        "rows": len(rows),
        "added": sum(key not in known for key in rows),
        "changed": sum(key in known and known[key] != row.short for key, row in rows.items()),
        "gone_count": len(gone),
        "gone": gone[:_SHOWN_GONE],
        **({"read_as_empty": table.emptied} if table.emptied else {}),
    }
