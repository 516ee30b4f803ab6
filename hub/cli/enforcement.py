"""From observing to acting, and how to hold it: plan, enforce, freeze, unfreeze, reconcile."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson, say, show
from hub.clock import from_us, site_time
from hub.views.plan import PlannedChange

app = typer.Typer()

Actors = Annotated[list[str], typer.Option("--by", help="Who does it; name two people where two are needed.")]
_VERBS = {"present": "open ", "absent": "close"}


@app.command()
def plan(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What enforcement would open or close now, and why. Changes nothing."""
    with opened(config) as parts:
        changes = parts.changes.changes()
    text = [*map(_line, changes), f"{len(changes)} changes"]
    show([change.json() for change in changes], as_json, lambda: "\n".join(text))


def _line(change: PlannedChange) -> str:
    target = f"{change.sink}/{change.target}"
    return f"{_VERBS[change.wanted]}  {change.person} {change.name}  {target}  {change.why}"


@app.command()
def enforce(
    name: Annotated[str, typer.Argument(help="A position or a sink.")],
    start: Annotated[str, typer.Option("--from", help="From when.")] = "now",
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
) -> None:
    """Carry out what is decided, from an instant. Takes two people: --by A --by B."""
    with opened(config) as parts:
        at = parts.clock.now() if start == "now" else instant(start, parts.folder)
        parts.enforcement.enforce(name, at, by)
    say(f"{name}: enforced from {site_time(at, parts.folder.zone)}")


@app.command()
def freeze(
    name: Annotated[str, typer.Argument(help="A position, a sink, or all.")],
    until: Annotated[str, typer.Option(help="When it ends by itself.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Actors,
    config: Folder = HERE,
) -> None:
    """Hold derived changes; explicit revocations pass."""
    with opened(config) as parts:
        end = instant(until, parts.folder).astimezone(parts.folder.zone)
        parts.enforcement.freeze(name, end, reason, by)
    say(f"{name}: frozen until {site_time(end, parts.folder.zone)}")


@app.command()
def unfreeze(name: Annotated[str, typer.Argument()], by: Actors, config: Folder = HERE) -> None:
    """Let derived changes go on."""
    with opened(config) as parts:
        parts.enforcement.unfreeze(name, by)
    say(f"{name}: no longer frozen")


@app.command()
def halts(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Targets that are written no more, as a write there did what nobody asked for."""
    with opened(config) as parts:
        found = [(row, site_time(from_us(row.at), parts.folder.zone)) for row in parts.halts.all()]
    text = [f"{row.sink}/{row.target}  {row.code}  since {at}" for row, at in found] or ["nothing is halted"]
    show([row._asdict() for row, _at in found], as_json, lambda: "\n".join(text))


@app.command()
def resume(
    sink: Annotated[str, typer.Argument()],
    target: Annotated[str, typer.Argument()],
    by: Actors,
    person: Annotated[
        str, typer.Option(help="Employee number: open it again to one to whom another hand closed it.")
    ] = "",
    config: Folder = HERE,
) -> None:
    """Let a halted target be written again, or open it again to one person to whom another hand closed it."""
    with opened(config) as parts:
        parts.halts.resume(sink, target, by, person)
    say(f"{sink}/{target}: {f'open to {person} again' if person else 'written again'}")


@app.command()
def reconcile(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Compare every door with what must be true now; what opened is closed again."""
    with opened(config) as parts:
        drifted = parts.reconciler.sweep_all()
    show({"drifted": drifted}, as_json, lambda: f"{drifted} drifted")
