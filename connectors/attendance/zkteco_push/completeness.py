"""How far a terminal is complete, proven for each: what it saw while nobody heard it may still lie in it.

A terminal that comes back asks for commands first and drains its log afterwards. After a silence, a refused upload, or
at its first request, a *gap* is open: its mark stays at the last contact before. It closes by proof: a question about
all of the time was answered with a number of rows, and so many came; or polls went on for the settle time without
another upload (and, of a terminal that can be asked, after an answer to such a question).

``gap``: ``since`` (empty: from the beginning), ``noted_at``, ``quiet_since``, ``answered`` once a question was,
``promised`` rows, ``rows`` that came since it was asked, and digests of the ``bodies`` that brought them.

A terminal that drains its log says much in a short time. ``quiet_since`` is therefore written ahead, and rows need not
be on the disk at once: a crash that forgets some leaves the gap open, until the question is asked again.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.attendance.zkteco_push.memory import Memory, without
from connectors.port import PeerState

QUERY = "DATA QUERY ATTLOG "
_WINDOW = re.compile(QUERY + r"StartTime=(?P<start>.{19})\tEndTime=(?P<end>.{19})")
_BODIES = 256
_AHEAD = timedelta(seconds=30)
"""After an upload it is not quiet for so long; another one within that time changes nothing."""
_COUNTS = ("rows", "bodies")
Local = Callable[[datetime], str]
"""An instant as the terminal writes it."""


def can_be_asked(dialect: str) -> bool:
    """Whether a terminal answers questions for its history."""
    return dialect == "att2"


def query(since: datetime, until: datetime, local: Local) -> str:
    """The command that asks a terminal for its punches of a time."""
    return f"{QUERY}StartTime={local(since)}\tEndTime={local(until)}"


def complete_until(memory: Memory, now: datetime) -> datetime | None:
    """Until when all punches have come: now, or the beginning of what may be missing; nothing if that is unknown."""
    gap = memory.get("gap")
    if gap is None:
        return now
    return datetime.fromisoformat(gap["since"]) if gap["since"] else None


def contacted(memory: Memory, state: PeerState, now: datetime, silence: timedelta) -> Memory:
    """The memory after an approved terminal called: with a gap where punches may be missing."""
    last = state.last_contact_at
    if "served_since" not in memory:
        return _opened({**memory, "served_since": now.isoformat()}, "", now)
    if state.refused_at is not None:
        since = state.refused_at if last is None else min(last, state.refused_at)
        return _opened(memory, since.isoformat(), now)
    if last is not None and now - last >= silence:
        return _opened(memory, last.isoformat(), now)
    return memory


def _opened(memory: Memory, since: str, now: datetime) -> Memory:
    """Punches since then may be missing; a question that is under way ends too early to answer for this time."""
    known = memory.get("gap")
    noted = now.isoformat()
    gap = {"since": min(since, known["since"]) if known else since, "noted_at": noted, "quiet_since": noted}
    return {**without(memory, "queried_at"), "gap": gap}


def asked(memory: Memory, now: datetime) -> Memory:
    """The memory after a question was handed over: what came before it is no part of its answer."""
    memory = {**memory, "queried_at": now.isoformat()}
    gap = memory.get("gap")
    if gap is None:
        return memory
    return {**memory, "gap": {name: gap[name] for name in ("since", "noted_at", "quiet_since")}}


def answered(memory: Memory, text: str, rows: int, now: datetime, local: Local) -> Memory:
    """The memory after a question was understood: ``rows`` were found, which need not have come."""
    gap = memory.get("gap")
    window = _WINDOW.fullmatch(text)
    if gap is None or window is None or not _covers(window, memory, local):
        return memory
    gap = {**gap, "answered": True, "promised": rows, "quiet_since": now.isoformat()}
    return _judged({**memory, "gap": gap})


def uploaded(memory: Memory, body: bytes, now: datetime, local: Local) -> Memory:
    """The memory after punches came: it is not quiet yet, and rows that were promised may be among them."""
    gap = memory.get("gap")
    if gap is None:
        return memory
    if datetime.fromisoformat(gap["quiet_since"]) <= now:
        gap = {**gap, "quiet_since": (now + _AHEAD).isoformat()}
        memory = {**memory, "gap": gap}
    if "queried_at" not in memory:  # nothing was promised, and to ask begins the count anew
        return memory
    seen, digest = gap.get("bodies", []), hashlib.blake2b(body, digest_size=6).hexdigest()
    if digest in seen:
        return memory
    rows = _rows_within(body, gap["since"] and local(datetime.fromisoformat(gap["since"])), local(now))
    gap = {**gap, "rows": gap.get("rows", 0) + rows, "bodies": [*seen, digest][-_BODIES:]}
    return _judged({**memory, "gap": gap})


def only_counted(before: Memory, after: Memory) -> bool:
    """Whether no more has changed than which rows came of an answer that is still not whole."""
    gap, known = after.get("gap"), before.get("gap")
    if gap is None or known is None or gap is known:
        return False
    return without(gap, *_COUNTS) == without(known, *_COUNTS) and without(after, "gap") == without(before, "gap")


def polled(memory: Memory, now: datetime, settle: timedelta, *, askable: bool) -> Memory:
    """The memory after a quiet poll: without the gap once it was quiet for the settle time."""
    gap = memory.get("gap")
    if gap is None or now - datetime.fromisoformat(gap["quiet_since"]) < settle:
        return memory
    if askable and not gap.get("answered"):
        return memory
    return memory if gap.get("rows", 0) < gap.get("promised", 0) else without(memory, "gap")


def _judged(memory: Memory) -> Memory:
    gap = memory["gap"]
    came = 0 < gap.get("promised", 0) <= gap.get("rows", 0)
    return without(memory, "gap") if came else memory


def _covers(window: re.Match[str], memory: Memory, local: Local) -> bool:
    """Whether a question was about all of the time in which punches may be missing, as far as it is known."""
    gap = memory["gap"]
    since = datetime.fromisoformat(gap["since"] or memory.get("known_since") or memory["served_since"])
    return window["start"] <= local(since) and local(datetime.fromisoformat(gap["noted_at"])) <= window["end"]


def _rows_within(body: bytes, start: str, end: str) -> int:
    """How many lines are dated so, in the one form that questions are written in."""
    found = 0
    for line in body.decode("latin-1").splitlines():
        at = line.partition("\t")[2][:19]
        found += len(at) == 19 and at[4] == "-" and start <= at <= end
    return found
