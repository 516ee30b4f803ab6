"""The way by which every call to another system is on record."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from hub.audit.calls import Calls, Operation

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
_NOTICE = "licet-"
"""This and the id of a notice are the keys of notices."""


class Recorded:
    """Calls an adapter; what it was asked, how that went and how long it took is taken down."""

    def __init__(self, name: str, called: object, calls: Calls) -> None:
        self._name = name
        self._called = called
        self._calls = calls

    def __call__(self, call: str, *arguments: Any, **named: Any) -> Any:
        """What the call returns; it raises what that does."""
        made = partial(getattr(self._called, call), *arguments, **named)
        if call in _COUNTED:
            target = arguments[0] if _COUNTED[call] == "members" else None
            return self._calls.counted(self._name, _COUNTED[call], made, target)
        return self._calls.one(self._name, _SINGLE[call], made, **_about(call, arguments, named))


def _about(call: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry says besides: of whom it is, it does not."""
    if call == "apply":
        [change] = arguments
        return {"target": change.target, "wanted": change.wanted, "epoch": named["fence"]}
    key = str(named.get("key", ""))
    return {"notice": key.removeprefix(_NOTICE)} if key.startswith(_NOTICE) else {}
