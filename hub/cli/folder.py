"""The hub folder that a command works on: opened, with its zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.config.folder import HubFolder
from hub.parts.ruled import ruled_folder
from schemas.words import Words

Folder = Annotated[Path, typer.Option("-c", "--config", help="The hub folder.")]
HERE = Path()


@contextmanager
def opened(path: Path) -> Iterator[Assembly]:
    """The parts of a hub folder, for one command."""
    with Assembly(ruled_folder(path)) as parts:
        yield parts


def instant(text: str, folder: HubFolder) -> datetime:
    """An instant as a person types it; without an offset it is the site's time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        example = "2026-11-23T09:00+08:00"
        raise typer.BadParameter(
            Words(f"found {text!r}, expected for example {example}", f"现为 {text!r}，应为例如 {example}")
        ) from error
    return (at if at.tzinfo else at.replace(tzinfo=folder.zone)).astimezone(UTC)
