"""What of a body may be kept: lines of punches. Templates, photos, national ids and passwords are never kept.

They hide in tables of any name, in the lines of punches, and in columns that the vendor added, so what may stay is
listed, and everything else is told by name, count, size and digest.
"""

import hashlib
import re
from collections.abc import Callable

_ODD = re.compile(rb"[=\x00]|[^\t\r\n ]{33}|[\t ][0-9]{15}")
"""What no line of punches has: an assignment, a NUL, a long word, a number as long as that of an identity card."""
_NATIONAL_ID = re.compile(rb"[0-9]{15,17}[0-9Xx]?")
_TABLE_NAME = re.compile(rb"^ *transaction +")
_PUNCH = re.compile(
    rb"[ \0]*[^\t\x00-\x1f=]{1,64}\t *[0-9][0-9T:/ -]{7,30}\t[^\t=]{0,16}(?:\t[^\t=]{0,32}){0,20}"
    rb"|[ \0]*[^\s=]{1,64} +[0-9][0-9T:/-]{7,20}(?: +[^ =]{1,32}){1,20} *"
)
_ID_COLUMN = 7
"""Where a ``pid`` terminal writes the number of an identity card, counted from 0."""
_RTLOG = frozenset(
    {
        b"time",
        b"pin",
        b"cardno",
        b"eventaddr",
        b"event",
        b"inoutstatus",
        b"verifytype",
        b"index",
        b"sitecode",
        b"linkid",
        b"maskflag",
        b"temperature",
        b"convtemperature",
        b"sensor",
        b"relay",
        b"alarm",
        b"door",
    }
)
_TRANSACTION = frozenset(
    {
        b"pin",
        b"cardno",
        b"verified",
        b"doorid",
        b"eventtype",
        b"inoutstate",
        b"time_second",
        b"index",
        b"sitecode",
        b"linkid",
        b"maskflag",
        b"temperature",
    }
)
_IDENTIFIERS = frozenset({b"pin", b"cardno"})


def lines(body: bytes) -> int:
    """How many lines a body has that hold anything."""
    return sum(1 for line in body.splitlines() if line.strip())


def punches(body: bytes, form: str) -> bytes:
    """A body of punches as it may be kept: untouched where nothing odd is in it, and always with all of its lines."""
    if form == "ATTLOG":
        return body if _ODD.search(body) is None else _each_line(body, _positional)
    if form == "ATTLOG_PID":
        return _each_line(body, _without_id)
    if form == "transaction":
        return _each_line(body, lambda line: _pairs(_TABLE_NAME.sub(b"", line), _TRANSACTION))
    return _each_line(body, lambda line: _pairs(line, _RTLOG))


def punch_like(body: bytes) -> bytes:
    """The lines of a table that nobody foresaw that look like punches; nothing else of it may be kept."""
    kept = [line for line in body.splitlines() if _is_punch(line)]
    return b"".join(line + b"\n" for line in kept)


def told(table: str, body: bytes) -> bytes:
    """A line that tells of a body that is not kept: name, count, size, digest."""
    digest = hashlib.sha256(body).hexdigest()
    return f"table={table}\tlines={lines(body)}\tbytes={len(body)}\tsha256={digest}\n".encode()


def _each_line(body: bytes, kept: Callable[[bytes], bytes]) -> bytes:
    return b"".join(
        kept(line.rstrip(b"\r\n")) + line[len(line.rstrip(b"\r\n")) :] if line.strip() else line
        for line in body.splitlines(keepends=True)
    )


def _positional(line: bytes) -> bytes:
    """A line of columns; where it is none, the fact that there was one."""
    if line[:6].upper() == b"TABLE=":
        return line[:13]
    if not _PUNCH.fullmatch(line):
        return _withheld(line)
    pin, tab, rest = line.partition(b"\t")
    return pin + tab + b"\t".join(_plain(cell) for cell in rest.split(b"\t"))


def _without_id(line: bytes) -> bytes:
    cells = line.split(b"\t")
    if len(cells) > _ID_COLUMN:
        cells[_ID_COLUMN] = b""
    return _positional(b"\t".join(cells))


def _pairs(line: bytes, known: frozenset[bytes]) -> bytes:
    """The cells of a line whose names are listed; a word in front of the first one is the name of the table."""
    cells = line.split(b"\t")
    kept = [cell for n, cell in enumerate(cells) if _is_known(cell, known, first=n == 0)]
    return line if len(kept) == len(cells) else b"\t".join(kept) or _withheld(line)


def _is_known(cell: bytes, known: frozenset[bytes], *, first: bool) -> bool:
    name, assigned, value = cell.partition(b"=")
    name = name.strip().lower()
    if first and b" " in name:
        name = name.rpartition(b" ")[2]
    if not assigned:
        return not cell.strip()
    return name in known and len(value) <= 64 and (name in _IDENTIFIERS or _plain(value) == value)


def _plain(cell: bytes) -> bytes:
    return b"" if _NATIONAL_ID.fullmatch(cell.strip()) else cell


def _withheld(line: bytes) -> bytes:
    return b"withheld %d bytes %s" % (len(line), hashlib.sha256(line).hexdigest()[:16].encode())


def _is_punch(line: bytes) -> bool:
    if _PUNCH.fullmatch(line):
        return _positional(line) == line and any(len(cell) >= 8 and _dated(cell) for cell in line.split(b"\t")[1:2])
    names = {cell.partition(b"=")[0].strip().lower().rpartition(b" ")[2] for cell in line.split(b"\t") if cell}
    dated = bool(names & {b"time", b"time_second"}) and b"pin" in names
    return dated and (_pairs(line, _RTLOG) == line or _pairs(line, _TRANSACTION) == line)


def _dated(cell: bytes) -> bool:
    return cell.strip()[:4].isdigit()
