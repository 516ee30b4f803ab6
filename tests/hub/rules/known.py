"""Records as they are known: the same record is the same fact, however often it came."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeVar

from hub.rules.dossier import Dossier, Fact
from schemas.record import Record

R = TypeVar("R", bound=Record)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def known(record: R) -> Fact[R]:
    """The fact of a record; its id follows from the content."""
    digest = sha256(f"{record.KIND}{record.model_dump_json()}".encode()).hexdigest()
    return Fact(f"{record.KIND}-{digest[:12]}", "source", LONG_AGO, LONG_AGO, record)


def of_records(dossier: Dossier) -> Dossier:
    """A dossier that a test wrote down as bare records, with each of them as a fact."""
    return replace(
        dossier,
        assignments=tuple(map(known, dossier.assignments)),
        leaves=tuple(map(known, dossier.leaves)),
        credentials=tuple(map(known, dossier.credentials)),
        results=tuple(map(known, dossier.results)),
    )
