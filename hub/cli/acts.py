"""What HR does to a person's scope in a post: block and lift, override."""

from typing import Annotated

import typer

from hub.cli.corrections import Evidence, Person, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson

app = typer.Typer()

Position = Annotated[str, typer.Argument(help="The position.")]


@app.command()
def block(
    person: Person,
    position: Position,
    review: Annotated[str, typer.Option("--review", help="When it is looked at again.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    scope: Annotated[str, typer.Option("--scope", help="The highest scope that stays open.")] = "none",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Keep a scope low, whatever the rules say, until another person lifts it."""
    with opened(config) as parts:
        basis, review_at = basis_of(reason, evidence, by), instant(review, parts.folder)
        kept = parts.acts.block(person, position, scope, review_at, basis, parts.clock.now())
    tell(kept, as_json)


@app.command()
def lift(
    person: Person,
    position: Position,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Lift the blocks of a person in a post; who set one does not lift it."""
    with opened(config) as parts:
        kept = parts.acts.lift(person, position, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command()
def override(
    person: Person,
    position: Position,
    scope: Annotated[str, typer.Argument(help="The scope that is open, for example full.")],
    until: Annotated[str, typer.Option("--until", help="Until when, exclusive; at most 7 days.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    start: Annotated[str, typer.Option("--from", help="From when; empty: now.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Open a scope for some days. It takes --by twice, ends by itself, and at an issuer's closing word."""
    with opened(config) as parts:
        now = parts.clock.now()
        begin, end = instant(start, parts.folder) if start else now, instant(until, parts.folder)
        kept = parts.acts.override(person, position, scope, begin, end, basis_of(reason, evidence, by), now)
    tell(kept, as_json)
