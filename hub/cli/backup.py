"""Copies of a hub: made, put back, and let go on by a person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub import backup as backups
from hub.access.restore import RestoredState
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show
from hub.clock import site_time
from hub.config.folder import read_folder

app = typer.Typer()


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Copy a hub, while it is served too: store, keys, the log's memory and settings as of one moment."""
    taken = backups.take(read_folder(config), target, datetime.now(UTC))
    show(taken._asdict(), as_json, lambda: f"{target}: a copy of {taken.entries} log entries; it holds keys, guard it")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `licet backup` has made.")],
    target: Annotated[Path, typer.Argument(help="A new hub folder.")],
    as_json: AsJson = False,
) -> None:
    """Make a hub again from a copy. It revokes, but grants nothing until `licet release`."""
    found = backups.restore(source, target)
    lines = [
        f"{target}: the hub as of {site_time(datetime.fromisoformat(found.taken_at), read_folder(target).zone)}",
        f"next: licet serve -c {target}  then, once every sink was observed,  licet release -c {target} --by NAME",
    ]
    show(found._asdict(), as_json, lambda: "\n".join(lines))


@app.command()
def release(
    by: Annotated[list[str] | None, typer.Option("--by", help="Who lets it go on.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Let a restored hub grant again; without --by: what it waits for. See `licet plan` for what would open."""
    with opened(config) as parts:
        if by:
            released = parts.restore.release(by)
            show({"released": released}, as_json, lambda: f"released; {released} grants go on")
            return
        state = parts.restore.state()
        found = None if state is None else {**state._asdict(), "copied_at": state.copied_at.isoformat()}
        show(found, as_json, lambda: _state_line(state, parts.folder.zone))


def _state_line(state: RestoredState | None, zone: ZoneInfo) -> str:
    if state is None:
        return "not a restored copy, or released before"
    waits = f"not observed yet: {', '.join(state.unobserved)}" if state.unobserved else "every sink was observed"
    return f"a copy of {site_time(state.copied_at, zone)}; {waits}; {state.grants} grants wait"
