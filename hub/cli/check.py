"""Whether a hub folder can be served: settings, keys, positions, courses, mappings, store; online also what it asks."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from connectors.port import Page
from hub.access.examine import Finding, examine
from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import WRONG, AsJson, show
from hub.clock import to_us
from hub.config.checks import operators_missing
from hub.config.folder import HubFolder, position_texts
from hub.config.mappings import findings
from hub.doctor import machine
from hub.evidence.training_plan import planned
from hub.rules.files.finding import Finding as Warned
from hub.rules.files.plan_warnings import breaks_without_place
from hub.rules.files.position_file import PositionFile
from hub.rules.files.source_text import SourceText
from hub.rules.files.warnings import calendar_missing, citations_past
from hub.store.tables import review
from hub.store.version import VERSION, StoreVersionError
from schemas.errors import LicetError
from schemas.transmission import Fault, Ignored, Outcome

app = typer.Typer()
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
    """Validate a hub folder: settings, keys, positions, courses, mappings."""
    with opened(config) as parts:
        folder = parts.folder
        if wrong := list(findings(folder.path, folder.instances)):
            show([asdict(each) for each in wrong], as_json, lambda: "\n".join(map(str, wrong)))
            raise typer.Exit(WRONG)
        lines = list(_checked(parts))
        tried = [*_asked(parts), *_tried(parts)] if online else []
    known = {**_counted(folder), **({"online": [each._asdict() for each in tried]} if online else {})}
    show(known, as_json, lambda: "\n".join([*lines, *_table(tried)]))
    if any(each.stops for each in tried):
        raise typer.Exit(WRONG)


def _checked(parts: Assembly) -> Iterator[str]:
    """A line for each part that is well; the first one that is not says why."""
    folder = parts.folder
    _ = (folder.api_token, parts.mappings, parts.adapters, parts.vault)
    for name, instance in folder.instances.items():
        yield f"{name}: {instance.spec.title}"
    yield _store(parts)
    yield from _room(folder)
    yield from map(str, operators_missing(folder.settings))
    yield from map(str, _past_review(parts))
    yield from map(str, _of_plan(parts))
    yield from map(str, calendar_missing(folder.workdays, parts.clock.now().astimezone(folder.zone).date()))
    yield f"{len(folder.positions)} positions, {len(folder.courses)} courses: ok"


def _room(folder: HubFolder) -> Iterator[str]:
    """Where the disk of the store has too little room, or soon will have."""
    for each in machine.disk(folder.path / "data", folder.settings.hub.disk_floor_mb):
        if each.state != "good":
            yield f"warning: disk: {each.words}; {each.command}"


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
    """Citations at which somebody should have looked again by today, where the hub stands."""
    folder = parts.folder
    today = parts.clock.now().astimezone(folder.zone).date()
    for file, text in position_texts(folder.path).items():
        yield from citations_past(PositionFile(file, folder.position_files[file], SourceText(text)), today)


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
            yield Finding(name, "first page", error.message, error.code, stops=True)
            continue
        mapping = parts.mappings.of(name)
        yield _said(name, page, [outcome for each in page.transmissions for outcome in mapping.read(each)])


def _said(name: str, page: Page, outcomes: Sequence[Outcome]) -> Finding:
    faults = [each for each in outcomes if isinstance(each, Fault)]
    ignored = sum(isinstance(each, Ignored) for each in outcomes)
    answer = f"{len(outcomes) - ignored - len(faults)} items read, {ignored} ignored, {len(faults)} not read"
    if faults:
        answer += f"; the first: {faults[0].where} found {faults[0].found}, expected {faults[0].expected}"
    held = next((str(told["held"]) for told in page.summary.values() if "held" in told), "")
    return Finding(name, "first page", held or answer, page.alarm or (faults[0].code if faults else ""))


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


def _table(tried: Sequence[Finding]) -> Iterator[str]:
    rows = [(each.sink, each.tried, each.answer, each.code) for each in tried]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _store(parts: Assembly) -> str:
    """What there is to say of the store, its keys and the log's memory; all of them are opened."""
    try:
        _ = parts.database
    except StoreVersionError as error:
        if error.code != "store.missing":
            raise
        return "store: none yet; `licet serve` makes it"
    _ = (parts.sealer, parts.signing)
    return f"store: version v{VERSION}"


def _counted(folder: HubFolder) -> dict[str, list[str]]:
    return {
        "connectors": list(folder.instances),
        "positions": list(folder.positions),
        "courses": list(folder.courses),
    }
