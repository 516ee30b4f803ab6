"""Terminals that called: listed, approved, rejected, retired."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import actions
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show, site_time, table
from hub.clock import from_us
from hub.store import queries as q

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("connector", "device", "status", "dialect", "first_seen_at", "last_contact_at")
By = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command("list")
def list_(
    config: Folder = HERE,
    as_json: AsJson = False,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that wait for approval.")] = False,
) -> None:
    """Every device that called."""
    rows = [row for row in _devices(config) if not pending or row["status"] == "pending"]
    show(rows, as_json, lambda: table(rows, _COLUMNS))


@app.command()
def pending(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Devices that wait for approval."""
    list_(config, as_json, pending=True)


def _devices(config: Path) -> list[dict[str, Any]]:
    with opened(config) as parts, parts.database.reading() as session:
        zone = parts.folder.zone
        return [
            {
                "connector": connector,
                "device": peer,
                "status": state,
                "dialect": json.loads(memory).get("dialect"),
                "first_seen_at": site_time(from_us(first).isoformat(), zone),
                "last_contact_at": None if contact is None else site_time(from_us(contact).isoformat(), zone),
            }
            for connector, peer, state, memory, first, contact in session.all(q.peers, {})
            if peer
        ]


@app.command()
def approve(serial: str, config: Folder = HERE, by: By = "operator") -> None:
    """Let a device deliver."""
    _set_status(serial, "approved", by, config)


@app.command()
def reject(serial: str, config: Folder = HERE, by: By = "operator") -> None:
    """Refuse a device that asks."""
    _set_status(serial, "rejected", by, config)


@app.command()
def retire(serial: str, config: Folder = HERE, by: By = "operator") -> None:
    """Take a device out of service."""
    _set_status(serial, "retired", by, config)


def _set_status(serial: str, status: str, by: str, config: Path) -> None:
    with opened(config) as parts:
        connector = actions.approve(parts, serial, status, by)
    print(f"{connector}/{serial}: {status}")
