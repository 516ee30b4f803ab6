"""The hub folder that a command works on: opened, with its zone and its language."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.language import chosen_language, known_language
from hub.config.folder import HubFolder, is_hub_folder, read_settings
from hub.parts.ruled import ruled_folder

Folder = Annotated[Path, typer.Option("-c", "--config", help="The hub folder.")]
Lang = Annotated[
    str | None, typer.Option("--lang", help="zh or en; default: the hub's language.", callback=known_language)
]
HERE = Path()


@contextmanager
def opened(path: Path) -> Iterator[Assembly]:
    """The parts of a hub folder, for one command."""
    with Assembly(ruled_folder(path)) as parts:
        yield parts


def language_of(folder: HubFolder, lang: str | None) -> str:
    """The language of a command's output."""
    return chosen_language(lang, folder.settings.hub.language)


def folder_language(path: Path, lang: str | None) -> str:
    """The language of the output of a command that opens no hub; English outside of a hub folder."""
    return chosen_language(lang, read_settings(path).hub.language if is_hub_folder(path) else "en")


def instant(text: str, folder: HubFolder) -> datetime:
    """An instant as a person types it; without an offset it is the site's time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}, expected for example 2026-11-23T09:00+08:00") from error
    return (at if at.tzinfo else at.replace(tzinfo=folder.zone)).astimezone(UTC)
