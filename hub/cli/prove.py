"""Proofs about position files: for every person there could be, or a person of whom it fails."""

from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.config.folder import is_hub_folder, read_settings
from hub.config.rule_files import named_texts
from hub.config.settings import Settings
from hub.rules.files.reading import read_position
from hub.wording import scope_word
from schemas.errors import CallError
from schemas.words import Words

if TYPE_CHECKING:
    from hub.proving.questions import Proof

app = typer.Typer()

_ASKED = {
    "ladder": ("higher rung implies the lower one", "高级别蕴含低级别"),
    "ended": ("nobody stands when no credential is in force", "无有效证书者不得上岗"),
    "nobody_new": ("the draft admits nobody new", "草案不放行新的人"),
    "nobody_less": ("the draft shuts nobody out", "草案不排除任何人"),
    "renewal": ("held as long and renewed by the same", "有效期与续期条件相同"),
}
_ANSWERS = {
    "proved": ("proved", "已证明"),
    "refuted": ("REFUTED", "不成立"),
    "undecided": ("not proved", "未证明"),
}


@app.command()
def prove(
    file: Annotated[Path, typer.Argument(help="A position file.")],
    other: Annotated[Path | None, typer.Argument(help="The file that holds: FILE is a draft of it.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Prove for everybody there could be that a ladder rises, nobody stands after an end, a draft admits nobody new.

    What fails is told as one person's story, whom the engine has judged. Needs the extra licet[prove].
    """
    if find_spec("z3") is None:
        raise CallError(
            Words(
                "found no z3, expected the extra: pip install 'licet[prove]'",
                "缺少 z3，请安装：pip install 'licet[prove]'",
            )
        )
    from hub.proving.questions import of_one, of_two  # noqa: PLC0415 - the solver is an extra

    settings = read_settings(config) if is_hub_folder(config) else Settings()
    zone, language = ZoneInfo(settings.hub.zone), spoken()
    draft, *held = [read_position(text, name) for name, text in _texts(config, file, other)]
    if held and held[0].id != draft.id:
        raise CallError(
            Words(
                f"{other}: found position {held[0].id!r}, expected {draft.id!r} as in {file}",
                f"{other}：岗位为 {held[0].id!r}，应与 {file} 相同，即 {draft.id!r}",
            )
        )
    proofs = [*of_one(draft, zone), *(proof for each in held for proof in of_two(draft, each, zone))]
    show([asdict(each) for each in proofs], as_json, lambda: "\n".join(_told(each, language) for each in proofs))
    if any(each.answer != "proved" for each in proofs):
        raise typer.Exit(WRONG)


def _texts(config: Path, file: Path, other: Path | None) -> list[tuple[str, str]]:
    return [item for each in (file, other) if each is not None for item in named_texts(config, [each]).items()]


def _told(proof: "Proof", language: str) -> str:
    place = 1 if language == "zh" else 0
    form = ("{}: {} ({})", "{}：{}（{}）")[place]
    lines = [form.format(_ANSWERS[proof.answer][place], _ASKED[proof.question][place], proof.subject)]
    lines += [f"    {line.zh if language == 'zh' else line.en}" for line in proof.story]
    if proof.scopes:
        lines.append("    => " + " / ".join(scope_word(each, language) for each in proof.scopes))
    return "\n".join([*lines, *(f"    ? {each}" for each in proof.about)])
