"""What people had when the hub began."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import DONE, WRONG, AsJson, members, show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def imports() -> None:
    """Opening balances."""


@app.command("opening")
def import_opening(
    file: Path,
    apply: Annotated[bool, typer.Option("--apply", help="Keep it; without this it is only shown.")] = False,
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Credentials held, hours earned and access present when the hub begins."""
    with opened(config) as parts:
        preview = parts.opening.preview(file.read_bytes(), parts.clock.now())
        counts = dict(parts.opening.keep(preview, by).counts) if apply else {}
    result = {
        "records": preview.records,
        "unknown_people": list(preview.unknown_people),
        "faults": [{"code": f.code, "where": f.where, "expected": f.expected} for f in preview.faults],
        "applied": counts,
    }
    show(result, as_json, lambda: members(result))
    raise typer.Exit(WRONG if preview.faults else DONE)
