"""Input that could not be read: looked at, replayed once mended, discarded."""

import sys
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, short, show, table

app = typer.Typer(no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command("list")
def list_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What could not be read and waits."""
    with opened(config) as parts:
        rows = [item._asdict() for item in parts.quarantine.waiting()]
    columns = ("id", "connector", "item", "code", "where", "expected", "at")
    show(rows, as_json, lambda: table(rows, columns, parts.folder.zone))


@app.command("show")
def show_item(item: str, by: By, config: Folder = HERE) -> None:
    """The bytes of one item. Reading them leaves an entry."""
    with opened(config) as parts:
        sys.stdout.buffer.write(parts.quarantine.show(item, by))


@app.command()
def replay(item: str, by: By, config: Folder = HERE) -> None:
    """Read an item again with the mapping of today."""
    with opened(config) as parts:
        kept = parts.quarantine.replay(item, by)
    print(short(dict(kept.counts)))


@app.command()
def discard(
    item: str, reason: Annotated[str, typer.Option(help="Why it is not wanted.")], by: By, config: Folder = HERE
) -> None:
    """Decide that an item is not wanted."""
    with opened(config) as parts:
        parts.quarantine.discard(item, reason, by)
    print("discarded")
