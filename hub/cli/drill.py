"""Drills: what would follow, before it happens."""

from collections.abc import Iterator
from typing import Annotated

import typer

from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.views.drill import Drilled

app = typer.Typer(no_args_is_help=True)
_WORDS = {
    "zh": {
        "sum": "若 {issuer} 吊销全部 {numbers} 个证书编号（{names}）：{of} 人中 {people} 人受影响",
        "sink": "{sink}：关闭 {closings} 处权限，同一目标最多 {longest} 处，{time}",
        "time": "以目前的响应速度约需 {seconds:.0f} 秒",
        "silent": "用时未知：现在没有应答（{code}）",
        "post": "{position}：全权在岗 {now} 人，届时 {after} 人，至少需 {at_least} 人{short}",
        "short": " — 人手不足",
        "nobody": "没有任何权限或岗位受影响",
    },
    "en": {
        "sum": "{issuer} withdraws all {numbers} numbers ({names}): {people} of {of} people concerned",
        "sink": "{sink}: {closings} closings, up to {longest} at one target, {time}",
        "time": "about {seconds:.0f} s at the speed at which it answers now",
        "silent": "nobody knows how long: it does not answer now ({code})",
        "post": "{position}: {now} in full scope now, {after} then, at least {at_least}{short}",
        "short": " - too few",
        "nobody": "no door and no post is concerned",
    },
}


@app.callback()
def _drill() -> None:
    """Drills: what would follow, before it happens."""


@app.command()
def revoke(
    issuer: Annotated[str, typer.Option("--issuer", help="Who withdraws, as positions name it: authority.")],
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """If an issuer withdrew everything: doors that close, how long each sink needs, who is left. Nothing is changed."""
    with opened(config) as parts:
        found = parts.drill.revoke(issuer, progress=Counting())
        language = spoken()
    show(found.json(), as_json, lambda: "\n".join(_lines(found, language)))
    if found.short:
        raise typer.Exit(WRONG)


def _lines(found: Drilled, language: str) -> Iterator[str]:
    words = _WORDS[language]
    yield words["sum"].format(
        issuer=found.issuer,
        numbers=found.numbers,
        names=", ".join(found.credentials),
        people=found.people,
        of=found.of,
    )
    for load in found.sinks:
        known = load.seconds is not None
        time = words["time"].format(seconds=load.seconds) if known else words["silent"].format(code=load.code)
        yield words["sink"].format(sink=load.sink, closings=load.closings, longest=load.longest, time=time)
    for post in found.posts:
        short = words["short"] if post.is_short else ""
        yield words["post"].format(
            position=post.position, now=post.now, after=post.after, at_least=post.at_least, short=short
        )
    if not found.people:
        yield words["nobody"]
