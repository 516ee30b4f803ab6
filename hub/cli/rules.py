"""The rules of positions: whether their files say what can be meant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.crowding import crowding
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.cli.typeable import from_here
from hub.config.calendars import read_workdays
from hub.config.folder import is_hub_folder, read_settings
from hub.config.renewals import read_renewals, shipped_renewals
from hub.config.rule_files import COURSES_FILE, course_text, named_texts, position_texts
from hub.config.settings import Settings
from hub.evidence.training_plan import planned
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.lint import lint as found_in
from hub.rules.files.plan_warnings import breaks_without_place
from hub.rules.files.reading import read_courses
from hub.rules.files.refusals import PROTECTED
from hub.rules.files.warnings import calendar_missing
from schemas.errors import LicetError
from schemas.position import Course
from schemas.renewal import RenewalRule
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_COUNTED = {
    "en": "{files} files: {errors} errors, {warnings} warnings",
    "zh": "{files} 个文件：{errors} 个错误，{warnings} 个警告",
}


@app.callback()
def rules() -> None:
    """The rules of positions."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked at: position files, courses and renewal rules that they name, and which files are asked about."""

    texts: Mapping[str, str]
    courses: tuple[str, str] | None
    asked: Collection[str]
    drafts: Collection[str]
    renewals: Mapping[str, RenewalRule]

    def findings(self, today: date, protected: Collection[str]) -> Sequence[Finding]:
        """What is found about the files that are asked about, what refuses a file first."""
        courses, found = self._known()
        found = [*found, *found_in(self.texts, courses, today, protected, self.drafts, self.renewals)]
        shown = {*self.asked, *(self.courses or ())[:1]}
        return sorted((each for each in found if each.file in shown), key=lambda each: not each.refused)

    def _known(self) -> tuple[Mapping[str, Course] | None, Sequence[Finding]]:
        """The courses by their names; where none can be read, no name of one is judged, and a finding says so."""
        if self.courses is None:
            expected = Words(
                f"{COURSES_FILE} among the files: without it no name of a course is looked at",
                f"一并给出 {COURSES_FILE}，否则不检查课程名",
            )
            return None, [
                Finding(each, 1, (), Words("no courses", "没有课程文件"), expected, refused=False)
                for each in self.texts
            ]
        file, text = self.courses
        try:
            return read_courses(text, file), ()
        except UnreadableFile as error:
            return None, error.findings


@app.command()
def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Position files or courses.toml, in a hub folder or outside; default: all of the folder."),
    ] = None,
    config: Folder = HERE,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As on this day; default: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at position files: each finding with file, line, what was found, what is expected, what was meant."""
    outside = bool(files) and config == HERE and not is_hub_folder(config)
    settings = Settings() if outside else read_settings(config)
    language = spoken()
    looked = _outside(files or ()) if outside else _within(config, files or ())
    today = (on or datetime.now(ZoneInfo(settings.hub.zone))).date()
    found = looked.findings(today, PROTECTED | {*settings.hub.protected})
    if not files:
        found = [*found, *calendar_missing(read_workdays(config), today)]
        found += [] if any(each.refused for each in found) else _of_plan(config)
    if not outside and not any(each.refused for each in found):
        found = [*found, *crowding(config, [file for file in files or () if str(file) in looked.drafts])]
    _told(found, len(looked.asked), language, as_json)
    if any(each.refused for each in found):
        raise typer.Exit(WRONG)


def _of_plan(folder: Path) -> list[Finding]:
    """What is found of the training plan; nothing where the hub was never started, and has none."""
    try:
        with opened(folder) as parts, parts.database.reading() as session:
            sessions = [planned(each) for each in parts.plan.sessions(session).values()]
            return list(breaks_without_place(sessions, parts.clock.now()))
    except LicetError:
        return []


def _within(folder: Path, files: Sequence[Path]) -> _Looked:
    """A hub folder's own files and those named beside them; asked about are the named ones, or all."""
    own = position_texts(folder)
    positions, courses = _apart(named_texts(folder, files))
    asked = {*positions, *([courses[0]] if courses else [])} if files else own.keys()
    known = courses or (COURSES_FILE, course_text(folder))
    return _Looked({**own, **positions}, known, asked, positions.keys() - own.keys(), read_renewals(folder))


def _outside(files: Sequence[Path]) -> _Looked:
    """The named files alone, which are nobody's rules yet."""
    positions, courses = _apart(named_texts(HERE, files))
    asked = {*positions, *([courses[0]] if courses else [])}
    return _Looked(positions, courses, asked, positions.keys(), shipped_renewals())


def _apart(texts: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Position files, and the courses where they are among them."""
    courses = [(file, text) for file, text in texts.items() if Path(file).name == COURSES_FILE]
    if len(courses) > 1:
        raise typer.BadParameter(
            Words(
                f"found {len(courses)} files {COURSES_FILE}, expected one",
                f"有 {len(courses)} 个 {COURSES_FILE}，应为一个",
            )
        )
    return {file: text for file, text in texts.items() if Path(file).name != COURSES_FILE}, next(iter(courses), None)


def _as_typed(finding: Finding, language: str) -> str:
    """A finding, about a file as it was named or, where that is one of the hub folder, as it is typed from here."""
    text = finding.told(language)
    return text if Path(finding.file).exists() else from_here(text)


def _told(found: Sequence[Finding], files: int, language: str, as_json: bool) -> None:
    errors = sum(each.refused for each in found)
    counted = {"files": files, "errors": errors, "warnings": len(found) - errors}
    lines = [*(_as_typed(each, language) for each in found), _COUNTED[language].format(**counted)]
    show(
        {**counted, "findings": [{**asdict(each), **each.parts("en")} for each in found]},
        as_json,
        lambda: "\n".join(lines),
    )
