"""What a person must look at: listed, shown, acknowledged."""

from typing import Annotated, Any

import typer

from hub.alarms.desk import Alarm, open_alarms
from hub.cli.folder import HERE, Folder, opened
from hub.cli.headings import STATES
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.clock import site_time
from schemas.errors import ConfigError
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("id", "state", "code", "about", "times", "raised_at", "told_at", "meaning")


@app.command("list")
def list_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Every alarm that is not over."""
    with opened(config) as parts:
        found = open_alarms(parts.database)
        language = spoken()
    rows = [_row(each, language) for each in found]
    show([each.json() for each in found], as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command("show")
def show_(alarm: str, config: Folder = HERE, as_json: AsJson = False) -> None:
    """One alarm, and what to do."""
    with opened(config) as parts:
        found = next((each for each in open_alarms(parts.database) if each.id == alarm), None)
        language, zone = spoken(), parts.folder.zone
    if found is None:
        raise ConfigError(
            Words(
                f"found no open alarm {alarm[:64]!r}; `licet alarms list` shows the ids",
                f"没有编号为 {alarm[:64]!r} 的未处理告警；用 `licet alarms list` 查看编号",
            )
        )
    row = _row(found, language)
    row |= {name: site_time(getattr(found, name), zone) for name in ("raised_at", "last_at")}
    row |= {"told_at": site_time(found.told_at, zone) if found.told_at else "-", "told": found.told}
    show(found.json(), as_json, lambda: members({**row, "remedy": found.remedy(language)}))


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
    show({"id": alarm, "state": state}, as_json, lambda: Words(f"{alarm}: {word}", f"{alarm}：{word:zh}"))


def _row(alarm: Alarm, language: str) -> dict[str, Any]:
    about = " ".join(f"{name}={value[:16]}" for name, value in alarm.about.items())
    return {
        "id": alarm.id,
        "state": alarm.state,
        "code": alarm.code,
        "about": about or "-",
        "times": alarm.times,
        "raised_at": alarm.raised_at,
        "told_at": alarm.told_at,
        "meaning": alarm.meaning(language),
    }
