"""A roster and a training plan as two CSV files that HR exports into a folder.

Wire:    ``people.csv`` (one row per person and position) and ``plan.csv`` (one row per session and person; may be
         missing); header required, in these names or in Chinese, titles may stand above it; divided by comma,
         semicolon or tab; UTF-8 with or without BOM, GB18030, or UTF-16 with one. Or ``people.xlsx`` and
         ``plan.xlsx``: the first sheet with these columns. A writer uploads ``x.csv.part`` and renames.
         ``share`` is the percent of full time; ``sponsor`` is the number of who answers for a stand-in or a contractor,
         whose row needs ``ends_on``; ``manager`` is the employee number of the line manager. ``leaves_on`` is the last
         day in the house, in any row of a person: no post is held beyond it; taken out of all of them, it was never
         said. ``recording`` is what the platform calls the recording of a session, ``site`` where its room is.
         ``breaks`` of a session are those whose place is known, ``12:00-13:00``, divided by semicolons;
         ``break_minutes`` are all of them, and what has no place is paid by the longest absences.
Trust:   who may write the folder.
Repeats: the whole file each time; only persons and sessions with a row that is new, changed or gone are handed on,
         whole. A person who is gone is named in the summary and never means "left": no post ends by that, but HR is
         asked about the posts of that person, and about those for whom that person answers (``sponsor``). Nor does a
         row of a post end anything by being gone of a person who stays: HR is asked. Leave that is gone of a person
         who stays is withdrawn, and so is who is gone from a session that stays. A file that shrank, or whose header
         misses columns, is held whole; the other one is read all the same.
Source:  our own convention (docs/connectors.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from connectors.people.roster_csv.changes import Part, differences, parts, remembered, shrunk
from connectors.people.roster_csv.table import EMPTY, read_table
from connectors.port import Page, Spec
from connectors.sheets import MOST_BYTES, is_blank
from schemas.errors import PayloadError, UnavailableError
from schemas.record import ZoneName
from schemas.system import why_not
from schemas.transmission import Transmission
from schemas.words import Words

_FILES = {
    "people": ("people.csv", ("employee_no", "position", "leave_from")),
    "plan": ("plan.csv", ("session", "employee_no")),
}


HELD, ACCEPTED = "held", "accepted"
"""What the cursor says of a file: the digest of one that waits for a person, and of one that a person let pass."""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator sets for one roster."""

    folder: Path = Field(description="Folder with people.csv and plan.csv, from the hub folder.")
    zone: ZoneName = Field(default="Asia/Shanghai", description="Time zone of plain dates and times in the files.")
    shrink_ratio: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="A file with less than this share of the last rows or people is held until `licet people accept`.",
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
        """What is new since ``cursor``, in whole persons and sessions, people before the plan.

        Raises:
            UnavailableError: There is no readable people.csv.
        """
        transmissions: list[Transmission] = []
        kept: dict[str, Any] = dict(cursor)
        summary: dict[str, Any] = {}
        alarms: list[str] = []
        for form, (file, key_columns) in _FILES.items():
            before = cursor.get(file, {})
            try:
                name, body = self._read(file, required=form == "people")
                if not name or before.get("digest") == (digest := sha256(body).hexdigest()):
                    continue
                known = before.get("rows", {})
                table = EMPTY if known and is_blank(body) else read_table(body, key_columns, name)
            except PayloadError as error:
                summary[form] = {"held": error.message, "code": error.code}
                alarms.append(error.code)
                continue
            summary[form] = differences(known, table)
            fewer = shrunk(form, table, known, self._settings.shrink_ratio)
            if fewer and before.get(ACCEPTED) != digest:
                summary[form]["held"] = Words(
                    f"{name}: {fewer}; if that is right: `licet people accept --by NAME`",
                    f"{name}：{fewer.zh}；如确属减少，执行 `licet people accept --by 姓名`",
                )
                summary[form]["code"] = "roster.shrunk"
                alarms.append("roster.shrunk")
                kept[file] = {**before, HELD: digest}
                continue
            turn = before.get("round", 0) + 1
            header = {"header_line": str(table.header_number)}
            transmissions += self._sent(name, f"{file}#{turn}", parts(form, table, known), now, header)
            kept[file] = {"digest": digest, "round": turn, "rows": remembered(table, known)}
        complete_until = None if alarms else now
        return Page(tuple(transmissions), kept, complete_until, summary, alarm=alarms[0] if alarms else "")

    def accepted(self, cursor: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[str]]:
        """The cursor by which the files that are held pass as they are now, and their names."""
        files = [file for file, _columns in _FILES.values() if HELD in cursor.get(file, {})]
        passed = {file: {**cursor[file], ACCEPTED: cursor[file][HELD]} for file in files}
        return {**cursor, **passed}, files

    def _read(self, file: str, *, required: bool) -> tuple[str, bytes]:
        """What the file is called that is there, and its bytes; no name where it may be missing and is.

        Raises:
            PayloadError: It is larger than is read.
            UnavailableError: It is missing, there twice, or cannot be read.
        """
        folder, workbook = self._settings.folder, _workbook(file)
        found = [name for name in (file, workbook) if (folder / name).exists()]
        if len(found) > 1:
            raise UnavailableError(
                "peer.unreachable",
                Words(
                    f"found {file} and {workbook}, expected one of them",
                    f"同时存在 {file} 与 {workbook}，应只保留其一",
                ),
            )
        if not found:
            if not required:
                return "", b""
            raise UnavailableError(
                "peer.unreachable",
                Words(
                    f"no {file} or {workbook} in {folder}, of which one must be there",
                    f"{folder} 中没有 {file} 或 {workbook}，二者应有其一",
                ),
                cure=Words(
                    f"put {file} there (columns: `licet docs sheets`), then `licet people import`",
                    f"将 {file} 放入该目录（列名见 `licet docs sheets`），再执行 `licet people import`",
                ),
            )
        try:
            if (size := (folder / found[0]).stat().st_size) > MOST_BYTES:
                told = Words(
                    f"{found[0]}: found {size >> 20} MiB, expected at most {MOST_BYTES >> 20} MiB",
                    f"{found[0]}：现为 {size >> 20} MiB，应不超过 {MOST_BYTES >> 20} MiB",
                )
                raise PayloadError("encoding.invalid", told, found[0])
            return found[0], (folder / found[0]).read_bytes()
        except OSError as error:
            raise UnavailableError(
                "peer.unreachable",
                Words(f"cannot read {found[0]}: {why_not(error)}", f"无法读取 {found[0]}：{why_not(error).zh}"),
            ) from error

    def _sent(
        self, name: str, path: str, parts: Iterator[Part], now: datetime, header: Mapping[str, str]
    ) -> Iterator[Transmission]:
        for n, part in enumerate(parts):
            yield Transmission(
                connector=self.name,
                received_at=now,
                media_type="text/csv",
                body=part.body,
                form=part.form,
                peer=name,
                path=f"{path}.{n}",
                context={
                    "zone": self._settings.zone,
                    "as_of": now.isoformat(),
                    **part.context,
                    **_lines(part),
                    **header,
                },
            )


def _workbook(file: str) -> str:
    """What a file is called as a workbook."""
    return str(Path(file).with_suffix(".xlsx"))


def _lines(part: Part) -> Mapping[str, str]:
    """Where the items of a part stand in their file, for people who look for one there."""
    return {"lines": " ".join(map(str, part.lines))} if part.lines else {}


SPEC = Spec(
    title="Roster and training plan, CSV",
    settings=Settings,
    build=RosterCsv,
    ports=("poll",),
    mapping="people/roster_csv",
    context=("zone", "as_of", "leave", "posts", "lines", "header_line"),
    lies_here=True,
    batch="each",
    completeness="pull",
)
