"""What is asked for of a job, read within limits: a kind that is done here, an instance that there is, a window."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from hub.wording import meant
from schemas.errors import PayloadError
from schemas.faults import kind_of
from schemas.words import Words

KEY_CHARACTERS = 128
LONGEST = timedelta(days=3660)
"""As far ahead as anything is foreseen, and as long as a window may be that is asked for again."""
_INSTANT_CHARACTERS = 40
_KEY = re.compile(f"[!-~]{{1,{KEY_CHARACTERS}}}")


class _Form(NamedTuple):
    """What one kind of job takes beside its key: the member that names its instance, and those of its window.

    ``whole``: the window must be there, with all of its members. ``ahead``: it lies ahead, otherwise it is over.
    """

    instance: str = ""
    window: tuple[str, ...] = ()
    whole: bool = False
    ahead: bool = False


KINDS: Mapping[str, _Form] = {
    "backfill": _Form(instance="connector", window=("from", "to"), whole=True),
    "export": _Form(),
    "forecast": _Form(window=("to",), ahead=True),
    "poll": _Form(instance="connector"),
    "reconcile": _Form(instance="sink"),
    "replay": _Form(instance="partner", window=("from",), whole=True),
    "report": _Form(instance="report"),
    "sweep": _Form(),
    "what-if": _Form(instance="draft"),
}
"""Every kind that is done; any other is refused by its name."""
Window = Mapping[str, datetime]
"""The instants of a window, by the members that name them; without any where nobody named one."""
Instances = Mapping[str, Callable[[], Iterable[str]]]
"""What there is to do each kind of job with, where it names something."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job as it is asked for."""

    key: str
    kind: str
    instance: str
    window: Window

    @property
    def content(self) -> str:
        """All but the key: what must be the same under the same key."""
        member = KINDS[self.kind].instance
        named = {member: self.instance} if member else {}
        told = {name: at.isoformat() for name, at in self.window.items()}
        asked = {"kind": self.kind, **named, **({"window": told} if told else {})}
        return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()


def window_of(asked: str) -> Window:
    """The window in the content of a job."""
    told: Mapping[str, str] = orjson.loads(asked).get("window", {})
    return {name: datetime.fromisoformat(at) for name, at in told.items()}


class Reading:
    """Reads what is asked for, within what there is."""

    def __init__(self, instances: Instances, now: Callable[[], datetime]) -> None:
        self._instances = instances
        self._now = now

    def wanted(self, asked: Mapping[str, Any]) -> Wanted:
        """A job as it is asked for.

        Raises:
            PayloadError: Something of it cannot be done; ``where`` names the member.
        """
        key = _text(asked, "key")
        if not _KEY.fullmatch(key):
            raise _bad(
                Words(
                    f"found {len(key)} characters, expected 1 to {KEY_CHARACTERS} of printable ASCII",
                    f"现有 {len(key)} 个字符，应为 1 至 {KEY_CHARACTERS} 个可打印 ASCII 字符",
                ),
                "/key",
            )
        kind = _text(asked, "kind")
        if kind not in KINDS:
            expected = ", ".join(KINDS)
            raise PayloadError(
                "job.kind",
                Words(
                    f"found {kind[:64]!r}, expected one of: {expected}", f"现为 {kind[:64]!r}，应为下列之一：{expected}"
                ),
                "/kind",
            )
        form = KINDS[kind]
        instance = self._instance(asked, form.instance, kind) if form.instance else ""
        window = self._window(asked["window"], form) if "window" in asked and form.window else {}
        if form.whole and not window:
            raise PayloadError(
                "schema.missing",
                Words(
                    f"found no window, expected {' and '.join(form.window)}",
                    f"未给出 window，应含 {' 与 '.join(form.window)}",
                ),
                "/window",
            )
        _no_others(asked, ("key", "kind", form.instance, "window" if form.window else ""), kind, "")
        return Wanted(key, kind, instance, window)

    def _instance(self, asked: Mapping[str, Any], member: str, kind: str) -> str:
        name, known = _text(asked, member), sorted(self._instances[kind]())
        if name not in known:
            near = meant(name[:64], known)
            message = Words(
                f"found {name[:64]!r}, expected one of: {', '.join(known) or 'none is here'}{near}",
                f"现为 {name[:64]!r}，应为下列之一：{'、'.join(known) or '（无）'}{near.zh}",
            )
            raise PayloadError("ref.unknown-name", message, f"/{member}")
        return name

    def _window(self, window: Any, form: _Form) -> Window:
        """What lies ahead, or is asked for or told again."""
        if not isinstance(window, dict):
            raise PayloadError(
                "schema.type",
                Words(f"found {kind_of(window)}, expected an object", f"现为{kind_of(window).zh}，应为对象"),
                "/window",
            )
        _no_others(window, form.window, "this window", "/window")
        now = self._now()
        found = {name: _instant(_text(window, name, "/window"), f"/window/{name}") for name in form.window}
        for name, at in found.items():
            if form.ahead and not now < at <= now + LONGEST:
                message = Words(
                    f"expected an instant within {LONGEST.days} days from now", f"应为今后 {LONGEST.days} 天以内的时刻"
                )
                raise PayloadError("schema.range", message, f"/window/{name}")
            if not form.ahead and at > now:
                raise PayloadError(
                    "schema.range", Words("expected an instant that is over", "应为已过去的时刻"), f"/window/{name}"
                )
        if "from" in found and "to" in found and not found["from"] < found["to"] <= found["from"] + LONGEST:
            message = Words(
                f"expected an instant after that of from, by at most {LONGEST.days} days",
                f"应晚于 from，且相距不超过 {LONGEST.days} 天",
            )
            raise PayloadError("schema.range", message, "/window/to")
        return found


def _text(asked: Mapping[str, Any], member: str, of: str = "") -> str:
    found = asked.get(member)
    if not isinstance(found, str):
        code = "schema.type" if member in asked else "schema.missing"
        raise PayloadError(
            code,
            Words(f"found {kind_of(found)}, expected a text", f"现为{kind_of(found).zh}，应为文字"),
            f"{of}/{member}",
        )
    return found


def _no_others(asked: Mapping[str, Any], known: Iterable[str], of: str, where: str) -> None:
    taken = [each for each in known if each]
    for member in asked:
        if member not in taken:
            message = Words(
                f"found {member[:64]!r}, which {of} does not take; expected {', '.join(taken)}",
                f"{of} 不接受 {member[:64]!r}；应为 {'、'.join(taken)}",
            )
            raise PayloadError("schema.unknown-field", message, f"{where}/{member[:64]}")


def _instant(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text[:_INSTANT_CHARACTERS])
        if len(text) > _INSTANT_CHARACTERS or at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shown = text[:_INSTANT_CHARACTERS]
        message = Words(
            f"found {shown!r}, expected an instant with its offset: 2026-11-23T09:00:00+08:00",
            f"现为 {shown!r}，应为带时区偏移的时刻，如 2026-11-23T09:00:00+08:00",
        )
        raise PayloadError("time.invalid", message, where) from error


def _bad(message: Words, where: str) -> PayloadError:
    return PayloadError("http.request", message, where)
