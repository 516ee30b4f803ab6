"""Has what was taken come into use: whenever other packages or rules were, all documents are exchanged at once."""

import logging
from collections.abc import Callable

from hub.store.writer import Writer
from schemas.errors import LicetError

log = logging.getLogger(__name__)


AGAIN_SECONDS = 10.0
"""What could not be taken into use is tried again after so long: its hindrance may be gone."""


class PackageWatch:
    """Takes into use what was taken; what cannot be leaves what there is, and an alarm, and is tried again.

    ``begun_with`` is what the documents were read of, ``look`` says what was taken by now, and ``exchange`` takes that
    into use, or raises and leaves what there is.
    """

    def __init__(
        self, begun_with: object, look: Callable[[], object], exchange: Callable[[], list[str]], writer: Writer
    ) -> None:
        self._look = look
        self._exchange = exchange
        self._writer = writer
        self._in_use = begun_with
        self._told: tuple[object, str] | None = None

    def turn(self) -> float | None:
        """Exchange the documents if others were taken than are in use; the seconds after which to try again."""
        now = self._look()
        if now == self._in_use:
            self._told = None  # taken back meanwhile
            return None
        try:
            changed = self._exchange()
        except LicetError as error:
            self._tell(now, error)
            return AGAIN_SECONDS
        self._in_use, self._told = now, None
        if changed:
            log.warning("packages taken into use; documents exchanged for %s", ", ".join(changed))
        return None

    def _tell(self, now: object, error: LicetError) -> None:
        """Say once of what was taken why it is not in use."""
        if (told := (now, error.code)) == self._told:
            return
        log.error("the documents stay as they are: %s", error.message)
        self._writer.call(lambda tx: tx.log("alarm", code=error.code))
        self._told = told
