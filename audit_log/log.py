"""Temporary."""

from dataclasses import dataclass
import hashlib
from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Head:
    size: int
    frontier: bytes


def number(entries: Sequence[bytes], head: Head) -> tuple[list[tuple[int, bytes]], Head]:
    rows = []
    size = head.size
    stack = [head.frontier[i : i + 32] for i in range(0, len(head.frontier), 32)]
    for e in entries:
        leaf = hashlib.sha256(b"\0" + e).digest()
        rows.append((size, leaf))
        n = leaf
        s = size
        while s & 1:
            n = hashlib.sha256(b"\1" + stack.pop() + n).digest()
            s >>= 1
        stack.append(n)
        size += 1
    return rows, Head(size, b"".join(stack))
