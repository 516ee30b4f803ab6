"""What is kept of one terminal between requests: plain JSON values, never changed in place.

``dialect`` with its ``rank``; ``options`` it stated; ``registry`` code; ``keyed`` once it showed its key; ``address``
and ``caller`` of the first request; ``known_since``; ``served_since``; ``queried_at``; ``gap`` (``completeness``);
``clock`` (``clock``); ``stamp``; ``log_changed``, a list of ``{code, at, what}`` in the terminal's own time.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Memory = Mapping[str, Any]

_FACTS = frozenset(
    {
        "pushver",
        "DeviceType",
        "language",
        "DeviceName",
        "FirmVer",
        "FWVersion",
        "PushVersion",
        "LockCount",
        "ReaderCount",
        "MaxAttLogCount",
        "MaxUserCount",
        "UserCount",
        "TransactionCount",
        "FaceCount",
        "FPCount",
    }
)
"""Of all that a terminal says about itself only this is kept: the rest may hold passwords."""


def without(memory: Memory, *names: str) -> Memory:
    """The memory without these members; the same object where it has none of them."""
    if not any(name in memory for name in names):
        return memory
    return {key: value for key, value in memory.items() if key not in names}


def with_facts(memory: Memory, pairs: Iterable[tuple[str, str]]) -> Memory:
    """The memory with what a terminal states about itself."""
    known = memory.get("options", {})
    told = {name.lstrip("~"): value[:64] for name, value in pairs if name.lstrip("~") in _FACTS}
    return memory if told.items() <= known.items() else {**memory, "options": {**known, **told}}


def pairs(body: bytes, separator: bytes) -> Iterator[tuple[str, str]]:
    """The ``name=value`` parts of a body."""
    for each in body.replace(b"\r", separator).replace(b"\n", separator).split(separator):
        name, equals, value = each.decode("utf-8", "replace").strip().partition("=")
        if equals:
            yield name, value.strip()
