"""What an issuer's server says: each document is asked for once a round, within a pace, at pinned addresses alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from connectors.credential.badges.settings import Settings
from connectors.http import Answer, HttpClient
from connectors.rounds.pace import Pace
from schemas.errors import LicetError, TrustError, UnavailableError
from schemas.words import Words

_MOST_ASKED = 32
"""Documents that are asked for in one page: a slow server holds up nobody else for long."""
_MOST_MISSED = 3
"""Answers that a server may owe in a round before it is left alone until the next one."""

T = TypeVar("T")
E = TypeVar("E", bound=LicetError)


class NotYet(Exception):
    """A document is needed, and may not be asked for before the pace of this system lets it."""


class Documents:
    """The documents at or below some addresses. What a round has asked for is kept until the next one begins.

    ``elsewhere`` is the code of one that would stand anywhere else: there nobody is asked.
    """

    def __init__(self, settings: Settings, bases: Sequence[str], accept: str, elsewhere: str, pace: Pace) -> None:
        self._accept, self._elsewhere, self._pace = accept, elsewhere, pace
        self._seconds = settings.deadline_seconds
        self._clients: Mapping[str, HttpClient] = {
            base: settings.client(base) for base in (each.rstrip("/") for each in bases)
        }
        self._heard: dict[str, Any] = {}
        self._owed: dict[str, list[UnavailableError]] = {}
        self._asked = 0

    def begin(self) -> None:
        """A round begins: every document is asked for anew."""
        self._heard.clear()
        self._owed.clear()

    def turn(self) -> None:
        """A page of a round begins."""
        self._asked = 0

    def close(self) -> None:
        """Close idle connections."""
        for client in self._clients.values():
            client.close()

    @property
    def read(self) -> Mapping[str, Any]:
        """What was made of the documents that this round has had, by address."""
        return {url: each for url, each in self._heard.items() if not isinstance(each, LicetError)}

    @property
    def missed(self) -> int:
        """How many were not had in this round, or not believed."""
        return sum(isinstance(each, LicetError) for each in self._heard.values())

    def stands(self, url: str) -> bool:
        """Whether an address is one of those that may be asked."""
        return any(_is_below(url, each) for each in self._clients)

    def once(self, url: str, read: Callable[[Answer], T], *, heard: Collection[int] = ()) -> T:
        """What ``read`` makes of a document; ``heard`` are statuses beside 200 that it understands.

        Raises:
            LicetError: It cannot be had, or ``read`` does not believe it; the same until the next round.
            NotYet: It has to wait.
        """
        if url not in self._heard:
            if self._pace.left() > 0 or self._asked >= _MOST_ASKED:
                raise NotYet
            try:
                self._heard[url] = read(self._had(url, heard))
            except LicetError as error:
                self._heard[url] = _bare(error)
        found: Any = self._heard[url]
        if isinstance(found, LicetError):
            raise found.with_traceback(None)
        made: T = found
        return made

    def _had(self, url: str, heard: Collection[int]) -> Answer:
        base = next((each for each in self._clients if _is_below(url, each)), None)
        if base is None:
            raise TrustError(
                self._elsewhere,
                Words("found an address that settings do not name; nobody was asked", "该地址不在设置中，未访问"),
            )
        owed = self._owed.setdefault(base, [])
        if len(owed) >= _MOST_MISSED or (owed and owed[-1].code == "peer.throttled"):
            raise owed[-1].with_traceback(None)
        self._pace.asked()
        self._asked += 1
        try:
            answer = self._clients[base].call(
                "GET", url[len(base) :], deadline_s=self._seconds, write=False, headers={"accept": self._accept}
            )
        except UnavailableError as error:
            owed.append(_bare(error))
            raise owed[-1] from None
        if answer.status != 200 and answer.status not in heard:
            raise UnavailableError(
                "peer.bad-answer",
                Words(
                    f"answered {answer.status}; that says nothing of a credential",
                    f"应答 {answer.status}，不能说明凭证的状态",
                ),
            )
        return answer


def _is_below(url: str, base: str) -> bool:
    """Whether an address is another one, or one below it, however it is spelt."""
    plain = url.isascii() and url.isprintable() and not set("#\\@ ") & set(url)
    steps = unquote(urlsplit(url).path).replace("\\", "/").split("/") if plain else [".."]
    return (url == base or url.startswith(base + "/")) and not {".", ".."} & set(steps)


def _bare(error: E) -> E:
    """An error without the calls that it came from: what is kept for a round must hold no connection open."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
