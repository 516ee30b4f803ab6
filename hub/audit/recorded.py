"""The way by which every call to another system is on record."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from connectors.deadlines import seconds_for, whole_call
from hub.audit.calls import Calls, Operation
from schemas.errors import LicetError, UnavailableError, UnknownOutcomeError
from schemas.words import Words

_SINGLE: Mapping[str, Operation] = {
    "apply": "apply",
    "facts": "probe",
    "poll": "poll",
    "probe": "probe",
    "send": "send",
    "tell": "send",
}
"""Calls that have an entry each, and what that names them."""
_COUNTED: Mapping[str, Operation] = {
    "leased": "members",
    "matches": "resolve",
    "members": "members",
    "observe": "observe",
    "resolve": "resolve",
}
"""Calls that only look."""
_WRITES = frozenset({"apply", "send", "tell"})
"""Calls of which something may have come, though they failed."""
_NOTICE = "licet-"
"""This and the id of a notice are the keys of notices."""

log = logging.getLogger(__name__)


class Recorded:
    """Calls an adapter; what it was asked, how that went and how long it took is taken down.

    An adapter that fails by a bug of ours, or by an answer that nobody foresaw, fails as one whose system cannot be
    understood: whoever asks many goes on with the next, and what was written is looked at. A call that takes longer
    than its ``seconds`` as a whole ends as one that was not answered in time.
    """

    def __init__(self, name: str, called: object, calls: Calls, seconds: Callable[[str], float] = seconds_for) -> None:
        self._name = name
        self._called = called
        self._calls = calls
        self._seconds = seconds

    def __call__(self, call: str, *arguments: Any, **named: Any) -> Any:
        """What the call returns; it raises what that does.

        Raises:
            UnavailableError: ``peer.bad-answer``: it failed otherwise than a port may.
            UnknownOutcomeError: The same of a call that writes.
        """
        try:
            with whole_call(self._seconds(call)):
                return self._recorded(call, arguments, named)
        except LicetError:
            raise
        except Exception as error:  # as loud as any bug, and no reason to leave all others undone
            log.exception("%s: %s failed by a bug, or by an answer that nobody foresaw", self._name, call)
            raise _unforeseen(self._name, call, error) from error

    def _recorded(self, call: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        made = partial(getattr(self._called, call), *arguments, **named)
        if call in _COUNTED:
            target = arguments[0] if _COUNTED[call] == "members" else None
            return self._calls.counted(self._name, _COUNTED[call], made, target)
        return self._calls.one(self._name, _SINGLE[call], made, **_about(call, arguments, named))


def _unforeseen(name: str, call: str, error: Exception) -> UnavailableError | UnknownOutcomeError:
    kind = type(error).__name__
    if call in _WRITES:
        said = f"{name}: sent, but what came back was not understood ({kind})"
        return UnknownOutcomeError(Words(said, f"{name}：已发出，应答无法识别（{kind}）"))
    said = f"{name}: what came back was not understood ({kind})"
    return UnavailableError("peer.bad-answer", Words(said, f"{name}：应答无法识别（{kind}）"))


def _about(call: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry says besides: of whom it is, it does not."""
    if call == "apply":
        [change] = arguments
        return {"target": change.target, "wanted": change.wanted, "epoch": named["fence"]}
    key = str(named.get("key", ""))
    return {"notice": key.removeprefix(_NOTICE)} if key.startswith(_NOTICE) else {}
