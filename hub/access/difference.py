"""What is not as it must be at a door: which target of whom, what was seen, and what that is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Difference:
    """One target that is not as the standings want it. ``seen`` is what the sink shows now (or last showed).

    ``wanted`` is ``absent`` also where a target is open under an identifier that is the person's no more.
    """

    person: str
    sink: str
    target: str
    wanted: str
    seen: str
    mode: str
    state: str
    epoch: int
    by_hand: bool = False
    """Whether it was seen open under an id that is still theirs: another hand closed it."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What was seen: how many the target is open to, and the digest of who they are."""

    @property
    def kind(self) -> str:
        """What it is: under way, observed alone, open again, closed by another hand, or missing."""
        if self.mode != "enforce":
            return "observed"
        if self.state not in ("confirmed", "held"):
            return "under way"
        if self.seen == "present":
            return "open again"
        return "closed by hand" if self.by_hand or self.state == "held" else "missing"


class Strangers(NamedTuple):
    """To whom a target is open, by their ids there, that the hub never opened: it touches none of them."""

    sink: str
    target: str
    ids: tuple[str, ...]


class Compared(NamedTuple):
    """What a look at sinks found: differences, how many of them were drift, sinks that were away, and strangers."""

    differences: list[Difference]
    drifted: int
    away: Mapping[str, str]
    strangers: tuple[Strangers, ...] = ()


def seen_members(members: Collection[str]) -> Mapping[str, str]:
    """How many a target is open to, and the digest of who they are."""
    listed = "\n".join(sorted(members))
    return {"members": str(len(members)), "members_sha256": sha256(listed.encode()).hexdigest()}
