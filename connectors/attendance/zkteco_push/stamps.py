"""The stamp up to which a terminal has handed over its log, as it says itself; a hint, remembered now and then."""

import re
from datetime import datetime, timedelta

from connectors.attendance.zkteco_push.memory import Memory

_STAMP = re.compile(r"[1-9][0-9]{0,11}")
_NO_RESEND = "9999"
"""What other servers say so that nothing is sent again; a terminal that echoes it says nothing about its log."""
_EVERY = timedelta(hours=1)


def stamped(memory: Memory, stamp: str, now: datetime) -> Memory:
    """The memory with the stamp of an upload. An hour may be sent again, which is known then."""
    if stamp == _NO_RESEND or not _STAMP.fullmatch(stamp):
        return memory
    known = memory.get("stamp")
    if known is not None and (known["value"] == stamp or now - datetime.fromisoformat(known["at"]) < _EVERY):
        return memory
    return {**memory, "stamp": {"value": stamp, "at": now.isoformat()}}
