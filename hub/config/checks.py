"""What is wrong with a hub folder whose files can be read: each fault names the place, what was found and expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from connectors.port import Spec
from hub.config.listener_files import listener_files
from hub.config.settings import Settings
from hub.config.settings_file import SETTINGS_FILE, SettingsFile
from hub.rules.files.finding import Finding
from hub.rules.files.position_file import PositionFile
from hub.rules.files.refusals import PROTECTED, refusals, versions_refused
from hub.rules.files.source_text import SourceText
from schemas.nearest import did_you_mean
from schemas.position import Course, Position
from schemas.words import Words

_LAST_PORT = 65535


def settings_faults(path: Path, file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Every setting that would not work, or must not be. ``specs``: by instance, of those that could be read.

    Where some could not be read, no name of an instance is judged.
    """
    yield from _profile(path, file, settings)
    yield from _addresses(file, settings)
    yield from listener_files(path, file, settings)
    if specs.keys() == settings.connectors.keys():
        yield from _names(file, settings, specs)


def position_faults(
    texts: Mapping[str, str],
    settings: Settings | None,
    specs: Mapping[str, Spec],
    positions: Mapping[str, Position],
    courses: Mapping[str, Course] | None,
) -> Iterator[Finding]:
    """Everything wrong with position files, as far as settings and courses could be read. ``texts``: by file."""
    files = [PositionFile(name, position, SourceText(texts[name])) for name, position in positions.items()]
    for each in files:
        if settings is not None and specs.keys() == settings.connectors.keys():
            yield from _targets(each, specs, settings)
        yield from refusals(each, courses, PROTECTED | {*(settings.hub.protected if settings else ())})
    for versions in _by_position(files).values():
        yield from versions_refused(versions)


def _names(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Names of instances that lead nowhere, or to an instance that cannot do what is asked of it."""
    yield from _roster(file, settings.hub.roster, specs)
    yield from _paths(file, settings, specs)
    yield from _listeners(file, settings, specs)
    yield from _alarms(file, settings, specs)
    yield from _mappings(file, {name: table.mappings.read for name, table in settings.connectors.items()}, specs)
    yield from _identifiers(file, {name: table.identifiers for name, table in settings.connectors.items()}, specs)


def _profile(path: Path, file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """A hub for development stays on its machine; a real one knows no demo keys and is addressed by https."""
    if settings.profile == "dev":
        expected = Words(
            'an address of this machine, such as 127.0.0.1:8710: profile = "dev" listens on loopback only',
            '本机地址，如 127.0.0.1:8710：profile = "dev" 只监听本机',
        )
        for at, listen in _places(settings):
            if not listen.startswith(("127.", "localhost", "[::1]")):
                yield file.fault(at, repr(listen), expected)
        return
    if (path / "keys" / "demo").exists():
        found = Words("the demo's keys", "演示用密钥")
        expected = Words(
            'none outside profile = "dev": remove the folder and register real keys',
            'profile = "dev" 之外不得使用：请删除该目录并登记正式密钥',
        )
        yield Finding("keys/demo", 0, (), found, expected)
    if not settings.hub.public_url.startswith("https://"):
        expected = Words('https://... outside profile = "dev"', 'profile = "dev" 之外须为 https://…')
        yield file.fault(("hub", "public_url"), repr(settings.hub.public_url), expected)


def _places(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("hub", "listen"), settings.hub.listen
    yield from ((("listeners", name, "listen"), each.listen) for name, each in settings.listeners.items())


def _addresses(file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """Where it listens is an address and a port, and nobody else's of this file."""
    expected = Words("HOST:PORT with a port from 0 to 65535", "“主机:端口”，端口为 0 至 65535")
    taken: dict[str, str] = {}
    for at, listen in _places(settings):
        host, _, port = listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > _LAST_PORT:
            yield file.fault(at, repr(listen), expected)
        elif at[0] == "listeners" and port != "0" and (first := taken.setdefault(listen, at[1])) != at[1]:
            own = Words("an address of its own", "其他监听未使用的地址")
            shown = Words(f"{listen!r}, where [listeners.{first}] listens", f"{listen!r}，已用于 [listeners.{first}]")
            yield file.fault(at, shown, own)


def _listeners(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Whoever pushes is served somewhere."""
    served = {name for each in settings.listeners.values() for name in each.serves}
    everything = any(not each.serves for each in settings.listeners.values())
    known = sorted({*_with_port("push", specs), "api"})
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


def operators_missing(settings: Settings) -> Iterator[Finding]:
    """That nobody is named who hears of alarms: they stand on the list alone, until somebody looks."""
    if not settings.operators:
        found = Words("no table [operators.NAME]: nobody hears of alarms", "没有 [operators.名称] 表，无人能收到告警")
        expected = Words("one operator with an address at least", "至少一名有邮箱的运维人员")
        yield Finding(SETTINGS_FILE, 0, ("operators",), found, expected, refused=False)


def _roster(file: SettingsFile, roster: str, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    people = sorted(_with_port("poll", specs))
    if specs and roster not in people:
        expected = Words(
            f"an instance that brings people: {', '.join(people) or 'none yet'}",
            f"提供人员名册的实例：{'、'.join(people) or '尚无'}",
        )
        yield file.fault(("hub", "roster"), repr(roster), expected, known=people, code="ref.unknown-name")


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


def _paths(file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """At a path that the protocol fixes one instance answers; another one would never be heard at that listener."""
    if not settings.listeners:
        yield from _answering_twice(file, specs, "")
    for name, listener in settings.listeners.items():
        served = {each: spec for each, spec in specs.items() if not listener.serves or each in listener.serves}
        yield from _answering_twice(file, served, f"[listeners.{name}]")


def _answering_twice(file: SettingsFile, specs: Mapping[str, Spec], where: str) -> Iterator[Finding]:
    served: dict[str, str] = {}
    for name, spec in specs.items():
        for path in spec.paths:
            first = served.setdefault(path, name)
            if first != name:
                shown = path.partition("{")[0]
                found = Words(
                    f"a second instance: [connectors.{first}] answers at {shown} already{where and f' at {where}'}",
                    f"第二个实例：{where}{shown} 已由 [connectors.{first}] 应答",
                )
                expected = Words(
                    "one instance of this adapter a listener (serves)", "每个监听（serves）至多一个该适配器的实例"
                )
                yield file.fault(("connectors", name), found, expected)


def _identifiers(file: SettingsFile, named: Mapping[str, str], specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """A door knows people as some source does; its own name stands for what the roster says of it (``id:NAME``)."""
    doors = _with_port("door", specs)
    bringing = {name for name, spec in specs.items() if spec.brings}
    sources = sorted(doors | {named[name] or name for name in bringing})
    for name in sorted(doors):
        if named[name] and named[name] not in sources:
            expected = Words(f"one of the sources {', '.join(sources)}", f"以下来源之一：{'、'.join(sources)}")
            at = ("connectors", name, "identifiers")
            yield file.fault(at, repr(named[name]), expected, known=sources, code="ref.unknown-name")


def _by_position(files: Iterable[PositionFile]) -> dict[str, list[PositionFile]]:
    """The files of each position, in the order in which they come into force."""
    found: dict[str, list[PositionFile]] = {}
    for each in sorted(files, key=lambda file: file.position.effective_from or date.min):
        found.setdefault(each.position.id, []).append(each)
    return found


def _targets(file: PositionFile, specs: Mapping[str, Spec], settings: Settings) -> Iterator[Finding]:
    """What a position opens is a door, and one that its instance knows, where it has a table of them."""
    doors = sorted(_with_port("door", specs))
    for sink, by_scope in file.position.targets.items():
        if sink not in doors:
            expected = Words(f"one of {', '.join(doors) or 'none yet'}", f"以下之一：{'、'.join(doors) or '尚无'}")
            yield file.refuse(("targets", sink), repr(sink), expected, did_you_mean(sink, doors), "ref.unknown-name")
            continue
        table = settings.connectors[sink].settings.get(specs[sink].doors)
        if isinstance(table, dict):
            yield from _opened(file, sink, by_scope, table, specs[sink].doors)


def _opened(
    file: PositionFile, sink: str, by_scope: Mapping[str, Sequence[str]], table: Mapping[str, object], setting: str
) -> Iterator[Finding]:
    for scope, targets in by_scope.items():
        for target in targets:
            if target not in table:
                of = f"{setting} of {SETTINGS_FILE}"
                expected = Words(
                    f"one of {', '.join(sorted(table))} ({of})",
                    f"{SETTINGS_FILE} 中 {setting} 的名称：{'、'.join(sorted(table))}",
                )
                hint = did_you_mean(target, table)
                yield file.refuse(("targets", sink, scope), repr(target), expected, hint, "ref.unknown-name")


def _with_port(port: str, specs: Mapping[str, Spec]) -> set[str]:
    return {name for name, spec in specs.items() if port in spec.ports}
