"""The table of a new connector instance as text: each setting with its meaning, in comments what has its default."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.port import Spec
from hub.config.settings import ConnectorSettings
from hub.config.settings_text import choices, nested_models, setting_lines, toml_value, type_of
from hub.wording import meant
from schemas.errors import ConfigError
from schemas.words import Words, told

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_COMMON = ("identifiers", "every")
"""What every instance may be told, beside its adapter's own."""
_BARE_KINDS = ("list", "table", "true or false", "whole number", "number")
_WORDS = {
    "posts": Words("it posts to {path}", "对方向 {path} 推送"),
    "rest": Words(
        "What is not said has its default; all settings: docs/connectors.md",
        "其余设置均为默认值，见 docs/connectors.md",
    ),
}


def instance_text(spec: Spec, adapter: str, name: str, reads: str, values: Mapping[str, str], language: str) -> str:
    """The table of an instance; ``values`` are those of its settings, as TOML writes them."""
    path = path_of(spec, name)
    posts = [told(_WORDS["posts"], language).format(path=path)] if path else []
    head = [f"# {': '.join([spec.title, *posts])}", f"[connectors.{_key(name)}]", f"adapter = {json.dumps(adapter)}"]
    common = [f"{each} = {values[each]}" for each in _COMMON if each in values]
    mapping = [f"mappings = {{ read = {json.dumps(reads)} }}"] if reads else []
    rest = [f"# {told(_WORDS['rest'], language)}", *_usual_lines(spec, values), *_unsaid(spec.settings, values)]
    return "\n".join([*head, *common, *mapping, *_said(spec.settings, values), *rest])


def path_of(spec: Spec, name: str) -> str:
    """Where an instance is pushed to; empty where nobody does."""
    return "" if "push" not in spec.ports else spec.paths[0] if spec.paths else f"/in/{name}"


def values_of(spec: Spec, given: Mapping[str, str], zone: str, secrets: str) -> dict[str, str]:
    """The settings of a new instance as TOML writes them: what is given, and what can be told without asking.

    ``secrets`` begins the references to the secrets that the adapter cannot do without.

    Raises:
        ConfigError: There is no such setting.
    """
    fields = spec.settings.model_fields
    known = [*fields, *_COMMON]
    if odd := [each for each in given if each not in known]:
        listed, asked = ", ".join(known), meant(odd[0], known)
        raise ConfigError(
            Words(
                f"found setting {odd[0]!r}, expected one of {listed}{asked}",
                f"没有设置项 {odd[0]!r}，可用的设置项：{listed}{asked.zh}",
            )
        )
    usual = {
        field: value
        for field, each in fields.items()
        if (value := _usual(field, each, zone, secrets, wanted=is_wanted(spec, field, given)))
    }
    kinds = {field: type_of(each) for field, each in {**fields, **_common()}.items()}
    typed = {field: _typed(field, text, kinds[field]) for field, text in given.items()}
    return {**usual, **typed}


def _common() -> dict[str, FieldInfo]:
    return {name: ConnectorSettings.model_fields[name] for name in _COMMON}


def is_wanted(spec: Spec, name: str, given: Mapping[str, str]) -> bool:
    """Whether an instance cannot do without a setting, as far as it is said what it shall be like."""
    spared = [each.partition("=") for each in spec.secret_unless.get(name, ())]
    alone = bool(spared) and not any(given.get(of) == value if said else of in given for of, said, value in spared)
    return alone or spec.settings.model_fields[name].is_required()


def _usual(name: str, field: FieldInfo, zone: str, secrets: str, *, wanted: bool) -> str:
    """What a setting is where nobody says; empty where only a person can know."""
    if name == "zone":
        return toml_value(zone)
    if not wanted:
        return ""
    if "SecretStr" in str(field.annotation):
        return toml_value(f"{secrets}.{name}")
    return toml_value(listed[0]) if (listed := choices(field.annotation)) else ""


def _typed(name: str, text: str, kind: str) -> str:
    """A value as somebody types it after ``=``, as TOML writes it.

    Raises:
        ConfigError: It is no value of that kind.
    """
    if kind == "list" and not text.startswith("["):
        return toml_value([each.strip() for each in text.split(",") if each.strip()])
    if kind not in _BARE_KINDS:
        return toml_value(text)
    try:
        [_alone] = tomllib.loads(f"value = {text}")
    except ValueError as error:
        raise ConfigError(
            Words(f"{name}: found {text!r}, expected a {kind}", f"{name}：现为 {text!r}，应为 {kind} 类型的值")
        ) from error
    return text


def _said(model: type[BaseModel], values: Mapping[str, str]) -> Iterator[str]:
    """The settings that have a value, or must get one."""
    fields = model.model_fields
    rest = tuple(name for name, field in fields.items() if name not in values and not field.is_required())
    return setting_lines(model, rest, values)


def _usual_lines(spec: Spec, values: Mapping[str, str]) -> Iterator[str]:
    """Of what every instance may be told, in comments, that which an instance of its kind goes by."""
    asked = [
        *(["identifiers"] if spec.brings or "door" in spec.ports else []),
        *(["every"] if "poll" in spec.ports else []),
    ]
    skip = tuple(name for name in ConnectorSettings.model_fields if name not in asked or name in values)
    return _in_comments(setting_lines(ConnectorSettings, skip))


def _in_comments(lines: Iterable[str]) -> Iterator[str]:
    return (f"# {line.removeprefix('# ')}" for line in lines)


def _unsaid(model: type[BaseModel], values: Mapping[str, str]) -> Iterator[str]:
    skip = tuple(name for name, field in model.model_fields.items() if name in values or field.is_required())
    nested: Sequence[str] = [name for name, _model in nested_models(model)]
    return _in_comments(setting_lines(model, (*skip, *nested)))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)
