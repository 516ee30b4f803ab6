"""Commands and files that are named to people, as they are typed from the folder in which they stand."""

import re
import shlex
from pathlib import Path

from hub.cli.language import given_folder

SETTINGS_FILE = "licet.toml"

_BACKTICKED = re.compile("`([^`\n]+)`")
_OF_NO_FOLDER = re.compile(
    r"licet (?:-|(?:init|restore|demo(?! sign-push)|package (?:key|sign-draft|approve|seal)|authority try)\b)"
)
"""Commands that take no hub folder with ``-c``; and ``licet`` itself."""
_LAST = re.compile(r"\s(?:>|\||--)\s.*$")
"""What stands behind the options of a command: where its output goes, and values that begin with a dash."""
_OF_FOLDER = re.compile(
    r"(?<![A-Za-z0-9_./:\"'~-])(?:licet\.toml|courses\.toml|(?:positions|renewal|calendar|keys|mappings)/"
    r"(?:[\w*-]+(?:[./][\w*-]+)*)?)",
    re.ASCII,
)
"""A file of a hub folder, as it is called there."""
_HEAD = re.compile(r"^[^\s:：]+(?=[:：])", re.MULTILINE)


def with_folder(text: str) -> str:
    """A text whose commands name the hub folder that this command was given."""
    folder = _hub_folder()
    return _BACKTICKED.sub(lambda found: f"`{typed(_placed(found[1], folder), folder)}`", text) if folder else text


def from_here(text: str) -> str:
    """What is told of files of the hub folder: commands and files as they are typed from the reader's folder."""
    folder = _hub_folder()
    if not folder:
        return text
    placed = _HEAD.sub(lambda found: _of(folder, found[0]), text)
    return with_folder(_placed(placed, folder))


def _hub_folder() -> str:
    """The hub folder that the command was given, as it was typed; empty where that holds no hub."""
    folder = given_folder()
    return folder if folder and (Path(folder) / SETTINGS_FILE).is_file() else ""


def _placed(text: str, folder: str) -> str:
    return _OF_FOLDER.sub(lambda found: f"{folder.rstrip('/')}/{found[0]}", text)


def typed(command: str, folder: str) -> str:
    """A command as it is typed for a hub folder; what is no command of ours, and names one already, as it is."""
    if not command.startswith("licet ") or _OF_NO_FOLDER.match(command) or command.endswith(" -h"):
        return command
    if re.search(r"\s(-c|--config)\b", command):
        return command
    last = found[0] if (found := _LAST.search(command)) else ""
    return f"{command.removesuffix(last)} -c {shlex.quote(folder)}{last}"


def _of(folder: str, file: str) -> str:
    """A file with which a line begins: of the hub folder, where it is there."""
    own = not _OF_FOLDER.match(file) and not Path(file).is_absolute() and (Path(folder) / file).is_file()
    return f"{folder.rstrip('/')}/{file}" if own else file
