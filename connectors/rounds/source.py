"""A system that is asked in rounds: a page a poll, from where the last one left off."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol

from connectors.http import Answer
from connectors.port import Page
from connectors.rounds import paging
from connectors.rounds.pace import Pace
from connectors.rounds.paging import Asked, Contradiction, Place, Where
from connectors.rounds.reading import Expired, Kind, Spoken, bad, refused, spoken
from connectors.rounds.settings import RoundSettings
from connectors.rounds.window import grain, instant, window, written
from schemas.errors import LicetError, RejectedError, TrustError
from schemas.transmission import Transmission
from schemas.words import Words

_UNCHANGED = 304
_GONE = 410
_MEDIA = {"json": "application/json", "xml": "application/xml", "text": "text/plain"}


class Forgotten(Exception):
    """The system has forgotten the cursor of a feed. Carries what it answered."""

    def __init__(self, error: LicetError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Round:
    """A round that has begun: its window, where it stands, and what it has brought; plain JSON in a cursor.

    ``bodies`` and ``places`` are short digests of the pages taken and of what asked for them.
    """

    began: str
    since: str = ""
    until: str = ""
    reaches_now: bool = True
    place: Place = None
    pages: int = 0
    items: int = 0
    brought: bool = False
    etag: str = ""
    bodies: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: getattr(self, name) for name in self.__slots__}


class Caller(Protocol):
    """Who asks one system for a page."""

    def ask(self, target: str | None, asked: Mapping[str, str | int], etag: str, now: datetime) -> Answer:
        """The answer for a page: by what ``asked`` says, or by ``target``, the path and query of a URL.

        Raises:
            LicetError: There is no answer, or it is refused.
        """
        ...

    def renew(self) -> bool:
        """An answer said that we are let in no more: whether another try may do."""
        ...

    def close(self) -> None:
        """Close idle connections."""
        ...


class Rounds:
    """Asks one system, whose answers are of a kind; ``of`` is a digest of all that settings say of what is asked for.

    The cursor holds ``round`` while one is under way, else what the last one left: ``until`` (of its window), ``kept``
    (the cursor of a feed), ``etag``, the ``bodies`` of its pages; ``turn``, how often a round brought something, so
    that a page changed back to what it was is not taken for a repeat; and ``of``, a digest of what was asked for:
    where settings say another thing now, it is asked for from its beginning. A cursor of ``within`` holds its
    ``window``, too, and its last round ends there.
    """

    def __init__(
        self, name: str, settings: RoundSettings, kind: Kind, where: Where, caller: Caller, pace: Pace, of: str
    ) -> None:
        self.name = name
        self._settings, self._kind, self._where = settings, kind, where
        self._caller, self._pace, self._of = caller, pace, of

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """The next page of the round under way, or the first one of the next.

        Raises:
            LicetError: It was not had; the same page is asked for next time.
        """
        if (left := self._pace.left()) > 0:
            return Page((), cursor, again_in=left)
        if cursor.get("of") != self._of:
            cursor = {"of": self._of, "turn": cursor.get("turn", 0), **_bounded(cursor)}
        current = Round(**cursor["round"]) if "round" in cursor else self._begun(cursor, now)
        try:
            return self._page(current, cursor, now)
        except Contradiction as told:
            return self._anew(cursor, told.error)
        except Forgotten as told:
            return self._forgotten(cursor, told.error)
        except TrustError as error:  # a person hears of an answer that somebody else may have made
            return self._anew(cursor, error)
        except RejectedError as error:
            if error.code == "peer.auth" or not current.pages:
                raise
            return self._anew(cursor, error)

    @property
    def windowed(self) -> bool:
        """Whether it can be asked for what lies between two instants; not a feed, which is read by its cursor."""
        settings = self._settings
        return bool(settings.since_parameter and settings.until_parameter) and not settings.keep_cursor

    def within(self, since: datetime, until: datetime, turn: int) -> Mapping[str, Any]:
        """A cursor from which ``poll`` brings what the system holds of ``[since, until]``, then ends.

        As instants are written rounded down, and a system may leave the end out, it is asked for a little more.
        ``turn``: a large number, as rounds count theirs from 0; a page that is as it was in one of them is read again.
        """
        end = until + grain(self._settings)
        window = {"since": since.isoformat(), "until": end.isoformat()}
        return {"of": self._of, "turn": turn, "window": window}

    def close(self) -> None:
        """Close idle connections."""
        self._caller.close()

    def _begun(self, cursor: Mapping[str, Any], now: datetime) -> Round:
        place = paging.first(self._settings, cursor.get("kept"))
        if not self._settings.since_parameter:
            return Round(now.isoformat(), place=place)
        bound = cursor.get("window", {})
        before = cursor.get("until", bound.get("since"))
        ends = min(now, instant(bound["until"])) if bound else now - timedelta(seconds=self._settings.behind_seconds)
        found = window(self._settings, None if before is None else instant(before), ends)
        return Round(now.isoformat(), found.since.isoformat(), found.until.isoformat(), found.reaches_now, place=place)

    def _anew(self, cursor: Mapping[str, Any], error: LicetError) -> Page:
        """Nothing of the round is believed any more: the next one asks for all of its window again."""
        left = {name: value for name, value in cursor.items() if name != "round"}
        return Page((), left, summary={"pages": {"held": error.message}}, alarm=error.code)

    def _forgotten(self, cursor: Mapping[str, Any], error: LicetError) -> Page:
        """The system says that it has forgotten a cursor: the feed is read from its beginning."""
        return self._anew({name: value for name, value in cursor.items() if name != "kept"}, error)

    def _page(self, current: Round, cursor: Mapping[str, Any], now: datetime) -> Page:
        what = f"page {current.pages + 1}"
        if current.pages >= self._settings.most_pages:
            told = bad(
                Words(
                    f"{what}: found more pages than {current.pages}, expected an end (most_pages)",
                    f"{what}：页数超过 {current.pages}，应有末页（most_pages）",
                )
            )
            raise Contradiction(told)
        answer, said = self._asked(current, cursor, what, now)
        if said is None:
            return self._ended(replace(current, bodies=list(cursor.get("bodies", ()))), cursor, None, now)
        short = blake2b(answer.body, digest_size=8).hexdigest()
        again = short in current.bodies and not said.empty and bool(said.items)
        if again and self._settings.pages in ("page", "offset"):
            told = bad(
                Words(
                    f"{what}: found the same items as on a page before it, expected others; name total_at or more_at",
                    f"{what}：与之前一页的条目相同，应为不同条目；请填写 total_at 或 more_at",
                )
            )
            raise Contradiction(told)
        fresh = not said.empty and not self._known(short, current.pages, cursor)
        taken = replace(
            current,
            pages=current.pages + 1,
            items=current.items + len(said.items or ()),
            brought=current.brought or fresh,
            etag=answer.headers.get("etag", "")[:256] if not current.pages else "",
            bodies=[*current.bodies, short],
            places=[*current.places, paging.short(current.place)],
        )
        seen = Asked(taken.pages, taken.items, taken.places)
        more, place = paging.after(self._settings, self._where, current.place, said, answer.headers, seen, what)
        transmissions = (self._sent(answer.body, current, cursor, now),) if fresh else ()
        if not more:
            return self._ended(taken, cursor, place, now, transmissions)
        onward = {**cursor, "round": replace(taken, place=place).plain()}
        return Page(transmissions, onward, again_in=self._pace.left(), summary=_figures(taken))

    def _asked(
        self, current: Round, cursor: Mapping[str, Any], what: str, now: datetime
    ) -> tuple[Answer, Spoken | None]:
        """The answer and what it says; nothing where it says that nothing has changed."""
        answer = self._answer(current, cursor, now)
        try:
            return answer, self._said(answer, current, cursor, what)
        except Expired:
            if not self._caller.renew():
                raise RejectedError(
                    "peer.auth",
                    Words(f"{what}: found that the token has run out; check it", f"{what}：令牌已过期；请检查"),
                ) from None
        answer = self._answer(current, cursor, now)
        try:
            return answer, self._said(answer, current, cursor, what)
        except Expired:
            raise RejectedError(
                "peer.auth",
                Words(f"{what}: found that a new token has run out, too; check it", f"{what}：新令牌也已过期；请检查"),
            ) from None

    def _answer(self, current: Round, cursor: Mapping[str, Any], now: datetime) -> Answer:
        by_url = self._settings.pages in ("next_url", "link") and current.place is not None
        target = str(current.place) if by_url else None
        asked = {**paging.parameters(self._settings, current.place), **self._times(current)}
        return self._caller.ask(target, asked, _known_as(current, cursor), now)

    def _said(self, answer: Answer, current: Round, cursor: Mapping[str, Any], what: str) -> Spoken | None:
        """What an answer says; nothing where nothing has changed since one that was kept.

        Unasked, that is no answer: a cache may say so of a page that nobody here has seen, and a window would end.
        """
        if answer.status != _UNCHANGED:
            return self._spoken(answer, what)
        if not _known_as(current, cursor):
            raise bad(
                Words(
                    f"{what}: answered 304, and nobody had said what is known; expected 200",
                    f"{what}：应答 304，但请求未注明已知内容，应为 200",
                )
            )
        return None

    def _spoken(self, answer: Answer, what: str) -> Spoken:
        if answer.status == _GONE and self._settings.keep_cursor:
            raise Forgotten(refused(answer, what, "peer.bad-answer"))  # of a cursor, not of the service
        if not 200 <= answer.status < 300:
            raise refused(answer, what)
        return spoken(answer, self._settings, self._kind, what)

    def _times(self, current: Round) -> dict[str, str | int]:
        settings = self._settings
        named = {settings.since_parameter: current.since, settings.until_parameter: current.until}
        return {name: written(instant(at), settings) for name, at in named.items() if name and at}

    def _known(self, short: str, number: int, cursor: Mapping[str, Any]) -> bool:
        """Whether the last round had this very page at this place."""
        before = cursor.get("bodies", ())
        return number < len(before) and before[number] == short

    def _sent(self, body: bytes, current: Round, cursor: Mapping[str, Any], now: datetime) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type=_MEDIA[self._kind],
            body=body,
            form=self._settings.form,
            path=f"{cursor['turn'] + 1}.{current.pages + 1}",
            context={} if self._settings.zone is None else {"zone": self._settings.zone},
        )

    def _ended(
        self,
        taken: Round,
        cursor: Mapping[str, Any],
        kept: Place,
        now: datetime,
        transmissions: tuple[Transmission, ...] = (),
    ) -> Page:
        """The last page of a round: only now the watermark moves."""
        settings = self._settings
        left: dict[str, Any] = {"of": self._of, "turn": cursor["turn"] + taken.brought, "bodies": taken.bodies}
        left |= _bounded(cursor)
        if taken.until:
            left["until"] = max(taken.until, cursor.get("until", ""))
        if settings.keep_cursor:
            left["kept"] = cursor.get("kept") if kept is None else kept
        etag = taken.etag or (cursor.get("etag", "") if not taken.pages else "")
        if etag and taken.pages <= 1 and not taken.until and settings.pages == "none":
            left["etag"] = etag
        complete = None
        if settings.complete and taken.reaches_now:
            complete = instant(taken.until or taken.began) - timedelta(seconds=settings.overlap_seconds)
        again = None if taken.reaches_now else self._pace.left()
        return Page(transmissions, left, complete, _figures(taken), again_in=again)


def _bounded(cursor: Mapping[str, Any]) -> Mapping[str, Any]:
    """The window that a cursor must not leave."""
    return {"window": cursor["window"]} if "window" in cursor else {}


def _figures(taken: Round) -> dict[str, Any]:
    return {"pages": {"taken": taken.pages, "items": taken.items}}


def _known_as(current: Round, cursor: Mapping[str, Any]) -> str:
    """The ETag of the first page as it was kept; nothing for any other page."""
    return str(cursor.get("etag", "")) if not current.pages else ""
