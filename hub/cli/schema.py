"""The schemas by which editors complete and check the files of a hub folder, with adapters installed besides."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

import typer
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

import connectors
from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.config.calendars import YearCalendar
from hub.config.editors import FILES, lay, led
from hub.config.folder import read_settings
from hub.config.mappings import lay_schemas
from hub.config.settings import ConnectorSettings, Settings
from hub.packages.worked import WorkedCase
from schemas.position import Course, Position
from schemas.renewal import RenewalRule
from schemas.words import Words, joined, named, told

app = typer.Typer()
_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
_REFERENCE = {"type": "string", "pattern": "^(env|file):.+"}
"""A secret: a file has a reference to it."""
_SAYS: Mapping[str, Any] = {
    "position.schema.json": Position,
    "courses.schema.json": dict[str, Course],
    "calendar.schema.json": YearCalendar,
    "renewal.schema.json": RenewalRule,
    "case.schema.json": WorkedCase,
}
_WRITTEN = Words("written", "已写入")
_WITHOUT = Words("{file}: add the first line {line}", "{file}：请在首行添加 {line}")
_ALL = Words("every file leads an editor to its schema", "各文件均已注明供编辑器使用的模式文件")


@app.command()
def schema(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Write the schemas by which editors complete and check a hub folder's files; name those that lead to none."""
    read_settings(config)  # refused where there is no hub folder
    written = [*lay(config, {name: _bytes(each) for name, each in all_schemas().items()}), *lay_schemas(config)]
    without = [{"file": each.file, "line": each.line} for each in led(config) if not each.has_it]
    lines = [Words(_WITHOUT.format(**each), _WITHOUT.zh.format(**each)) for each in without] or [_ALL]
    files = joined([named(each) for each in written], Words(", ", "、"))
    text = [Words(f"{_WRITTEN}: {files}", f"{_WRITTEN.zh}：{files.zh}"), *lines]
    show({"written": written, "without": without}, as_json, lambda: "\n".join(told(each, spoken()) for each in text))


def all_schemas() -> dict[str, dict[str, Any]]:
    """The schema of every kind of TOML file of a hub folder, by its name."""
    found = {name: TypeAdapter(said).json_schema() for name, said in _SAYS.items()}
    found["licet.schema.json"] = _settings_schema()
    return {name: {**_DIALECT, **found[name]} for name in FILES}


def _bytes(schema: Mapping[str, Any]) -> bytes:
    return (json.dumps(schema, indent=1, ensure_ascii=False) + "\n").encode()


def _settings_schema() -> dict[str, Any]:
    """``licet.toml``: the table of an instance holds what all have, and what its adapter takes."""
    installed = {*connectors.shipped(), *(each.name for each in entry_points(group="connectors"))}
    adapters = {name: connectors.load(name).settings for name in sorted(installed)}
    models: list[type[BaseModel]] = list(dict.fromkeys((Settings, *adapters.values())))
    made, whole = models_json_schema([(each, "validation") for each in models])
    definitions = {name: _as_written(each) for name, each in whole["$defs"].items()}
    common = definitions[ConnectorSettings.__name__]
    called = {model: each["$ref"].rpartition("/")[2] for (model, _mode), each in made.items()}
    own = {name: called[model] for name, model in adapters.items()}
    tables = {name.replace("/", "."): _table(name, common, definitions[of]) for name, of in own.items()}
    definitions = {name: each for name, each in definitions.items() if name not in own.values()}
    definitions[ConnectorSettings.__name__] = _of_its_adapter(list(adapters))
    return {**definitions.pop(called[Settings]), "$defs": {**definitions, **tables}}


def _as_written(schema: Any) -> Any:
    """A schema of values as the schema of what a file says of them: a secret is a reference there."""
    if isinstance(schema, list):
        return [_as_written(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("writeOnly"):
        return {**_REFERENCE, **{name: schema[name] for name in ("title", "description") if name in schema}}
    return {name: _as_written(each) for name, each in schema.items()}


def _table(adapter: str, common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The table of an instance of one adapter."""
    shared = {name: each for name, each in common["properties"].items() if name != "settings"}
    properties = {**shared, "adapter": {**shared["adapter"], "const": adapter}, **own.get("properties", {})}
    required = [*common["required"], *own.get("required", ())]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _of_its_adapter(adapters: Sequence[str]) -> dict[str, Any]:
    """A table that is judged by its adapter alone, so that each fault is told at its setting.

    ``anyOf`` refuses nothing: editors that do not follow ``if`` complete by it.
    """
    tables = {name: {"$ref": f"#/$defs/{name.replace('/', '.')}"} for name in adapters}
    judged = [
        {"if": {"properties": {"adapter": {"const": name}}, "required": ["adapter"]}, "then": table}
        for name, table in tables.items()
    ]
    return {
        "type": "object",
        "properties": {"adapter": {"type": "string", "enum": list(adapters)}},
        "required": ["adapter"],
        "allOf": judged,
        "anyOf": [*tables.values(), {}],
    }
