"""From the text of a wire to Python values: the conversions of a field, one after the other, made once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mappings.instants import INSTANTS
from mappings.mismatch import Context, Convert
from mappings.numbers import NUMBERS
from mappings.rules import Details, FieldRule
from mappings.texts import LISTS, TEXTS

_MAKERS: Mapping[str, Callable[[Details], Convert]] = {**TEXTS, **LISTS, **NUMBERS, **INSTANTS}


def conversion(rule: FieldRule) -> Convert | None:
    """What turns the found value of a field into its Python value; ``None`` where it stays as it is."""
    converts = [(do, _MAKERS[do](details)) for do, details in rule.chain]
    if len(converts) > 1:
        return _chained([convert if do in LISTS else _of_each(convert) for do, convert in converts])
    return converts[0][1] if converts else None


def _of_each(convert: Convert) -> Convert:
    """The conversion of a value, or of each value of a list."""

    def converted(value: Any, context: Context) -> Any:
        if type(value) is tuple:
            return tuple([convert(each, context) for each in value])
        return convert(value, context)

    return converted


def _chained(converts: Sequence[Convert]) -> Convert:
    def converted(value: Any, context: Context) -> Any:
        for convert in converts:
            value = convert(value, context)
            if value is None or value == "":
                return None
        return value

    return converted
