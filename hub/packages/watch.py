"""Has what was taken come into use: whenever other packages were taken, all documents are exchanged at once."""

import logging
from collections.abc import Callable

from hub.packages.stored import StoredPackages
from hub.store.writer import Writer
from schemas.errors import LicetError

log = logging.getLogger(__name__)


class PackageWatch:
    """Looks which packages are in use; what cannot be opened or tested leaves what is in use, and an alarm, once."""

    def __init__(self, stored: StoredPackages, exchange: Callable[[], list[str]], writer: Writer) -> None:
        """``exchange`` reads all documents and takes them into use, or raises and leaves what there is."""
        self._stored = stored
        self._exchange = exchange
        self._writer = writer
        self._seen = stored.versions()

    def turn(self) -> None:
        """Exchange the documents if other packages were taken since the last turn."""
        now = self._stored.versions()
        if now == self._seen:
            return
        self._seen = now
        try:
            changed = self._exchange()
        except LicetError as error:
            log.error("the documents stay as they are: %s", error.message)
            code = error.code
            self._writer.call(lambda tx: tx.log("alarm", code=code))
        else:
            log.warning("packages taken into use; documents exchanged for %s", ", ".join(changed) or "none")
