"""A hub from its folder: made, checked, run."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import WRONG, AsJson, show
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.mappings import findings
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
    print(f"{target}: a hub folder from example {example!r}")
    print(f"next: licet check -c {target}  then  licet serve -c {target}")
    print(f"API token: {target}/keys/api.token")
    if demo:
        print(f"demo authority key: {target}/keys/demo/authority.pem")


@app.command()
def serve(
    config: Folder = HERE,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT instead of the folder's; port 0 takes a free one.")
    ] = None,
) -> None:
    """Run the hub until SIGTERM. Exit code 70: a loop stood still; 74: the store is destroyed or not where it was."""
    raise typer.Exit(run(read_folder(config), listen))


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
        print(f"store: moved to version v{VERSION}")
    else:
        print(f"store: is of version v{VERSION} already")


def _store(parts: Assembly) -> str:
    """What there is to say of the store, its keys and the log's memory; all of them are opened."""
    try:
        _ = parts.database
    except StoreVersionError as error:
        if error.code != "store.missing":
            raise
        return "store: none yet; `licet serve` makes it"
    _ = (parts.sealer, parts.signing)
    return f"store: version v{VERSION}"


@app.command()
def check(
    config: Folder = HERE,
    online: Annotated[bool, typer.Option("--online", help="Also ask every sink whether it answers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a hub folder: settings, keys, positions, courses, mappings."""
    folder = read_folder(config)
    if wrong := list(findings(folder.path, folder.instances)):
        show([asdict(each) for each in wrong], as_json, lambda: "\n".join(map(str, wrong)))
        raise typer.Exit(WRONG)
    with opened(config) as parts:
        found = parts.folder
        # Each is made when it is asked for, and says what is wrong with its file.
        _ = (found.api_token, parts.mappings, parts.adapters)
        store = _store(parts)
        lines = [f"{name}: {each.spec.title}" for name, each in found.instances.items()]
        for name, sink in parts.sinks.items() if online else ():
            sink.door.probe()
            lines.append(f"{name}: answers")
    result = {"connectors": list(found.instances), "positions": list(found.positions), "courses": list(found.courses)}
    lines.append(store)
    lines.append(f"{len(found.positions)} positions, {len(found.courses)} courses: ok")
    show(result, as_json, lambda: "\n".join(lines))
