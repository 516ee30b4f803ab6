"""Where the files of the register lie: each under the random id of its document, beside the store, sealed.

A file is written under ``incoming`` and takes its place whole, before the commit that names it. What no row names a day
later was left by a process that died in between, and goes.
"""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

REGISTER = "register"
"""Its name in the data folder, and in a backup."""
INCOMING = "incoming"


class Shelf:
    """The folder of the register's files."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def incoming(self, document: str) -> Path:
        """Where the file of a document is written."""
        folder = self.place / INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / document

    def path(self, document: str) -> Path:
        """Where the file of a document lies."""
        return self.place / document[:2] / document

    def settle(self, document: str) -> None:
        """Have what was written take its place, and stay there whatever happens to the machine."""
        path = self.path(document)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.incoming(document).rename(path)
        for folder in (path.parent, self.place, self.place.parent):
            _sync(folder)

    def remove(self, document: str) -> None:
        """Take a file away, wherever it is."""
        for path in (self.incoming(document), self.path(document)):
            path.unlink(missing_ok=True)

    def unclaimed(self, before: float, claimed: Callable[[Collection[str]], Collection[str]]) -> Iterator[str]:
        """The documents whose files were last written before an instant and that nobody claims.

        ``claimed``: which of these documents somebody does.
        """
        for folder in sorted(self.place.iterdir()) if self.place.exists() else ():
            names = (
                {path.name for path in folder.iterdir() if path.stat().st_mtime < before} if folder.is_dir() else set()
            )
            yield from sorted(names - set(claimed(names)) if names else ())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
