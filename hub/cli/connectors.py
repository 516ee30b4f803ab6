"""How the connectors stand."""

from dataclasses import asdict

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show, table
from hub.views import status

app = typer.Typer()

_COLUMNS = (
    "name",
    *status.BALANCE_WORDS,
    "balanced",
    "refused",
    "backlog",
    "last_contact_at",
    "last_error",
)


@app.command()
def connectors(config: Folder = HERE, as_json: AsJson = False) -> None:
    """How each connector stands: last contact, last error, backlog, watermark, balance."""
    with opened(config) as parts:
        rows = status.connectors(parts.database, {n: i.spec.title for n, i in parts.folder.instances.items()})
    flat = [{**asdict(row), **row.balance, "balanced": row.balanced} for row in rows]
    show([row.json() for row in rows], as_json, lambda: table(flat, _COLUMNS, parts.folder.zone))
