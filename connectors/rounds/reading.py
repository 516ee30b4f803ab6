"""What of an answer is read to go on: whether it is one, how many items it has, what comes next."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from connectors.absence import NOT_THERE
from connectors.http import Answer
from connectors.rounds.settings import RoundSettings
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.faults import kind_of
from schemas.pointer import NOWHERE, at, text_of
from schemas.reading import Limits, read_json, read_xml
from schemas.words import Words

_LIMITS = Limits(depth=64, items=1_000_000, string=4 << 20, elements=1_000_000, any_number=True)
_SHOWN = 120
Kind = Literal["json", "xml", "text"]
"""What an answer is; of a text nothing is read."""


class Spoken(NamedTuple):
    """An answer that was read: its plain value, and its items where settings say where they are."""

    value: Any
    items: Sequence[Any] | None
    empty: bool


class Expired(Exception):
    """The answer says, inside a 200, that the token has run out."""


def spoken(answer: Answer, settings: RoundSettings, kind: Kind, what: str) -> Spoken:
    """An answer of a kind, which says of itself that it is one.

    Raises:
        Expired: It says that the token has run out.
        UnavailableError: ``peer.bad-answer`` or ``peer.throttled``.
    """
    if answer.status == 204 or kind == "text":
        return Spoken(None, None, not answer.body.strip())
    value = _read(answer.body, kind, what)
    require_success(value, settings, what)
    if settings.items is None:
        return Spoken(value, None, False)
    items = _listed(at(value, settings.items), settings, kind, what)
    return Spoken(value, items, not items)


def _read(body: bytes, kind: Kind, what: str) -> Any:
    try:
        return read_json(body, limits=_LIMITS) if kind == "json" else read_xml(body, limits=_LIMITS)
    except PayloadError as error:
        raise bad(
            Words(
                f"{what}: found an answer that is no {kind.upper()} ({error.code}), expected one",
                f"{what}：应答不是 {kind.upper()}（{error.code}），应为 {kind.upper()}",
            )
        ) from error


def require_success(value: Any, settings: RoundSettings, what: str) -> None:
    """Return if an answer says of itself that it is one.

    Raises:
        Expired: It says that the token has run out.
        UnavailableError: It says something else.
    """
    if settings.success_at is None:
        return
    found = text_of(at(value, settings.success_at))
    if found in settings.success_is:
        return
    if found in settings.expired_is:
        raise Expired
    words = text_of(at(value, settings.message_at)) if settings.message_at else None
    said = _shown(found) if words is None else f"{_shown(found)} ({_shown(words)})"
    told = Words(
        f"{what}: found {said} at {settings.success_at}, expected {' or '.join(settings.success_is)}",
        f"{what}：{settings.success_at} 处现为 {said}，应为 {' 或 '.join(settings.success_is)}",
    )
    if found in settings.busy_is:
        raise UnavailableError("peer.throttled", told)
    raise bad(told)


def _listed(found: Any, settings: RoundSettings, kind: Kind, what: str) -> Sequence[Any]:
    """The items: a list, an object of them by their ids, one alone as XML has it; none where null stands."""
    xml = kind == "xml"
    if found is None or (xml and found is NOWHERE):
        return ()  # in XML an element that is not there is a list of none
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        return [found] if xml else list(found.values())
    if xml:
        return [found]
    met = kind_of(None if found is NOWHERE else found)
    raise bad(
        Words(
            f"{what}: found {met} at {settings.items or 'the whole answer'}, expected a list",
            f"{what}：{settings.items or '整个应答'} 处现为{met.zh}，应为列表",
        )
    )


def number_at(value: Any, pointer: str, what: str) -> int:
    """A whole number, or a text of one."""
    found = text_of(at(value, pointer))
    if found is None or not found.isascii() or not found.isdigit() or len(found) > 12:
        raise bad(
            Words(
                f"{what}: found {_shown(found)} at {pointer}, expected a whole number",
                f"{what}：{pointer} 处现为 {_shown(found)}，应为整数",
            )
        )
    return int(found)


def truth_at(value: Any, pointer: str, what: str) -> bool:
    """A truth, however it is written."""
    found = (text_of(at(value, pointer)) or "").lower()
    if found in ("true", "1", "y", "yes"):
        return True
    if found in ("false", "0", "n", "no"):
        return False
    raise bad(
        Words(
            f"{what}: found {_shown(found)} at {pointer}, expected true or false",
            f"{what}：{pointer} 处现为 {_shown(found)}，应为 true 或 false",
        )
    )


def bad(message: Words) -> UnavailableError:
    """An answer that is not understood; the same is asked again later."""
    return UnavailableError("peer.bad-answer", message)


def refused(answer: Answer, what: str, code: str | None = None) -> RejectedError:
    """An answer whose status says that it will not be otherwise later; ``code``: where it says something else here."""
    return RejectedError(
        code or NOT_THERE.get(answer.status, "peer.bad-answer"),
        Words(f"{what}: answered {answer.status}, expected 200", f"{what}：应答 {answer.status}，应为 200"),
    )


def _shown(text: str | None) -> str:
    return "nothing" if not text else repr("".join(ch if ch.isprintable() else " " for ch in text[:_SHOWN]))
