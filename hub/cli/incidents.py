"""What happened at work: incidents, and where they gather."""

from typing import Annotated

import typer

from hub.cli.corrections import Evidence, Person, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.probation import Position
from hub.cli.tables import table
from hub.views.incidents import Pattern, patterns

app = typer.Typer()


@app.command()
def incident(
    person: Person,
    position: Position,
    at: Annotated[str, typer.Option("--at", help="When it happened, for example 2026-11-23T15:00.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    course: Annotated[str, typer.Option("--course", help="The course whose subject it concerns.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """An incident at work, for HR to look at: it lowers no scope. More than 31 days back it takes --by twice."""
    with opened(config) as parts:
        basis, now = basis_of(reason, evidence, by), parts.clock.now()
        kept = parts.incidents.report(person, position, course, instant(at, parts.folder), basis, now)
    tell(kept, as_json)


@app.command()
def incidents(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Where incidents of the last 12 months gather, by position and course; it names nobody."""
    with opened(config) as parts:
        found = patterns(parts.database, parts.clock, parts.folder.zone)
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, Pattern._fields, parts.folder.zone))
