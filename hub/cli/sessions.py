"""How a session of the training plan went."""

from typing import Annotated, Any

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import AsJson, members, show, table
from hub.clock import site_time
from hub.views.sessions import SeatView

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("person", "name", "status", "minutes", "required", "open", "late", "early", "why", "decided")
_SHORT = 8


@app.callback()
def sessions() -> None:
    """Sessions of the training plan."""


@app.command("show")
def show_(
    session: Annotated[str, typer.Argument(help="Its id in the plan.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Who was there, of everybody what was counted and why not more, and which cases are open."""
    with opened(config) as parts:
        found, zone = parts.sessions.one(session), parts.folder.zone
    complete = {device: "-" if at is None else site_time(at, zone) for device, at in found.complete_until.items()}
    head = {
        "session": found.session,
        "course": found.course,
        "room": found.room or "-",
        "from": site_time(found.starts_at, zone),
        "to": site_time(found.ends_at, zone),
        "complete": complete,
        "cases": [each[:_SHORT] for each in found.cases],
    }
    rows = [_row(each) for each in found.seats]
    show(found.json(), as_json, lambda: f"{members(head)}\n\n{table(rows, _COLUMNS, zone)}")


def _row(seat: SeatView) -> dict[str, Any]:
    return {
        "person": seat.person,
        "name": seat.name,
        "status": seat.status or "walk-in",
        "minutes": seat.minutes,
        "required": seat.required,
        "open": seat.open,
        "late": seat.late,
        "early": seat.early,
        "why": " ".join(seat.reasons) or "-",
        "decided": seat.decided or "-",
    }
