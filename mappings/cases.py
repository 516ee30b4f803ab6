"""Golden cases of a mapping: a body as it comes, and what must become of it. They travel with the document.

A case is a JSON file in ``<world>/<name>.cases/``, of the form ``CaseFile``.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mappings.finding import LintFinding, WrongFile
from mappings.model_findings import read_model
from mappings.places import Lines, pointer
from mappings.records import WORLDS, record_class
from schemas.errors import CODES
from schemas.faults import faults_of
from schemas.nearest import did_you_mean
from schemas.record import Record
from schemas.transmission import Fault, Ignored, Outcome, Transmission
from schemas.words import Words

_ARRIVAL = datetime(2026, 3, 2, tzinfo=UTC)
_SEE = Words("see case.schema.json", "见 case.schema.json")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedOutcome(_Strict):
    """What must become of one item: ``key`` and ``records``, or ``ignored``, or ``fault`` and ``where``.

    All four, where a part of it is left out.
    """

    key: str | None = None
    records: tuple[dict[str, Any], ...] | None = Field(
        default=None, description="Each with `record` (world and class) and its fields; defaults may be left out."
    )
    ignored: str | None = None
    fault: str | None = Field(default=None, description="The code.")
    where: str | None = None

    @model_validator(mode="after")
    def _one_fate(self) -> Self:
        given = tuple(
            name for name in ("key", "records", "ignored", "fault", "where") if getattr(self, name) is not None
        )
        whole = ("key", "records", "fault", "where")
        if given not in (("key", "records"), ("ignored",), ("fault", "where"), whole):
            raise ValueError(
                Words(
                    "key and records, or ignored, or fault and where", "key 与 records，或 ignored，或 fault 与 where"
                )
            )
        return self


class CaseFile(_Strict):
    """One golden case: a transmission, and one outcome for each of its items."""

    schema_: str = Field(default="", alias="$schema")
    note: str = ""
    form: str = ""
    media_type: str
    context: dict[str, str] = Field(default_factory=dict)
    received_at: Annotated[AwareDatetime, Field(description="Arrival; the second of March 2026 if not said.")] = (
        _ARRIVAL
    )
    encoding: Literal["utf-8", "utf-8-sig", "gbk", "gb18030"] = "utf-8"
    body: str | None = Field(default=None, description="The body as text; its bytes are in `encoding`.")
    body_base64: str | None = Field(default=None, description="The bytes themselves, where they are no text.")
    outcomes: tuple[ExpectedOutcome, ...]

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.body is None) == (self.body_base64 is None):
            raise ValueError(Words("exactly one of body, body_base64", "body 与 body_base64 恰填其一"))
        return self

    def bytes(self) -> bytes:
        """The body as it comes."""
        if self.body is None:
            return base64.b64decode(self.body_base64 or "", validate=True)
        return self.body.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case: ``mapping.read(transmission)``, written, equals ``outcomes``."""

    mapping: str
    name: str
    transmission: Transmission
    outcomes: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.mapping}/{self.name}"


def case_schema() -> dict[str, Any]:
    """The JSON Schema of golden cases, kept as ``mappings/case.schema.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **CaseFile.model_json_schema(by_alias=True)}


def cases(mapping: str, folder: Path) -> list[Case]:
    """The cases beside ``folder/<mapping>.json``, by name.

    Raises:
        WrongFile: A case says something that no outcome can be.
    """
    return [read_case(mapping, path) for path in sorted((folder / f"{mapping}.cases").glob("*.json"))]


def read_case(mapping: str, path: Path) -> Case:
    """The case of one file.

    Raises:
        WrongFile: It says something that no outcome can be: every mistyped name and value.
    """
    given, lines = read_model(CaseFile, str(path), path.read_bytes(), _SEE)
    wrong: list[LintFinding] = []
    outcomes = [_outcome(each, f"/outcomes/{n}", str(path), lines, wrong) for n, each in enumerate(given.outcomes)]
    try:
        body = given.bytes()
    except ValueError as error:
        wrong.append(_finding(str(path), lines, "/body_base64", str(error), "base64"))
    if wrong:
        raise WrongFile(wrong)
    transmission = Transmission(
        connector="case",
        received_at=given.received_at.astimezone(UTC),
        media_type=given.media_type,
        body=body,
        form=given.form,
        context=given.context,
    )
    return Case(mapping, path.stem, transmission, outcomes)


def _outcome(given: ExpectedOutcome, at: str, file: str, lines: Lines, wrong: list[LintFinding]) -> dict[str, Any]:
    if given.fault is not None and given.fault not in CODES:
        mend = did_you_mean(given.fault, CODES)
        wrong.append(
            _finding(
                file,
                lines,
                f"{at}/fault",
                repr(given.fault),
                Words("a code of docs/errors.md", "docs/errors.md 中的代码"),
                mend,
            )
        )
    if given.records is None:
        return given.model_dump(exclude_none=True)
    records = []
    for n, record in enumerate(given.records):
        try:
            records.append(written_record(_record(record)))
        except _Mistyped as bad:
            wrong.append(_finding(file, lines, f"{at}/records/{n}{bad.at}", bad.found, bad.expected, bad.mend))
    return {**given.model_dump(exclude_none=True), "records": records}


def _finding(file: str, lines: Lines, at: str, found: str, expected: str, mend: str = "") -> LintFinding:
    return LintFinding(file, at, found, expected, mend or _SEE, *lines.of(at))


class _Mistyped(Exception):
    """What a case says of a record can be true of none."""

    def __init__(self, at: str, found: str, expected: str, mend: str) -> None:
        super().__init__(at)
        self.at, self.found, self.expected, self.mend = at, found, expected, mend


def _record(given: Mapping[str, Any]) -> Record:
    name = given.get("record")
    model = record_class(name) if isinstance(name, str) else None
    if model is None:
        worlds, listed = ", ".join(WORLDS), "、".join(WORLDS)
        wanted = Words(f"a record of {worlds}", f"{listed} 中的记录")
        raise _Mistyped("/record", repr(name), wanted, Words("see schemas/json/", "见 schemas/json/"))
    values = {field: value for field, value in given.items() if field != "record"}
    try:
        return model.model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        fault = faults_of(error)[0]
        near = did_you_mean(fault.at[-1], model.model_fields) if fault.code == "schema.unknown-field" else ""
        raise _Mistyped(
            pointer(*fault.at),
            fault.found,
            fault.expected,
            near or Words(f"see {model.__name__}", f"见 {model.__name__}"),
        ) from error


def written(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as plain JSON values, for case files and previews. The raw bytes of a fault stay out."""
    return [_written(each) for each in outcomes]


def _written(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Ignored):
        return {"ignored": outcome.reason}
    if isinstance(outcome, Fault):
        return {"fault": outcome.code, "where": outcome.where}
    taken = {"key": outcome.key, "records": [written_record(each) for each in outcome.records]}
    odd = outcome.left_out
    return taken if odd is None else {**taken, "fault": odd.code, "where": odd.where}


def written_record(record: Record) -> dict[str, Any]:
    """A record as plain JSON values, without what is its default."""
    world = type(record).__module__.rpartition(".")[2]
    values: dict[str, Any] = json.loads(record.model_dump_json(exclude_defaults=True))
    return {"record": f"{world}.{type(record).__name__}", **values}


def differences(expected: Any, found: Any, at: str = "/outcomes") -> Iterator[tuple[str, Any, Any]]:
    """Where two plain values differ, and what stands there in each; ``None`` for nothing."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(each for each in found if each not in expected)]:
            yield from differences(expected.get(name), found.get(name), at + pointer(name))
    elif isinstance(expected, list) and isinstance(found, list):
        for n in range(max(len(expected), len(found))):
            mine, theirs = (each[n] if n < len(each) else None for each in (expected, found))
            yield from differences(mine, theirs, f"{at}/{n}")
    elif expected != found:
        yield at, expected, found


def shipped(folder: Path) -> list[str]:
    """The names of all documents in a folder: ``<world>/<name>``."""
    return sorted(f"{path.parent.name}/{path.stem}" for world in WORLDS for path in (folder / world).glob("*.json"))
