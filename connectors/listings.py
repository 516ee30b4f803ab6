"""Lists of a server: whether pages are of one state of it; and what is kept in mind of them between calls.

That is who has which id, and how far groups were seen to list people. Nothing of it must survive: what was forgotten is
asked, and proven, again.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from threading import Lock

from schemas.words import Words

MOST_PAGES = 5_000
"""Pages that are read of one list: servers that give twenty at a time have 100,000 then."""


class Pages:
    """The pages of one list as they come: all must tell the same total, and nobody stands twice on them."""

    def __init__(self) -> None:
        self.read = 0
        self._total: int | None = None
        self._names: set[str] = set()

    def odd(self, names: Sequence[str], total: int) -> Words | None:
        """Take a page: why it is of no list that could be read to its end, if so; a list that changed is read anew."""
        self.read += 1
        before, self._total = self._total, total
        known, self._names = len(self._names), self._names | set(names)
        if before not in (None, total):
            return Words(
                f"there were {before}, and now {total}: it changed while it was read",
                f"总数原为 {before}，现为 {total}：读取期间有变化",
            )
        if len(self._names) < known + len(names):
            return Words("somebody stands there twice: it changed while it was read", "有重复条目：读取期间有变化")
        if self.read > MOST_PAGES:
            return Words(f"more than {MOST_PAGES} pages", f"超过 {MOST_PAGES} 页")
        return None


def has_lost(before: Iterable[str], now: Iterable[str]) -> Words | None:
    """Why a list of several pages that was read twice is no proof, if so: somebody has left it.

    Whoever stood behind them moved up, perhaps onto a page that was read already; where another one came at the same
    time no total tells.
    """
    if set(before) <= set(now):
        return None
    return Words("somebody left while it was read: others may have gone unseen", "读取期间有人移出：可能有人未被看到")


class Memory:
    """The newest few ids, in both directions, shared by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._keys: dict[str, str] = {}
        self._lock = Lock()

    def get(self, key: str) -> str | None:
        """The id that was kept for a key."""
        with self._lock:
            if key in self._ids:
                self._ids.move_to_end(key)
            return self._ids.get(key)

    def key_of(self, value: str) -> str | None:
        """The key that an id was kept for."""
        with self._lock:
            return self._keys.get(value)

    def put(self, key: str, value: str) -> None:
        """Keep an id; the oldest makes room."""
        with self._lock:
            self._ids[key] = value
            self._keys[value] = key
            if len(self._ids) > self._most:
                _, gone = self._ids.popitem(last=False)
                self._keys.pop(gone, None)

    def drop(self, key: str) -> None:
        """Forget the id of a key."""
        with self._lock:
            self._keys.pop(self._ids.pop(key, ""), None)

    def drop_value(self, value: str) -> None:
        """Forget an id."""
        with self._lock:
            self._ids.pop(self._keys.pop(value, ""), None)


class Listings:
    """How far lists of members reach at a server, and which groups we emptied ourselves."""

    def __init__(self) -> None:
        self._longest = 0
        self._left: dict[str, frozenset[str]] = {}
        self._lock = Lock()

    def removed(self, target: str, subject: str) -> None:
        """A removal was taken."""
        with self._lock:
            self._left[target] = self._left.get(target, frozenset((_SOMEBODY,))) - {subject}

    def saw(self, target: str, listed: Collection[str], size: int) -> None:
        """A group listed somebody."""
        with self._lock:
            self._longest = max(self._longest, size)
            if size:  # who empties a long list one by one passes a short one
                self._left[target] = frozenset(listed) if size <= _FEW else frozenset((_SOMEBODY,))

    def are_whole(self, size: int) -> bool:
        """Whether a list of so many is whole: a server that cuts lists cuts none that is shorter than another was."""
        with self._lock:
            return size < self._longest

    def emptied(self, target: str) -> bool:
        """Whether everybody whom a group listed was removed by us since."""
        with self._lock:
            return self._left.get(target) == frozenset()


_FEW = 200
_SOMEBODY = ""
