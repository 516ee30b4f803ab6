"""What a person must look at: listed, shown, acknowledged."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from hub.alarms.desk import Alarm, no_alarm, open_alarms
from hub.cli.folder import HERE, Folder, opened
from hub.cli.headings import STATES
from hub.cli.language import spoken
from hub.cli.naming import Names, Reader, naming
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.clock import site_time
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("id", "state", "code", "about", "times", "raised_at", "told_at", "meaning")


@app.command("list")
def list_(names: Names = False, by: Reader = "", config: Folder = HERE, as_json: AsJson = False) -> None:
    """Every alarm that is not over."""
    with opened(config) as parts:
        found = open_alarms(parts.database)
        language, called = spoken(), naming(parts, names, by)
        rows = [_row(each, language, called) for each in found]
        values = [_json(each, names, called) for each in found]
    show(values, as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command("show")
def show_(alarm: str, names: Names = False, by: Reader = "", config: Folder = HERE, as_json: AsJson = False) -> None:
    """One alarm, and what to do."""
    with opened(config) as parts:
        found = next((each for each in open_alarms(parts.database) if each.id == alarm), None)
        if found is None:
            raise no_alarm(alarm)
        language, zone, called = spoken(), parts.folder.zone, naming(parts, names, by)
        row, value = _row(found, language, called), _json(found, names, called)
    row |= {name: site_time(getattr(found, name), zone) for name in ("raised_at", "last_at")}
    row |= {"told_at": site_time(found.told_at, zone) if found.told_at else "-", "told": found.told}
    show(value, as_json, lambda: members({**row, "remedy": found.remedy(language)}))


@app.command()
def ack(
    alarm: str,
    by: Annotated[str, typer.Option("--by", help="Who has looked.")],
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Say that somebody has looked at it and acts."""
    with opened(config) as parts:
        state = parts.alarm_desk.acknowledge(alarm, by)
    word = STATES[state]
    show({"id": alarm, "state": state}, as_json, lambda: Words(f"{alarm}: {word}", f"{alarm}：{word.zh}"))


def _json(alarm: Alarm, names: bool, called: Callable[[str], str]) -> dict[str, Any]:
    """An alarm for programs; with the name of its person where names were asked for."""
    person = alarm.about.get("person")
    return alarm.json() | ({"name": called(person)} if names and person else {})


def _row(alarm: Alarm, language: str, called: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "state": alarm.state,
        "code": alarm.code,
        "about": alarm.concerns(language, called) or "-",
        "times": alarm.times,
        "raised_at": alarm.raised_at,
        "told_at": alarm.told_at,
        "meaning": alarm.meaning(language),
    }
