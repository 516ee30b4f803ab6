"""Settings as the tables of a page, in either language."""

from collections.abc import Iterator

from pydantic import BaseModel

from hub.config.chinese_settings import meaning
from hub.config.settings_text import nested_models, toml_value, type_of
from schemas.words import Words, told

_HEAD = Words("| setting | type | default | meaning |", "| 设置 | 类型 | 默认值 | 含义 |")
_REQUIRED = Words("required", "必填")
_EACH, _AND = Words("Each table of {}:", "{} 的每个表："), Words(" and of ", " 和 ")
_TYPES = {
    "table": "表",
    "list": "列表",
    "true or false": "true 或 false",
    "whole number": "整数",
    "number": "数",
    "path": "路径",
    "duration": "时长",
    "text": "文本",
}


def settings_rows(model: type[BaseModel], language: str, without: tuple[str, ...] = ()) -> list[str]:
    """The table of a model's settings, then those of its own tables."""
    rows = [told(_HEAD, language), "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        if name not in without:
            usual = toml_value(field.get_default(call_default_factory=True)) if not field.is_required() else ""
            default = f"`{usual}`" if usual else told(_REQUIRED, language)
            says = told(meaning(field.description or ""), language).replace("|", "\\|")
            rows.append(f"| `{name}` | {_type(type_of(field), language)} | {default} | {says} |")
    if len(rows) == 2:
        rows = []
    for names, nested in _tables(model, without):
        every = told(_AND, language).join(f"`{each}`" for each in names)
        rows += ["", told(_EACH, language).format(every), "", *settings_rows(nested, language)]
    return rows


def _type(text: str, language: str) -> str:
    if language == "en":
        return text
    for en, zh in (("one of ", "其中之一："), ("secret: ", "密钥引用：")):
        if text.startswith(en):
            return zh + text.removeprefix(en).replace(", ", "、").replace(" or ", " 或 ")
    return _TYPES[text]


def _tables(model: type[BaseModel], without: tuple[str, ...]) -> Iterator[tuple[list[str], type[BaseModel]]]:
    """The models of a model's tables, each with the settings that have it."""
    found: dict[type[BaseModel], list[str]] = {}
    for name, nested in nested_models(model):
        if name in without:
            continue
        found.setdefault(nested, []).append(name)
    yield from ((names, nested) for nested, names in found.items())
