"""Mapping documents: a copy of a shipped one to begin with; what is wrong with one, its golden cases, one body."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import mappings
from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.cli.preview import seen_lines
from hub.cli.typeable import from_here
from hub.config.mappings import begin, begin_with, keep_case, named_document, own_documents
from hub.wording import meant
from mappings import LintFinding, MappingDocument
from mappings.cases import read_case
from mappings.golden import CaseRun, run_cases
from mappings.keeping import case_text
from mappings.preview import preview
from mappings.proposal import propose
from schemas.errors import CallError
from schemas.transmission import Transmission
from schemas.words import Words, told

app = typer.Typer(no_args_is_help=True)

Documents = Annotated[
    list[str] | None,
    typer.Argument(help="world/name, or a file; default: all of the hub folder."),
]
_TOLD = {
    "en": {
        "lint": "{files} document{of_files}: {errors} error{of_errors}, {warnings} warning{of_warnings}",
        "test": "{cases} cases: {failed} failed",
        "no cases": "no golden case beside it",
        "expected": "expected",
        "passed": "ok",
        "failed": "FAILED",
        "found": "found",
        "kept": "{file}: a golden case; `licet mapping test` compares with it",
    },
    "zh": {
        "lint": "{files} 个文档：{errors} 个错误，{warnings} 个警告",
        "test": "{cases} 个用例：{failed} 个未通过",
        "no cases": "没有用例",
        "expected": "应为",
        "passed": "通过",
        "failed": "未通过",
        "found": "现为",
        "kept": "{file}：已存为用例，`licet mapping test` 将与之比较",
    },
}


@app.callback()
def mapping() -> None:
    """Mapping documents of the hub folder."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="world/name of the new document, for example attendance/north_gate.")],
    shipped: Annotated[str | None, typer.Option("--from", help="The shipped document to begin with.")] = None,
    body: Annotated[Path | None, typer.Option(help="Or a sample body: a document for it is proposed.")] = None,
    record: Annotated[str, typer.Option(help="--body: what its items are, for example attendance.Punch.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Begin a document: a copy of a shipped one, or proposed for a sample."""
    if (shipped is None) == (body is None) or bool(record) != (body is not None):
        raise typer.BadParameter(
            Words(
                "expected --from DOCUMENT, or --body FILE with --record RECORD",
                "应给出 --from 内置文档，或 --body 样例文件 与 --record 记录类型",
            )
        )
    lines: list[Words] = []
    missing: Mapping[str, str | None] = {}
    if body is not None:
        proposal = propose(record, body.read_bytes())
        text = json.dumps(proposal.document, ensure_ascii=False, indent=2) + "\n"
        path, missing = begin_with(config, name, name.partition("/")[0], text), proposal.missing
        lines += _proposed(path, body, name, missing)
    elif shipped is not None:
        path = begin(config, name, shipped)
        lines.append(Words(f"{path}: a copy of {shipped}", f"{path}：{shipped} 的副本"))
    named = f'mappings = {{ read = "{name}" }}'
    lines.append(
        Words(
            f"next: change it, name it in licet.toml with `{named}` and say `licet check`",
            f"下一步：修改文档，在 licet.toml 中写入 `{named}`，再执行 `licet check`",
        )
    )
    value = {"file": str(path), "missing": dict(missing)}
    show(value, as_json, lambda: "\n".join(told(each, spoken()) for each in lines))


def _proposed(path: Path, body: Path, name: str, missing: Mapping[str, str | None]) -> Iterator[Words]:
    """What was written, what the sample lacks, and how to look at it."""
    yield Words(f"{path}: proposed for {body}", f"{path}：按样例 {body} 生成")
    if missing:
        en = ", ".join(f"{field} (perhaps {at})" if at else field for field, at in missing.items())
        zh = "、".join(f"{field}（可能为 {at}）" if at else field for field, at in missing.items())
        yield Words(f"not found in the sample, to be added: {en}", f"样例中没有，须补充：{zh}")
    yield Words(
        f"look at what it makes of it: `licet mapping preview {body} --with {name}`",
        f"查看读取结果：`licet mapping preview {body} --with {name}`",
    )


@app.command()
def lint(documents: Documents = None, config: Folder = HERE, as_json: AsJson = False) -> None:
    """Look at documents: file and line, what was found, expected, meant; what is in vain."""
    asked = _asked(documents, config)
    found = [each for path in asked.values() for each in mappings.lint(path)]
    errors = sum(each.refused for each in found)
    counted = {"files": len(asked), "errors": errors, "warnings": len(found) - errors}
    language = spoken()
    summary = _TOLD[language]["lint"].format(**counted, **_plurals(counted))
    lines = [*map(from_here, _told(found, language)), summary]
    show({**counted, "findings": [asdict(each) for each in found]}, as_json, lambda: "\n".join(lines))
    if errors:
        raise typer.Exit(WRONG)


@app.command()
def test(documents: Documents = None, config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read the golden cases beside documents and compare; a mistyped one is an error."""
    language = spoken()
    runs = [each for name, path in _asked(documents, config).items() for each in run_cases(name, path)]
    failed = sum(not each.passed for each in runs)
    lines = [line for each in runs for line in _run(each, language)]
    lines.append(_TOLD[language]["test"].format(cases=sum(bool(each.case) for each in runs), failed=failed))
    show({"failed": failed, "cases": [each.json() for each in runs]}, as_json, lambda: "\n".join(lines))
    if failed:
        raise typer.Exit(WRONG)


@app.command("preview")
def preview_(
    body: Annotated[Path, typer.Argument(help="A file with a body as it comes, or a golden case.")],
    document: Annotated[
        str | None, typer.Option("--with", help="The document; default: that of the case, or the only one there is.")
    ] = None,
    form: Annotated[str, typer.Option(help="The form of the document, where it has several that suit.")] = "",
    media_type: Annotated[str, typer.Option(help="What the sender calls the body.")] = "",
    context: Annotated[
        list[str] | None, typer.Option("--context", help="name=value that the connector gives; may be said again.")
    ] = None,
    keep: Annotated[str, typer.Option(help="Keep it as a golden case of this name, beside the document.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what a document makes of one body: each field with source, conversion, value."""
    of_case = body.parent.name.endswith(".cases")
    name, path = _document_for(body, document, config)
    if of_case:
        transmission = read_case(name, body).transmission
    else:
        given = dict(_pair(each) for each in context or ())
        media = media_type or _MEDIA.get(body.suffix, "text/plain")
        transmission = Transmission("preview", datetime.now(UTC), media, body.read_bytes(), form=form, context=given)
    read = MappingDocument.read_from(name, path)
    if form and form not in read.forms:
        near = meant(form, read.forms)
        raise CallError(
            Words(
                f"--form: found {form!r}, expected one of {', '.join(read.forms)}{near}",
                f"--form：现为 {form!r}，应为下列之一：{'、'.join(read.forms)}{near.zh}",
            )
        )
    seen = preview(read, transmission)
    words = _TOLD[spoken()]
    show(asdict(seen), as_json, lambda: "\n".join(seen_lines(seen, spoken())))
    if keep:
        kept = keep_case(path, keep, case_text(read, transmission))
        typer.echo(words["kept"].format(file=kept), err=as_json)


_MEDIA = {".json": "application/json", ".xml": "application/xml"}


def _asked(documents: Sequence[str] | None, folder: Path) -> dict[str, Path]:
    found = dict(named_document(folder, each) for each in documents) if documents else own_documents(folder)
    if not found:
        raise CallError(
            Words(
                f"found no mapping document in {folder}, expected one in mappings/, or a name",
                f"{folder} 中没有映射文档；请放入 mappings/，或指定名称",
            )
        )
    return found


def _document_for(body: Path, document: str | None, folder: Path) -> tuple[str, Path]:
    if document is not None:
        return named_document(folder, document)
    if body.parent.name.endswith(".cases"):
        return named_document(folder, str(body.parent.with_suffix(".json")))
    own = own_documents(folder)
    if len(own) != 1:
        raise typer.BadParameter(
            Words(
                f"found {len(own)} documents in the folder, expected --with NAME",
                f"目录中有 {len(own)} 个文档，请用 --with 指定",
            )
        )
    return next(iter(own.items()))


def _pair(text: str) -> tuple[str, str]:
    name, divided, value = text.partition("=")
    if not divided:
        raise typer.BadParameter(
            Words(f"found {text!r}, expected name=value", f"现为 {text!r}，应为 名称=值"), param_hint="--context"
        )
    return name, value


def _plurals(counted: Mapping[str, int]) -> dict[str, str]:
    """The end of each word that counts something."""
    return {f"of_{name}": "" if number == 1 else "s" for name, number in counted.items()}


def _told(found: Sequence[LintFinding], language: str) -> Iterator[str]:
    return (each.told(language) for each in found)


def _run(run: CaseRun, language: str) -> Iterator[str]:
    words = _TOLD[language]
    yield from _told(run.findings, language)
    if not run.case and not run.findings:
        yield f"{run.mapping}: {words['no cases']}"
    elif run.case and not run.findings:
        yield f"{run.mapping}/{run.case}: {words['passed' if run.passed else 'failed']}"
    for each in run.differences:
        yield f"  {each.at}: {words['expected']} {each.expected}, {words['found']} {each.found}"
