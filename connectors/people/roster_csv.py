"""A roster and a training plan as two CSV files that HR exports into a folder.

Wire:    ``people.csv`` (one row per person and position) and ``plan.csv`` (one row per session and person; may be
         missing); header required; UTF-8 with or without BOM, or GB18030. A writer uploads ``x.csv.part`` and renames.
Trust:   who may write the folder.
Repeats: the whole file each time; only rows that are new or changed are handed on. A row that is gone is named in
         the summary and never means "left"; a file that shrank is held whole.
Source:  our own convention (docs/connectors.md).
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from connectors.port import Page, Spec
from schemas.errors import PayloadError, UnavailableError
from schemas.reading import read_lines
from schemas.record import ZoneName
from schemas.transmission import Transmission

CHUNK_ROWS = 1000
_SHOWN_GONE = 20
_FILES = {
    "people": ("people.csv", ("employee_no", "position", "leave_from")),
    "plan": ("plan.csv", ("session", "employee_no")),
}
_IN_NO_ENCODING = b"\xff"
"""A byte that neither UTF-8 nor GB18030 has anywhere."""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator sets for one roster."""

    folder: Path = Field(description="Folder with people.csv and plan.csv, from the hub folder.")
    zone: ZoneName = Field(default="Asia/Shanghai", description="Time zone of plain dates and times in the files.")
    shrink_ratio: float = Field(
        default=0.8, gt=0, le=1, description="A file with fewer than this share of its last rows is held whole."
    )


class RosterCsv:
    """Reads who works here and who must come to which session.

    The cursor holds per file its ``digest``, a short digest of each of its ``rows`` by key, and the ``round``: how
    often the file brought something, so that rows changed back to what they were are not taken for a repeat.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """New and changed rows since ``cursor``, at most 1,000 a transmission, people before the plan.

        Raises:
            UnavailableError: There is no readable people.csv.
            PayloadError: A header misses columns.
        """
        transmissions: list[Transmission] = []
        kept: dict[str, Any] = dict(cursor)
        summary: dict[str, Any] = {}
        for form, (file, key_columns) in _FILES.items():
            body = self._read(file, required=form == "people")
            before = cursor.get(file, {})
            if body is None or before.get("digest") == (digest := sha256(body).hexdigest()):
                continue
            known = before.get("rows", {})
            table = _EMPTY if known and _is_blank(body) else _table(body, key_columns, file)
            summary[form] = _diff(known, table)
            if len(table.rows) < len(known) * self._settings.shrink_ratio:
                return Page((), cursor, complete=False, summary=summary, alarm="roster.shrunk")
            turn = before.get("round", 0) + 1
            transmissions += self._sent(form, f"{file}#{turn}", _bodies(table, known), now)
            kept[file] = {
                "digest": digest,
                "round": turn,
                "rows": {key: short for key, (_line, short) in table.rows.items()},
            }
        return Page(tuple(transmissions), kept, summary=summary)

    def _read(self, file: str, *, required: bool) -> bytes | None:
        try:
            return (self._settings.folder / file).read_bytes()
        except FileNotFoundError as error:
            if not required:
                return None
            raise UnavailableError("peer.unreachable", f"no {file} in the roster folder") from error
        except OSError as error:
            raise UnavailableError("peer.unreachable", f"cannot read {file}: {error.strerror}") from error

    def _sent(self, form: str, path: str, bodies: Iterator[bytes], now: datetime) -> Iterator[Transmission]:
        for n, body in enumerate(bodies):
            yield Transmission(
                connector=self.name,
                received_at=now,
                media_type="text/csv",
                body=body,
                form=form,
                peer=path.partition("#")[0],
                path=f"{path}.{n}",
                context={"zone": self._settings.zone, "as_of": now.isoformat()},
            )


@dataclass(frozen=True, slots=True)
class _Table:
    """One file: its header line, and each row's line (bytes where no encoding fits) and short digest by its key."""

    header: str
    rows: dict[str, tuple[str | bytes, str]]


_EMPTY = _Table("", {})


def _table(body: bytes, key_columns: tuple[str, ...], file: str) -> _Table:
    """The rows of a file, one a line: a quote left open spoils its own line and swallows no other."""
    lines = read_lines(body)
    start = next((n for n, line in enumerate(lines) if line is None or line.strip()), 0)
    header = lines[start] or ""
    names = [name.strip() for name in _cells(header)]
    missing = [name for name in key_columns if name not in names]
    if missing:
        raise PayloadError("text.header", f"{file}: columns {', '.join(missing)} are missing from the header", file)
    places = [names.index(name) for name in key_columns]
    seed = sha256(
        header.encode()
    ).digest()  # under another header a row means something else, even where it reads alike
    damaged = body.split(b"\n") if None in lines else []
    rows: dict[str, tuple[str | bytes, str]] = {}
    for n in range(start + 1, len(lines)):
        line = lines[n]
        if line is None:
            short = _short(seed, damaged[n])
            rows[f"unreadable {short}"] = (damaged[n].removesuffix(b"\r"), short)
        elif line.strip(" \t,"):
            _add(rows, _key(line, places), line, _short(seed, line.encode()))
    return _Table(header, rows)


def _is_blank(body: bytes) -> bool:
    return not body.removeprefix(b"\xef\xbb\xbf").strip()


def _add(rows: dict[str, tuple[str | bytes, str]], key: str, line: str, short: str) -> None:
    """Keep a row. The same line twice is one; another line of the same key stays, for the hub to judge."""
    of_its_own, n = key, 1
    while of_its_own in rows and rows[of_its_own][1] != short:
        n += 1
        of_its_own = f"{key} ({n})"
    rows[of_its_own] = (line, short)


def _key(line: str, places: list[int]) -> str:
    cells = _cells(line)
    return "/".join(cells[place].strip() if place < len(cells) else "" for place in places)


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


def _bodies(table: _Table, known: Mapping[str, str]) -> Iterator[bytes]:
    """Header and fresh rows, in UTF-8; last and apart, so that no neighbour is read wrongly, what cannot be read."""
    fresh = [line for key, (line, short) in table.rows.items() if known.get(key) != short]
    good = [line for line in fresh if isinstance(line, str)]
    for n in range(0, len(good), CHUNK_ROWS):
        yield "\n".join([table.header, *good[n : n + CHUNK_ROWS], ""]).encode()
    bad = [line + _IN_NO_ENCODING for line in fresh if isinstance(line, bytes)]
    if bad:
        yield b"\n".join([table.header.encode(), *bad, b""])


def _diff(known: Mapping[str, str], table: _Table) -> dict[str, Any]:
    rows = table.rows
    gone = [key for key in known if key not in rows]
    return {
        "rows": len(rows),
        "added": sum(key not in known for key in rows),
        "changed": sum(key in known and known[key] != short for key, (_line, short) in rows.items()),
        "gone_count": len(gone),
        "gone": gone[:_SHOWN_GONE],
    }


SPEC = Spec(
    title="Roster and training plan, CSV",
    settings=Settings,
    build=RosterCsv,
    ports=("poll",),
    mapping="people/roster_csv",
    batch="each",
    completeness="pull",
)
