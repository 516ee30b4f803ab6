"""What is wrong with a hub folder whose files can be read: each fault names the place, what was found and expected."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

from connectors.port import Spec
from hub.config.key_files import open_to_others
from hub.config.listener_files import listener_files
from hub.config.names import names_faults, with_port
from hub.config.settings import Settings
from hub.config.settings_file import SETTINGS_FILE, SettingsFile
from hub.rules.files.finding import Finding
from hub.rules.files.names import posts_refused
from hub.rules.files.position_file import PositionFile
from hub.rules.files.refusals import PROTECTED, refusals, versions_refused
from hub.rules.files.renewals import renewals_refused
from hub.rules.files.source_text import SourceText
from hub.store.address import Address
from schemas.errors import SettingError
from schemas.nearest import did_you_mean
from schemas.position import Course, Position
from schemas.renewal import RenewalRule
from schemas.words import Words

_LAST_PORT = 65535
_DIGITS = re.compile(r"[0-9.]+", re.ASCII)


def settings_faults(path: Path, file: SettingsFile, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """Every setting that would not work, or must not be. ``specs``: by instance, of those that could be read.

    Where some could not be read, no name of an instance is judged.
    """
    yield from _profile(path, file, settings)
    yield from (each for each in open_to_others(path, settings) if each.refused)
    yield from _store(file, settings)
    yield from _fonts(path, file, settings)
    yield from _addresses(file, settings)
    yield from listener_files(path, file, settings)
    yield from _sealed_by_module(file, settings)
    if specs.keys() == settings.connectors.keys():
        yield from names_faults(file, settings, specs)
        yield from _paths(file, settings, specs)


def position_faults(
    texts: Mapping[str, str],
    settings: Settings | None,
    specs: Mapping[str, Spec],
    positions: Mapping[str, Position],
    courses: Mapping[str, Course] | None,
    renewals: Mapping[str, RenewalRule] | None,
) -> Iterator[Finding]:
    """Everything wrong with position files, as far as settings and courses could be read. ``texts``: by file."""
    files = [PositionFile(name, position, SourceText(texts[name])) for name, position in positions.items()]
    for each in files:
        if settings is not None and specs.keys() == settings.connectors.keys():
            yield from _targets(each, specs, settings)
            yield from _systems(each, specs)
        yield from refusals(each, courses, PROTECTED | {*(settings.hub.protected if settings else ())})
        yield from () if renewals is None else renewals_refused(each, renewals)
    yield from posts_refused(files)
    for versions in _by_position(files).values():
        yield from versions_refused(versions)


def _profile(path: Path, file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """A hub for development stays on its machine; a real one knows no demo keys and is addressed by https."""
    if settings.profile == "dev":
        for at, listen in _places(settings):
            if not listen.startswith(("127.", "localhost", "[::1]")):
                yield _beyond_loopback(file, at, listen)
        return
    if (path / "keys" / "demo").exists():
        found = Words("the demo's keys", "演示用密钥")
        expected = Words(
            'none outside profile = "dev": remove the folder and register real keys',
            'profile = "dev" 之外不得使用：请删除该目录并登记正式密钥',
        )
        yield Finding("keys/demo", 0, (), found, expected)
    if not settings.hub.public_url.startswith("https://"):
        expected = Words('https://... outside profile = "dev"', 'https://…（profile = "dev" 之外必须如此）')
        yield file.fault(("hub", "public_url"), repr(settings.hub.public_url), expected)


def _beyond_loopback(file: SettingsFile, at: tuple[str, ...], listen: str) -> Finding:
    """That a hub for development would listen to others; what it takes to be reached by them."""
    _host, _, port = listen.rpartition(":")
    own = f"127.0.0.1:{port}" if port.isdecimal() else "127.0.0.1:8710"
    expected = Words(
        f'a loopback address such as {own}, as profile = "dev" is set',
        f'本机回环地址，如 {own}（profile = "dev" 时只监听本机）',
    )
    cure = Words(
        f'write "{own}"; for others to reach it: profile = "production" above all tables, public_url = "https://HOST"'
        " below [hub], certificate and key below [listeners.NAME], and the key of each peer by"
        " `licet keys enter FILE --of INSTANCE`",
        f'改为 "{own}"；需供其他机器访问的，在文件开头填写 profile = "production"，在 [hub] 下填写'
        ' public_url = "https://主机"，在 [listeners.名称] 下填写 certificate 与 key，并用'
        " `licet keys enter 文件 --of 实例` 登记各对端密钥",
    )
    return replace(file.fault(at, repr(listen), expected), cure=cure)


def _sealed_by_module(file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """XML is signed by a library that wants the bytes of a key: a key module gives none."""
    if settings.keys.vault != "pkcs11":
        return
    expected = Words(
        'sealed or http-signature with [keys] vault = "pkcs11", whose keys sign no XML; or another vault',
        '[keys] vault = "pkcs11" 时填 sealed 或 http-signature：模块中的密钥不能签署 XML；或另选存放处',
    )
    for name, instance in settings.connectors.items():
        envelope = instance.settings.get("envelope")
        if isinstance(envelope, dict) and envelope.get("profile") == "xml":
            yield file.fault(("connectors", name, "envelope", "profile"), "'xml'", expected)


def _places(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("hub", "listen"), settings.hub.listen
    yield from ((("listeners", name, "listen"), each.listen) for name, each in settings.listeners.items())


def _store(file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """Where everything is kept is an address of a store; what a reference names is read by who opens it."""
    url = settings.store.url
    if url.startswith("env:"):
        return
    try:
        Address(url)
    except SettingError as error:
        fault = file.fault(("store", "url"), error.found, error.expected)
        yield replace(fault, cure=error.cure or "")


def _fonts(path: Path, file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """Where fonts are is a folder: certificates would be written without."""
    fonts = settings.hub.fonts
    if fonts and not (path / fonts).is_dir():
        found = Words(f"{fonts!r}, which is no folder", f"{fonts!r}，没有该目录")
        expected = Words(
            "a folder with fonts, or nothing for those of the system", "含字体文件的目录；留空则用系统字体"
        )
        yield file.fault(("hub", "fonts"), found, expected, code="config.file")


def _addresses(file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """Where it listens is an address and a port, and nobody else's of this file."""
    expected = Words(
        "HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8710",
        "“主机:端口”，端口为 0 至 65535，如 127.0.0.1:8710",
    )
    taken: dict[str, str] = {}
    for at, listen in _places(settings):
        host, _, port = listen.rpartition(":")
        if not host or not _is_host(host) or not port.isdecimal() or int(port) > _LAST_PORT:
            yield file.fault(at, repr(listen), expected)
        elif at[0] == "listeners" and port != "0" and (first := taken.setdefault(listen, at[1])) != at[1]:
            own = Words("an address of its own", "其他监听未使用的地址")
            shown = Words(f"{listen!r}, where [listeners.{first}] listens", f"{listen!r}，已用于 [listeners.{first}]")
            yield file.fault(at, shown, own)


def operators_missing(settings: Settings) -> Iterator[Finding]:
    """That nobody is named who hears of alarms: they stand on the list alone, until somebody looks."""
    if not settings.operators:
        found = Words("no table [operators.NAME]: nobody hears of alarms", "没有 [operators.名称] 表，无人能收到告警")
        expected = Words("one operator with an address at least", "至少一名有邮箱的运维人员")
        cure = Words(
            'add the lines [operators.NAME] and mail = "ADDRESS"', '补充两行：[operators.名称] 与 mail = "邮箱地址"'
        )
        yield Finding(SETTINGS_FILE, 0, ("operators",), found, expected, refused=False, cure=cure)


def _is_host(host: str) -> bool:
    """Whether a host may be one: what is made of digits and dots alone is an address."""
    if not _DIGITS.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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


def _by_position(files: Iterable[PositionFile]) -> dict[str, list[PositionFile]]:
    """The files of each position, in the order in which they come into force."""
    found: dict[str, list[PositionFile]] = {}
    for each in sorted(files, key=lambda file: file.position.effective_from or date.min):
        found.setdefault(each.position.id, []).append(each)
    return found


def _targets(file: PositionFile, specs: Mapping[str, Spec], settings: Settings) -> Iterator[Finding]:
    """What a position opens is a door, and one that its instance knows, where it has a table of them."""
    doors = sorted(with_port("door", specs))
    for sink, by_scope in file.position.targets.items():
        if sink not in doors:
            expected = Words(f"one of {', '.join(doors) or 'none yet'}", f"以下之一：{'、'.join(doors) or '尚无'}")
            yield file.refuse(("targets", sink), repr(sink), expected, did_you_mean(sink, doors), "ref.unknown-name")
            continue
        table = settings.connectors[sink].settings.get(specs[sink].doors)
        if isinstance(table, dict):
            yield from _opened(file, sink, by_scope, table, specs[sink].doors)


def _systems(file: PositionFile, specs: Mapping[str, Spec]) -> Iterator[Finding]:
    """A credential that exists by one system's word names an instance that brings something."""
    bringing = sorted(with_port("push", specs) | with_port("poll", specs))
    for name, rule in file.position.credential.items():
        _qms, colon, system = rule.issuer.partition(":")
        if colon and system not in bringing:
            known = ", ".join(f"qms:{each}" for each in bringing)
            expected = Words(f"one of {known or 'none yet'}", f"以下之一：{known or '尚无'}")
            path = ("credential", name, "issuer")
            yield file.refuse(path, repr(rule.issuer), expected, did_you_mean(system, bringing), "ref.unknown-name")


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
