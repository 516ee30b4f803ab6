"""Looks at one thing after the other, each for so long and no longer; what fails or hangs is said."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Thread
from typing import NamedTuple

from audit_log.checkpoint import TamperError
from hub.doctor.finding import TOPICS, Finding, unseen
from schemas.errors import LicetError
from schemas.words import Words

ALL_SECONDS, ONE_SECONDS = 8.0, 3.0


class Check(NamedTuple):
    """One look. ``needs``: the topics without which it cannot look; ``command``: what else shows it."""

    topic: str
    look: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    command: str = ""


def examined(checks: Sequence[Check], monotonic: Callable[[], float]) -> Iterator[Finding]:
    """What is found, in order; all of it takes less than ten seconds, whatever hangs."""
    ends = monotonic() + ALL_SECONDS
    blind: set[str] = set()
    for check in checks:
        missing = next((each for each in check.needs if each in blind), None)
        if missing is None:
            found = _within(check, max(min(ONE_SECONDS, ends - monotonic()), 0.05))
        else:
            found = [unseen(check.topic, _without(missing), check.command)]
        if found and found[-1].state == "unseen":
            blind.add(check.topic)
        yield from found


def _without(topic: str) -> Words:
    name = TOPICS[topic]
    return Words(f"{name if name.startswith('the ') else f'the {name}'} could not be looked at", f"{name.zh}未能查看")


def _within(check: Check, seconds: float) -> list[Finding]:
    """What a check finds within some seconds; the thread of one that hangs ends with the process."""
    found: list[list[Finding]] = []
    thread = Thread(target=lambda: found.append(_looked(check)), name=f"look at {check.topic}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        reason = Words(f"that took more than {seconds:.1f} s", f"{seconds:.1f} 秒内未完成")
        return [unseen(check.topic, reason, check.command)]
    (only,) = found  # a bug in a check ends the command: it is no finding
    return only


def _looked(check: Check) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.look())
    except (LicetError, TamperError, OSError) as error:
        found.append(unseen(check.topic, _reason(error), check.command, getattr(error, "code", type(error).__name__)))
    return found


def _reason(error: Exception) -> Words:
    """Why, in both languages as far as it has them."""
    if isinstance(error, LicetError):
        return Words(_line(error.told("en")), _line(error.told("zh")))
    words = f"{error.filename or ''} {error.strerror or error}".strip() if isinstance(error, OSError) else str(error)
    return Words(words, words)


def _line(text: str) -> str:
    return "; ".join(each.strip() for each in text.splitlines() if each.strip())
