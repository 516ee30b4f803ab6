"""What a draft of a mapping document does otherwise: its rules, its golden cases, what came, what was decided."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hub.assembly import Assembly
from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.clock import site_time
from hub.config.mappings import named_document
from hub.rules.span import Span
from hub.views.redrafted import Differing, NamedChange
from hub.views.told import tell_effects
from hub.wording import meant
from mappings import MappingDocument
from mappings.comparing import Comparison, compare
from schemas.errors import CallError
from schemas.words import Words

app = typer.Typer()
_BACK, _AHEAD = timedelta(days=90), timedelta(days=90)
_TOLD = {
    "en": {
        "lost": "lost",
        "added": "added",
        "changed": "changed",
        "sum": "{looked_at} messages of {connector} read, {differing} differ: {lost} records lost, {added} added,"
        " {changed} changed",
        "unreadable": "items that cannot be read in these: {before} before, {after} with the draft",
        "erased": "{erased} messages were erased",
        "diff": "{rules} rules differ; {cases} of {of} cases give something else",
    },
    "zh": {
        "lost": "丢失",
        "added": "新增",
        "changed": "变更",
        "sum": "已重读 {connector} 的 {looked_at} 份报文，{differing} 份结果不同：丢失 {lost} 条记录，"
        "新增 {added} 条，变更 {changed} 条",
        "unreadable": "其中无法读取的条目：原为 {before}，按草案为 {after}",
        "erased": "{erased} 份报文已删除",
        "diff": "{rules} 处规则不同；{of} 个用例中 {cases} 个结果不同",
    },
}

Of = Annotated[str, typer.Option("--of", help="The connector that brought it; default: those that read with it.")]


@app.command("what-if")
def what_if(
    draft: Annotated[str, typer.Argument(help="world/name, or a file.")],
    of: Of = "",
    since: Annotated[
        str | None, typer.Option("--since", help="From when messages are read again; default: 90 days ago.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Up to when decisions are compared; default: in 90 days.")
    ] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Read what came by a draft: records and decisions that would differ; changes nothing."""
    with opened(config) as parts:
        name, path = named_document(config, draft)
        document = MappingDocument.read_from(name, path, parts.folder.names)
        now = parts.clock.now()
        start = now - _BACK if since is None else instant(since, parts.folder)
        end = now + _AHEAD if until is None else instant(until, parts.folder)
        if start >= end:
            raise typer.BadParameter(
                Words(
                    f"found {start.isoformat()}, expected an instant before {end.isoformat()}",
                    f"现为 {start.isoformat()}，应早于 {end.isoformat()}",
                ),
                param_hint="--since",
            )
        origin, evidence = parts.origins[_brought_by(parts, of, name)], parts.fresh_evidence()
        found = parts.mapping_what_if.of(document, origin, Span(start, end), evidence, now, Counting())
        language, zone = spoken(), parts.folder.zone
        text = "\n".join([*_lines(found.records, language, zone), tell_effects(found.effects, language, zone)])
    show(found.json(), as_json, lambda: text)


def _brought_by(parts: Assembly, of: str, document: str) -> str:
    """The instance whose messages are meant: the one that is named, or the only one that reads with a document.

    Raises:
        CallError: There is none, or there are several.
    """
    bringing = {name: each for name, each in parts.folder.instances.items() if each.spec.brings}
    if of:
        if of not in bringing:
            raise CallError(
                Words(
                    f"--of: found {of!r}, expected one of {', '.join(bringing)}{meant(of, bringing)}",
                    f"--of：现为 {of!r}，应为下列之一：{'、'.join(bringing)}{meant(of, bringing).zh}",
                )
            )
        return of
    reading = [name for name, each in bringing.items() if (each.reads or each.spec.mapping) == document]
    if len(reading) != 1:
        found = ", ".join(reading)
        raise CallError(
            Words(
                f"found {found or 'no instance that reads with it'}, expected --of with one of {', '.join(bringing)}",
                f"用它读取的连接器实例：{found or '无'}；请用 --of 指定其中之一：{'、'.join(bringing)}",
            )
        )
    return reading[0]


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="world/name, or a file.")],
    after: Annotated[str, typer.Argument(help="world/name, or a file.")],
    of: Annotated[str, typer.Option("--of", help="Compare what they make of what this connector brought, too.")] = "",
    since: Annotated[str | None, typer.Option("--since", help="--of: from when; default: 90 days ago.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Where two documents differ: rules, golden cases, what came (--of)."""
    named = [named_document(config, each) for each in (before, after)]
    files = [file for _name, path in named for file in sorted(path.with_suffix(".cases").glob("*.json"))]
    old, new = (MappingDocument.read_from(name, path) for name, path in named)
    found = compare(old, new, files)
    language = spoken()
    told, value = list(_compared(found, _TOLD[language])), asdict(found)
    if of:
        with opened(config) as parts:
            start = parts.clock.now() - _BACK if since is None else instant(since, parts.folder)
            origin = parts.origins[_brought_by(parts, of, "")]
            history = parts.mapping_what_if.between(old, new, origin, start, Counting())
            told += _lines(history, language, parts.folder.zone)
        value |= {"history": history.json()}
    show(value, as_json, lambda: "\n".join(told))


def _compared(found: Comparison, words: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{each.at}: {each.before or '-'} -> {each.after or '-'}" for each in found.rules)
    for case in found.cases:
        yield f"{case.case}:"
        yield from (f"  {each.at}: {each.before or '-'} -> {each.after or '-'}" for each in case.changes)
    yield words["diff"].format(rules=len(found.rules), cases=len(found.cases), of=found.looked_at)


def _lines(found: Differing, language: str, zone: ZoneInfo) -> Iterator[str]:
    words = _TOLD[language]
    for each in found.changes:
        yield _change(each, words, zone)
        yield from (f"    {name}: {_cell(old)} -> {_cell(new)}" for name, old, new in each.change.fields)
    before, after = found.found.unreadable
    if before or after:
        yield words["unreadable"].format(before=before, after=after)
    if found.found.erased:
        yield words["erased"].format(erased=found.found.erased)
    counts = {"looked_at": found.found.looked_at, "differing": found.found.differing, **found.counted()}
    yield words["sum"].format(connector=found.connector, **counts)


def _change(each: NamedChange, words: Mapping[str, str], zone: ZoneInfo) -> str:
    found = each.change
    whom = f"{each.person} {each.name}".strip() or "-"
    at = site_time(found.arrived_at, zone)
    return f"{words[found.what]}  {whom}  {found.record} {found.key}  {at}"


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
