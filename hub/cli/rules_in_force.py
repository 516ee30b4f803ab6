"""Rules of files come into force: who would lose or gain what is shown first, and agreed to by whoever takes them."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.activation import effects_of_taking, show_effects
from hub.cli.devices import By
from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.config.folder import HubFolder
from hub.packages.in_force import Rules, digest_of, documents_taken, take_instead
from hub.parts.ruled import coming_folder, unreadable
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.lint import lint
from hub.rules.files.refusals import PROTECTED
from schemas.errors import CallError
from schemas.words import Words, told

app = typer.Typer()
_TAKEN = Words("the rules that the folder names are in force: {digest}", "规则已启用：{digest}")
_ALREADY = Words("nothing to take: the rules that the folder names are in force", "无须启用：与现行规则一致")


@app.command()
def activate(
    losing: Annotated[
        int, typer.Option("--losing", min=0, help="So many people lose something by them; you saw who.")
    ] = 0,
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Take the rules of the folder, its files or the package it names, into force, once it was shown who loses what."""
    coming = coming_folder(config)
    with Assembly(coming) as parts:
        taken, digest = _taken(parts), digest_of(coming.texts)
        if digest_of(taken) == digest:
            show({"documents": digest, "taken": False}, as_json, lambda: _ALREADY)
            return
        _require_sound(parts, taken)
        effects = effects_of_taking(parts, taken, coming)
        show_effects(effects, losing, spoken(), coming.zone)
        acting = parts.operators.one(by)
        parts.writer.call(partial(take_instead, taken, coming.texts, acting, effects.losing()))
    about = {"documents": digest, "taken": True, "effects": effects.json()}
    show(about, as_json, lambda: told(_TAKEN, spoken()).format(digest=digest[:12]))


def _taken(parts: Assembly) -> Mapping[str, str]:
    """The rules that are in force.

    Raises:
        CallError: The hub was never started.
    """
    with parts.database.reading() as session:
        found = documents_taken(session)
    if found is None:
        raise CallError(
            Words(
                "no rules were taken yet: the files of the folder come into force at the first start",
                "尚无已启用的规则：首次启动时采用本目录的规则文件",
            ),
            cure=Words("start the hub once: `licet serve`", "先启动一次平台：`licet serve`"),
        )
    return found


def _require_sound(parts: Assembly, present: Mapping[str, str]) -> None:
    """Return if nothing of the files is refused, as rules that come into force today.

    Of rules that this version cannot read nobody can say which of the files are new: none is asked for a later day.

    Raises:
        UnreadableFile: What is.
    """
    folder: HubFolder = parts.folder
    texts = {file: folder.texts[file] for file in folder.position_files}
    before = folder.position_files if unreadable(present) else Rules.of(present).positions
    changed = [file for file, each in folder.position_files.items() if each != before.get(file)]
    if folder.settings.packages.rules:  # of which two people said so, and whose days were looked at then
        changed = []
    today = parts.clock.now().astimezone(folder.zone).date()
    protected = PROTECTED | {*folder.settings.hub.protected}
    found = lint(texts, folder.courses, today, protected, changed, folder.renewals)
    if wrong := [each for each in found if each.refused]:
        raise UnreadableFile(wrong)
