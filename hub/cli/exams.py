"""Who may sit which exam, and how far the exam system knows of it."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show
from hub.cli.spreadsheet import tell_written, write_csv
from hub.cli.tables import table
from hub.exams.listing import Registered
from schemas.words import Words

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
        tell_written(to_csv, len(found), as_json)
        return
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, Registered._fields, zone))


@app.command()
def retry(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Have what an exam system refused told once more, after it was mended."""
    with opened(config) as parts:
        again = parts.registrations.retry()
    show({"again": again}, as_json, lambda: Words(f"{again} to be told again", f"{again} 条将再次通知"))
