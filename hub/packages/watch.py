"""Has what was taken come into use: whenever other packages or rules were, all documents are exchanged at once."""

import logging
from collections.abc import Callable

from hub.store.writer import Writer
from schemas.errors import LicetError

log = logging.getLogger(__name__)


class PackageWatch:
    """Looks what is in use; what cannot be opened or tested leaves that, and an alarm, once."""

    def __init__(self, look: Callable[[], object], exchange: Callable[[], list[str]], writer: Writer) -> None:
        """``look`` says what was taken; ``exchange`` takes it into use, or raises and leaves what there is."""
        self._look = look
        self._exchange = exchange
        self._writer = writer
        self._seen = look()

    def turn(self) -> None:
        """Exchange the documents if others were taken since the last turn."""
        now = self._look()
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
