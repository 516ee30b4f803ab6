"""Terminals that called: listed, approved, rejected, retired."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, show, table
from hub.views.devices import devices

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
    with opened(config) as parts:
        listed = [
            device for device in devices(parts.database, parts.adapters) if not pending or device.status == "pending"
        ]
    rows = list(map(asdict, listed))
    show([device.json() for device in listed], as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command()
def pending(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Devices that wait for approval."""
    list_(config, as_json, pending=True)


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
        connectors = parts.peers.decide(serial, status, parts.operators.one(by), parts.writer)
    print("\n".join(f"{connector}/{serial}: {status}" for connector in connectors))
