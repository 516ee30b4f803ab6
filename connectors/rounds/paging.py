"""How pages follow each other: what asks for one, and which one comes after an answer.

A place is what asks for a page: a number, an offset, a cursor, or the path and query of a URL; ``None`` is the first
page of those that know only the next one.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.rounds.reading import Spoken, bad, number_at, truth_at
from connectors.rounds.settings import RoundSettings
from schemas.errors import LicetError
from schemas.pointer import NOWHERE, at, text_of
from schemas.words import Words

Place = str | int | None


class Contradiction(Exception):
    """Pages that cannot all be true: the round must begin anew. Carries a ``peer.bad-answer``."""

    def __init__(self, error: LicetError) -> None:
        super().__init__(error.message)
        self.error = error


class Where(NamedTuple):
    """Where pages are: the address of the server, and the path behind it of the first one."""

    base_url: str
    path: str


class Asked(NamedTuple):
    """What was asked for in a round until now, with this page: pages, items, and short digests of all places."""

    pages: int
    items: int
    places: Sequence[str]


def first(settings: RoundSettings, kept: str | None) -> Place:
    """The place of the first page; ``kept`` is the cursor that a feed was left with."""
    if settings.pages == "page":
        return settings.first_page
    if settings.pages == "offset":
        return 0
    return kept if settings.keep_cursor else None


def parameters(settings: RoundSettings, place: Place) -> dict[str, str | int]:
    """What asks for the page at a place, where no URL does."""
    found: dict[str, str | int] = {}
    if settings.page_parameter and place is not None and settings.pages in ("page", "offset", "cursor"):
        found[settings.page_parameter] = place
    if settings.size_parameter:
        found[settings.size_parameter] = settings.page_size
    return found


def short(place: Place) -> str:
    """A digest that tells places apart."""
    return blake2b(repr(place).encode(), digest_size=8).hexdigest()


def after(
    settings: RoundSettings,
    where: Where,
    place: Place,
    answer: Spoken,
    headers: Mapping[str, str],
    asked: Asked,
    what: str,
) -> tuple[bool, Place]:
    """Whether there is another page, and its place; at the end the cursor that a feed is left with.

    Raises:
        UnavailableError: ``peer.bad-answer``: the answer says too little.
        Contradiction: It says what cannot be true beside the pages before.
    """
    if answer.value is None and answer.empty:  # it says in so many words that there is nothing
        return False, place
    match settings.pages:
        case "none":
            return False, None
        case "page" | "offset":
            assert isinstance(place, int)
            onward = place + (1 if settings.pages == "page" else len(answer.items or ()))
            return _counted(settings, place, answer, asked, what), onward
        case "cursor":
            return _by_cursor(settings, place, answer, asked, what)
        case "next_url":
            following = text_of(_next(settings, answer))
        case "link":
            following = next_link(headers.get("link", ""))
    if not following:
        return False, None
    return True, _fresh(_target(where, place, following, what), asked, what)


def _counted(settings: RoundSettings, place: int, answer: Spoken, asked: Asked, what: str) -> bool:
    if answer.empty and not asked.items and at(answer.value, settings.items or "") is None:
        return False  # null where all of it would stand: there is nothing, and nobody counts it
    if settings.more_at is not None:
        return truth_at(answer.value, settings.more_at, what)
    if settings.pages_at is not None and settings.pages == "page":
        return place - settings.first_page + 1 < number_at(answer.value, settings.pages_at, what)
    if settings.total_at is not None:
        total = number_at(answer.value, settings.total_at, what)
        if answer.empty and asked.items < total:
            told = Words(
                f"{what}: found {asked.items} items in {asked.pages} pages, expected {total} ({settings.total_at})",
                f"{what}：{asked.pages} 页共 {asked.items} 项，应为 {total} 项（{settings.total_at}）",
            )
            raise Contradiction(bad(told))
        return asked.items < total
    return not answer.empty


def _by_cursor(settings: RoundSettings, place: Place, answer: Spoken, asked: Asked, what: str) -> tuple[bool, Place]:
    more = None if settings.more_at is None else truth_at(answer.value, settings.more_at, what)
    if settings.last_at is not None:
        found = text_of(at(answer.items[-1], settings.last_at)) if answer.items else None
    else:
        found = text_of(_next(settings, answer))
    if found is None or found in settings.last_cursors:
        if more:
            raise bad(
                Words(
                    f"{what}: found no cursor, expected one as {settings.more_at} says that there are more pages",
                    f"{what}：{settings.more_at} 表明还有下一页，但没有游标，应有游标",
                )
            )
        return False, place
    if more is False or (settings.last_at is not None and found == place):
        return False, found
    if answer.empty and found == place:
        return False, found
    return True, _fresh(found, asked, what)


def _next(settings: RoundSettings, answer: Spoken) -> Any:
    return NOWHERE if settings.next_at is None else at(answer.value, settings.next_at)


def _fresh(place: str, asked: Asked, what: str) -> str:
    if short(place) in asked.places:
        raise Contradiction(
            bad(
                Words(
                    f"{what}: found a page that leads back to one before it, expected a new one",
                    f"{what}：下一页指回之前的页，应为新页",
                )
            )
        )
    return place


def _target(where: Where, place: Place, following: str, what: str) -> str:
    """Path behind ``base_url``, and query, of the next URL, which must be of the same server."""
    base = where.base_url.rstrip("/")
    here = f"{base}{where.path if place is None else place}"
    try:
        found, ours = urlsplit(urljoin(here, following)), urlsplit(base)
        same = _server(found) == _server(ours) and f"{found.path}/".startswith(f"{ours.path}/")
    except ValueError:
        raise bad(
            Words(
                f"{what}: found a next page whose URL is none, expected one", f"{what}：下一页的 URL 无效，应为有效 URL"
            )
        ) from None
    if not same:
        told = f"{found.scheme}://{found.netloc}{found.path}"
        raise bad(
            Words(
                f"{what}: found a next page at {told[:200]}, expected one of {base}",
                f"{what}：下一页位于 {told[:200]}，应在 {base} 之下",
            )
        )
    if any(ch <= " " or ch > "~" for ch in found.path + found.query):
        raise bad(
            Words(
                f"{what}: found a next page whose URL has blanks or letters that URLs do not have",
                f"{what}：下一页的 URL 含有空格或不允许的字符",
            )
        )
    return f"{found.path.removeprefix(ours.path)}{'?' + found.query if found.query else ''}"


def _server(url: SplitResult) -> tuple[str, str | None, int]:
    return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else 80)


def next_link(header: str) -> str | None:
    """The target with the relation ``next`` (RFC 8288); nothing where there is none."""
    rest = header
    while (start := rest.find("<")) >= 0:
        target, _, rest = rest[start + 1 :].partition(">")
        words, rest = _until_comma(rest)
        for word in words.split(";"):
            name, _, value = word.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip().strip('"').lower().split():
                return target.strip()
    return None


def _until_comma(text: str) -> tuple[str, str]:
    """What stands before a comma that is in no quotes, and what stands behind it."""
    quoted = False
    for n, ch in enumerate(text):
        if ch == '"':
            quoted = not quoted
        elif ch == "," and not quoted:
            return text[:n], text[n + 1 :]
    return text, ""
