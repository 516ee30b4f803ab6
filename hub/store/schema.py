"""Every table of the hub, for migrations. Nothing here names a person in clear.

Names and identifiers stand sealed in ``subjects`` alone; every other row uses the random token of a subject
(an identifier in a source) or of a person. Raw bodies are sealed under a weekly bucket key.
"""

from hub.store.columns import metadata
from hub.store.tables import (
    access,
    alarms,
    cases,
    certificates,
    clock,
    commands,
    connectors,
    doors,
    facts,
    guarded,
    hub,
    identity,
    intake,
    issues,
    jobs,
    keys,
    log,
    notices,
    overrides,
    packages,
    punches,
    receipts,
    registrations,
    review,
    withdrawals,
)

__all__ = [
    "access",
    "alarms",
    "cases",
    "certificates",
    "clock",
    "commands",
    "connectors",
    "doors",
    "facts",
    "guarded",
    "hub",
    "identity",
    "intake",
    "issues",
    "jobs",
    "keys",
    "log",
    "metadata",
    "notices",
    "overrides",
    "packages",
    "punches",
    "receipts",
    "registrations",
    "review",
    "withdrawals",
]
