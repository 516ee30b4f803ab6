"""All that is found about the position files of a hub: what is refused, then what somebody should look at."""

from collections.abc import Collection, Mapping
from datetime import date

from hub.rules.files.finding import Finding, SourceText
from hub.rules.files.reading import read_position
from hub.rules.files.refusals import PROTECTED, PositionFile, refusals, versions_refused
from hub.rules.files.warnings import shared_courses, warnings
from schemas.errors import ConfigError
from schemas.position import Course


def lint(
    texts: Mapping[str, str], courses: Mapping[str, Course], today: date, protected: Collection[str] = PROTECTED
) -> list[Finding]:
    """Everything that is found in position files, by file name; files of one position are its versions in that order.

    A file that cannot be read is one finding, and its neighbours are looked at all the same.
    """
    files: list[PositionFile] = []
    found: list[Finding] = []
    for file, text in texts.items():
        try:
            files.append(PositionFile(file, read_position(text, file), SourceText(text)))
        except ConfigError as error:
            found.append(Finding(file, 0, (), error.message, "a position that can be read"))
    for each in files:
        found += refusals(each, courses, protected)
    for versions in _by_position(files).values():
        found += versions_refused(versions, today)
    for each in files:
        found += warnings(each, courses, today)
    return [*found, *shared_courses(files)]


def _by_position(files: list[PositionFile]) -> dict[str, list[PositionFile]]:
    found: dict[str, list[PositionFile]] = {}
    for each in files:
        found.setdefault(each.position.id, []).append(each)
    return found
