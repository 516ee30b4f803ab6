"""What one process of a hub does: all of it, or a part beside other processes on one PostgreSQL store."""

from collections.abc import Collection, Mapping

from schemas.errors import CallError
from schemas.words import Words

DECIDER, FRONT = "decider", "front"
PORTS: Mapping[str, frozenset[str]] = {
    "deliverer": frozenset({"door", "messenger", "partner", "registrar"}),
    "poller": frozenset({"poll"}),
}
"""The ports that a role calls."""
ROLES = (DECIDER, FRONT, *PORTS)


def ports_of(roles: Collection[str]) -> frozenset[str]:
    """The ports that roles call."""
    return frozenset(port for role in roles for port in PORTS.get(role, ()))


def ports_beside(roles: Collection[str]) -> frozenset[str]:
    """The ports that processes of other roles call."""
    return ports_of(ROLES) - ports_of(roles)


def require_server(roles: Collection[str], *, embedded: bool) -> None:
    """Return if a store can have a process of these roles alone.

    Raises:
        CallError: It is embedded, and is of one process.
    """
    if embedded and set(ROLES) - set(roles):
        named = ", ".join(sorted(roles))
        raise CallError(
            Words(
                f"--roles {named}: an SQLite store is of one process with all roles; set store.url to PostgreSQL",
                f"--roles {named}：SQLite 存储只能由一个承担全部角色的进程使用；请将 store.url 设为 PostgreSQL 存储",
            )
        )
