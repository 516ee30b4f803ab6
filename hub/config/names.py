"""Names in ``licet.toml`` that lead nowhere, or to an instance that cannot do what is asked of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from connectors.port import Spec
from hub.config.settings import Settings
from hub.config.settings_file import SettingsFile
from hub.rules.files.finding import Finding
from schemas.nearest import did_you_mean
from schemas.position import Position
from schemas.words import Words


def names_faults(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Names of instances that lead nowhere, or to an instance that cannot do what is asked of it."""
    yield from _roster(file, settings.hub.roster, specs)
    yield from _protected(file, settings, specs)
    yield from _listeners(file, settings, specs)
    yield from _alarms(file, settings, specs)
    yield from _mappings(file, {name: table.mappings.read for name, table in settings.connectors.items()}, specs)
    yield from _identifiers(file, {name: table.identifiers for name, table in settings.connectors.items()}, specs)


def _roster(file: SettingsFile, roster: str, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    people = sorted(with_port("poll", specs))
    if specs and roster not in people:
        expected = Words(
            f"an instance that brings people: {', '.join(people) or 'none yet'}",
            f"提供人员名册的实例：{'、'.join(people) or '尚无'}",
        )
        yield file.fault(("hub", "roster"), repr(roster), expected, known=people, code="ref.unknown-name")


def listed_faults(
    file: SettingsFile,
    specs: Mapping[str, Spec],
    positions: Iterable[Position],
    exams: Collection[str],
    courses: Collection[str] | None,
) -> Iterator[Finding]:
    """What ``licet.toml`` lists though nobody names it: exams of positions, what they open at a sink, and courses."""
    positions = list(positions)
    opened: dict[str, set[str]] = {}
    for position in positions:
        for sink, by_scope in position.targets.items():
            opened.setdefault(sink, set()).update(target for targets in by_scope.values() for target in targets)
    for name, spec in specs.items():
        an_exam = Words("an exam of a position", "岗位中的考试")
        a_course = Words("a course of courses.toml", "courses.toml 中的课程")
        a_target = Words("a target of a position at this sink", "岗位在此权限系统中的权限组")
        yield from _listed(file, name, spec.exams, exams, an_exam)
        if courses is not None:  # none where they cannot be read
            yield from _listed(file, name, spec.courses, courses, a_course)
        yield from _each_listed(file, name, spec.asks, {each.id for each in positions})
        yield from _listed(file, name, spec.groups, opened.get(name, ()), a_target)


def spoken_of(
    file: SettingsFile, specs: Mapping[str, Spec], pushing: Sequence[str], positions: Iterable[Position]
) -> Iterator[Finding]:
    """Whose word is taken about what another issues, and what one may speak of though no position asks for it.

    ``pushing``: the instances that push how credentials stand.
    """
    rules = (each for position in positions for each in position.credential.items())
    issued = {rule.scheme or name for name, rule in rules if not rule.own}
    listed = {name: _schemes(file, name, spec.schemes) for name, spec in specs.items() if spec.schemes}
    left = sorted(issued.difference(*listed.values())) or sorted(issued)
    for name, schemes in listed.items():
        others = [each for each in pushing if each != name]
        if others and not schemes:
            yield _speaks_of_all(file, name, specs[name].schemes, others, left)
        for place, each in enumerate(schemes):
            if issued and each not in issued:
                found = Words(f"{each!r}, which no position asks for", f"{each!r}，没有岗位要求")
                expected = Words(f"some of {', '.join(sorted(issued))}", f"以下名称：{'、'.join(sorted(issued))}")
                at = ("connectors", name, specs[name].schemes, str(place))
                hint = did_you_mean(each, issued)
                yield replace(file.fault(at, found, expected), hint=hint, refused=False)


def _schemes(file: SettingsFile, name: str, setting: str) -> Sequence[str]:
    found = file.data["connectors"][name]["settings"].get(setting, [])
    return found if isinstance(found, list) else []


def _speaks_of_all(
    file: SettingsFile, name: str, setting: str, others: Sequence[str], issued: Sequence[str]
) -> Finding:
    """That an instance opens and closes by what others issue, and the line that ends it."""
    found = Words(
        f"no {setting}: its word is taken about every credential, also about what {', '.join(others)} tells",
        f"未填写 {setting}：其对任何资质的告知均予采用，包括由 {'、'.join(others)} 告知的资质",
    )
    expected = Words("the credentials that it issues", "该机构自行颁发的资质")
    line = f"{setting} = [{', '.join(f'{chr(34)}{each}{chr(34)}' for each in issued) or '…'}]"
    cure = Words(
        f"below [connectors.{name}] add the line {line} with those alone that it issues",
        f"在 [connectors.{name}] 下补充一行 {line}，只保留该机构颁发的资质",
    )
    return replace(file.fault(("connectors", name), found, expected), refused=False, cure=cure)


def _listed(file: SettingsFile, name: str, setting: str, known: Collection[str], what: Words) -> Iterator[Finding]:
    table = file.data["connectors"][name]["settings"].get(setting, {}) if setting else {}
    for each in table if isinstance(table, dict) else ():
        if each not in known:
            names = sorted(known)
            expected = Words(f"{what}: {', '.join(names) or 'none yet'}", f"{what.zh}：{'、'.join(names) or '尚无'}")
            at = ("connectors", name, setting, each)
            yield file.fault(at, repr(each), expected, known=names, code="ref.unknown-name")


def _each_listed(file: SettingsFile, name: str, setting: str, known: Collection[str]) -> Iterator[Finding]:
    """A list of posts names posts that there are."""
    listed = file.data["connectors"][name]["settings"].get(setting, []) if setting else []
    for place, each in enumerate(listed if isinstance(listed, list) else []):
        if each not in known:
            names = sorted(known)
            expected = Words(f"a position: {', '.join(names) or 'none yet'}", f"岗位：{'、'.join(names) or '尚无'}")
            at = ("connectors", name, setting, str(place))
            yield file.fault(at, repr(each), expected, known=names, code="ref.unknown-name")


def _protected(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """A protected target at a sink that there is not protects nothing."""
    doors = sorted(with_port("door", specs))
    for each in settings.hub.protected:
        sink, slash, _target = each.partition("/")
        if slash and not any(fnmatchcase(door, sink) for door in doors):
            expected = Words(
                f"the name of a sink before /: {', '.join(doors) or 'none yet'}",
                f"“/”前为权限系统的名称：{'、'.join(doors) or '尚无'}",
            )
            yield file.fault(("hub", "protected"), repr(sink), expected, known=doors, code="ref.unknown-name")


def _listeners(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Whoever pushes or pings is served somewhere."""
    served = {name for each in settings.listeners.values() for name in each.serves}
    everything = any(not each.serves for each in settings.listeners.values())
    pinged = {name for name, each in settings.connectors.items() if each.ping_seconds is not None}
    known = sorted({*with_port("push", specs), *with_port("asker", specs), *pinged, "api"})
    for name, listener in settings.listeners.items():
        for odd in sorted({*listener.serves} - set(known)):
            expected = Words(f"some of {', '.join(known)}", f"以下之一：{'、'.join(known)}")
            at = ("listeners", name, "serves")
            yield file.fault(at, repr(odd), expected, known=known, code="ref.unknown-name")
    if settings.listeners and not everything and (left := sorted(set(known) - served)):
        found = Words(f"{', '.join(left)}, served nowhere", f"{'、'.join(left)} 未被任何监听提供服务")
        yield file.fault(("listeners",), found, Words("each in one listener's serves", "分别列入某个监听的 serves"))


def _alarms(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Whoever is to hear of alarms is an operator with an address, and there is a way to tell them."""
    names = sorted(settings.operators)
    for name in settings.alarms.to:
        if name not in settings.operators:
            expected = Words(
                f"an operator with a table [operators.NAME]: {', '.join(names) or 'none yet'}",
                f"有 [operators.名称] 表的运维人员：{'、'.join(names) or '尚无'}",
            )
            yield file.fault(("alarms", "to"), repr(name), expected, known=names, code="ref.unknown-name")
    mailers = sorted(name for name, spec in specs.items() if "messenger" in spec.ports and "mail" in spec.reaches)
    for name in settings.alarms.by:
        if name not in mailers:
            expected = Words(
                f"a connector that sends mail: {', '.join(mailers) or 'none yet'}",
                f"发送邮件的连接器：{'、'.join(mailers) or '尚无'}",
            )
            yield file.fault(("alarms", "by"), repr(name), expected, known=mailers, code="ref.unknown-name")
    if names and not mailers:
        found = Words("no connector that sends mail: nobody would hear", "没有发送邮件的连接器，无人能收到告警")
        yield file.fault(("operators",), found, Words("one with notification/smtp", "添加 notification/smtp 连接器"))


def _mappings(file: SettingsFile, reads: Mapping[str, str], specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Only what is read has a mapping, and one of its own world: no terminal speaks of credentials."""
    for name, document in reads.items():
        own = specs[name].mapping
        if specs[name].own_document:
            if not document:
                expected = Words(
                    'mappings = { read = "world/name" } of a document in mappings/',
                    'mappings = { read = "类别/名称" }，即 mappings/ 下的映射',
                )
                yield file.fault(("connectors", name, "mappings"), Words("none", "无"), expected)
            continue
        world = own.partition("/")[0]
        if document and document.partition("/")[0] != world:
            expected = (
                Words(f"one of {world}/", f"{world}/ 下的映射")
                if own
                else Words("none: nothing that it brings is read by a mapping", "不填写：该连接器不使用映射")
            )
            yield file.fault(("connectors", name, "mappings", "read"), repr(document), expected)


def _identifiers(file: SettingsFile, named: Mapping[str, str], specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """A door knows people as some source does; its own name stands for what the roster says of it (``id:NAME``)."""
    doors = with_port("door", specs)
    bringing = {name for name, spec in specs.items() if spec.brings}
    sources = sorted(doors | {named[name] or name for name in bringing})
    for name in sorted(doors):
        if named[name] and named[name] not in sources:
            expected = Words(f"one of the sources {', '.join(sources)}", f"以下来源之一：{'、'.join(sources)}")
            at = ("connectors", name, "identifiers")
            yield file.fault(at, repr(named[name]), expected, known=sources, code="ref.unknown-name")


def with_port(port: str, specs: Mapping[str, Spec]) -> set[str]:
    """The instances that play a port."""
    return {name for name, spec in specs.items() if port in spec.ports}
