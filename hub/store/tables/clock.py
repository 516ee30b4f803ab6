"""Whether the machine's clock is believed: what the hub and the commands beside it know of it."""

from typing import NamedTuple

from hub.store.columns import Table, instant, number, small
from hub.store.statement import Query, RowChange, Statement

CLOCK = Table(
    "clock",
    small("one", key=True),
    instant("held_since"),
    number("ahead_us"),
    small("believed", default="0"),
)
"""One row while the machine's clock is not believed: since when, how far it is ahead of the calendar (below zero:
behind), and whether a person has said that it is right, which the hub has yet to hear."""


class HeldRow(NamedTuple):
    """How the machine's clock stood last."""

    held_since: int
    ahead_us: int
    believed: int


# How the machine's clock stands; no row while it is believed.
held = Query(HeldRow, "SELECT held_since, ahead_us, believed FROM clock")

# Keep that the machine's clock is not believed; another leap takes a person's word back.
hold = Statement("""
    INSERT INTO clock (one, held_since, ahead_us, believed) VALUES (1, :at, :ahead, 0)
    ON CONFLICT (one) DO UPDATE SET ahead_us = excluded.ahead_us, believed = 0
""")

# A person says that the machine's clock is right.
believe = RowChange("UPDATE clock SET believed = 1")

# The machine's clock is believed again.
let_go = Statement("DELETE FROM clock")
