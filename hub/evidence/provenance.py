"""From the id of a fact back to the transmission that brought it."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from hub.evidence.facts import known_by
from hub.store.statement import Connection
from hub.store.tables import facts, punches
from schemas.position import Provenance as KnownBy


class Provenance(NamedTuple):
    """What a fact says of what (``topic``: a terminal, course, session, credential), and what brought it.

    Instants are stored microseconds. ``connector`` is nothing where the transmission is gone, ``body`` but of a
    credential.
    """

    fact: str
    kind: str
    topic: str
    at: int
    arrived_at: int
    transmission: str
    connector: str | None
    body: str | None = None

    @property
    def known_by(self) -> KnownBy | None:
        """How well it is known, of a credential."""
        try:
            return known_by(self.kind, self.connector, self.body)
        except ValidationError:  # it cannot be read, of which there is an alarm; where it came from can be said
            return None


def provenance(person: str, ids: Iterable[str], session: Connection) -> list[Provenance]:
    """Where facts of a person came from, in the order of what they speak of; an id that leads nowhere is left out."""
    asked = set(ids)
    punched = {each for each in asked if is_punch(each)}
    facts = [*_of_facts(asked - punched, session), *_of_punches(person, punched, session)]
    return sorted(facts, key=_order)


def provenance_of_facts(ids: Sequence[Collection[str]], session: Connection) -> list[list[Provenance]]:
    """The same for the facts of many, none of them a punch; one question for all."""
    found = {each.fact: each for each in _of_facts(set().union(*ids), session)}
    return [sorted((found[id] for id in of_one if id in found), key=_order) for of_one in ids]


def _order(each: Provenance) -> tuple[int, str, str, str]:
    return each.at, each.kind, each.topic, each.transmission


def _of_facts(ids: Iterable[str], session: Connection) -> Iterable[Provenance]:
    numbers = sorted(int(each) for each in ids if each.isdecimal())
    rows = session.all(facts.provenance_of_facts, {"ids": orjson.dumps(numbers).decode()}) if numbers else ()
    return map(_of_fact, rows)


def _of_fact(row: facts.FactProvenance) -> Provenance:
    return Provenance(
        str(row.id), row.kind, row.topic, row.at, row.arrived_at, row.transmission, row.connector, row.body
    )


def _of_punches(person: str, ids: set[str], session: Connection) -> Iterable[Provenance]:
    slices = sorted({int(each.partition(".")[0]) for each in ids})
    asked = {"person": person, "slices": orjson.dumps(slices).decode()}
    for row in session.all(punches.provenance_of_punches, asked) if slices else ():
        id = punch_id(row.slice, row.key)
        if id in ids:
            yield Provenance(id, "punch", row.device, row.at, row.arrived_at, row.transmission, row.connector)


def is_punch(fact: str) -> bool:
    """Whether a fact is a punch, by its id."""
    return "." in fact


def punch_id(slice: int, key: bytes) -> str:
    """The id of a punch: it has no row number."""
    return f"{slice}.{key.hex()}"
