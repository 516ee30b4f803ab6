"""The files of a hub folder that say its rules, as they are written: positions, courses, and worked cases of both."""

from collections.abc import Iterable
from pathlib import Path

from hub.config.settings_file import text_of
from hub.rules.files.finding import UnreadableFile, at
from schemas.words import Words

COURSES_FILE = "courses.toml"


def position_paths(path: Path) -> list[Path]:
    """The position files of a hub folder."""
    return sorted((path / "positions").glob("*.toml"))


def position_texts(path: Path) -> dict[str, str]:
    """The position files of a hub folder as they are written, by their names within it."""
    return _texts_in(position_paths(path), "positions")


def case_texts(path: Path) -> dict[str, str]:
    """The worked cases of a hub folder's rules as they are written, by their names within it."""
    return _texts_in(sorted((path / "cases").glob("*.toml")), "cases")


def named_texts(path: Path, files: Iterable[Path]) -> dict[str, str]:
    """Files that somebody names; one of the hub folder's own goes by its name within it."""
    own = (path / "positions").resolve()
    names = {f: f"positions/{f.name}" if f.resolve().parent == own else str(f) for f in files}
    return {name: text_of(file, name) for file, name in names.items()}


def _texts_in(files: Iterable[Path], folder: str) -> dict[str, str]:
    """The files of a folder below the hub's, by their names there."""
    return {name: text_of(file, name) for file in files for name in (f"{folder}/{file.name}",)}


def course_text(path: Path) -> str:
    """The courses of a hub folder as they are written."""
    if not (path / COURSES_FILE).exists():
        found = Words("no such file", "没有该文件")
        expected = Words(
            "the courses, a table each (`licet docs position-files`); an empty file where there are none",
            "课程文件，每门课程一张表（见 `licet docs position-files`）；没有课程时为空文件",
        )
        raise UnreadableFile([at(COURSES_FILE, (1, 1), (), found, expected, code="config.file")])
    return text_of(path / COURSES_FILE)
