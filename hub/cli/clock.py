"""Whether the machine's clock is believed, and the word that it is right."""

from datetime import timedelta
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import members
from hub.clock import SystemClock, from_us, site_time, stamp
from schemas.words import Words

app = typer.Typer(invoke_without_command=True)


@app.callback()
def clock(context: typer.Context, config: Folder = HERE, as_json: AsJson = False) -> None:
    """How the machine's clock stands to the calendar of the hub."""
    if context.invoked_subcommand is not None:
        return
    with opened(config) as parts:
        row, zone = parts.clock_word.held(), parts.folder.zone
    machine = SystemClock().now()
    ahead = timedelta(0) if row is None else timedelta(microseconds=row.ahead_us)
    state = "believed" if row is None else "believed soon" if row.believed else "held"
    since = None if row is None else from_us(row.held_since)
    found = {
        "state": state,
        "calendar": stamp(machine - ahead),
        "machine": stamp(machine),
        "ahead_seconds": round(ahead.total_seconds()),
        "held_since": None if since is None else stamp(since),
    }
    shown = found | {"calendar": site_time(machine - ahead, zone), "machine": site_time(machine, zone)}
    show(found, as_json, lambda: members(shown | {"held_since": "-" if since is None else site_time(since, zone)}))


@app.command()
def believe(
    by: Annotated[str, typer.Option("--by", help="Who says so.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Say that the machine's clock is right: the calendar of the hub follows it within seconds."""
    with opened(config) as parts:
        parts.clock_word.believe(by)
    words = Words("the machine's clock is believed", "已采信本机时钟")
    show({"state": "believed"}, as_json, lambda: words)
