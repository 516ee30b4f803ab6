"""A hub folder with the rules that are in force: its own, those taken last, or those of the package it names."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hub.config.checks import position_faults
from hub.config.folder import HubFolder, read_folder, read_settings, store_url
from hub.config.rule_files import COURSES_FILE
from hub.packages.in_force import (
    UNREADABLE,
    Rules,
    digest_of,
    digest_taken,
    documents_taken,
    enforced_posts,
    must_wait,
    waiting,
)
from hub.parts.held import Held
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.named import named_in
from hub.store.database import Database
from hub.store.version import StoreVersionError
from schemas.errors import SettingError
from schemas.words import Words

_RULES = ("position_files", "courses", "texts", "waiting", "gone", "unread")
"""What of a folder says by which rules its hub judges."""
_CURE = Words(
    "start the version of before, which reads the rules in force; or mend these files, then"
    " `licet rules activate --losing N --by NAME`",
    "改用原版本启动（可读取现行规则）；或更正规则文件后执行 `licet rules activate --losing 人数 --by 姓名`",
)


def ruled_folder(path: Path) -> HubFolder:
    """A hub folder, read and checked, with the rules by which its hub judges.

    Where these are not those of its files, or of the package that it names, what differs is ``waiting``; a file that
    cannot be read waits, too.

    Raises:
        LicetError: The folder is wrong, or the package of its rules was not taken, or does not open.
    """
    try:
        folder = read_folder(path)
    except UnreadableFile as error:
        return _of_those_taken(path, error)
    package = folder.settings.packages.rules
    return _by_package(folder, package) if package else _in_force(folder, lambda: folder)


def coming_folder(path: Path) -> HubFolder:
    """A hub folder with the rules that it names, whether they are in force or not: its files, or its package.

    Raises:
        LicetError: As above.
    """
    folder = read_folder(path)
    package = folder.settings.packages.rules
    return with_rules(folder, _signed(folder, package)) if package else folder


def renewed(running: HubFolder, database: Database) -> HubFolder | None:
    """The folder that runs, with rules that were signed, or taken, since it began; nothing where it has them.

    Files of a post that is only observed wait for a start.

    Raises:
        LicetError: As above.
    """
    fresh = ruled_folder(running.path)
    found = replace(running, **{each: getattr(fresh, each) for each in _RULES})
    with database.reading() as session:
        is_taken = digest_of(fresh.texts) == digest_taken(session)
    return found if is_taken and found.revision != running.revision else None


def _in_force(folder: HubFolder, coming: Callable[[], HubFolder]) -> HubFolder:
    """The folder with the rules that it names; where they would change what is enforced, with those taken last."""
    texts, enforced = _taken(folder.database_url)
    if texts is None or not enforced:
        return coming()
    if wrong := unreadable(texts):
        return _standing_still(folder, texts, wrong)
    try:
        named = coming()
    except UnreadableFile as error:
        return replace(with_rules(folder, texts), waiting=tuple(error.findings))
    taken, others = Rules.of(texts), Rules(named.position_files, named.courses)
    if not must_wait(taken, others, enforced):
        return named
    gone = folder_posts(taken) - folder_posts(others)
    return replace(with_rules(folder, texts), waiting=tuple(waiting(taken, others)), gone=frozenset(gone))


def unreadable(texts: Mapping[str, str]) -> list[Finding]:
    """Why this program cannot judge by rules that another one took; nothing where it can.

    What only the settings of the folder contradict is not among it: that is wrong in the settings.
    """
    try:
        rules = Rules.of(texts)
    except UnreadableFile as error:
        return list(error.findings)
    files = {path: text for path, text in texts.items() if path != COURSES_FILE}
    return list(position_faults(files, None, {}, rules.positions, rules.courses, None))


def by_those_taken(folder: HubFolder, texts: Mapping[str, str]) -> HubFolder:
    """A folder with rules as they were taken, in the place of its own; where they cannot be read nobody is judged."""
    if wrong := unreadable(texts):
        return _standing_still(folder, texts, wrong)
    present = Rules.of(texts)
    return replace(folder, position_files=present.positions, courses=present.courses, texts=texts)


def _standing_still(
    folder: HubFolder, texts: Mapping[str, str], wrong: Sequence[Finding], waiting: Sequence[Finding] = ()
) -> HubFolder:
    """The folder by whose hub nobody is judged: it closes what issuers withdraw and what ends, and opens nothing.

    Its own files are not taken in the place of rules that cannot be read: nobody looked who would lose by them.
    """
    positions = {path: text for path, text in texts.items() if path != COURSES_FILE}
    found = [replace(each, code=UNREADABLE, cure=_CURE) for each in wrong]
    return replace(
        folder,
        position_files={},
        courses={},
        texts=texts,
        waiting=(*found, *waiting),
        unread=named_in(positions, texts.get(COURSES_FILE, "")),
    )


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
            found = _by_package(read_folder(path, {}), package)
            return replace(found, waiting=(*found.waiting, *error.findings))
        texts, enforced = _taken(store_url(settings, path))
        if texts is None or not enforced:
            raise error
        if wrong := unreadable(texts):
            return _standing_still(read_folder(path, {}), texts, wrong, error.findings)
        folder = read_folder(path, texts)
    except (UnreadableFile, SettingError):  # a store that cannot be addressed stands among what is wrong
        raise error from None
    gone = {each.id for file, each in folder.position_files.items() if not (path / file).exists()}
    return replace(folder, waiting=tuple(error.findings), gone=frozenset(gone))


def _by_package(folder: HubFolder, package: str) -> HubFolder:
    texts = _signed(folder, package)
    return _in_force(folder, lambda: with_rules(folder, texts))


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
