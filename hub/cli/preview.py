"""A body as its mapping reads it, for people: each item with its fields, and what no rule reads."""

from collections.abc import Iterator

from hub.columns import padded, width
from hub.wording import place_words, printable
from mappings.preview import FieldPreview, ItemPreview, Preview
from schemas.words import Words, told, unlike

_UNREAD = Words("not read: {}", "未读取：{}")
_MORE = Words("{} more items", "另有 {} 项")
_RECORD = Words("{records}  key {key}", "{records}  键 {key}")
_FAULT = Words(
    "fault {code}{where}: {why}",
    "无法读取（{code}）{where}：{why}",
)
_LEFT_OUT = Words(
    "left out {code}{where}: {why}",
    "未采用（{code}）{where}：{why}",
)
_WHERE = Words(", where {}", "，位置 {}")
_IGNORED = Words("ignored: {}", "忽略：{}")
_EXPECTED = Words("expected {}", "应为 {}")
_AFTER = Words(": ", "：")


def seen_lines(seen: Preview, language: str) -> Iterator[str]:
    """The items that were looked at, and how many there are besides."""
    for item in seen.items:
        yield f"{told(place_words(item.where), language) or '-'}{told(_AFTER, language)}{_fate(item, language)}"
        if "records" in item.outcome and "fault" in item.outcome:
            yield f"  {_wrong(_LEFT_OUT, item, language)}"
        yield from _fields(item, language)
        if item.unread:
            yield f"  {told(_UNREAD, language).format(', '.join(item.unread))}"
    if seen.total > len(seen.items):
        yield told(_MORE, language).format(seen.total - len(seen.items))


def _fate(item: ItemPreview, language: str) -> str:
    outcome = item.outcome
    if "records" in outcome:
        records = ", ".join(each["record"] for each in outcome["records"])
        return told(_RECORD, language).format(records=records, key=outcome["key"])
    if "ignored" in outcome:
        return told(_IGNORED, language).format(outcome["ignored"])
    return _wrong(_FAULT, item, language)


def _wrong(said: Words, item: ItemPreview, language: str) -> str:
    outcome = item.outcome
    why = told(unlike(item.found, item.expected), language)
    place = told(place_words(outcome["where"]), language)
    where = told(_WHERE, language).format(place) if place else ""
    return told(said, language).format(code=outcome["fault"], where=where, why=why)


def _became(field: FieldPreview, language: str) -> str:
    if not field.wrong:
        return told(field.value, language)
    if field.wrong == "ignored":
        return f"! {told(_IGNORED, language).format(field.expected)}"
    return f"! {field.wrong}{told(_AFTER, language)}{told(_EXPECTED, language).format(told(field.expected, language))}"


def _fields(item: ItemPreview, language: str) -> Iterator[str]:
    rows = [
        (
            f"{each.record.rpartition('.')[2]}.{each.field}",
            each.source,
            told(each.found, language),
            each.conversion or "-",
            _became(each, language),
        )
        for each in item.fields
    ]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(padded(printable(cell), w) for cell, w in zip(row, widths, strict=True)).rstrip()
