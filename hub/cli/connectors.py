"""How the connectors stand."""

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show, site_time, table
from hub.store import queries as q
from hub.views import status

app = typer.Typer()

_COLUMNS = (
    "name",
    *q.BALANCE_WORDS[:-1],
    "in_flight",
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
    zone = parts.folder.zone
    flat = [{**row, **row["balance"], "last_contact_at": site_time(row["last_contact_at"], zone)} for row in rows]
    show(rows, as_json, lambda: table(flat, _COLUMNS))
