"""A document on its way into the register: what is said of it, and its bytes, sealed as they come."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Literal, Self, get_args

from hub.register.formats import Recognised, recognised
from hub.register.sealed import KEY_BYTES, SALT_BYTES, SealedWriter, Written, opened
from hub.register.shelf import Shelf
from hub.store.sealing import Sealer

Paper = Literal["certificate", "score_sheet", "letter", "look_up", "supporting"]
PAPERS: Sequence[str] = get_args(Paper)
"""The kinds of documents."""
MOST_BYTES = 20 << 20
LONGEST = 256
"""Characters of a file name and of a number that are kept."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What is said of a document; ``person`` is an employee number, ``file`` its name, and ``actors`` hand it in."""

    person: str
    kind: str
    about: str
    actors: Sequence[str]
    number: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    file: str = ""
    reason: str = ""

    @property
    def validity(self) -> tuple[datetime | None, datetime | None]:
        """From when to when what it shows holds, as far as it says so."""
        return self.valid_from, self.valid_until


class Incoming:
    """A document that is written down as it comes; one that has not settled is gone when it is left."""

    def __init__(
        self,
        filing: Filing,
        person: str,
        document: str,
        shelf: Shelf,
        sealer: Sealer,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.filing = filing
        self.person = person
        self.document = document
        self.key, self.salt = random(KEY_BYTES), random(SALT_BYTES)
        self._shelf = shelf
        self._mark = sealer.content_mark()
        self._file = SealedWriter(shelf.incoming(document), document, self.key, self.salt, MOST_BYTES)
        self._is_settled = False
        self._finished: tuple[Written, Recognised] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        if not self._is_settled:
            self.drop()

    @property
    def mark(self) -> str:
        """A keyed digest of what has come: the same again is known by it."""
        return self._mark.hexdigest()

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            PayloadError: ``file.size``.
        """
        self._file.write(piece)
        self._mark.update(piece)

    def finish(self) -> tuple[Written, Recognised]:
        """What has come and what it is, once all of it has come; asked again, it is the same.

        Raises:
            PayloadError: ``document.format``, ``document.active`` or ``document.locked``.
        """
        if self._finished is None:
            written = self._file.finish()
            with opened(self._shelf.incoming(self.document), self.document, self.key, written.size) as file:
                self._finished = written, recognised(file, written.size)
        return self._finished

    def settle(self) -> None:
        """Have its file take its place. It stays there, whatever becomes of the commit: nobody knows that for sure."""
        self._shelf.settle(self.document)
        self._is_settled = True

    def drop(self) -> None:
        """Take its file away: no row names it, and none will."""
        self._shelf.remove(self.document)
