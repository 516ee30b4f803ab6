"""What issuers themselves told of the renewal of a person's credentials: quoted, judged by nobody.

It is read from what was kept: whoever writes to people never waits for an issuer, and who was not told lately quotes
what was told last, with its day.
"""

from collections.abc import Iterator
from datetime import datetime

from hub.clock import from_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow
from hub.store.tables.register import demands_of
from schemas.credential import RenewalDemand
from schemas.renewal import ToldDemand


def demands_told(
    person: str, credential: str, at: datetime, store: Connection, known_by: int = OPEN
) -> tuple[ToldDemand, ...]:
    """What holds at an instant of the demands for a credential, as its issuers call it, then what is announced."""
    rows = store.all(demands_of, {"person": person, "credential": credential, "known_by": known_by})
    told = sorted(_told(that_hold(rows), at), key=lambda each: (each.demand.effective_at, each.said_at))
    holding = [each for each in told if not each.ahead][-1:]
    return tuple(each for each in (*holding, *(each for each in told if each.ahead)) if not each.demand.is_empty)


def _told(rows: list[FactRow], at: datetime) -> Iterator[ToldDemand]:
    for row in rows:
        demand = fact_of(row, RenewalDemand).record
        assert isinstance(demand, RenewalDemand)
        said_at = from_us(row.arrived_at if row.said_at is None else min(row.said_at, row.arrived_at))
        yield ToldDemand(said_at, demand.effective_at > at, demand)
