"""Whether a hub folder can be served: settings, keys, positions, courses, mappings, store; online also its sinks."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import WRONG, AsJson, show
from hub.config.folder import HubFolder
from hub.config.mappings import findings
from hub.store.version import VERSION, StoreVersionError

app = typer.Typer()


@app.command()
def check(
    config: Folder = HERE,
    online: Annotated[bool, typer.Option("--online", help="Also ask every sink whether it answers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a hub folder: settings, keys, positions, courses, mappings."""
    with opened(config) as parts:
        folder = parts.folder
        if wrong := list(findings(folder.path, folder.instances)):
            show([asdict(each) for each in wrong], as_json, lambda: "\n".join(map(str, wrong)))
            raise typer.Exit(WRONG)
        lines = list(_checked(parts, online))
    show(_counted(folder), as_json, lambda: "\n".join(lines))


def _checked(parts: Assembly, online: bool) -> Iterator[str]:
    """A line for each part that is well; the first one that is not says why."""
    folder = parts.folder
    _ = (folder.api_token, parts.mappings, parts.adapters)
    for name, instance in folder.instances.items():
        yield f"{name}: {instance.spec.title}"
    for name, sink in parts.sinks.items() if online else ():
        sink.door.probe()
        yield f"{name}: answers"
    yield _store(parts)
    yield f"{len(folder.positions)} positions, {len(folder.courses)} courses: ok"


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


def _counted(folder: HubFolder) -> dict[str, list[str]]:
    return {
        "connectors": list(folder.instances),
        "positions": list(folder.positions),
        "courses": list(folder.courses),
    }
