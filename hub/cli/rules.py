"""The rules of positions: whether their files say what can be meant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.folder import HERE, Folder, Lang, chosen_language
from hub.cli.output import WRONG, AsJson, show
from hub.config.folder import COURSES_FILE, course_text, named_texts, position_texts, read_settings
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.lint import lint as found_in
from hub.rules.files.reading import read_courses

app = typer.Typer(no_args_is_help=True)

_COUNTED = {
    "en": "{files} files: {errors} errors, {warnings} warnings",
    "zh": "{files} 个文件: {errors} 个错误, {warnings} 个警告",
}


@app.callback()
def rules() -> None:
    """The rules of positions."""


@app.command()
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Drafts to look at, beside the folder's own; default: all of these.")
    ] = None,
    config: Folder = HERE,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Look at position files: each finding with file, line, what was found, what is expected, what was meant."""
    settings = read_settings(config)
    language = chosen_language(lang, settings.hub.language)
    own = position_texts(config)
    named = named_texts(config, files or ())
    today = datetime.now(ZoneInfo(settings.hub.zone)).date()
    found = _found(course_text(config), {**own, **named}, today, drafts=named.keys() - own.keys())
    found = [each for each in found if not named or each.file in named or each.file == COURSES_FILE]
    counted = _counted(len(named or own), found)
    lines = [*(each.told(language) for each in found), _COUNTED[language].format(**counted)]
    show({**counted, "findings": [asdict(each) for each in found]}, as_json, lambda: "\n".join(lines))
    if counted["errors"]:
        raise typer.Exit(WRONG)


def _found(courses: str, texts: Mapping[str, str], today: date, drafts: Collection[str]) -> Sequence[Finding]:
    """What is found about the files; where the courses cannot be read, no position can be judged by them."""
    try:
        known = read_courses(courses, COURSES_FILE)
    except UnreadableFile as error:
        return error.findings
    return found_in(texts, known, today, drafts=drafts)


def _counted(files: int, found: Sequence[Finding]) -> dict[str, int]:
    errors = sum(each.refused for each in found)
    return {"files": files, "errors": errors, "warnings": len(found) - errors}
