"""Who may sit which exam, and how far the exam system knows of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, say, show, table
from hub.cli.spreadsheet import write_csv
from hub.exams.listing import Registered

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]


@app.command("list")
def list_(
    exam: Annotated[str, typer.Option(help="Only this exam, as positions name it.")] = "",
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write it as CSV, for an exam office.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Everybody who is registered for an exam, or was withdrawn. Reading it leaves an entry."""
    with opened(config) as parts:
        found = parts.registrations.listed(by, exam)
        zone = parts.folder.zone
    if to_csv is not None:
        write_csv(to_csv, Registered._fields, found, zone)
        print(f"{len(found)} rows", file=sys.stderr)
        return
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, Registered._fields, zone))


@app.command()
def retry(config: Folder = HERE) -> None:
    """Have what an exam system refused told once more, after it was mended."""
    with opened(config) as parts:
        say(f"{parts.registrations.retry()} to be told again")
