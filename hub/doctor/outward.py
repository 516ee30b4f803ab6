"""What may leave a hub: settings without what is secret or personal, findings without places and serial numbers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from hub.config.folder import HubFolder
from hub.doctor.finding import Finding

HIDDEN, SECRET = "(redacted)", "(redacted secret)"
_MOST_DIGITS = 7
"""A longer number may be somebody's."""
_OPEN = frozenset({"zone", "adapter"})
"""Texts that are names of the program's own or of the world's."""


class Redacted:
    """Settings as they may be shown; ``places`` names each value that is not."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def settings(self, folder: HubFolder) -> dict[str, Any]:
        """All settings of a folder as they hold, defaults too."""
        shown = self._model(folder.settings, "", left_out=("connectors", "listeners", "operators"))
        shown["listeners"] = {
            name: self._model(each, f"listeners.{name}") for name, each in folder.settings.listeners.items()
        }
        shown["operators"] = [
            self._model(each, f"operators.#{n}") for n, each in enumerate(folder.settings.operators.values(), 1)
        ]
        self.places += [f"operators.#{n} (name)" for n in range(1, len(folder.settings.operators) + 1)]
        shown["connectors"] = {name: self._instance(name, folder) for name in folder.instances}
        return shown

    def _instance(self, name: str, folder: HubFolder) -> dict[str, Any]:
        table, place = folder.settings.connectors[name], f"connectors.{name}"
        common = self._model(table, place, left_out=("settings",))
        return {**common, "settings": self._model(folder.instances[name].settings, place)}

    def _model(self, model: BaseModel, place: str, left_out: Sequence[str] = ()) -> dict[str, Any]:
        above = f"{place}." if place else ""
        return {
            name: self._value(getattr(model, name), f"{above}{name}", field)
            for name, field in type(model).model_fields.items()
            if name not in left_out
        }

    def _value(self, value: Any, place: str, field: FieldInfo) -> Any:
        if isinstance(value, BaseModel):
            return self._model(value, place)
        if isinstance(value, Mapping):
            return {f"#{n}": self._value(each, f"{place}.#{n}", field) for n, each in enumerate(value.values(), 1)}
        if isinstance(value, list | tuple | frozenset | set):
            return [self._value(each, f"{place}.#{n}", field) for n, each in enumerate(value, 1)]
        return self._single(value, place, field)

    def _single(self, value: Any, place: str, field: FieldInfo) -> Any:
        if value is None or isinstance(value, bool | float) or value in ("", b""):
            return value if value != b"" else ""
        if isinstance(value, int) and len(str(abs(value))) <= _MOST_DIGITS:
            return value
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, str) and (place.rpartition(".")[2] in _OPEN or value in _words_of(field.annotation)):
            return value
        self.places.append(place)
        return SECRET if isinstance(value, SecretStr) else HIDDEN


def _words_of(annotation: Any) -> set[str]:
    """The words that a setting takes, where it takes certain ones alone; they say nothing of anybody."""
    found: set[str] = set()
    for each in get_args(annotation):
        found |= {each} if isinstance(each, str) else _words_of(each)
    return found


def outward(findings: Sequence[Finding], home: Path, peers: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Findings as they may be shown: of an error its code alone, no path of this machine, no serial number."""
    hide = _hiding(home, peers)
    for each in findings:
        command = " ".join(each.command.split()[:2])
        if each.code:
            yield {"topic": each.topic, "state": each.state, "code": each.code, "command": command}
        else:
            shown = each.json()
            said = {name: hide(shown[name]) for name in ("found_en", "found_zh")}
            yield {"topic": each.topic, "state": each.state, **said, "command": command}


def _hiding(home: Path, peers: Sequence[str]) -> Callable[[str], str]:
    places = {str(home), str(home.resolve()), str(Path.home())} - {".", "/"}
    of = [re.escape(each) for each in sorted({*places, *peers}, key=len, reverse=True) if each]
    hidden = re.compile("|".join(of) or r"(?!)")
    return lambda text: hidden.sub(HIDDEN, text)
