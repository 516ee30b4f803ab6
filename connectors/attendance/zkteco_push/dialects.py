"""How a terminal speaks, by evidence of a rank: the operator's word, its announcement, its results, one upload.

What ranks lower never takes the place of what ranks higher: an odd or forged upload is read in its own form and flips
nothing.
"""

from enum import IntEnum

from connectors.attendance.zkteco_push.memory import Memory, without
from connectors.port import Request

BRIDGE = b"TABLE=ATTLOG"
"""How the uploads of a bridge begin."""
_AGENT = "zkteco-lan-agent"
_WRONG_FORM = {("att2", "-629"): "acc3", ("acc3", "-1004"): "att2"}


class Rank(IntEnum):
    """How much evidence about a dialect weighs."""

    SHAPE = 1
    RESULT = 2
    ANNOUNCED = 3


def with_dialect(memory: Memory, dialect: str, rank: Rank) -> Memory:
    """The memory with evidence about the dialect taken in. Of two shapes the first holds."""
    known = memory.get("rank", 0)
    if rank < known or (memory.get("dialect") == dialect and rank == known) or (rank == known == Rank.SHAPE):
        return memory
    if memory.get("dialect") == dialect:
        return {**memory, "rank": int(rank)}
    return {**without(memory, "queried_at"), "dialect": dialect, "rank": int(rank)}


def announced(request: Request) -> str:
    """The dialect a handshake claims. What says 2.x behaves as 2.x, whatever its menu shows; a type that nobody knows
    is a dialect of its own, and read as none of ours."""
    if is_bridge(request):
        return "lan-agent"
    version, kind = request.query.get("pushver", ""), request.query.get("DeviceType", "").lower()
    if kind == "pid":
        return "pid"
    if kind not in ("", "att", "acc"):
        return f"type:{kind[:16]}"
    if version.startswith("2"):
        return "att2"
    if version:
        return "att2" if kind == "att" else "acc3"
    return "acc3" if kind == "acc" else "legacy"


def is_bridge(request: Request) -> bool:
    """Whether a program calls that reads terminals and pushes for them."""
    return request.headers.get("user-agent", "").startswith(_AGENT)


def guessed(request: Request, called: str) -> str:
    """The dialect of a caller that announced nothing, by its first request; empty where that shows none."""
    if is_bridge(request) or shows_bridge(request.body):
        return "lan-agent"
    if called in ("registry", "push") or request.query.get("table", "").lower() in ("rtlog", "tabledata", "rtstate"):
        return "acc3"
    return ""


def shows_bridge(body: bytes) -> bool:
    """Whether an upload begins like one of a bridge."""
    return body[: len(BRIDGE)].upper() == BRIDGE


def shape(body: bytes, table: str, known: str) -> str:
    """The dialect in which one upload is written."""
    if table != "ATTLOG":
        return "acc3"
    if shows_bridge(body):
        return "lan-agent"
    return "att2" if known in ("", "acc3", "lan-agent") else known


def corrected(dialect: str, result: str) -> str | None:
    """The dialect of a terminal that answers a command so, if that says that it was asked in the wrong one."""
    return _WRONG_FORM.get((dialect, result))
