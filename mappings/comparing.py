"""What two documents do differently: their rules, and the records that they give on golden cases."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mappings import MappingDocument
from mappings.cases import differences, read_case, written
from schemas.transmission import Transmission

_SAID_FOR_PEOPLE = {"schema_", "version", "note"}


@dataclass(frozen=True, slots=True)
class Change:
    """One place where they differ: both values as JSON, empty for nothing."""

    at: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A golden case of which they make other outcomes."""

    case: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents: where their rules differ, and the cases of which they make something else."""

    rules: tuple[Change, ...]
    cases: tuple[CaseChange, ...]
    looked_at: int


def compare(before: MappingDocument, after: MappingDocument, files: Sequence[Path]) -> Comparison:
    """How two documents differ, in their canonical forms and on golden cases.

    Raises:
        WrongFile: A case says something that no outcome can be.
    """
    known = [read_case(before.name, file) for file in files]
    changed = [
        CaseChange(str(case), changes) for case in known if (changes := differing(before, after, case.transmission))
    ]
    return Comparison(_changes(_canonical(before), _canonical(after), ""), tuple(changed), len(known))


def _canonical(document: MappingDocument) -> Any:
    """The rules alone: without notes and without what is the default."""
    rules = document.document.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_SAID_FOR_PEOPLE)
    for form in rules["forms"].values():
        form.pop("note", None)
    return rules


def differing(before: MappingDocument, after: MappingDocument, transmission: Transmission) -> tuple[Change, ...]:
    """Where the outcomes that two documents give of one transmission differ."""
    mine, theirs = (written(each.read(transmission)) for each in (before, after))
    return _changes(mine, theirs, "")


def _changes(mine: Any, theirs: Any, at: str) -> tuple[Change, ...]:
    return tuple(Change(where, _json(old), _json(new)) for where, old, new in differences(mine, theirs, at))


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
