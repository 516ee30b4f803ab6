"""Terminals that called: listed, approved, rejected, retired."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.corrections import Evidence, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.headings import STATES
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.views.devices import devices
from schemas.words import Words, told

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("connector", "device", "status", "dialect", "first_seen_at", "last_contact_at", "remarks")
_COMMANDS = ("command", "state", "queued_at", "sent_at", "answered_at", "result", "text")
By = Annotated[str, typer.Option("--by", help="Who does it.")]


def _joined(remarks: Sequence[str]) -> Words:
    """The remarks on one line."""
    return Words("; ".join(remarks), "；".join(told(each, "zh") for each in remarks))


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
    rows = [{**asdict(device), "remarks": _joined(device.remarks)} for device in listed]
    show([device.json() for device in listed], as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command()
def pending(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Devices that wait for approval."""
    list_(config, as_json, pending=True)


@app.command()
def approve(serial: str, config: Folder = HERE, by: By = "operator", as_json: AsJson = False) -> None:
    """Let a device deliver; one that has not called yet too, where only one instance takes devices."""
    _set_status(serial, "approved", by, config, as_json)


@app.command()
def reject(serial: str, config: Folder = HERE, by: By = "operator", as_json: AsJson = False) -> None:
    """Refuse a device that asks."""
    _set_status(serial, "rejected", by, config, as_json)


@app.command()
def retire(serial: str, config: Folder = HERE, by: By = "operator", as_json: AsJson = False) -> None:
    """Take a device out of service: of what it had not delivered nothing is required of anybody, and HR is asked."""
    _set_status(serial, "retired", by, config, as_json)


@app.command()
def query(
    serial: str,
    since: Annotated[str, typer.Option("--from", help="From when on, in the site's zone or with an offset.")],
    until: Annotated[str, typer.Option("--to", help="Until when.")],
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Have a device send again what it recorded in a time; it is told when it asks next."""
    with opened(config) as parts:
        times = instant(since, parts.folder), instant(until, parts.folder)
        connector, number = parts.orders.history(serial, *times, parts.operators.one(by))
    words = Words(
        f"{connector}/{serial}: command {number} waits to be fetched; see `licet devices commands {serial}`",
        f"{connector}/{serial}：指令 {number} 等待终端取走，见 `licet devices commands {serial}`",
    )
    show({"connector": connector, "device": serial, "command": number}, as_json, lambda: words)


@app.command()
def commands(
    serial: str,
    config: Folder = HERE,
    as_json: AsJson = False,
    lines: Annotated[int, typer.Option("-n", help="How many of the last commands.")] = 20,
) -> None:
    """What a device was told, and what it said of it."""
    with opened(config) as parts:
        listed = parts.orders.latest(serial, lines)
    rows = list(map(asdict, listed))
    show([each.json() for each in listed], as_json, lambda: table(rows, _COMMANDS, parts.folder.zone))


@app.command()
def clock(
    serial: str,
    start: Annotated[str, typer.Option("--from", help="Of the time in question, by the device's own clock.")],
    end: Annotated[str, typer.Option("--to", help="Its end, exclusive, by the device's own clock.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    days: Annotated[int, typer.Option("--days", help="What is to be added to its time, for example -4.")] = 0,
    minutes: Annotated[int, typer.Option("--minutes", help="So many minutes more.")] = 0,
    seconds: Annotated[int, typer.Option("--seconds", help="So many seconds more.")] = 0,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """State how far a device's clock was off in a time, without an amount that it was right; it takes --by twice."""
    with opened(config) as parts:
        times = instant(start, parts.folder), instant(end, parts.folder)
        offset = timedelta(days=days, minutes=minutes, seconds=seconds)
        kept = parts.device_clocks.state(serial, *times, offset, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


def _set_status(serial: str, status: str, by: str, config: Path, as_json: bool) -> None:
    with opened(config) as parts:
        waits = [name for name, each in parts.folder.instances.items() if each.spec.approval]
        connectors = parts.device_service.decide(serial, status, by, parts.clock.now(), waits)
    value = [{"connector": each, "device": serial, "status": status} for each in connectors]
    word = told(STATES[status], spoken())
    show(value, as_json, lambda: "\n".join(f"{each}/{serial}: {word}" for each in connectors))
