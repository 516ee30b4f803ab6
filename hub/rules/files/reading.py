"""Reads a position or the courses from TOML text; a fault names file and line, found, expected, and what was meant."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.rules.files.broken_toml import broken
from hub.rules.files.finding import Finding, Path, UnreadableFile, at
from hub.rules.files.source_text import SourceText
from schemas.faults import ModelFault, faults_of
from schemas.known import names_at, one_of, words_at
from schemas.nearest import asked_about, did_you_mean
from schemas.position import Course, Position


def read_position(text: str, file: str) -> Position:
    """A position from its file, whatever else lint says of it.

    Raises:
        UnreadableFile: All faults, each with file and line, found and expected.
    """
    data = toml_of(text, file)
    try:
        return Position.model_validate(data)
    except ValidationError as error:
        raise UnreadableFile(_findings(error, text, file, Position)) from error


def read_courses(text: str, file: str) -> dict[str, Course]:
    """The courses of a file by their names.

    Raises:
        UnreadableFile: All faults, each with file and line, found and expected.
    """
    found: dict[str, Course] = {}
    wrong: list[Finding] = []
    for name, values in toml_of(text, file).items():
        try:
            found[name] = Course.model_validate(values)
        except ValidationError as error:
            wrong += _findings(error, text, file, Course, (name,))
    if wrong:
        raise UnreadableFile(wrong)
    return found


def toml_of(text: str, file: str) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        UnreadableFile: It is none; with line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place, found, expected, cure = broken(error, text)
        finding = replace(at(file, place, (), found, expected, code="config.syntax"), cure=cure)
        raise UnreadableFile([finding]) from error


def _findings(
    error: ValidationError, text: str, file: str, model: type[BaseModel], under: tuple[str, ...] = ()
) -> list[Finding]:
    source = SourceText(text)
    return [finding_of(each, source, file, model, (*under, *_without_tags(each.at))) for each in faults_of(error)]


def finding_of(fault: ModelFault, source: SourceText, file: str, model: type[BaseModel], path: Path) -> Finding:
    """What a model refused, as it stands in a file; of names and words that are not known there, which are."""
    unknown = fault.code == "schema.unknown-field"
    known = names_at(model, fault.at) if unknown else fault.choices or words_at(model, fault.at)
    asked = path[-1] if unknown and path else fault.found.strip("'")
    hint = asked_about(fault.meant) if fault.meant else did_you_mean(asked, known) if known else ""
    listed = known and not hint and (unknown or fault.code == "schema.missing")
    expected = one_of(known, fault.expected) if listed else fault.expected
    return at(file, source.place_of(path), path, fault.found, expected, hint, fault.code)


_KINDS = {"hours", "course", "exam", "practical", "credential", "all_of", "any_of"}


def _without_tags(at: Sequence[str]) -> Iterator[str]:
    """The way to a fault as it stands in the file: pydantic names the kind of a requirement and of a need, too."""
    for n, part in enumerate(at):
        tag = part in _KINDS and n >= 2 and at[0] == "requirement" and n == 2
        if not tag and part not in ("Use", "constrained-str", "str"):
            yield part
