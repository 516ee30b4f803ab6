"""What rules would change that are about to judge: shown before they are taken, and agreed to by whoever takes them."""

import sys
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.assembly import Assembly
from hub.cli.counting import Counting
from hub.config.folder import HubFolder
from hub.packages.in_force import digest_of, documents_taken
from hub.parts.ruled import by_those_taken, ruled_folder, with_rules
from hub.views.told import tell_effects
from hub.views.what_if import Effects
from hub.wording import printable_lines
from schemas.errors import CallError, LicetError, TrustError
from schemas.words import Words


def effects_of(parts: Assembly, path: Path, text: bytes) -> Effects | None:
    """What the rules of a package would change from now on; nothing where the hub does not judge by its rules.

    Of what is refused anyway nothing is said here: whoever takes it says why.
    """
    rules = parts.folder.settings.packages.rules
    try:
        manifest = parts.package_desk.look(text, parts.clock.now())[1].manifest
        if manifest.kind != "rules" or manifest.package != rules:
            return None
        coming = with_rules(parts.folder, parts.stored_packages.rules_in(manifest))
    except LicetError:
        return None
    return parts.activation(_in_force(path, parts.folder), coming, Counting())


def effects_of_files(parts: Assembly, coming: HubFolder) -> Effects | None:
    """What the files of a folder would change from now on; nothing where they say what the hub judges by already."""
    if parts.folder.settings.packages.rules:
        return None if parts.folder.revision == coming.revision else parts.activation(parts.folder, coming, Counting())
    with parts.database.reading() as session:
        taken = documents_taken(session)
    if taken is None or digest_of(taken) == digest_of(coming.texts):
        return None
    return effects_of_taking(parts, taken, coming)


def effects_of_taking(parts: Assembly, taken: Mapping[str, str], coming: HubFolder) -> Effects:
    """What the rules of a folder would change from now on, in the place of those taken last."""
    return parts.activation(by_those_taken(coming, taken), coming, Counting())


def _in_force(path: Path, folder: HubFolder) -> HubFolder:
    """The folder with the rules that judge now: those of the package, or its own where none was taken yet."""
    try:
        return ruled_folder(path)
    except TrustError:
        return folder


def show_effects(effects: Effects, losing: int, language: str, zone: ZoneInfo) -> None:
    """Say who would lose or gain what, on the error output: what a program reads is left alone.

    Raises:
        CallError: So many people would not lose something as somebody agreed to.
    """
    print(printable_lines(tell_effects(effects, language, zone)), file=sys.stderr)
    many = effects.losing()
    if many != losing:
        raise CallError(
            Words(
                f"{many} people would lose something by these rules, and nothing was taken; once you have looked at"
                f" who, and it is meant: --losing {many}",
                f"这些规则将使 {many} 人失去权限，尚未启用；核对名单确认无误后请加 --losing {many}",
            )
        )
