"""A hub from its folder: made, run, moved to a newer version."""

import logging
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import asked_language, spoken
from hub.cli.output import AsJson, show
from hub.clock import SystemClock
from hub.config import scaffold
from hub.config.folder import read_settings, store_url
from hub.parts.ruled import ruled_folder
from hub.roles import ROLES
from hub.serve import serve as run
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.version import VERSION, StoreVersionError
from schemas.words import Words, told

app = typer.Typer()

_MADE = Words(
    "{target}: a hub folder from example {example!r}\nnext: `licet check -c {target}`, then `licet serve -c {target}`",
    "{target}：已按示例 {example!r} 新建配置目录\n下一步：`licet check -c {target}`，然后 `licet serve -c {target}`",
)
_TOKEN = Words("API token: {api_token}", "API 令牌：{api_token}")
_KEY = Words("demo authority key: {demo_authority_key}", "演示机构的密钥：{demo_authority_key}")
_MOVED = Words("store: moved to version v{version}", "存储：已升级到版本 v{version}")
_CURRENT = Words("store: is of version v{version} already", "存储：已是版本 v{version}")


@app.command()
def init(
    target: Annotated[Path, typer.Argument(help="A new folder.")],
    example: Annotated[str, typer.Option(help="Which shipped example to start from.")] = "datacentre",
    demo: Annotated[bool, typer.Option("--demo", help="Also a key and settings of the demo's authority.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a hub folder that starts as it is, with fresh keys."""
    scaffold.write(target, example, demo=demo)
    scaffold.begin_at(target, SystemClock().now())
    if language := asked_language():
        scaffold.speak(target, language)
    files = {"api_token": f"{target}/keys/api.token"}
    if demo:
        files["demo_authority_key"] = f"{target}/keys/demo/authority.pem"
    words = [_MADE, _TOKEN, _KEY][: len(files) + 1]
    known = {"target": target, "example": example, **files}
    show(
        {"folder": str(target), "example": example, **files},
        as_json,
        lambda: "\n".join(told(each, spoken()).format(**known) for each in words),
    )


@app.command()
def serve(
    config: Folder = HERE,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT instead of the folder's; port 0 takes a free one.")
    ] = None,
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait until no other process serves the folder, then serve it.")
    ] = False,
    roles: Annotated[
        str, typer.Option(help="What this process does, of a PostgreSQL store: decider, front, deliverer, poller.")
    ] = ",".join(ROLES),
) -> None:
    """Run the hub until SIGTERM. Exit code 70: a loop stood still; 74: the store is destroyed or not where it was."""
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.WARNING))
    raise typer.Exit(run(partial(ruled_folder, config), listen, standby=standby, roles=_known_roles(roles)))


def _known_roles(text: str) -> frozenset[str]:
    """The roles that a text names, divided by commas."""
    named = [each.strip() for each in text.split(",")]
    for each in named:
        if each not in ROLES:
            known = ", ".join(map(repr, ROLES))
            raise typer.BadParameter(f"{each!r} is not one of {known}.", param_hint="--roles")
    return frozenset(named)


@app.command()
def upgrade(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Move the store of an earlier version to this one; refused while a hub serves it. Make a backup first."""
    url, words = store_url(read_settings(config), config), _CURRENT
    try:
        Database(url).close()
    except StoreVersionError as error:
        if error.code != "store.older":
            raise
        migrate(url)
        words = _MOVED
    value = {"version": VERSION, "moved": words is _MOVED}
    show(value, as_json, lambda: told(words, spoken()).format(version=VERSION))
