"""Numbers and hashes entries: the one function that gives an entry its place in the tree."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit_log.merkle import HASH_BYTES, append, edge_root, leaf_hash


@dataclass(frozen=True, slots=True)
class Head:
    """A log up to a point: its size and the right edge of its tree, hashes joined, the largest subtree first."""

    size: int = 0
    frontier: bytes = b""

    def edge(self) -> list[bytes]:
        """The hashes of the right edge."""
        return [self.frontier[at : at + HASH_BYTES] for at in range(0, len(self.frontier), HASH_BYTES)]

    def root(self) -> bytes:
        """The root of the tree."""
        return edge_root(self.edge())


def number(entries: Sequence[bytes], head: Head) -> tuple[list[tuple[int, bytes]], Head]:
    """Place and leaf hash of each entry after ``head``, and the head that they make."""
    leaves = [leaf_hash(each) for each in entries]
    return list(enumerate(leaves, head.size)), grow(leaves, head)


def grow(leaves: Sequence[bytes], head: Head) -> Head:
    """The head after these leaf hashes."""
    edge = head.edge()
    for size, leaf in enumerate(leaves, head.size):
        append(size, edge, leaf)
    return Head(head.size + len(leaves), b"".join(edge))
