"""Instants in what is told, as the clocks of the reader's site show them: a failure names them in UTC."""

import re
import tomllib
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.cli.language import given_folder

_INSTANT = re.compile(r"(?<![\w'\"])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00(?![\w'\"])")
"""As Python writes one; what stands in quotes is the reader's own and stays as it was written."""
_USUAL = "Asia/Shanghai"


def at_site(text: str) -> str:
    """A text whose instants are those of the site: the beginning of a day as that day, all others with their offset."""
    if not _INSTANT.search(text):
        return text
    zone = _zone(Path(given_folder() or "."))
    return _INSTANT.sub(lambda found: _shown(datetime.fromisoformat(found[0]).astimezone(zone)), text)


def _shown(at: datetime) -> str:
    return at.date().isoformat() if at.time() == time() else at.isoformat(timespec="minutes")


def _zone(folder: Path) -> ZoneInfo:
    """The zone of a hub folder, as far as its settings can be read."""
    try:
        return ZoneInfo(tomllib.loads((folder / "licet.toml").read_text("utf-8"))["hub"]["zone"])
    except (OSError, ValueError, KeyError, TypeError):  # a zone that is none is a KeyError, too
        return ZoneInfo(_USUAL)
