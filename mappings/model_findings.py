"""What pydantic refuses in a JSON file, as findings: with the line, and with what was probably meant."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from mappings.finding import LintFinding, WrongFile
from mappings.places import Lines, pointer
from mappings.vocabulary import ALSO_CALLED, CONVERSIONS
from schemas.errors import PayloadError
from schemas.faults import ModelFault, faults_of
from schemas.known import names_at, one_of, words_at
from schemas.nearest import asked_about, did_you_mean
from schemas.reading import read_json
from schemas.words import Words

M = TypeVar("M", bound=BaseModel)
_LINE = re.compile(r"line ([0-9]+) column ([0-9]+)")
_BYTE = re.compile(r"byte ([0-9]+)")


def read_model(model: type[M], file: str, text: bytes, see: Words) -> tuple[M, Lines]:
    """What a JSON text says, as a model, with the lines of its values.

    Raises:
        WrongFile: Everything that is wrong with it; ``see`` names what tells more.
    """
    try:
        value = read_json(text)
    except PayloadError as error:
        raise WrongFile([_unread(file, text, error)]) from error
    lines = Lines(text.decode())
    try:
        return model.model_validate(value), lines
    except ValidationError as error:
        found = [_of_model(model, file, lines, each, see) for each in faults_of(error)]
        raise WrongFile(sorted(found, key=lambda each: (each.line, each.column))) from error


def _unread(file: str, text: bytes, error: PayloadError) -> LintFinding:
    """Why a text is no JSON, at its line and column."""
    line, column = _place(error.where, text)
    mend = Words("mend that place", "更正该处")
    if error.code == "encoding.invalid":
        mend = Words("save the file anew, in the encoding UTF-8 without BOM", "将文件另存，编码选择 UTF-8（不带 BOM）")
    wanted = error.expected or Words("a JSON text", "JSON 文本")
    at = error.where if error.where.startswith("/") else ""
    return LintFinding(file, at, error.found, wanted, mend, line, code=error.code, column=column)


def _place(where: str, text: bytes) -> tuple[int, int]:
    """Line and column of what a reader names by them, or by a byte."""
    if at := _LINE.match(where):
        return int(at[1]), int(at[2])
    ahead = text[: int(at[1])] if (at := _BYTE.match(where)) else b""
    return ahead.count(b"\n") + 1, len(ahead) - ahead.rfind(b"\n")


def _of_model(model: type[BaseModel], file: str, lines: Lines, fault: ModelFault, see: Words) -> LintFinding:
    at = lines.written(pointer(*_without_tags(model, fault.at)))
    unknown = fault.code == "schema.unknown-field"
    known = names_at(model, fault.at) if unknown else words_at(model, fault.at)
    meant = _meant(fault, known if unknown else ())
    listed = known and not meant and (unknown or fault.code == "schema.missing")
    expected = one_of(known, fault.expected) if listed else fault.expected
    return LintFinding(
        file, at, fault.found, expected, meant or _to_do(fault, at, see, known), *lines.of(at), code=fault.code
    )


def _to_do(fault: ModelFault, at: str, see: Words, known: Iterable[str]) -> Words:
    """What to do where nothing else is probably meant."""
    if fault.code == "schema.unknown-field":
        return Words("remove it, or mend its spelling", "删除，或更正拼写")
    if fault.code == "schema.missing":
        above, _, name = at.rpartition("/")
        if (value := above.rpartition("/")[2]) in known:  # a form that is called as what it reads
            return Words(f'add "{name}": "{value}" there ({see})', f'在该处补充 "{name}": "{value}"（{see.zh}）')
        return Words(f'add "{name}": … there ({see})', f'在该处补充 "{name}": …（{see.zh}）')
    return see


def _meant(fault: ModelFault, known: Iterable[str]) -> str:
    """What was probably meant by a name that is not known, or by one that is none of a closed list."""
    if fault.code == "schema.unknown-field":
        return did_you_mean(fault.at[-1], known)
    listed = re.findall(r"'([^']+)'", fault.expected)
    if set(listed) & set(CONVERSIONS) and (usual := ALSO_CALLED.get(fault.found.strip("'").lower())):
        return asked_about(repr(usual))
    # A long list is cut in a message.
    return did_you_mean(fault.found.strip("'"), [*listed, *(CONVERSIONS if set(listed) & set(CONVERSIONS) else ())])


_TAGS = re.compile(r"[A-Z]\w*|str|int|bool|(?:tuple|dict|literal|function-\w+|constrained-\w+)\[.*|constrained-str")
"""What pydantic puts into the way to a fault for a member of a union: a class, or a kind of plain value."""


def _without_tags(model: type[BaseModel], at: tuple[str, ...]) -> Iterator[str]:
    """The way to a fault as it stands in the file."""
    own = {each.__name__ for each in _all_models(model)} | {"Conversion"}
    for n, part in enumerate(at):
        kind_of_form = n == 2 and at[0] == "forms" and part != "read"
        if not kind_of_form and not (part in own or (_TAGS.fullmatch(part) and not part[0].isupper())):
            yield part


def _all_models(model: type[BaseModel]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    ahead = [model]
    while ahead:
        if (each := ahead.pop()) not in found:
            found.add(each)
            ahead += [inner for field in each.model_fields.values() for inner in _models(field.annotation)]
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
