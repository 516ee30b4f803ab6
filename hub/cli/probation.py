"""What people say of somebody on probation: practicals at work with their result, and mentors."""

from typing import Annotated

import typer

from hub.cli.corrections import Evidence, Person, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson

app = typer.Typer()

Position = Annotated[str, typer.Argument(help="The position.")]


@app.command()
def practical(
    person: Person,
    position: Position,
    at: Annotated[str, typer.Option("--at", help="When it was done, for example 2026-11-23T15:00.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    passed: Annotated[bool | None, typer.Option("--passed/--failed", help="Its performance result, if given.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """A practical that somebody on probation did, and how it went; said again, the last word holds."""
    with opened(config) as parts:
        basis, now = basis_of(reason, evidence, by), parts.clock.now()
        kept = parts.probation.practical(person, position, passed, instant(at, parts.folder), basis, now)
    tell(kept, as_json)


@app.command()
def mentor(
    person: Person,
    position: Position,
    mentor: Annotated[str, typer.Option("--mentor", help="Employee number of the mentor.")],
    start: Annotated[str, typer.Option("--from", help="From when.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    until: Annotated[str, typer.Option("--until", help="Until when, exclusive; empty: open.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Name the mentor of somebody on probation; counts while the mentor holds full scope in the post."""
    with opened(config) as parts:
        begin, end = instant(start, parts.folder), instant(until, parts.folder) if until else None
        basis, now = basis_of(reason, evidence, by), parts.clock.now()
        kept = parts.probation.mentor(person, position, mentor, begin, end, basis, now)
    tell(kept, as_json)
