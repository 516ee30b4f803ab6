"""What `serve` reads beside its settings: the documents of the folder with their cases, rosters and training plans."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hub.assembly import Assembly
from hub.cli.import_text import row_not_taken, unknown_people
from hub.config.mappings import wrong_documents
from hub.intake.round import HeldItem, faults_in, held_items, odd_addresses, records_in, sources_in
from hub.rules.files.finding import Finding, UnreadableFile, at
from hub.store.version import StoreVersionError
from mappings import LintFinding, MappingDocument
from schemas.errors import ConfigError, UnavailableError
from schemas.nearest import MEANT, did_you_mean
from schemas.people import Person
from schemas.words import Words, told

_READABLE = Words("a file that can be read", "可读取的文件")
_TAKEN = Words("a file that is taken", "可采用的文件")
_INSTANCE = Words("the name of an instance of licet.toml", "licet.toml 中连接器实例的名称")
_MEND = Words("mend the file", "请更正该文件")
_HEADER = Words("a header that has all of its columns", "列名齐全的表头")
_REACHED = Words(
    "correct it in the roster: until then no mail reaches this person", "请在名册中更正；更正前此人收不到邮件"
)
_PLACE = re.compile(r"(?P<file>[^:：/]+\.(?:csv|xlsx))(?::(?P<line>[0-9]+))?[:：]\s*")
"""The file, and the line if one is named, with which a reason begins."""
_CHECK = "licet check"


def unreadable(folder: Path, error: UnreadableFile) -> UnreadableFile:
    """What refuses a hub folder, with all that is wrong with its documents, too."""
    return UnreadableFile([*error.findings, *map(as_finding, wrong_documents(folder))])


def rosters(parts: Assembly, *, unread: bool) -> Iterator[Finding]:
    """Every row that would not be taken, every file that would be held, what names nothing. Nothing of it is kept.

    ``unread``: it was told already why documents cannot be read with.

    Raises:
        ConfigError: They cannot, and that was not.
    """
    try:
        mappings = parts.mappings
    except UnreadableFile as error:
        yield from error.findings
        return
    except ConfigError:
        if unread:
            return
        raise
    for name, instance in parts.folder.instances.items():
        if instance.spec.lies_here:
            yield from _roster(name, mappings.of(name), parts)


def _roster(name: str, mapping: MappingDocument, parts: Assembly) -> Iterator[Finding]:
    try:
        page = parts.asked_source(name).poll({}, parts.clock.now())
    except UnavailableError as error:
        lies = _place(name, parts)
        cure = Words(f"put the roster into {lies}/", f"将名册放入 {lies}/")
        yield Finding(lies, 0, (), error.message, _READABLE, refused=False, cure=cure)
        return
    place = _place(name, parts)
    for part in page.summary.values():
        if "held" in part:
            yield _not_read(place, part["held"], part.get("code", ""))
    known, named = parts.folder.sources, set[str]()
    listed, rows, whole = set[str](), list[HeldItem](), True
    for transmission in page.transmissions:
        outcomes = mapping.read(transmission)
        named |= set(sources_in(outcomes))
        listed |= {each.subject for each in records_in(outcomes) if isinstance(each, Person)}
        rows += held_items(transmission, outcomes, range(len(outcomes)))
        for each in faults_in(transmission, outcomes):
            whole = False
            yield row_not_taken(each._replace(peer=f"{place}/{each.peer}"), _CHECK)
        for each in odd_addresses(transmission, outcomes):
            row = row_not_taken(each._replace(peer=f"{place}/{each.peer}"), _CHECK)
            yield replace(row, refused=False, cure=_REACHED)
    if listed and whole:  # whose own row is not taken is named already
        yield from _nobody(place, [each for each in rows if each.identifier not in listed], sorted(listed), parts)
    for source in sorted(named - known):
        yield Finding(name, 0, (), f"id:{source}", _INSTANCE, did_you_mean(source, known), refused=False)


def _place(name: str, parts: Assembly) -> str:
    """Where the files of an instance lie, from the hub folder; its name, where none of its settings says so."""
    folder = getattr(parts.folder.instances[name].settings, "folder", None)
    return os.path.relpath(parts.folder.path / folder, parts.folder.path) if isinstance(folder, Path) else name


def _nobody(place: str, rows: Sequence[HeldItem], listed: Sequence[str], parts: Assembly) -> Iterator[Finding]:
    """Whom rows name, but neither the people beside them nor the store: the rows would wait for somebody to come."""
    numbers = [*listed, *(_numbers(parts) if rows else ())]
    waiting = [each._replace(peer=f"{place}/{each.peer}") for each in rows if each.identifier not in numbers]
    yield from unknown_people(waiting, numbers, refused=False)


def _numbers(parts: Assembly) -> Sequence[str]:
    try:
        return parts.directory.numbers()
    except StoreVersionError:  # nothing before the first start
        return ()


def _not_read(place: str, why: str, code: str) -> Finding:
    """A file that would be held as a whole, at the line that its reason names."""
    english, chinese = _PLACE.match(why), _PLACE.match(told(why, "zh"))
    if english is None or chinese is None:
        held = Words(f"a file that would be held ({why})", f"将被暂存的文件（{told(why, 'zh')}）")
        return Finding(place, 0, (), held, _TAKEN, code=code or "config.invalid", cure="" if code else _MEND)
    found = Words(why[english.end() :], told(why, "zh")[chinese.end() :])
    expected = _HEADER if code == "text.header" else _TAKEN
    if found.startswith("found ") and ", expected " in found:  # it says itself what was expected
        (met, _, wanted), (zh, _, should) = found[6:].partition(", expected "), found.zh.rpartition("，应为")
        found, expected = Words(met, zh.removeprefix("现为")), Words(wanted, should)
    return Finding(f"{place}/{english['file']}", int(english["line"] or 0), (), found, expected, code=code)


def as_finding(found: LintFinding) -> Finding:
    """What is found about a document, as about any other file of the folder."""
    path = (found.pointer,) if found.pointer else ()
    hint, cure = (found.mend, "") if found.mend.startswith(MEANT) else ("", found.mend)
    place, code = (found.line, found.column), found.code
    return replace(at(found.file, place, path, found.found, found.expected, hint, code), cure=cure)
