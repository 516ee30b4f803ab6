"""Golden cases of what really comes, about nobody: taken beside the running hub, written beside the document."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.config.mappings import keep_case, named_document
from hub.wording import meant
from mappings import MappingDocument
from mappings.anonymous import Anonymous
from mappings.keeping import case_text
from schemas.errors import CallError
from schemas.transmission import Transmission
from schemas.words import Words

app = typer.Typer()
_EVERY_SECONDS, _KEY_BYTES = 0.5, 32
_SPAN = re.compile(r"([0-9]{1,5})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_TOLD = {
    "en": {
        "case": "{file}: a golden case",
        "sum": "{seen} messages of {connector} came, {kept} golden cases; {untold} could not be told without"
        " what may name somebody. Try them: `licet mapping test {name}`",
    },
    "zh": {
        "case": "{file}：已存为用例",
        "sum": "收到 {connector} 的 {seen} 份报文，生成 {kept} 个用例；{untold} 份无法在不含个人信息的情况下写出。"
        "运行用例：`licet mapping test {name}`",
    },
}


@app.command()
def capture(
    connector: Annotated[str, typer.Argument(help="The connector whose messages are taken.")],
    span: Annotated[str, typer.Option("--for", help="For how long, for example 10m.")] = "10m",
    since: Annotated[
        str | None, typer.Option("--since", help="Take what came since then, too; default: from now on.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=100, help="The most cases; each is of another shape.")] = 10,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Write golden cases of what comes, with other names, numbers and times."""
    with opened(config) as parts:
        name, path = _own_document(parts, connector, config)
        start = parts.clock.now() if since is None else instant(since, parts.folder)
        document = MappingDocument.read_from(name, path)
        found = _Captured(parts, connector, document, path, start)
        ends = time.monotonic() + _seconds(span)
        with suppress(KeyboardInterrupt):  # what was written is told
            while not found.look(most) and time.monotonic() < ends:
                time.sleep(_EVERY_SECONDS)
        language = spoken()
    value = {"seen": found.seen, "untold": found.untold, "cases": [str(each) for each in found.files]}
    show(value, as_json, lambda: "\n".join(_lines(found, connector, name, language)))


class _Captured:
    """The cases that were made so far, each of another shape."""

    def __init__(self, parts: Assembly, connector: str, document: MappingDocument, path: Path, start: datetime) -> None:
        self._history, self._connector, self._start = parts.history, connector, start
        self._document, self._path = document, path
        self._anonymous = Anonymous(document, os.urandom(_KEY_BYTES))
        self._looked_at: set[str] = set()
        self._shapes: set[str] = set()
        self.files: list[Path] = []
        self.untold = 0

    @property
    def seen(self) -> int:
        """How many messages came."""
        return len(self._looked_at)

    def look(self, most: int) -> bool:
        """Take what came meanwhile; whether there are as many cases as are wanted."""
        new = [each for each in self._history.ids(self._connector, self._start) if each not in self._looked_at]
        for past in self._history.of(new):
            if len(self.files) >= most:
                break
            self._looked_at.add(past.id)
            if past.wire is not None:
                self._take(past.wire)
        return len(self.files) >= most

    def _take(self, wire: Transmission) -> None:
        """Write a case of what a message says that none before it did."""
        told = set(self._anonymous.shape(wire)) or {""}
        if told <= self._shapes:
            return
        made = self._anonymous.of(wire)
        if made is None:
            self.untold += 1
            return
        self._shapes |= told
        self.files.append(self._kept(case_text(self._document, made)))

    def _kept(self, text: str) -> Path:
        folder = self._path.with_suffix(".cases")
        taken = {each.stem for each in folder.glob("*.json")}
        name = next(each for n in range(1, 10_000) if (each := f"captured-{n}") not in taken)
        return keep_case(self._path, name, text)


def _own_document(parts: Assembly, connector: str, folder: Path) -> tuple[str, Path]:
    bringing = {name: each for name, each in parts.folder.instances.items() if each.spec.brings}
    if connector not in bringing:
        near, listed = meant(connector, bringing), ", ".join(bringing)
        raise CallError(
            Words(
                f"found connector {connector!r}, expected one of {listed}{near}",
                f"连接器实例为 {connector!r}，应为下列之一：{listed}{near.zh}",
            )
        )
    name = bringing[connector].reads or bringing[connector].spec.mapping
    found, path = named_document(folder, name)
    if not path.is_relative_to(folder):
        en = f"{connector} reads with {name}, which is shipped; its cases stand beside a document of your own"
        raise CallError(
            Words(
                f"{en}: `licet mapping new {name} --from {name}`",
                f"{connector} 使用内置文档 {name}；用例须存于自备文档旁：`licet mapping new {name} --from {name}`",
            )
        )
    return found, path


def _seconds(span: str) -> float:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise typer.BadParameter(
            Words(
                f"found {span!r}, expected for example 30s, 10m or 1h",
                f"现为 {span!r}，应为例如 30s、10m 或 1h",
            ),
            param_hint="--for",
        )
    return int(found[1]) * _SECONDS[found[2]]


def _lines(found: _Captured, connector: str, name: str, language: str) -> Iterator[str]:
    words = _TOLD[language]
    yield from (words["case"].format(file=each) for each in found.files)
    yield words["sum"].format(
        seen=found.seen, connector=connector, kept=len(found.files), untold=found.untold, name=name
    )
