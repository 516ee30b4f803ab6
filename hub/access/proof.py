"""When a look at a target proves how it is: not before all that was written there, or may have been, can be seen."""

from typing import NamedTuple

from connectors.port import Capabilities
from hub.access.leases import us
from hub.store.tables.access import DesiredRow

ANSWER_SECONDS = 3600.0
"""How long a device that asks for its orders is given to answer, before it is told anew."""
UNREADABLE = "sink.no-read-back"
"""What is said of a door of which no look can tell how it stands."""
DOUBT_SECONDS = 4.0
"""A write whose answer was lost may still land: what it might have opened is seen closed twice, so far apart."""


class Proof(NamedTuple):
    """How far looks at one door prove something."""

    door: Capabilities
    doubt_s: float = DOUBT_SECONDS

    @property
    def once_more(self) -> float:
        """What was seen closed after a doubt is looked at again so much later: another writer may have put it back."""
        return 2 * self.doubt_s

    @property
    def readable(self) -> bool:
        """Whether it can be read back at all; without that nothing there is ever confirmed."""
        return self.door.read_back != "none"

    @property
    def lists(self) -> bool:
        """Whether it shows as a whole to whom a target is open; another shows one person, after a change."""
        return self.door.read_back == "exact"

    @property
    def settles(self) -> bool:
        """Whether a write needs its time until the last reader sees it."""
        return self.door.propagation_s > 0

    def seconds(self, row: DesiredRow) -> float:
        """How long after a write, or after a first look at what is in doubt, a look proves how the target is."""
        return max(self.door.propagation_s, self.doubt_s) if row.wanted == "absent" else self.door.propagation_s

    def missing(self, row: DesiredRow, now: int) -> float:
        """Seconds until a look proves how the target is, by the store's clock; 0 if it does now.

        A clock that was set back puts nothing off.
        """
        left = 0 if row.settles_at is None else row.settles_at - now
        longest = ANSWER_SECONDS if row.state == "sent" else self.seconds(row)
        return left / 1_000_000 if 0 < left <= us(longest) else 0.0

    def doubts(self, row: DesiredRow) -> bool:
        """Whether something of unknown outcome may still change the target: one look proves nothing then.

        What is still *sent* was so under a lease that has ended.
        """
        return row.state in ("unknown", "sent") and (row.wanted == "absent" or self.settles)

    def closes_unseen(self, row: DesiredRow) -> bool:
        """Whether a removal is sent whatever a look says: what it must take back may not be seen yet."""
        return self.settles and row.wanted == "absent" and self.doubts(row)

    def is_final(self, row: DesiredRow) -> bool:
        """Whether nothing more can be known of a target, or a person must say what follows."""
        return row.state in ("confirmed", "held") or (row.state == "accepted" and not self.readable)
