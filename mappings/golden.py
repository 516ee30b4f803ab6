"""Runs the golden cases beside a document: what came out otherwise than they say, and what they mistyped."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mappings import MappingDocument
from mappings.cases import differences, read_case, written
from mappings.finding import LintFinding, WrongFile
from schemas.words import Words


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an outcome is otherwise than its case says; both as JSON, empty for nothing."""

    at: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case of a document, run. Without ``case`` it tells of the document: it is wrong, or has no case at all."""

    mapping: str
    case: str
    differences: tuple[Difference, ...] = ()
    findings: tuple[LintFinding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there was a case, and all came out as it says."""
        return bool(self.case) and not self.differences and not self.findings

    def json(self) -> dict[str, Any]:
        """The run as plain JSON values."""
        return {**asdict(self), "passed": self.passed}


def run_cases(name: str, path: Path) -> Iterator[CaseRun]:
    """The runs of all cases beside the document of a file; of a document that cannot be used, or has none, that."""
    try:
        document = MappingDocument.read_from(name, path)
    except WrongFile as error:
        yield CaseRun(name, "", findings=error.findings)
        return
    files = sorted(path.with_suffix(".cases").glob("*.json"))
    if not files:
        yield CaseRun(name, "")
    yield from (run_case(document, file) for file in files)


def cases_wrong(name: str, path: Path) -> Iterator[LintFinding]:
    """What is wrong with the cases beside a sound document: what they mistype, and what came out otherwise."""
    mend = Words(
        "correct the document; or the case, if what came out is what is meant", "更正文档；读取结果无误的，更正用例"
    )
    for run in run_cases(name, path):
        file = str(path.with_suffix(".cases") / f"{run.case}.json")
        yield from run.findings
        for each in run.differences:
            found, expected = (text or Words("nothing", "无") for text in (each.found, each.expected))
            yield LintFinding(file, f"/outcomes{each.at}", found, expected, mend)


def run_case(document: MappingDocument, file: Path) -> CaseRun:
    """The run of the case in a file by a document."""
    try:
        case = read_case(document.name, file)
    except WrongFile as error:
        return CaseRun(document.name, file.stem, findings=error.findings)
    differ = differences(case.outcomes, written(document.read(case.transmission)))
    return CaseRun(document.name, file.stem, tuple(Difference(at, _json(a), _json(b)) for at, a, b in differ))


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
