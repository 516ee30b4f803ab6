"""What an import did, for people: by part of a file, by what became of rows, then each row that was not taken."""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.cli.headings import HEADINGS
from hub.intake.opening import Preview
from hub.intake.round import HeldItem, ItemFault, Round
from hub.rules.files.finding import Finding
from hub.wording import meant
from schemas.faults import shown
from schemas.nearest import did_you_mean
from schemas.words import Words

_PARTS = {"people": Words("people", "人员名册"), "plan": Words("plan", "培训计划")}
_KINDS = {
    "credential_status": Words("credentials", "资质"),
    "credited_hours": Words("hours", "学时"),
    "present_access": Words("access", "权限"),
}
_MOST_PEOPLE, _MOST_LINES = 30, 10
"""So many whom the roster does not name are told, and so many of their further lines."""
_LINE = re.compile("^line ([0-9]+)")
_ON_ROSTER = Words("the number of somebody on the roster", "名册中人员的工号")
IMPORT = "licet people import"
_SUBJECT = "employee_no"
"""The column by which a row names somebody."""
_UNCHANGED = Words("nothing has changed since it was last read", "自上次读取后没有变化")
_KEPT_NOTHING = Words(
    "nothing was kept; mend these lines and import again:", "未导入任何内容；请更正以下各行后重新导入："
)


def import_text(
    summary: Mapping[str, Any], asked: Round, sources: Collection[str], earlier: int, numbers: Sequence[str]
) -> Iterator[Words]:
    """What a roster brought.

    ``earlier``: how many rows wait that rounds before did not take; ``numbers``: the employee numbers that are known.
    """
    if not summary:
        yield _UNCHANGED
    for part, figures in summary.items():
        yield _line(_PARTS.get(part, part), _figures(figures))
        for column, emptied in figures.get("read_as_empty", {}).items():
            yield _emptied(column, emptied)
    if asked.counts:
        yield _became(dict(asked.counts))
    for each in asked.faults:
        yield _told(row_not_taken(each))
    unknown = unknown_people(asked.held, numbers)
    yield from map(_told, unknown[:_MOST_PEOPLE])
    if (left := len(unknown) - _MOST_PEOPLE) > 0:
        yield Words(
            f"and {left} more whom the roster does not name: `licet people unresolved`",
            f"另有 {left} 人不在名册中：`licet people unresolved`",
        )
    for source in sorted(asked.sources - set(sources)):
        hint = meant(source, sources)
        yield Words(
            f"id:{source}: no instance of licet.toml is called so, what it identifies waits{hint}",
            f"id:{source}：licet.toml 中没有此名称的连接器实例，所标识的数据暂存{hint.zh}",
        )
    if earlier:
        yield Words(
            f"from earlier imports {earlier} wait in quarantine (`licet quarantine list`): mend their rows in the file"
            " and import again; what waits of a row that is mended already is ended by `licet quarantine discard`",
            f"此前导入有 {earlier} 项隔离待处理（见 `licet quarantine list`）：请在文件中更正后重新导入；"
            "文件中已更正的行，其旧项用 `licet quarantine discard` 弃用",
        )


def row_not_taken(fault: ItemFault, again: str = IMPORT) -> Finding:
    """A row that is not taken, as a setting that is not is told; ``again`` is the command that looks once more."""
    at, code = _column(fault.where), fault.code
    return Finding(fault.peer, fault.line, at, fault.found, fault.expected, code=code, again=again)


def opening_text(preview: Preview, became: Mapping[str, int], numbers: Sequence[str], file: Path) -> Iterator[Words]:
    """What an opening sheet says and what became of it; ``numbers``: the employee numbers that are known."""
    said = [_count(_KINDS.get(kind, kind), n) for kind, n in preview.records.items()]
    yield _line(str(file), _listed(said) if said else Words("0 rows imported", "已导入 0 行"))
    if preview.faults:
        yield _KEPT_NOTHING
    elif became:
        yield _became(became)
    for each in preview.faults:
        line = int((_LINE.match(each.where) or ["", "0"])[1])
        at, again = _column(each.where), f"licet import opening {shlex.quote(str(file))}"
        yield _told(Finding(str(file), line, at, each.found, each.expected, code=each.code, again=again))
    for number in preview.unknown_people:
        hint = meant(number, numbers)
        yield Words(
            f"nobody has employee number {number!r}; held until the roster names them{hint}",
            f"没有工号为 {number!r} 的人员；待名册列入后自动采用{hint.zh}",
        )


def _figures(figures: Mapping[str, Any]) -> Words:
    """How a file differs from the last one; or why it was not read."""
    held, gone = figures.get("held"), figures.get("gone") or ()
    said = [_count(HEADINGS[name], figures[name]) for name in ("rows", "added", "changed") if name in figures]
    if figures.get("gone_count"):
        n, listed = figures["gone_count"], ", ".join(gone)
        said.append(Words(f"gone {n} ({listed})", f"{HEADINGS['gone'].zh} {n}（{listed}）"))
    if held:
        said.append(Words(f"held: {held}", f"暂存：{held.zh}" if isinstance(held, Words) else f"暂存：{held}"))
    return _listed(said)


def _count(word: str, number: object) -> Words:
    return Words(f"{word} {number}", f"{word.zh} {number}" if isinstance(word, Words) else f"{word} {number}")


def _listed(texts: Sequence[Words]) -> Words:
    return Words(", ".join(texts), "，".join(each.zh for each in texts))


def _line(head: str, text: Words) -> Words:
    return Words(f"{head}: {text}", f"{head.zh if isinstance(head, Words) else head}：{text.zh}")


def _became(counts: Mapping[str, int]) -> Words:
    return _line(
        Words("became", "处理结果"), _listed([_count(HEADINGS[word], n) for word, n in sorted(counts.items())])
    )


def _told(finding: Finding) -> Words:
    return Words(finding.told("en"), finding.told("zh"))


def _emptied(column: str, emptied: Mapping[str, int]) -> Words:
    """That cells were read as empty in which people wrote that there is no identifier."""
    cells = [Words(f"{shown(each)} ({n})", f"{shown(each)}（{n}）") for each, n in emptied.items()]
    en, zh = ", ".join(cells), "、".join(each.zh for each in cells)
    return Words(f"{column}: read as empty: {en}", f"{column}：以下内容按空白处理：{zh}")


def unknown_people(held: Sequence[HeldItem], numbers: Sequence[str], *, refused: bool = True) -> list[Finding]:
    """Whom rows name that the roster does not, each once, with all of their lines."""
    lines: dict[tuple[str, str], list[int]] = {}
    for each in held:
        lines.setdefault((each.peer, each.identifier), []).append(each.line)
    found = []
    for (peer, identifier), (first, *more) in lines.items():
        named = _and_in(shown(identifier), more) if more else shown(identifier)
        hint = did_you_mean(identifier, numbers)
        at, code = (_SUBJECT,), "ref.unknown-subject"
        found.append(Finding(peer, first, at, named, _ON_ROSTER, hint, refused, code=code, again=IMPORT))
    return found


def _and_in(identifier: str, lines: Sequence[int]) -> Words:
    listed, left = list(map(str, lines[:_MOST_LINES])), len(lines) - _MOST_LINES
    en, zh = ", ".join(listed), "、".join(listed)
    if left > 0:
        return Words(
            f"{identifier} (also in lines {en} and {left} more)",
            f"{identifier}（另见第 {zh} 行等 {left + _MOST_LINES} 行）",
        )
    return Words(f"{identifier} (also in lines {en})", f"{identifier}（另见第 {zh} 行）")


def _column(where: str) -> tuple[str, ...]:
    """The column in which a fault is; its place speaks of lines of the part that was handed on, not of the file."""
    name = _LINE.sub("", where).strip()
    return (name,) if name else ()
