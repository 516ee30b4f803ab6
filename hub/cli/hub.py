"""A hub from its folder: made, run, moved to a newer version."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.output import say
from hub.clock import SystemClock
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.parts.ruled import ruled_folder
from hub.serve import serve as run
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.version import VERSION, StoreVersionError

app = typer.Typer()


@app.command()
def init(
    target: Annotated[Path, typer.Argument(help="A new folder.")],
    example: Annotated[str, typer.Option(help="Which shipped example to start from.")] = "datacentre",
    demo: Annotated[bool, typer.Option("--demo", help="Also a key and settings of the demo's authority.")] = False,
) -> None:
    """Write a hub folder that starts as it is, with fresh keys."""
    scaffold.write(target, example, demo=demo)
    scaffold.begin_at(target, SystemClock().now())
    say(f"{target}: a hub folder from example {example!r}")
    say(f"next: licet check -c {target}  then  licet serve -c {target}")
    say(f"API token: {target}/keys/api.token")
    if demo:
        say(f"demo authority key: {target}/keys/demo/authority.pem")


@app.command()
def serve(
    config: Folder = HERE,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT instead of the folder's; port 0 takes a free one.")
    ] = None,
) -> None:
    """Run the hub until SIGTERM. Exit code 70: a loop stood still; 74: the store is destroyed or not where it was."""
    raise typer.Exit(run(ruled_folder(config), listen))


@app.command()
def upgrade(config: Folder = HERE) -> None:
    """Move the store of an earlier version to this one; refused while a hub serves it. Make a backup first."""
    url = read_folder(config).database_url
    try:
        Database(url).close()
    except StoreVersionError as error:
        if error.code != "store.older":
            raise
        migrate(url)
        say(f"store: moved to version v{VERSION}")
    else:
        say(f"store: is of version v{VERSION} already")
