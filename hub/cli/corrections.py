"""What HR says of a person: hours, excuses, enrolments, deferrals, objections. Each with reason and document."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from connectors.port import Kept
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, bound, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import members
from hub.config.folder import HubFolder
from hub.intake.basis import Basis
from schemas.words import Words

app = typer.Typer()

Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Evidence = Annotated[Path, typer.Option("--evidence", help="The document that shows it; only its digest is kept.")]
Session = Annotated[str, typer.Argument(help="A session of the training plan.")]
Person = Annotated[str, typer.Argument(help="Employee number.")]


@app.command()
def credit(
    person: Person,
    course: str,
    on: Annotated[str, typer.Option("--on", help="The day (its end), or the instant, at which they count.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    hours: Annotated[float, typer.Option("--hours", help="How many.")] = 0.0,
    minutes: Annotated[int, typer.Option("--minutes", help="How many more.")] = 0,
    required: Annotated[float, typer.Option("--required", help="Hours that were required of the person in it.")] = 0.0,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Credit hours that no system recorded. Above 4 hours, or more than 31 days back, it takes --by twice."""
    with opened(config) as parts:
        now = parts.clock.now()
        time = timedelta(hours=hours, minutes=minutes)
        at = _been(on, parts.folder, now)
        basis = basis_of(reason, evidence, by)
        kept = parts.corrections.credit(person, course, time, timedelta(hours=required), at, basis, now)
    tell(kept, as_json)


@app.command()
def excuse(
    person: Person,
    session: Session,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Nothing more is required of a person in a session; what was attended stays."""
    with opened(config) as parts:
        kept = parts.corrections.excuse(person, session, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command()
def enrol(
    person: Person,
    session: Session,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """A person must come to a session, or had to, whatever the plan says."""
    with opened(config) as parts:
        kept = parts.corrections.enrol(person, session, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command()
def withdraw(
    person: Person,
    session: Session,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """A person need not come to a session, whatever the plan says; of one that is over it takes --by twice."""
    with opened(config) as parts:
        kept = parts.corrections.withdraw(person, session, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command()
def defer(
    person: Person,
    session: Session,
    until: Annotated[str, typer.Option("--until", help="The new due: a day (its end) or an instant.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Ask for a session to be done later; a case that somebody approves or refuses."""
    with opened(config) as parts:
        due = bound(until, parts.folder)
        kept = parts.corrections.defer(person, session, due, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command("object")
def object_(
    person: Person,
    session: Session,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    start: Annotated[str, typer.Option("--from", help="Of the stretch that was not counted.")] = "",
    end: Annotated[str, typer.Option("--to", help="Its end.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Object to how a session of this person was counted; a case that somebody else decides."""
    with opened(config) as parts:
        stretch = [instant(each, parts.folder) if each else None for each in (start, end)]
        basis, now = basis_of(reason, evidence, by), parts.clock.now()
        kept = parts.corrections.object(person, session, stretch[0], stretch[1], basis, now)
    tell(kept, as_json)


def basis_of(reason: str, evidence: Path, by: list[str]) -> Basis:
    """What a correction rests on, as it was typed."""
    return Basis(reason, evidence.read_bytes(), by)


def tell(kept: Kept, as_json: bool, **more: str | None) -> None:
    """Say what was kept."""
    said = {"transmission": kept.id, "counts": dict(kept.counts), **more}
    show(said, as_json, lambda: members(said))


def _been(text: str, folder: HubFolder, now: datetime) -> datetime:
    """The end of a day, or an instant; of today no more than has been."""
    at, end = instant(text, folder), bound(text, folder)
    if at == end:
        return at
    if at > now:
        raise typer.BadParameter(
            Words(
                f"found {text!r}, which lies ahead, expected a day that has been",
                f"现为 {text!r}，晚于今天，应为已过去的日期",
            )
        )
    return min(end, now)
