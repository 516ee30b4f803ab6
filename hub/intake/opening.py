"""Opening balances: what people had on the day the hub began, from one sheet that is shown before it is kept."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from connectors.port import Kept
from connectors.sheets import Sheet, cells_in, line_of, read_sheet
from hub.evidence.facts import OPENING
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Preparer
from hub.store.commit import Tx
from hub.store.writer import Writer
from hub.wording import meant
from mappings import MappingDocument
from schemas.access import PresentAccess
from schemas.credential import CredentialStatus
from schemas.errors import CallError
from schemas.faults import shown
from schemas.record import Record
from schemas.transmission import Fault, Item, Outcome, Transmission
from schemas.words import Words

WANTED = ("employee_no", "kind", "what")
CALLED: Mapping[str, str] = {
    "工号": "employee_no",
    "员工编号": "employee_no",
    "人员编号": "employee_no",
    "员工号": "employee_no",
    "职工号": "employee_no",
    "类别": "kind",
    "类型": "kind",
    "项目": "what",
    "内容": "what",
    "起始日期": "from",
    "有效期起": "from",
    "发证日期": "from",
    "截止日期": "until",
    "有效期至": "until",
    "证书编号": "number",
    "编号": "number",
    "学时": "hours",
    "已修学时": "hours",
    "应修学时": "required_hours",
}
"""What the columns of the sheet are called in Chinese."""
_KINDS: Mapping[str, str] = {"证书": "credential", "资质": "credential", "学时": "hours", "权限": "access"}
_LINE = re.compile("^line [0-9]+")
_NO_NUMBER, _NUMBER = (
    Words("no number", "没有编号"),
    Words("the number that the authority knows it by", "发证机构的证书编号"),
)
_CREDENTIAL = Words("a credential of a position", "岗位所列的资质")
_TARGET = Words("sink/target as positions name it", "岗位所列的“权限系统/权限组”")
_NO_TEXT = Words("bytes of no encoding", "无法识别的编码")
_TEXT = Words("UTF-8, UTF-16 or GB18030", "UTF-8、UTF-16 或 GB18030")
_ONE = Words("one line about each", "每项只有一行")


class _Row(NamedTuple):
    """A row as the mapping reads it, its number in the file and what it is about."""

    line: str
    number: int
    kind: str


class Known(NamedTuple):
    """What an opening sheet may name: credentials, those that the hub itself gives, and ``sink/target``."""

    credentials: Collection[str]
    own: Collection[str]
    targets: Collection[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an opening sheet says: records by kind, and every line that cannot be taken. ``file`` is its name."""

    file: str
    records: dict[str, int]
    unknown_people: tuple[str, ...]
    faults: tuple[Fault, ...]
    outcomes: tuple[Outcome, ...]
    transmission: Transmission


class Opening:
    """Imports opening sheets."""

    def __init__(
        self,
        directory: Directory,
        preparer: Preparer,
        keeper: Keeper,
        writer: Writer,
        mapping: MappingDocument,
        operators: Operators,
        *,
        known: Known,
        zone: str,
    ) -> None:
        self._directory = directory
        self._preparer = preparer
        self._keeper = keeper
        self._writer = writer
        self._mapping = mapping
        self._operators = operators
        self._known = known
        self._zone = zone

    def preview(self, body: bytes, now: datetime, file: str = "opening.csv") -> Preview:
        """What a sheet says; nothing is kept. Places of faults are lines of the file.

        Raises:
            PayloadError: It is no sheet, or its header misses columns.
        """
        sheet = read_sheet(body, WANTED, CALLED, file)
        rows = [_plain(line, number, sheet) for line, number in sheet.lines if isinstance(line, str)]
        wire = Transmission(
            connector=OPENING,
            received_at=now,
            media_type="text/csv",
            body="\n".join([sheet.header, *(row.line for row in rows), ""]).encode(),
            form="opening",
            context={"zone": self._zone, "as_of": now.isoformat()},
        )
        read = zip(self._mapping.read(wire), rows, strict=True)
        outcomes = tuple(_at(self._checked(each, row), row.number) for each, row in read)
        records = [record for each in outcomes if isinstance(each, Item) for record in each.records]
        faults = [each for each in outcomes if isinstance(each, Fault)]
        faults += [*_damaged(sheet), *_contradictions(outcomes, [row.number for row in rows])]
        faults.sort(key=lambda fault: int(fault.where.split()[1]))
        return Preview(file, _by_kind(records), self._unknown(records), tuple(faults), outcomes, wire)

    def keep(self, preview: Preview, actors: Sequence[str]) -> Kept:
        """Keep what a preview showed; the same sheet again changes nothing.

        Raises:
            CallError: Nobody is named, or the sheet has lines that cannot be read.
        """
        acting = self._operators.named(actors)
        if not acting or preview.faults:
            raise CallError(
                Words(
                    "an opening import needs who does it (--by NAME) and a file without faults",
                    "导入初始数据须注明操作人（--by 姓名），且文件无错误",
                )
            )
        origin = Origin(OPENING, self._directory.roster, "each", opening=True)
        prepared = self._preparer.prepare(preview.transmission, preview.outcomes, origin, self._mapping)

        def unit(tx: Tx) -> Kept:
            (kept,) = self._keeper.keep((prepared,), tx)
            by, counts = acting.member(tx), dict(kept.counts)
            tx.log("import", connector=OPENING, transmission=kept.id, actor=by, counts=counts)
            return kept

        kept = self._writer.call(unit)
        self._keeper.committed(prepared)
        return kept

    def _checked(self, outcome: Outcome, row: _Row) -> Outcome:
        """The outcome; a fault for a kind that there is not, and for a name from which nothing would ever follow."""
        if isinstance(outcome, Item):
            return next((fault for record in outcome.records if (fault := self._named(record))), outcome)
        if isinstance(outcome, Fault) and outcome.code == "schema.form":
            near = meant(row.kind, _KINDS.values())
            expected = Words(f"credential, hours or access{near}", f"credential、hours 或 access{near.zh}")
            return Fault("table.unknown", "line 0 kind", shown(row.kind), expected)
        return outcome

    def _named(self, record: Record) -> Fault | None:
        known = self._known
        if isinstance(record, CredentialStatus):
            if record.credential not in known.credentials:
                return _nobody_has(record.credential, _CREDENTIAL, known.credentials)
            if not record.number and record.credential not in known.own:  # could never be taken away
                return Fault("schema.missing", "line 0 number", _NO_NUMBER, _NUMBER)
        if isinstance(record, PresentAccess) and record.topic not in known.targets:
            return _nobody_has(record.topic, _TARGET, known.targets)
        return None

    def _unknown(self, records: Sequence[Record]) -> tuple[str, ...]:
        named = {each.subject for each in records}
        return tuple(sorted(each for each in named if self._directory.person_by_number(each) is None))


def _plain(line: str, number: int, sheet: Sheet) -> _Row:
    """A row with its kind by the name that the mapping knows."""
    cells, place = cells_in(line), sheet.names.index("kind")
    if place >= len(cells):
        return _Row(line, number, "")
    told = "".join(unicodedata.normalize("NFKC", cells[place]).split()).lower()
    kind = _KINDS.get(told, told)
    return _Row(line_of([*cells[:place], kind, *cells[place + 1 :]]), number, kind)


def _at(outcome: Outcome, number: int) -> Outcome:
    """The outcome with the line of the file as its place."""
    if isinstance(outcome, Fault):
        return replace(outcome, where=_LINE.sub(f"line {number}", outcome.where))
    return outcome


def _nobody_has(name: str, expected: Words, known: Collection[str]) -> Fault:
    near = meant(name, known)
    return Fault("ref.unknown-name", "line 0 what", shown(name), Words(f"{expected}{near}", f"{expected.zh}{near.zh}"))


def _damaged(sheet: Sheet) -> Iterator[Fault]:
    for line, number in sheet.lines:
        if isinstance(line, bytes):
            yield Fault("encoding.invalid", f"line {number}", _NO_TEXT, _TEXT)


def _contradictions(outcomes: Sequence[Outcome], numbers: Sequence[int]) -> Iterator[Fault]:
    """Rows that say different things of one balance of one person: nobody knows which of them holds."""
    said: dict[tuple[object, ...], list[tuple[int, Record]]] = {}
    for outcome, number in zip(outcomes, numbers, strict=True):
        for record in outcome.records if isinstance(outcome, Item) else ():
            about = (record.KIND, record.subject, record.topic, getattr(record, "number", ""))
            said.setdefault(about, []).append((number, record))
    for (kind, *_of), told in said.items():
        at, records = [number for number, _record in told], [record for _number, record in told]
        if any(record != records[0] for record in records):
            lines = ", ".join(map(str, at))
            for number in at:
                found = Words(f"lines {lines} that differ about one {kind}", f"第 {lines} 行对同一 {kind} 的内容不一致")
                yield Fault("meaning.contradiction", f"line {number}", found, _ONE)


def _by_kind(records: Sequence[Record]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.KIND] = kinds.get(record.KIND, 0) + 1
    return kinds
