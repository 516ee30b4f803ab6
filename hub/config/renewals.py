"""The renewal rules of a hub folder: those that come with the hub, and its own, ``renewal/NAME.toml`` each."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from hub.config.settings_file import text_of
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.renewals import read_renewal_rule
from schemas.renewal import RenewalRule

FOLDER = "renewal"


def read_renewals(path: Path) -> Mapping[str, RenewalRule]:
    """All renewal rules by name. One of the folder stands instead of the one of that name that comes with the hub.

    Raises:
        UnreadableFile: All that is wrong in all files of the folder.
    """
    found, wrong = dict(shipped_renewals()), list[Finding]()
    for file in sorted((path / FOLDER).glob("*.toml")):
        try:
            name = f"{FOLDER}/{file.name}"
            found[file.stem] = read_renewal_rule(text_of(file, name), name)
        except UnreadableFile as error:
            wrong += error.findings
    if wrong:
        raise UnreadableFile(wrong)
    return found


@cache
def shipped_renewals() -> Mapping[str, RenewalRule]:
    """The renewal rules that come with the hub, by name."""
    texts = {each.name: each.read_text(encoding="utf-8") for each in files("hub").joinpath(FOLDER).iterdir()}
    return {name.removesuffix(".toml"): read_renewal_rule(text, name) for name, text in sorted(texts.items())}


def renewal_text(path: Path, name: str) -> str:
    """A renewal rule as it is written: the folder's, else the one that comes with the hub."""
    own = path / FOLDER / f"{name}.toml"
    return (
        text_of(own, f"{FOLDER}/{name}.toml")
        if own.exists()
        else files("hub").joinpath(FOLDER, f"{name}.toml").read_text(encoding="utf-8")
    )
