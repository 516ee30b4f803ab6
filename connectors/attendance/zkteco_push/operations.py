"""What a terminal says was done to itself: its clock set, its records deleted. A person must hear of it."""

from connectors.attendance.zkteco_push.memory import Memory

_TOLD = {
    "13": "data cleared",
    "21": "clock set",
    "22": "factory reset",
    "23": "records deleted",
    "105": "data cleared by a program",
}
_MAX_CHANGES = 20


def with_changes(memory: Memory, body: bytes) -> Memory:
    """The memory with the operations that changed a clock or a log; the same object where there are no new ones."""
    known = memory.get("log_changed", [])
    found = []
    for line in body.splitlines():
        if line.startswith(b"OPLOG "):
            code, _, rest = line[6:].decode("latin-1").partition("\t")
            at = rest.partition("\t")[2].partition("\t")[0][:32]
            change = {"code": code, "at": at, "what": _TOLD.get(code, "")}
            if change["what"] and change not in known and change not in found:
                found.append(change)
    return {**memory, "log_changed": [*known, *found][-_MAX_CHANGES:]} if found else memory
