"""Rules that are tried before they hold: the files of a draft, laid over those of a hub folder."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.config.folder import HubFolder
from hub.config.rule_files import COURSES_FILE, named_texts
from hub.rules.calendar import start_of
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.position_file import PositionFile
from hub.rules.files.reading import read_courses, read_position
from hub.rules.files.refusals import refusals
from hub.rules.files.renewals import renewals_refused
from hub.rules.files.source_text import SourceText
from schemas.errors import ConfigError
from schemas.position import Position
from schemas.words import Words

DRAFTS = "drafts"
"""The folder of a hub folder in which drafts lie that are looked at by name."""
_DRAFT = Words(
    "copy a file of positions/ to another folder, change it there, and name that; nothing in force is touched",
    "将 positions/ 中的文件复制到另一目录，修改后指定该文件；现行规则不受影响",
)
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Draft:
    """A hub folder as it would be with a draft's files, and from when each position of the draft is meant to hold."""

    folder: HubFolder
    begins: Mapping[str, datetime]


def read_draft(folder: HubFolder, place: Path) -> Draft:
    """A draft: a position file, ``courses.toml``, or a folder of both.

    A position without a day takes the place of all versions of it, as if it had always held; one with a day is a
    further version.

    Raises:
        ConfigError: A file cannot be read or would be refused: file, line, found and expected; or there is none.
    """
    texts = named_texts(folder.path, _files(place))
    courses = folder.courses
    for file in [each for each in texts if Path(each).name == COURSES_FILE]:
        courses = read_courses(texts.pop(file), file)
    positions = {file: read_position(text, file) for file, text in texts.items()}
    files = [PositionFile(file, each, SourceText(texts[file])) for file, each in positions.items()]
    if wrong := [
        finding for each in files for finding in (*refusals(each, courses), *renewals_refused(each, folder.renewals))
    ]:
        raise UnreadableFile(wrong)
    whole = replace(folder, position_files=_laid_over(folder.position_files, positions), courses=courses)
    return Draft(whole, begins_of(positions.values(), folder.zone))


def drafts_of(folder: Path) -> list[str]:
    """The names of the drafts of a hub folder: position files, or folders of them. What is linked to is none."""
    try:
        found = [each for each in (folder / DRAFTS).iterdir() if not each.is_symlink()]
    except OSError:
        return []
    return sorted(each.name for each in found if _NAME.fullmatch(each.name) and (each.is_dir() or _is_file(each)))


def _is_file(place: Path) -> bool:
    return place.suffix == ".toml" and place.is_file()


def _files(place: Path) -> list[Path]:
    if not place.exists():
        missing = Words(f"{place}: found no such file or folder", f"{place}：没有该文件或目录")
        raise ConfigError(_instead(missing), "config.file", _DRAFT)
    if not place.is_dir():
        return [place]
    inside = place / "positions" if (place / "positions").is_dir() else place
    files = [*inside.glob("*.toml"), *([place / COURSES_FILE] if (place / COURSES_FILE).exists() else [])]
    found = sorted({file for file in files if file.name != "licet.toml"})
    if not found:
        raise ConfigError(_instead(Words(f"{place}: found no *.toml", f"{place}：没有 *.toml")), cure=_DRAFT)
    return found


def _instead(found: Words) -> Words:
    return Words(
        f"{found}, expected a draft: a position file, or a folder of such files",
        f"{found.zh}，应为草案：岗位文件或岗位文件的目录",
    )


def _laid_over(held: Mapping[str, Position], draft: Mapping[str, Position]) -> dict[str, Position]:
    """All files: without those that the draft replaces, whole positions or single versions of them."""
    whole = {each.id for each in draft.values() if each.effective_from is None}
    versions = {(each.id, each.effective_from) for each in draft.values()}
    kept = {
        file: each
        for file, each in held.items()
        if each.id not in whole and (each.id, each.effective_from) not in versions
    }
    return {**kept, **draft}


def begins_of(positions: Iterable[Position], zone: ZoneInfo) -> dict[str, datetime]:
    """From when each position that names its day is meant to hold: of several versions the last one."""
    dated = sorted((each.effective_from, each.id, each.zone) for each in positions if each.effective_from is not None)
    return {post: start_of(day, ZoneInfo(own) if own else zone) for day, post, own in dated}
