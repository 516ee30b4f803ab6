"""Golden cases of a mapping: a body as it comes, and what must become of it. They travel with the document.

A case is a JSON file in ``<world>/<name>.cases/``: ``form``, ``media_type``, ``context``, ``body`` (text, written in
``encoding``) and ``outcomes`` as ``written`` gives them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mappings.reading import WORLDS
from schemas.reading import read_json
from schemas.record import Record
from schemas.transmission import Fault, Ignored, Outcome, Transmission

_ARRIVAL = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case: ``mapping.read(transmission)``, written, equals ``outcomes``."""

    mapping: str
    name: str
    transmission: Transmission
    outcomes: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.mapping}/{self.name}"


def cases(mapping: str, folder: Path) -> list[Case]:
    """The cases beside ``folder/<mapping>.json``, by name; their bodies arrive at one fixed instant.

    Raises:
        PayloadError: A case file is not JSON.
        KeyError: It lacks a part.
    """
    return [_case(mapping, path) for path in sorted((folder / f"{mapping}.cases").glob("*.json"))]


def _case(mapping: str, path: Path) -> Case:
    given = read_json(path.read_bytes())
    transmission = Transmission(
        connector="case",
        received_at=_ARRIVAL,
        media_type=given["media_type"],
        body=given["body"].encode(given.get("encoding", "utf-8")),
        form=given["form"],
        context=given["context"],
    )
    return Case(mapping, path.stem, transmission, given["outcomes"])


def written(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as plain JSON values, for case files and previews. The raw bytes of a fault stay out."""
    return [_written(each) for each in outcomes]


def _written(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Ignored):
        return {"ignored": outcome.reason}
    if isinstance(outcome, Fault):
        return {"fault": outcome.code, "where": outcome.where}
    return {"key": outcome.key, "records": [_record(each) for each in outcome.records]}


def _record(record: Record) -> dict[str, Any]:
    world = type(record).__module__.rpartition(".")[2]
    values: dict[str, Any] = json.loads(record.model_dump_json(exclude_defaults=True))
    return {"record": f"{world}.{type(record).__name__}", **values}


def shipped(folder: Path) -> list[str]:
    """The names of all documents in a folder: ``<world>/<name>``."""
    return sorted(f"{path.parent.name}/{path.stem}" for world in WORLDS for path in (folder / world).glob("*.json"))
