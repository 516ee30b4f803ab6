"""What is asked for of a job, read within limits: a kind that is done here, an instance that there is, a window."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from hub.wording import meant
from schemas.errors import PayloadError

KEY_CHARACTERS = 128
LONGEST = timedelta(days=3660)
"""As far ahead as anything is foreseen."""
_INSTANT_CHARACTERS = 40
_KEY = re.compile(f"[!-~]{{1,{KEY_CHARACTERS}}}")


class _Form(NamedTuple):
    """What one kind of job takes beside its key: the member that names its instance, and those of its window."""

    instance: str = ""
    window: tuple[str, ...] = ()


KINDS: Mapping[str, _Form] = {
    "forecast": _Form(window=("to",)),
    "poll": _Form(instance="connector"),
    "reconcile": _Form(instance="sink"),
    "replay": _Form(instance="partner", window=("from",)),
}
"""Every kind that is done; any other is refused by its name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job as it is asked for. ``bound``: that of its window, where it has one."""

    key: str
    kind: str
    instance: str = ""
    bound: datetime | None = None

    @property
    def content(self) -> str:
        """All but the key: what must be the same under the same key."""
        return orjson.dumps(asked_for(self.kind, self.instance, self.bound), option=orjson.OPT_SORT_KEYS).decode()


def asked_for(kind: str, instance: str, bound: datetime | None) -> dict[str, Any]:
    """What was asked for, in the words in which it is asked."""
    form = KINDS[kind]
    named = {form.instance: instance} if instance else {}
    return {"kind": kind, **named, **({"window": {form.window[0]: bound.isoformat()}} if bound is not None else {})}


class Reading:
    """Reads what is asked for; ``instances`` are, by the member that names them, those that there are."""

    def __init__(self, instances: Mapping[str, Iterable[str]], now: Callable[[], datetime]) -> None:
        self._instances = {member: sorted(names) for member, names in instances.items()}
        self._now = now

    def wanted(self, asked: Mapping[str, Any]) -> Wanted:
        """A job as it is asked for.

        Raises:
            PayloadError: Something of it cannot be done; ``where`` names the member.
        """
        key = _text(asked, "key")
        if not _KEY.fullmatch(key):
            raise _bad(f"found {len(key)} characters, expected 1 to {KEY_CHARACTERS} of printable ASCII", "/key")
        kind = _text(asked, "kind")
        if kind not in KINDS:
            expected = ", ".join(KINDS)
            raise PayloadError("job.kind", f"found {kind[:64]!r}, expected one of: {expected}", "/kind")
        form = KINDS[kind]
        instance = self._instance(asked, form.instance) if form.instance else ""
        bound = self._bound(asked["window"], form) if "window" in asked and form.window else None
        if bound is None and "from" in form.window:
            raise PayloadError("schema.missing", "found no window, expected from when on", "/window")
        _no_others(asked, ("key", "kind", form.instance, "window" if form.window else ""), kind, "")
        return Wanted(key, kind, instance, bound)

    def _instance(self, asked: Mapping[str, Any], member: str) -> str:
        name, known = _text(asked, member), self._instances[member]
        if name not in known:
            near = meant(name[:64], known)
            message = f"found {name[:64]!r}, expected one of: {', '.join(known)}{near}"
            raise PayloadError("ref.unknown-name", message, f"/{member}")
        return name

    def _bound(self, window: Any, form: _Form) -> datetime:
        """The end of what lies ahead, or the beginning of what is told again."""
        if not isinstance(window, dict):
            raise PayloadError("schema.type", f"found {type(window).__name__}, expected an object", "/window")
        _no_others(window, form.window, "this window", "/window")
        [name] = form.window
        at, now = _instant(_text(window, name, "/window"), f"/window/{name}"), self._now()
        if name == "to" and not now < at <= now + LONGEST:
            raise PayloadError("schema.range", f"expected an instant within {LONGEST.days} days from now", "/window/to")
        if name == "from" and at > now:
            raise PayloadError("schema.range", "expected an instant that is over", "/window/from")
        return at


def _text(asked: Mapping[str, Any], member: str, of: str = "") -> str:
    found = asked.get(member)
    if not isinstance(found, str):
        code = "schema.type" if member in asked else "schema.missing"
        raise PayloadError(code, f"found {type(found).__name__}, expected a text", f"{of}/{member}")
    return found


def _no_others(asked: Mapping[str, Any], known: Iterable[str], of: str, where: str) -> None:
    taken = [each for each in known if each]
    for member in asked:
        if member not in taken:
            message = f"found {member[:64]!r}, which {of} does not take; expected {', '.join(taken)}"
            raise PayloadError("schema.unknown-field", message, f"{where}/{member[:64]}")


def _instant(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text[:_INSTANT_CHARACTERS])
        if len(text) > _INSTANT_CHARACTERS or at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = (
            f"found {text[:_INSTANT_CHARACTERS]!r}, expected an instant with its offset: 2026-11-23T09:00:00+08:00"
        )
        raise PayloadError("time.invalid", message, where) from error


def _bad(message: str, where: str) -> PayloadError:
    return PayloadError("http.request", message, where)
