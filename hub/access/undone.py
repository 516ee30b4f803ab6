"""Doors that another system opens again and again after they were closed: a person must find out which, and why."""

from collections import OrderedDict

UNDONE = "sink.undone"
TIMES = 3
"""So often a closing is undone before somebody is told; it is closed again each time."""
_MOST = 10_000

Place = tuple[str, str, str]
"""A person, a sink and a target there."""


class Undone:
    """Counts, as long as the process lives, how often each closing was undone."""

    def __init__(self) -> None:
        self._times: OrderedDict[Place, int] = OrderedDict()

    def again(self, place: Place) -> bool:
        """Whether somebody must be told that a place is open once more."""
        times = self._times.pop(place, 0) + 1
        self._times[place] = times
        if len(self._times) > _MOST:
            self._times.popitem(last=False)
        return times % TIMES == 0
