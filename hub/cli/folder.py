"""The hub folder that a command works on: opened, with its zone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.config.folder import HubFolder
from hub.parts.ruled import ruled_folder
from hub.rules.calendar import bound_of
from schemas.nearest import asked_about
from schemas.words import Words

Folder = Annotated[Path, typer.Option("-c", "--config", help="The hub folder.")]
HERE = Path()
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
"""A day as people write it who do not write it as it is taken."""


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
        raise typer.BadParameter(_no_instant(text)) from error
    return (at if at.tzinfo else at.replace(tzinfo=folder.zone)).astimezone(UTC)


def bound(text: str, folder: HubFolder) -> datetime:
    """The end of a time, exclusive, as a person types it: an instant, or the last day that is in it."""
    at = instant(text, folder)
    return bound_of(at.astimezone(folder.zone).date(), folder.zone) if _is_day(text) else at


def _is_day(text: str) -> bool:
    return len(text) <= len("2026-11-23")


def _no_instant(text: str) -> Words:
    """What is said of a text that is none; with the day that it certainly means, as it is taken."""
    hint = Words("", "")
    if day := _DAY.fullmatch(text.strip()):
        try:
            meant = asked_about(date(*map(int, day.groups())).isoformat())
            hint = Words(f"; {meant}", f"；{meant.zh}")
        except ValueError:
            hint = Words("; there is no such day", "；没有这一天")
    examples = "2026-11-23", "2026-11-23T09:00+08:00"
    return Words(
        f"found {text!r}, expected a day or an instant, for example {' or '.join(examples)}{hint}",
        f"现为 {text!r}，应为日期或时刻，例如 {' 或 '.join(examples)}{hint.zh}",
    )
