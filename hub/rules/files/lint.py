"""All that is found about the position files of a hub: what is refused, then what somebody should look at."""

from collections.abc import Collection, Mapping
from datetime import date

from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.names import posts_refused
from hub.rules.files.position_file import PositionFile
from hub.rules.files.reading import read_position
from hub.rules.files.refusals import PROTECTED, refusals, versions_refused
from hub.rules.files.renewals import renewals_refused, renewals_to_look_at
from hub.rules.files.source_text import SourceText
from hub.rules.files.warnings import shared_courses, warnings
from schemas.position import Course
from schemas.renewal import RenewalRule


def lint(
    texts: Mapping[str, str],
    courses: Mapping[str, Course] | None,
    today: date,
    protected: Collection[str] = PROTECTED,
    drafts: Collection[str] | None = None,
    renewals: Mapping[str, RenewalRule] | None = None,
) -> list[Finding]:
    """Everything that is found in position files, by file name; files of one position are its versions.

    A file that cannot be read has its own findings, and its neighbours are looked at all the same. ``drafts`` are the
    files that are not in force yet (all of them, if none are named): of these the day may not be past. Without
    ``courses`` no name of a course is judged, without ``renewals`` none of a renewal rule. Findings are in the order
    of files and lines.
    """
    files: list[PositionFile] = []
    found: list[Finding] = []
    for file, text in texts.items():
        try:
            files.append(PositionFile(file, read_position(text, file), SourceText(text)))
        except UnreadableFile as error:
            found += error.findings
    for each in files:
        found += refusals(each, courses, protected)
    found += posts_refused(files)
    for versions in _by_position(files).values():
        is_draft = drafts is None or versions[-1].file in drafts
        found += versions_refused(versions, today if is_draft else None)
    for each in files:
        found += warnings(each, courses, today)
    if renewals is not None:
        found += [each for file in files for each in renewals_refused(file, renewals)]
        found += renewals_to_look_at(files, renewals, today)
    found += shared_courses(files)
    return sorted(found, key=lambda each: (each.file, each.line, each.path, each.found))


def _by_position(files: list[PositionFile]) -> dict[str, list[PositionFile]]:
    """The versions of each position in the order of their days, whatever the files are called."""
    found: dict[str, list[PositionFile]] = {}
    for each in sorted(files, key=lambda file: file.position.effective_from or date.min):
        found.setdefault(each.position.id, []).append(each)
    return found
