"""Looks at one account in one target; that they show nobody counts only where they were seen to show who is there."""

from collections.abc import Callable

from connectors.generic.rest_door.lists import Listing
from connectors.generic.rest_door.wire import Wire
from schemas.door import Member

NOBODY = "licet-nobody-has-this-id"


class Looks:
    """Looks at one system; what was proven of them is kept until it is doubted."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._shown: set[str] = set()
        self._work: dict[str, bool] = {}

    def at(self, subject: str, target: str) -> Listing[Member]:
        """Whether a target, by its id there, is open to an account: then it stands in the list."""
        shown = self._wire.looked(subject, target)
        if subject in shown.subjects and subject != NOBODY:
            self._shown.add(target)
        return shown

    def work(self, target: str, somebody: Callable[[], str]) -> bool:
        """Whether a look finds who is in a target, and shows nobody for a name that nobody has; asked once."""
        if target not in self._work:
            found = target in self._shown or self._finds(somebody(), target)
            if not found:
                return False
            self._work[target] = not self._wire.looked(NOBODY, target).entries
        return self._work[target]

    def doubt(self) -> None:
        """Have it proven anew."""
        self._shown.clear()
        self._work.clear()

    def _finds(self, somebody: str, target: str) -> bool:
        return bool(somebody) and somebody in self.at(somebody, target).subjects
