"""Doors that two people open in an emergency, beside all rules: opened, listed, ended."""

from datetime import timedelta
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.clock import site_time
from schemas.errors import CallError
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("id", "person", "sink", "target", "began_at", "ends_at")


@app.command("open")
def open_(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    target: Annotated[str, typer.Argument(help="SINK/TARGET.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[list[str], typer.Option("--by", help="Who says so: two different people, not the person.")],
    hours: Annotated[float, typer.Option(help="How long, at most 4.")] = 1.0,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Open one door to one person, whatever the rules say; it closes by itself."""
    sink, slash, name = target.partition("/")
    if not slash:
        raise CallError(Words(f"found {target!r}, expected SINK/TARGET", f"现为 {target!r}，应为 权限系统/权限组"))
    with opened(config) as parts:
        made = parts.break_glass.open(person, sink, name, lasts=timedelta(hours=hours), reason=reason, actors=by)
        end = site_time(made.ends_at, parts.folder.zone)
    words = Words(
        f"{target}: open to {made.person} until {end}; {made.id}",
        f"{target}：已对 {made.person} 紧急开启，至 {end} 止；{made.id}",
    )
    show(made.json(), as_json, lambda: words)


@app.command("list")
def list_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What stands open so."""
    with opened(config) as parts:
        found = parts.break_glass.all()
    rows = [{name: getattr(each, name) for name in _COLUMNS} for each in found]
    show([each.json() for each in found], as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command()
def end(
    id: str,
    by: Annotated[list[str], typer.Option("--by", help="Who says so.")],
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Close what was opened, before its time."""
    with opened(config) as parts:
        parts.break_glass.end(id, by)
    show({"id": id, "state": "ended"}, as_json, lambda: Words(f"{id}: ended", f"{id}：已结束"))
