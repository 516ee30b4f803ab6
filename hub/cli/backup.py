"""Copies of a hub: made, put back, and let go on by a person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub import backup as backups
from hub.access.restore import RestoredState
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import DONE, WRONG, AsJson, show
from hub.clock import site_time
from hub.config.folder import read_settings
from hub.parts.ruled import ruled_folder
from schemas.words import Words

app = typer.Typer()


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Copy a hub, while it is served too: store, documents, keys, the log's memory and settings as of one moment."""
    taken = backups.take(ruled_folder(config), target, datetime.now(UTC))
    words = Words(
        f"{target}: a copy of {taken.entries} log entries and {taken.documents} documents; it holds keys, guard it",
        f"{target}：已备份，含 {taken.entries} 条审计日志、{taken.documents} 份材料与密钥，请妥善保管",
    )
    if taken.missing:
        words = Words(
            f"{words}\n{taken.missing} documents of the register were not there: see `licet audit verify`",
            f"{words.zh}\n资质信息库有 {taken.missing} 份材料缺失，见 `licet audit verify`",
        )
    show(taken._asdict(), as_json, lambda: words)
    raise typer.Exit(WRONG if taken.missing else DONE)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `licet backup` has made.")],
    target: Annotated[Path, typer.Argument(help="A new hub folder.")],
    as_json: AsJson = False,
) -> None:
    """Make a hub again from a copy. It revokes, but grants nothing until `licet release`."""
    found = backups.restore(source, target)
    at = site_time(datetime.fromisoformat(found.taken_at), ZoneInfo(read_settings(target).hub.zone))
    words = Words(
        f"{target}: the hub as of {at}\n"
        f"next: `licet serve -c {target}`; then, once every sink was observed, `licet release -c {target} --by NAME`",
        f"{target}：已恢复至 {at}\n"
        f"下一步：执行 `licet serve -c {target}`，待各权限系统均已核实后，执行 `licet release -c {target} --by 姓名`",
    )
    show(found._asdict(), as_json, lambda: words)


@app.command()
def release(
    by: Annotated[list[str] | None, typer.Option("--by", help="Who lets it go on.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Let a restored hub grant again; without --by: what it waits for. See `licet plan` for what would open."""
    with opened(config) as parts:
        if by:
            released = parts.restore.release(by)
            words = Words(f"released; {released} grants go on", f"已放行；{released} 项开通继续执行")
            show({"released": released}, as_json, lambda: words)
            return
        state = parts.restore.state()
        found = None if state is None else {**state._asdict(), "copied_at": state.copied_at.isoformat()}
        show(found, as_json, lambda: _state_line(state, parts.folder.zone))


def _state_line(state: RestoredState | None, zone: ZoneInfo) -> Words:
    if state is None:
        return Words("not a restored copy, or released before", "不是恢复的副本，或此前已放行")
    names = state.unobserved
    waits = (
        Words(f"not observed yet: {', '.join(names)}", f"尚未核实：{'、'.join(names)}")
        if names
        else Words("every sink was observed", "各权限系统均已核实")
    )
    at = site_time(state.copied_at, zone)
    return Words(
        f"a copy of {at}; {waits}; {state.grants} grants wait",
        f"{at} 的副本；{waits.zh}；{state.grants} 项开通等待放行",
    )
