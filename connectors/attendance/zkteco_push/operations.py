"""What a terminal says was done to itself: its clock set, its records deleted. A person must hear of it."""

from collections.abc import Mapping

from connectors.attendance.zkteco_push.memory import Memory
from schemas.words import Words

_TOLD = {
    "13": Words("data cleared", "数据已清空"),
    "21": Words("clock set", "时钟被改动"),
    "22": Words("factory reset", "恢复出厂设置"),
    "23": Words("records deleted", "记录被删除"),
    "105": Words("data cleared by a program", "数据被程序清空"),
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
            change = {"code": code, "at": at, "what": str(_TOLD.get(code, ""))}
            if change["what"] and change not in known and change not in found:
                found.append(change)
    return {**memory, "log_changed": [*known, *found][-_MAX_CHANGES:]} if found else memory


def told_of(change: Mapping[str, str]) -> Words:
    """An operation that the memory holds, for people: what was done, and when by the terminal's own clock."""
    what, at = _TOLD.get(change["code"], Words(change["what"], change["what"])), change["at"]
    return Words(f"{what} at {at}", f"{at} {what.zh}")
