"""Asks a source that proves what it is told by keys, of which the hub knows others than its settings name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.keys import PeerKey
from connectors.port import Keyed, Page
from hub.keys.book import KeyBook
from hub.store.version import StoreVersionError


class ByKeys:
    """A source that is asked by the keys that the hub knows of it now: those entered, and those that it publishes."""

    def __init__(self, name: str, source: Keyed, book: KeyBook) -> None:
        self._name, self._source, self._book = name, source, book

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What is new, as with any ``PollSource``.

        Raises:
            LicetError: It cannot be asked.
        """
        return self._source.poll_by(cursor, self._known(), now)

    def _known(self) -> Iterable[PeerKey]:
        try:
            return self._book.of(self._name)
        except StoreVersionError:  # where there is no store yet, settings alone name keys
            return ()
