"""A hub folder with the rules that are in force: its own, those taken last, or those of the package it names."""

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hub.config.checks import position_faults
from hub.config.folder import HubFolder, read_folder, read_settings, store_url
from hub.config.rule_files import COURSES_FILE
from hub.packages.in_force import Rules, digest_of, digest_taken, documents_taken, enforced_posts, must_wait, waiting
from hub.parts.held import Held
from hub.rules.files.finding import UnreadableFile
from hub.store.database import Database
from hub.store.version import StoreVersionError

_RULES = ("position_files", "courses", "texts", "waiting", "gone")
"""What of a folder says by which rules its hub judges."""


def ruled_folder(path: Path) -> HubFolder:
    """A hub folder, read and checked, with the rules by which its hub judges.

    Where these are not those of its files, what differs is ``waiting``; a file that cannot be read waits, too.

    Raises:
        LicetError: The folder is wrong, or the package of its rules was not taken, or does not open.
    """
    try:
        folder = read_folder(path)
    except UnreadableFile as error:
        return _of_those_taken(path, error)
    if package := folder.settings.packages.rules:
        return with_rules(folder, _signed(folder, package))
    return _in_force(folder)


def renewed(running: HubFolder, database: Database) -> HubFolder | None:
    """The folder that runs, with rules that were signed, or taken, since it began; nothing where it has them.

    Files of a post that is only observed wait for a start.

    Raises:
        LicetError: As above.
    """
    fresh = ruled_folder(running.path)
    found = replace(running, **{each: getattr(fresh, each) for each in _RULES})
    with database.reading() as session:
        is_taken = bool(fresh.settings.packages.rules) or digest_of(fresh.texts) == digest_taken(session)
    return found if is_taken and found.revision != running.revision else None


def _in_force(folder: HubFolder) -> HubFolder:
    """The folder; where its files would change what is enforced, with the rules that were taken last."""
    texts, enforced = _taken(folder.database_url)
    try:
        taken = Rules.of(texts or {})
    except UnreadableFile:  # of an earlier version, that this one does not read: nobody could judge by them
        return folder
    coming = Rules(folder.position_files, folder.courses)
    if texts is None or not must_wait(taken, coming, enforced):
        return folder
    gone = folder_posts(taken) - folder_posts(coming)
    return replace(with_rules(folder, texts), waiting=tuple(waiting(taken, coming)), gone=frozenset(gone))


def folder_posts(rules: Rules) -> set[str]:
    """The posts of some rules."""
    return {each.id for each in rules.positions.values()}


def _of_those_taken(path: Path, error: UnreadableFile) -> HubFolder:
    """The folder with the rules that are in force, though files of it cannot be read.

    Raises:
        UnreadableFile: ``error``: something else is wrong, too, or no post is enforced yet.
    """
    try:
        settings = read_settings(path)
        if package := settings.packages.rules:
            bare = read_folder(path, {})
            return replace(with_rules(bare, _signed(bare, package)), waiting=tuple(error.findings))
        texts, enforced = _taken(store_url(settings, path))
        if texts is None or not enforced:
            raise error
        folder = read_folder(path, texts)
    except UnreadableFile:
        raise error from None
    gone = {each.id for file, each in folder.position_files.items() if not (path / file).exists()}
    return replace(folder, waiting=tuple(error.findings), gone=frozenset(gone))


def _signed(folder: HubFolder, package: str) -> Mapping[str, str]:
    with Held(folder) as held:
        return held.stored_packages.rules(package)


def _taken(url: str) -> tuple[Mapping[str, str] | None, Collection[str]]:
    """The documents that were taken last, and which posts are enforced; nothing where no hub of this version began."""
    try:
        database = Database(url)
    except StoreVersionError as error:
        if error.code == "store.newer":
            raise
        return None, ()
    with closing(database), database.reading() as session:
        return documents_taken(session), enforced_posts(session)


def with_rules(folder: HubFolder, texts: Mapping[str, str]) -> HubFolder:
    """A hub folder with other position files and courses in the place of its own, by path.

    Raises:
        LicetError: One cannot be read, or is refused.
    """
    rules = Rules.of(texts)
    specs = {name: instance.spec for name, instance in folder.instances.items()}
    files = {path: text for path, text in texts.items() if path != COURSES_FILE}
    if wrong := list(position_faults(files, folder.settings, specs, rules.positions, rules.courses, folder.renewals)):
        raise UnreadableFile(wrong)
    return replace(folder, position_files=rules.positions, courses=rules.courses, texts=texts)
