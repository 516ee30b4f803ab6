"""In which language a command speaks: as it is told, else as the hub does whose folder it is asked about."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from schemas.words import Words

_SET = re.compile(r'^\s*language\s*=\s*["\'](zh|en)["\']', re.MULTILINE)
_FOLDER = ("-c", "--config")


def spoken() -> str:
    """The language in which the command that was called speaks; nothing of its folder has to be sound for that."""
    return asked_language() or usual_language(Path(given_folder() or "."))


def given_folder() -> str:
    """The hub folder that the command was given, as it was typed; empty where it is the one in which somebody is."""
    folder = _after(sys.argv[1:], _FOLDER)
    return folder if folder and Path(folder) != Path() else ""


def called_command() -> str:
    """The command that was called, as it is typed before what it takes: its name and that of its group."""
    from hub.cli.catalogue import CATALOGUE  # noqa: PLC0415 - when something fails
    from hub.cli.lazy import loaded  # noqa: PLC0415 - loaded where it is used

    words = [each for each in sys.argv[1:] if each in CATALOGUE][:1]
    if words:
        within = getattr(loaded(words[0]), "commands", {})
        words += [each for each in sys.argv[sys.argv.index(words[0]) + 1 :][:1] if each in within]
    return " ".join(["licet", *words])


def asked_language() -> str:
    """The language that ``--lang`` names; empty where it names none."""
    found = _after(sys.argv[1:], ("--lang",))
    return found if found in ("zh", "en") else ""


def usual_language(folder: Path) -> str:
    """The language of a hub folder, as far as its settings can be read."""
    try:
        text = (folder / "licet.toml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    found = _SET.search(text)
    return found[1] if found else "zh"


def _after(arguments: Sequence[str], options: Sequence[str]) -> str:
    """What stands after an option, or within it behind =."""
    for n, each in enumerate(arguments):
        name, equals, value = each.partition("=")
        if name in options:
            return value if equals else "".join(arguments[n + 1 : n + 2])
    return ""


def known_language(lang: str | None) -> str | None:
    """What was asked for, as it is: another language is refused before the command begins."""
    if lang not in (None, "zh", "en"):
        raise typer.BadParameter(
            Words(f"found {lang!r}, expected zh or en", f"现为 {lang!r}，应为 zh 或 en"), param_hint="--lang"
        )
    return lang
