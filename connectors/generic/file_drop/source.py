"""A folder that a partner fills: each file once it is whole, once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.generic.file_drop.listing import Found, Mark, listed
from connectors.generic.file_drop.moving import DONE, REFUSED, move, reason
from connectors.generic.file_drop.reading import Body, NotWholeError, body_of
from connectors.generic.file_drop.settings import Settings
from connectors.port import Page
from schemas.errors import PayloadError
from schemas.transmission import Transmission

MOST_AT_ONCE = 64
"""Files of one page; what is left comes with the next one, at once."""
_MOST_BYTES = 16 << 20
"""After so many bytes a page takes no further file."""


@dataclass
class Round:
    """What one look at the folder finds; the marks of files by their keys, as a cursor keeps them.

    ``waiting``: [mark, since when it is so]; ``taken``: [mark, digest]; ``refused``: [mark, reason]; ``marked``: of how
    many files that are here a marker speaks.
    """

    waiting: dict[str, list[Any]] = field(default_factory=dict)
    taken: dict[str, list[Any]] = field(default_factory=dict)
    refused: dict[str, list[Any]] = field(default_factory=dict)
    transmissions: list[Transmission] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    alarm: str = ""
    marked: Counter[str] = field(default_factory=Counter)
    size: int = 0
    more: bool = False

    @property
    def full(self) -> bool:
        """Whether no further file goes into this page."""
        return len(self.transmissions) >= MOST_AT_ONCE or self.size >= _MOST_BYTES


class FileDrop:
    """Reads one folder.

    The cursor holds what is known of the files that are there: those that may be written yet, that were taken, and
    that were refused; a file that differs in anything is looked at anew. What was taken is known by its digest: the
    same bytes under another name are a repeat.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """The files that became whole since ``cursor``, in their order; files of a page before are moved first.

        Raises:
            UnavailableError: The folder is not there, or is not the one that is meant.
        """
        found, others = listed(self._settings)
        current = Round(marked=Counter(marker for each in found for marker in each.markers))
        for each in found:
            if not self._is_known(each, cursor, current):
                self._look(each, cursor, current, now)
        moving = self._settings.after == "move" and bool(current.transmissions or current.alarm)
        figures: dict[str, Any] = {
            "taken": len(current.transmissions),
            "waiting": len(current.waiting),
            "refused": len(current.refused),
            "passed_over": others,
            **({"held": "; ".join(current.held)} if current.held else {}),
        }
        left = {name: getattr(current, name) for name in ("waiting", "taken", "refused")}
        again = 0.0 if current.more or moving else None
        return Page(tuple(current.transmissions), left, None, {"files": figures}, current.alarm, again)

    def _is_known(self, found: Found, cursor: Mapping[str, Any], current: Round) -> bool:
        """Whether a file was taken or refused as it is; then it goes out of the way, or is remembered."""
        for kept, into in ((current.taken, DONE), (current.refused, REFUSED)):
            known = cursor.get("taken" if into == DONE else "refused", {}).get(found.key)
            if known is not None and known[0] == found.mark:
                if self._settings.after == "keep" or not self._moved(found, into, known[1], current):
                    kept[found.key] = known
                return True
        return False

    def _moved(self, found: Found, into: str, why: str, current: Round) -> bool:
        try:
            markers = [each for each in found.markers if current.marked[each] == 1]
            move(self._settings.folder, found, markers, into, why if into == REFUSED else "")
        except OSError as error:
            current.held.append(f"{found.shown}: cannot be moved into {into} ({error.strerror})")
            return False
        current.marked.subtract(found.markers)
        return True

    def _look(self, found: Found, cursor: Mapping[str, Any], current: Round, now: datetime) -> None:
        if found.ordinary and not self._is_whole(found, cursor, current, now):
            return
        if current.full:
            current.more = True
            return
        try:
            self._take(found, body_of(found, self._settings), cursor, current, now)
        except NotWholeError:
            current.waiting[found.key] = [found.mark, now.isoformat()]
        except PayloadError as error:
            current.refused[found.key] = [found.mark, reason(error.code, error.message)]
            current.held.append(error.message)
            current.alarm = current.alarm or error.code
        except OSError as error:
            current.held.append(f"{found.shown}: cannot be read ({error.strerror})")

    def _is_whole(self, found: Found, cursor: Mapping[str, Any], current: Round, now: datetime) -> bool:
        """Whether nothing is being written to a file any more; one of no bytes was only begun."""
        if self._settings.whole == "renamed":
            return found.size > 0
        if self._settings.whole == "marker":
            if found.marked_at is not None and found.marked_at >= found.mark[1]:
                return True
            current.waiting[found.key] = [found.mark, now.isoformat()]
            return False
        if not found.size:
            return False
        since = _since(found.mark, cursor.get("waiting", {}).get(found.key), now)
        current.waiting[found.key] = [found.mark, since.isoformat()]
        return now - since >= timedelta(seconds=self._settings.settle_seconds)

    def _take(self, found: Found, body: Body, cursor: Mapping[str, Any], current: Round, now: datetime) -> None:
        digest = sha256(body.raw).hexdigest()
        before = cursor.get("taken", {}).get(found.key)
        current.waiting.pop(found.key, None)
        current.taken[found.key] = [found.mark, digest]
        if before is not None and before[1] == digest:
            return  # only its dates have changed
        if not body.raw:
            return  # its marker says so
        current.size += len(body.body)
        current.transmissions.append(self._sent(found, body, digest, now))

    def _sent(self, found: Found, body: Body, digest: str, now: datetime) -> Transmission:
        zone = {} if self._settings.zone is None else {"zone": self._settings.zone}
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type=body.media_type,
            body=body.body,
            id=digest,
            form=found.form,
            peer=found.shown[:128],
            context={**zone, "file": found.shown},
        )


def _since(mark: Mark, known: list[Any] | None, now: datetime) -> datetime:
    """Since when a file is as it is; a clock that was put back makes nothing older."""
    if known is None or known[0] != mark:
        return now
    return min(datetime.fromisoformat(known[1]), now)
