"""What people had when the hub began."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, opened
from hub.cli.import_text import opening_text
from hub.cli.language import spoken
from hub.cli.output import DONE, WRONG, AsJson, show
from hub.cli.typeable import with_folder
from hub.columns import folded
from schemas.words import told

_SHOWN = ("code", "where", "found", "expected")
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
    """Credentials held, hours earned and access present when the hub begins, from a sheet (CSV, XLSX)."""
    with opened(config) as parts:
        preview = parts.opening.preview(file.read_bytes(), parts.clock.now(), file.name)
        counts = dict(parts.opening.keep(preview, by).counts) if apply and not preview.faults else {}
        numbers = parts.directory.numbers() if preview.unknown_people else []
    result = {
        "records": preview.records,
        "unknown_people": list(preview.unknown_people),
        "faults": [{name: getattr(each, name) for name in _SHOWN} for each in preview.faults],
        "applied": counts,
    }
    text = opening_text(preview, counts, numbers, file)
    show(result, as_json, lambda: "\n".join(folded(with_folder(told(each, spoken()))) for each in text))
    raise typer.Exit(WRONG if preview.faults or preview.unknown_people else DONE)
