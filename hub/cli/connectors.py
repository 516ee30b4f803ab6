"""How the connectors stand."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show, table
from hub.views import status
from hub.wording import connector_word

app = typer.Typer()
Lang = Annotated[str, typer.Option("--lang", help="zh or en; empty: that of the hub.")]

_COLUMNS = (
    "name",
    "state",
    "backlog",
    "waiting_since",
    "last_contact_at",
    "last_error",
    "last_error_at",
    "meaning",
    *status.BALANCE_WORDS,
    "balanced",
    "refused",
)


@app.command()
def connectors(config: Folder = HERE, as_json: AsJson = False, lang: Lang = "") -> None:
    """How each connector stands: state, what waits and since when, last contact, last error, watermark, balance."""
    with opened(config) as parts:
        adapters = {name: each.spec.title for name, each in parts.folder.instances.items()}
        rows = status.connectors(parts.database, adapters, parts.messenger)
        language = lang or parts.folder.settings.hub.language
    flat = [_row(each, language) for each in rows]
    show([row.json() for row in rows], as_json, lambda: table(flat, _COLUMNS, parts.folder.zone))


def _row(row: status.ConnectorStatus, language: str) -> dict[str, Any]:
    words = {"state": connector_word(row.state, language), "meaning": row.error_words(language)}
    return {**asdict(row), **row.balance, "balanced": row.balanced, **words}
