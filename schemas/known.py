"""What a model knows at a place: the names of the table there, and the words of a closed list, as written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.words import Words

_A_NAME = Words("one of those that are known here", "此处可用的名称")


def names_at(model: type[BaseModel], at: Sequence[str]) -> list[str]:
    """The names that may stand where the last part of a way stands; none where no table of fixed names is."""
    tables = [each for each in _found_at(model, at[:-1]) if _is_model(each)]
    return sorted({field.alias or name for each in tables for name, field in each.model_fields.items()})


def words_at(model: type[BaseModel], at: Sequence[str]) -> list[str]:
    """The words of which one may stand at a place, in the order of the model; none where it is no closed list."""
    literals = [get_args(each) for each in _found_at(model, at) if get_origin(each) is Literal]
    return list(dict.fromkeys(str(word) for each in literals for word in each))


def field_at(model: type[BaseModel], at: Sequence[str]) -> FieldInfo | None:
    """The field of a model that a way leads to; nothing where it leads to no field."""
    tables = [each for each in _found_at(model, at[:-1]) if _is_model(each)]
    return next((each.model_fields[at[-1]] for each in tables if at[-1] in each.model_fields), None)


def one_of(known: Iterable[str], expected: Words = _A_NAME) -> Words:
    """What is expected, with those that are known of it."""
    listed = list(known)
    return Words(f"{expected}: {', '.join(listed)}", f"{expected.zh}：{'、'.join(listed)}")


def _found_at(model: type[BaseModel], at: Sequence[str]) -> list[Any]:
    """What may stand at a place, after the checking library's own way to it, which also names members of unions."""
    found: list[Any] = [model]
    for part in at:
        found = [leaf for each in found for leaf in _within(each, part)] or _called(found, part) or found
    return found


def _within(holder: Any, part: str) -> Iterator[Any]:
    """What may stand at a member or element of something."""
    if _is_model(holder):
        named = [field for name, field in holder.model_fields.items() if part in (name, field.alias)]
        yield from (leaf for field in named for leaf in _leaves(field.annotation))
        return
    kind, inner = get_origin(holder), get_args(holder)
    if isinstance(kind, type) and issubclass(kind, Mapping):
        yield from _leaves(inner[-1])
    elif isinstance(kind, type) and issubclass(kind, list | tuple | set | frozenset) and part.isdecimal():
        yield from (leaf for each in inner if each is not Ellipsis for leaf in _leaves(each))


def _called(found: Sequence[Any], part: str) -> list[Any]:
    """The models of a union that go by this name or by this word of theirs."""
    models = [each for each in found if _is_model(each)]
    return [each for each in models if part == each.__name__ or part in _own_words(each)]


def _own_words(model: type[BaseModel]) -> set[str]:
    """The words by which a model tells itself from the others of its union."""
    literals = (each for field in model.model_fields.values() for each in _leaves(field.annotation))
    return {str(word) for each in literals if get_origin(each) is Literal for word in get_args(each)}


def _leaves(annotation: Any) -> Iterator[Any]:
    """The members of an annotation, unions and notes taken apart."""
    if get_origin(annotation) is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _leaves(each)
    else:
        yield annotation


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)
