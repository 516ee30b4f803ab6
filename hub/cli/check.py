"""Whether a hub folder can be served: all its files, keys and store; online also what it asks."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from connectors.port import Page
from hub.access.examine import Finding, examine
from hub.assembly import Assembly
from hub.cli.check_files import as_finding, rosters, unreadable
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.cli.tables import table
from hub.cli.typeable import from_here
from hub.clock import to_us
from hub.config.checks import operators_missing
from hub.config.chinese_titles import TITLES
from hub.config.folder import HubFolder
from hub.config.key_files import open_to_others
from hub.config.mappings import findings
from hub.config.names import spoken_of
from hub.config.rule_files import COURSES_FILE
from hub.config.settings_file import read_settings_file
from hub.doctor import machine
from hub.evidence.training_plan import planned
from hub.rules.files.finding import Finding as Warned
from hub.rules.files.finding import UnreadableFile, counted
from hub.rules.files.plan_warnings import breaks_without_place
from hub.rules.files.position_file import PositionFile
from hub.rules.files.renewals import renewals_to_look_at
from hub.rules.files.source_text import SourceText
from hub.rules.files.warnings import calendar_missing, citations_past, courses_unnamed
from hub.store.tables import review
from hub.store.version import VERSION, StoreVersionError
from mappings import MappingDocument
from mappings.records import record_class
from schemas.credential import CredentialStatus
from schemas.errors import LicetError
from schemas.transmission import Fault, Ignored, Outcome
from schemas.words import Words, number_of, told

app = typer.Typer()
_FIRST = Words("first page", "首页数据")
_SOME = 20
"""So many people are looked up at each sink."""


@app.command()
def check(
    config: Folder = HERE,
    online: Annotated[
        bool, typer.Option("--online", help="Also try each sink, and each system that is asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a hub folder: settings, keys, positions, courses, mappings with their cases, rosters."""
    with _opened(config) as parts:
        folder = parts.folder
        documents = list(map(as_finding, findings(folder.path, folder.instances)))
        found = [*folder.waiting, *documents, *rosters(parts, unread=bool(documents))]
        if any(each.refused for each in found):
            told_of = [from_here(each.told(spoken())) for each in sorted(found, key=_last_refused)]
            told_of += (told(each, spoken()) for each in counted(found))
            show([each.parts("en") for each in found], as_json, lambda: "\n".join(told_of))
            raise typer.Exit(WRONG)
        lines = [*_checked(parts), *_looked_at(parts, found)]
        tried = [*_asked(parts), *_tried(parts)] if online else []
    known = {**_counted(folder), **({"online": [each._asdict() for each in tried]} if online else {})}
    show(known, as_json, lambda: "\n".join([*lines, *_table(tried, folder.zone)]))
    if any(each.stops for each in tried):
        raise typer.Exit(WRONG)


@contextmanager
def _opened(config: Path) -> Iterator[Assembly]:
    """The parts of a hub folder; where it is refused, its documents are looked at all the same."""
    with ExitStack() as opening:
        try:
            parts = opening.enter_context(opened(config))
        except UnreadableFile as error:
            raise unreadable(config, error) from error
        yield parts


def _checked(parts: Assembly) -> Iterator[str]:
    """A line for each part that is well; the first one that is not says why."""
    folder, language = parts.folder, spoken()
    _ = (folder.api_token, parts.mappings, parts.adapters, parts.vault)
    for name, instance in folder.instances.items():
        title = instance.spec.title
        words = Words(title, TITLES.get(folder.settings.connectors[name].adapter, title))
        yield told(Words(f"{name}: {words}", f"{name}：{words.zh}"), language)
    yield told(_store(parts), language)


def _looked_at(parts: Assembly, found: Sequence[Warned]) -> Iterator[str]:
    """What somebody should look at: secrets first, then ``found`` in files, then what stands for long; how many."""
    folder, language = parts.folder, spoken()
    today = parts.clock.now().astimezone(folder.zone).date()
    warnings = [
        *(told(each, language) for each in _room(folder)),
        *(each.told(language) for each in open_to_others(folder.path, folder.settings)),
        *(each.told(language) for each in found),
        *(each.told(language) for each in _of_plan(parts)),
        *(each.told(language) for each in operators_missing(folder.settings)),
        *(each.told(language) for each in _spoken_of(parts)),
        *(each.told(language) for each in _courses_unnamed(folder)),
        *(each.told(language) for each in calendar_missing(folder.workdays, today)),
        *(each.told(language) for each in _past_review(parts)),
    ]
    yield from map(from_here, warnings)
    yield told(_sum(len(folder.positions), len(folder.courses), len(warnings)), language)


def _sum(positions: int, courses: int, warnings: int) -> Words:
    """That all was read, and how much of it warns."""
    en = f"{number_of(positions, 'position')}, {number_of(courses, 'course')}: ok"
    zh = f"{positions} 个岗位、{courses} 门课程：正常"
    if not warnings:
        return Words(en, zh)
    return Words(f"{en}, {number_of(warnings, 'warning')}", f"{zh}，{warnings} 条警告")


def _last_refused(finding: Warned) -> bool:
    """What refuses comes last: there a reader looks."""
    return finding.refused


def _room(folder: HubFolder) -> Iterator[Words]:
    """Where the disk of the store has too little room, or soon will have."""
    for each in machine.disk(folder.path / "data", folder.settings.hub.disk_floor_mb):
        if each.state != "good":
            yield Words(f"warning: disk: {each.words}; {each.command}", f"警告：磁盘：{each.words.zh}；{each.command}")


def _courses_unnamed(folder: HubFolder) -> Iterator[Warned]:
    """Courses that nobody named, where they stand."""
    return courses_unnamed(folder.courses, SourceText(folder.texts.get(COURSES_FILE, "")), COURSES_FILE)


def _spoken_of(parts: Assembly) -> Iterator[Warned]:
    """Whose word about credentials is taken further than it issues them, and what nobody asks for."""
    folder = parts.folder
    specs = {name: each.spec for name, each in folder.instances.items()}
    pushing = [name for name, spec in specs.items() if "push" in spec.ports and _tells_of(parts.mappings.of(name))]
    return spoken_of(read_settings_file(folder.path), specs, pushing, folder.position_files.values())


def _tells_of(mapping: MappingDocument) -> bool:
    """Whether a document gives how credentials stand."""
    return any(record_class(each) is CredentialStatus for form in mapping.forms for each in mapping.gives(form))


def _of_plan(parts: Assembly) -> Iterator[Warned]:
    """Breaks in the training plan of which nobody said when they are; nothing before the first start."""
    try:
        database = parts.database
    except StoreVersionError:
        return
    with database.reading() as session:
        sessions = [planned(each) for each in parts.plan.sessions(session).values()]
    yield from breaks_without_place(sessions, parts.clock.now())


def _past_review(parts: Assembly) -> Iterator[Warned]:
    """Citations and renewal rules at which somebody should look, or should have by today, where the hub stands."""
    folder = parts.folder
    today = parts.clock.now().astimezone(folder.zone).date()
    files = [PositionFile(name, each, SourceText(folder.texts[name])) for name, each in folder.position_files.items()]
    for each in files:
        yield from citations_past(each, today)
    yield from renewals_to_look_at(files, folder.renewals, today)


def _asked(parts: Assembly) -> Iterator[Finding]:
    """Every system that is asked: what its first page says by its document. Nothing of it is kept."""
    for name, instance in parts.folder.instances.items():
        if "poll" not in instance.spec.ports:
            continue
        try:
            page = parts.asked_source(name).poll({}, parts.clock.now())
        except StoreVersionError:  # who asks about what the hub knows has nobody to ask about yet
            continue
        except LicetError as error:
            yield Finding(name, _FIRST, error.message, error.code, stops=True)
            continue
        mapping = parts.mappings.of(name)
        yield _said(name, page, [outcome for each in page.transmissions for outcome in mapping.read(each)])


def _said(name: str, page: Page, outcomes: Sequence[Outcome]) -> Finding:
    faults = [each for each in outcomes if isinstance(each, Fault)]
    ignored = sum(isinstance(each, Ignored) for each in outcomes)
    good = len(outcomes) - ignored - len(faults)
    answer = Words(
        f"{good} items read, {ignored} ignored, {len(faults)} not read",
        f"读取 {good} 条，忽略 {ignored} 条，未能读取 {len(faults)} 条",
    )
    if faults:
        where, found, expected = faults[0].where, faults[0].found, faults[0].expected
        answer = Words(
            f"{answer}; the first: {where} found {found}, expected {expected}",
            f"{answer.zh}；首条：{where} 现为 {told(found, 'zh')}，应为 {told(expected, 'zh')}",
        )
    held = next((part["held"] for part in page.summary.values() if "held" in part), "")
    return Finding(name, _FIRST, held or answer, page.alarm or (faults[0].code if faults else ""))


def _tried(parts: Assembly) -> Iterator[Finding]:
    """Every sink, tried with the targets that positions name there and some of our people."""
    for name, sink in parts.sinks.items():
        scopes = [each.targets.get(name, {}) for each in parts.folder.positions.values()]
        targets = sorted({target for scope in scopes for named in scope.values() for target in named})
        yield from examine(sink, targets, _some_people(parts, sink.source))


def _some_people(parts: Assembly, source: str) -> list[str]:
    """Identifiers of some who hold a position, as a sink would know them; none before the first start."""
    try:
        database = parts.database
    except StoreVersionError:
        return []
    now = to_us(parts.clock.now())
    with database.reading() as session:
        people = [row.person for row in session.all(review.holders, {})][:_SOME]
        known = [parts.directory.identifiers(person, source, now, session) for person in people]
    return [each.name for identifiers in known for each in identifiers if each.now]


def _table(tried: Sequence[Finding], zone: ZoneInfo) -> Iterator[str]:
    if tried:
        language = spoken()
        words = [{"tried": told(each.tried, language), "answer": told(each.answer, language)} for each in tried]
        rows = [each._asdict() | said for each, said in zip(tried, words, strict=True)]
        yield table(rows, ("sink", "tried", "answer", "code"), zone)


def _store(parts: Assembly) -> Words:
    """What there is to say of the store, its keys and the log's memory; all of them are opened."""
    try:
        _ = parts.database
    except StoreVersionError as error:
        if error.code != "store.missing":
            raise
        return Words("store: none yet; `licet serve` makes it", "存储：尚未建立，由 `licet serve` 建立")
    _ = (parts.sealer, parts.signing)
    return Words(f"store: version v{VERSION}", f"存储：版本 v{VERSION}")


def _counted(folder: HubFolder) -> dict[str, list[str]]:
    return {
        "connectors": list(folder.instances),
        "positions": list(folder.positions),
        "courses": list(folder.courses),
    }
