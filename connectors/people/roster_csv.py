"""A roster and a training plan as two CSV files that HR exports into a folder.

Wire:    ``people.csv`` (one row per person and position) and ``plan.csv`` (one row per session and person; may be
         missing); header required; UTF-8 with or without BOM, or GB18030. A writer uploads ``x.csv.part`` and renames.
Trust:   who may write the folder.
Repeats: the whole file each time; only rows that are new or changed are handed on. A row that is gone is named in
         the summary and never means "left"; a file that shrank is held whole.
Source:  our own convention (docs/connectors.md).
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from connectors.port import Page, Spec
from schemas.errors import PayloadError, UnavailableError
from schemas.reading import read_lines
from schemas.transmission import Transmission

CHUNK_ROWS = 1000
_SHOWN_GONE = 20
_FILES = {
    "people": ("people.csv", ("employee_no", "position", "leave_from")),
    "plan": ("plan.csv", ("session", "employee_no")),
}


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator sets for one roster."""

    folder: Path = Field(description="Folder with people.csv and plan.csv, from the hub folder.")
    zone: str = Field(default="Asia/Shanghai", description="Time zone of plain dates and times in the files.")
    shrink_ratio: float = Field(
        default=0.8, gt=0, le=1, description="A file with fewer than this share of its last rows is held whole."
    )


class RosterCsv:
    """Reads who works here and who must come to which session."""

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
            digest = hashlib.sha256(body).hexdigest()
            before = cursor.get(file, {})
            if before.get("digest") == digest or not body:
                continue
            header, rows = _rows(body, key_columns, file)
            known = before.get("rows", {})
            summary[form] = _diff(known, rows)
            if len(rows) < len(known) * self._settings.shrink_ratio:
                return Page((), cursor, complete=False, summary=summary, alarm="roster.shrunk")
            fresh = [text for key, (text, short) in rows.items() if known.get(key) != short]
            transmissions += self._sent(form, file, header, fresh, now)
            kept[file] = {"digest": digest, "rows": {key: short for key, (_text, short) in rows.items()}}
        return Page(tuple(transmissions), kept, summary=summary)

    def _read(self, file: str, *, required: bool) -> bytes:
        try:
            return (self._settings.folder / file).read_bytes()
        except FileNotFoundError as error:
            if not required:
                return b""
            raise UnavailableError("peer.unreachable", f"no {file} in the roster folder") from error
        except OSError as error:
            raise UnavailableError("peer.unreachable", f"cannot read {file}: {error.strerror}") from error

    def _sent(self, form: str, file: str, header: str, rows: list[str], now: datetime) -> Iterable[Transmission]:
        for n in range(0, len(rows), CHUNK_ROWS):
            yield Transmission(
                connector=self.name,
                received_at=now,
                media_type="text/csv",
                body="\n".join([header, *rows[n : n + CHUNK_ROWS], ""]).encode(),
                form=form,
                peer=file,
                path=f"{file}#{n // CHUNK_ROWS}",
                context={"zone": self._settings.zone, "as_of": now.isoformat()},
            )


def _rows(body: bytes, key_columns: tuple[str, ...], file: str) -> tuple[str, dict[str, tuple[str, str]]]:
    """The header line, and each row's text and short digest by its key. Of two rows with one key the last holds."""
    lines = [line for line in read_lines(body) if line]
    table = csv.reader(lines)
    header = [name.strip() for name in next(table, [])]
    missing = [name for name in key_columns if name not in header]
    if missing:
        raise PayloadError("text.header", f"{file}: columns {', '.join(missing)} are missing from the header", file)
    places = [header.index(name) for name in key_columns]
    rows = {}
    for cells in table:
        key = "/".join(cells[place].strip() if place < len(cells) else "" for place in places)
        text = _line(cells)
        rows[key] = (text, hashlib.blake2b(text.encode(), digest_size=6).hexdigest())
    return _line(header), rows


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _diff(known: Mapping[str, str], rows: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    gone = [key for key in known if key not in rows]
    return {
        "rows": len(rows),
        "added": sum(key not in known for key in rows),
        "changed": sum(key in known and known[key] != short for key, (_text, short) in rows.items()),
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
