"""How the connectors stand; a new one."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.config.mappings import has_document
from hub.config.new_instance import NewInstance, add_instance
from hub.views import status
from hub.wording import connector_word
from schemas.words import Words, told

app = typer.Typer()

_STATE = ("connector", "state", "backlog", "waiting_since", "last_contact_at", "watermark")
_BALANCE = ("connector", *status.BALANCE_WORDS, "refused")
_ERRORS = ("connector", "last_error_at", "last_error", "meaning")
_UNBALANCED = Words(
    "{names}: what came in is not what became of it; run `licet audit verify` and keep everything",
    "{names}：收支不平衡，请执行 `licet audit verify` 并保留现场",
)
_TOLD = {
    "en": {
        "made": "{file}: [connectors.{name}] added",
        "path": "it posts to {path}",
        "secret": "its secret, made just now, to be handed over by a safe way: {file}",
        "open": "still to fill in:",
        "document": "next: `licet mapping new {reads} --body SAMPLE --record RECORD`",
        "next": "next: `licet check`, then start the hub anew",
    },
    "zh": {
        "made": "{file}：已添加 [connectors.{name}]",
        "path": "对方的推送地址：{path}",
        "secret": "已生成密钥，请以安全方式交给对方：{file}",
        "open": "尚需填写：",
        "document": "下一步：`licet mapping new {reads} --body 样例文件 --record 记录类型`",
        "next": "下一步：`licet check`，然后重新启动平台",
    },
}


@app.callback(invoke_without_command=True)
def connectors(ctx: typer.Context, config: Folder = HERE, as_json: AsJson = False) -> None:
    """How each connector stands: state, what waits and since when, last contact, last error, watermark, balance."""
    if ctx.invoked_subcommand is None:
        _show_all(config, as_json)


@app.command()
def new(
    adapter: Annotated[str, typer.Argument(help="The kind: world/system, for example generic/webhook.")],
    name: Annotated[str, typer.Argument(help="A name for it, as it stands in licet.toml.")],
    reads: Annotated[str, typer.Option("--reads", help="world/name of the document that reads it.")] = "",
    given: Annotated[list[str] | None, typer.Option("--set", help="setting=value, may be said again.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Add a connector to licet.toml, with its secret, and say what is still to fill in."""
    settings = dict(_pair(each) for each in given or ())
    made = add_instance(config, adapter, name, reads, settings, os.urandom)
    language = spoken()
    missing = bool(reads) and not has_document(config, reads)
    value = {"name": name, "path": made.path, "secrets": [str(each) for each in made.secrets], "reads": made.reads}
    findings = [each.parts(language) for each in made.open]
    show({**value, "open": findings}, as_json, lambda: "\n".join(_told(made, config, missing, language)))


def _pair(text: str) -> tuple[str, str]:
    name, divided, value = text.partition("=")
    if not divided:
        raise typer.BadParameter(
            Words(f"found {text!r}, expected setting=value", f"现为 {text!r}，应为 设置=值"), param_hint="--set"
        )
    return name.strip(), value.strip()


def _told(made: NewInstance, folder: Folder, missing: bool, language: str) -> Iterator[str]:
    words = _TOLD[language]
    yield words["made"].format(file=folder / "licet.toml", name=made.name)
    if made.path:
        yield words["path"].format(path=made.path)
    yield from (words["secret"].format(file=each) for each in made.secrets)
    if made.open:
        yield words["open"]
        yield from (f"  {each.told(language)}" for each in made.open)
    yield words["document"].format(reads=made.reads) if missing else words["next"]


def _show_all(config: Folder, as_json: bool) -> None:
    with opened(config) as parts:
        adapters = {name: each.spec.title for name, each in parts.folder.instances.items()}
        rows = status.connectors(parts.database, adapters, parts.messenger)
        zone = parts.folder.zone
    show([row.json() for row in rows], as_json, lambda: "\n".join(_all(rows, zone, spoken())))


def _all(rows: Sequence[status.ConnectorStatus], zone: ZoneInfo, language: str) -> Iterator[str]:
    """How each stands, what came in and became of it, and what went wrong last."""
    flat = [_row(each, language) for each in rows]
    yield table(flat, _STATE, zone)
    yield f"\n{table(flat, _BALANCE, zone)}"
    if failed := [each for each in flat if each["last_error"]]:
        yield f"\n{table(failed, _ERRORS, zone)}"
    if unbalanced := ", ".join(each.name for each in rows if not each.balanced):
        yield f"\n{told(_UNBALANCED, language).format(names=unbalanced)}"


def _row(row: status.ConnectorStatus, language: str) -> dict[str, Any]:
    words = {"state": connector_word(row.state, language), "meaning": row.error_words(language)}
    return {**asdict(row), "connector": row.name, **row.balance, **words}
