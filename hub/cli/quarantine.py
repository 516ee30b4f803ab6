"""Input that could not be read: looked at, replayed once mended, discarded."""

import sys
from typing import Annotated

import typer

from hub import actions
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, short, show, site_time, table

app = typer.Typer(no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command("list")
def list_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What could not be read and waits."""
    with opened(config) as parts:
        rows = actions.quarantined(parts)
    local = [{**row, "at": site_time(row["at"], parts.folder.zone)} for row in rows]
    show(rows, as_json, lambda: table(local, ("id", "connector", "item", "code", "where", "expected", "at")))


@app.command("show")
def show_item(item: str, by: By, config: Folder = HERE) -> None:
    """The bytes of one item. Reading them leaves an entry."""
    with opened(config) as parts:
        sys.stdout.buffer.write(actions.show(parts, item, by))


@app.command()
def replay(item: str, by: By, config: Folder = HERE) -> None:
    """Read an item again with the mapping of today."""
    with opened(config) as parts:
        kept = actions.replay(parts, item, by)
    print(short(dict(kept.counts)))


@app.command()
def discard(
    item: str, reason: Annotated[str, typer.Option(help="Why it is not wanted.")], by: By, config: Folder = HERE
) -> None:
    """Decide that an item is not wanted."""
    with opened(config) as parts:
        actions.discard(parts, item, reason, by)
    print("discarded")
