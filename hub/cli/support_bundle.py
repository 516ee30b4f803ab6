"""What an operator hands to who shall help: shown first, then written, once it is agreed to."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, say, show
from hub.clock import SystemClock
from hub.columns import WIDEST, wrapped
from hub.doctor.bundle import LEFT_OUT, Bundle, bundle, write
from hub.doctor.visit import Visit
from hub.wording import meant, printable_lines
from schemas.errors import ConfigError
from schemas.words import Words, told

app = typer.Typer()
_HOLDS = {
    "about.json": Words("versions of the program, of Python and of libraries", "程序、Python 与各依赖库的版本"),
    "codes.json": Words("what the last entries say, counted by kind and code", "最近日志条目按类别与代码的计数"),
    "findings.json": Words("what `licet doctor` finds", "`licet doctor` 的检查结果"),
    "metrics.txt": Words("figures of /metrics", "/metrics 的统计数字"),
    "settings.json": Words("all settings as they hold", "当前全部设置"),
    "states.json": Words(
        "how connectors, doors, messages and cases stand, in figures", "连接器、权限、通知与事项的状态计数"
    ),
}
_REDACTED = Words("redacted in it: ", "其中已隐去：")
_ASKED = Words("Write this to {file}?", "写入 {file}？")
_WRITTEN = Words("{file}: written; only its owner may read it", "{file}：已写出，仅所有者可读")
_NOT = Words("nothing was written; --yes writes it", "未写出；加 --yes 写出")


@app.command("support-bundle")
def support_bundle(
    output: Annotated[
        Path | None, typer.Option("-o", help="The file, a ZIP; default: here, named by the time.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    shown: Annotated[str, typer.Option("--show", help="Only print one of its files, and write nothing.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Show, then write, what helps others to help: versions, settings, findings, figures; nobody's name, no secret."""
    clock = SystemClock()
    language, now = spoken(), clock.now()
    with closing(Visit(config, clock)) as visit:
        made = bundle(visit, now)
    if shown:
        print(printable_lines(_file(made, shown)))
        return
    listed = [{"file": n, "bytes": len(c), "redacted": [*made.redacted.get(n, ())]} for n, c in made.files.items()]
    show(listed, as_json, lambda: "\n".join(_preview(made, language)))
    file = output or _usual(now)
    if yes or (not as_json and _agreed(told(_ASKED, language).format(file=file))):
        write(made, file, now)
        if not as_json:
            say(told(_WRITTEN, language).format(file=file))
    elif not as_json:
        say(told(_NOT, language))


def _usual(now: datetime) -> Path:
    return Path(f"licet-support-{now:%Y%m%d-%H%M%S}.zip")


def _agreed(question: str) -> bool:
    """Whether a person says so; nobody is there to say it where there is no terminal."""
    return sys.stdin.isatty() and typer.confirm(question)


def _file(made: Bundle, name: str) -> str:
    if name not in made.files:
        near = meant(name, made.files)
        expected = ", ".join(made.files)
        words = Words(
            f"found no file {name!r} in it, expected one of {expected}{near}",
            f"没有文件 {name!r}，应为：{expected}{near.zh}",
        )
        raise ConfigError(words, "ref.unknown-name")
    return made.files[name].decode()


def _preview(made: Bundle, language: str) -> Iterator[str]:
    """What would be inside, a file a line, and below each what is redacted in it."""
    room = max(map(len, made.files))
    for name, content in made.files.items():
        yield f"{name:{room}}  {len(content):>7}  {told(_HOLDS[name], language)}"
        if places := made.redacted.get(name):
            yield from _indented(told(_REDACTED, language) + ", ".join(places))
    yield from wrapped(told(LEFT_OUT, language), WIDEST)


def _indented(text: str) -> Iterator[str]:
    yield from ("    " + line for line in wrapped(text, WIDEST - 4))
