"""What is wrong with a hub folder whose files can be read: each fault names the place, what was found and expected."""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from connectors.port import Spec
from hub.config.settings import ListenerSettings, Settings
from hub.rules.files.finding import SourceText
from hub.rules.files.refusals import PROTECTED, PositionFile, refusals, versions_refused
from schemas.position import Course, Position

_SETTINGS = "licet.toml"


def faults(
    path: Path,
    settings: Settings,
    specs: Mapping[str, Spec],
    positions: Mapping[str, Position],
    courses: Mapping[str, Course],
) -> Iterator[str]:
    """Everything that would not work, or must not be, in the order of the settings. ``specs``: by instance."""
    yield from _profile(path, settings)
    yield from _roster(settings.hub.roster, specs)
    yield from _paths(settings, specs)
    yield from _listeners(path, settings, specs)
    yield from _alarms(settings, specs)
    yield from _mappings({name: table.mappings.read for name, table in settings.connectors.items()}, specs)
    yield from _identifiers({name: table.identifiers for name, table in settings.connectors.items()}, specs)
    files = [_file(path, name, position) for name, position in positions.items()]
    for each in files:
        yield from _targets(each, specs, settings)
        yield from map(str, refusals(each, courses, PROTECTED | {*settings.hub.protected}))
    for versions in _by_position(files).values():
        yield from map(str, versions_refused(versions))


def _profile(path: Path, settings: Settings) -> Iterator[str]:
    """A hub for development stays on its machine; a real one knows no demo keys and is addressed by https."""
    if settings.profile == "dev":
        places = {"hub": settings.hub.listen, **{f"listeners.{n}": x.listen for n, x in settings.listeners.items()}}
        for name, listen in places.items():
            if not listen.startswith(("127.", "localhost", "[::1]")):
                yield f"{_SETTINGS}: {name}.listen: found {listen}, a dev hub listens on loopback only"
        return
    if (path / "keys" / "demo").exists():
        yield 'keys/demo: demo keys are for profile = "dev" only; remove the folder and register real keys'
    if not settings.hub.public_url.startswith("https://"):
        yield f'{_SETTINGS}: hub.public_url: expected https://... outside profile = "dev"'


def _listeners(path: Path, settings: Settings, specs: Mapping[str, Spec]) -> Iterator[str]:
    """Whoever pushes is served somewhere; a listener that speaks TLS has what that takes."""
    served = {name for each in settings.listeners.values() for name in each.serves}
    everything = any(not each.serves for each in settings.listeners.values())
    known = {*_with_port("push", specs), "api"}
    for name, listener in settings.listeners.items():
        where = f"{_SETTINGS} [listeners.{name}]"
        for odd in sorted({*listener.serves} - known):
            yield f"{where}: serves: found {odd!r}, expected some of {sorted(known)}"
        if wrong := _tls(path, listener):
            yield f"{where}: {wrong}"
    if settings.listeners and not everything and (left := sorted(known - served)):
        yield f"{_SETTINGS}: listeners: {', '.join(left)}: served nowhere; expected each in one listener's serves"


def _alarms(settings: Settings, specs: Mapping[str, Spec]) -> Iterator[str]:
    """Whoever is to hear of alarms is an operator with an address, and there is a way to tell them."""
    names, where = sorted(settings.operators), f"{_SETTINGS} [alarms]"
    for name in settings.alarms.to:
        if name not in settings.operators:
            yield f"{where}: to: found {name!r}, expected an operator with a table [operators.NAME]: {names}"
    mailers = sorted(name for name, spec in specs.items() if "messenger" in spec.ports and "mail" in spec.reaches)
    for name in settings.alarms.by:
        if name not in mailers:
            yield f"{where}: by: found {name!r}, expected a connector that sends mail: {mailers}"
    if names and not mailers:
        yield f"{_SETTINGS}: operators: no connector sends mail, nobody would hear; add one that does"


def _tls(path: Path, listener: ListenerSettings) -> str:
    if bool(listener.certificate) != bool(listener.key):
        return "certificate and key belong together; found one of them"
    if not listener.certificate:
        return "client_ca: only a listener with a certificate can ask for one" if listener.client_ca else ""
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path / listener.certificate, path / listener.key)
        if listener.client_ca:
            context.load_verify_locations(path / listener.client_ca)
    except (OSError, ssl.SSLError) as error:
        return f"certificate, key or client_ca cannot be read as PEM files that belong together ({error})"
    return ""


def _roster(roster: str, specs: Mapping[str, Spec]) -> Iterator[str]:
    people = sorted(_with_port("poll", specs))
    if specs and roster not in people:
        yield f"{_SETTINGS}: hub.roster: found {roster!r}, expected one of {people}"


def _mappings(reads: Mapping[str, str], specs: Mapping[str, Spec]) -> Iterator[str]:
    """Only what is read has a mapping, and one of its own world: no terminal speaks of credentials."""
    for name, document in reads.items():
        own = specs[name].mapping
        if document and document.partition("/")[0] != own.partition("/")[0]:
            expected = (
                f"one of {own.partition('/')[0]}/" if own else "none: nothing that it brings is read by a mapping"
            )
            yield f"{_SETTINGS} [connectors.{name}]: mappings.read: found {document!r}, expected {expected}"


def _paths(settings: Settings, specs: Mapping[str, Spec]) -> Iterator[str]:
    """At a path that the protocol fixes one instance answers; another one would never be heard at that listener."""
    if not settings.listeners:
        yield from _answering_twice(specs, "")
    for name, listener in settings.listeners.items():
        served = {each: spec for each, spec in specs.items() if not listener.serves or each in listener.serves}
        yield from _answering_twice(served, f" at [listeners.{name}]")


def _answering_twice(specs: Mapping[str, Spec], where: str) -> Iterator[str]:
    served: dict[str, str] = {}
    for name, spec in specs.items():
        for path in spec.paths:
            first = served.setdefault(path, name)
            if first != name:
                shown = path.partition("{")[0]
                yield (
                    f"{_SETTINGS} [connectors.{name}]: [connectors.{first}] answers at {shown} already{where};"
                    " expected one instance of this adapter a listener (serves)"
                )


def _identifiers(named: Mapping[str, str], specs: Mapping[str, Spec]) -> Iterator[str]:
    """A door knows people as some source does; its own name stands for what the roster says of it (``id:NAME``)."""
    doors = _with_port("door", specs)
    bringing = {name for name, spec in specs.items() if spec.mapping}
    sources = sorted(doors | {named[name] or name for name in bringing})
    for name in sorted(doors):
        if named[name] and named[name] not in sources:
            yield (
                f"{_SETTINGS} [connectors.{name}]: identifiers: found {named[name]!r}, no instance has"
                f" that source; expected one of {sources}"
            )


def _file(path: Path, name: str, position: Position) -> PositionFile:
    return PositionFile(name, position, SourceText((path / name).read_text(encoding="utf-8")))


def _by_position(files: Iterable[PositionFile]) -> dict[str, list[PositionFile]]:
    """The files of each position, in the order in which they come into force."""
    found: dict[str, list[PositionFile]] = {}
    for each in sorted(files, key=lambda file: file.position.effective_from or date.min):
        found.setdefault(each.position.id, []).append(each)
    return found


def _targets(file: PositionFile, specs: Mapping[str, Spec], settings: Settings) -> Iterator[str]:
    """What a position opens is a door, and one that its instance knows, where it has a table of them."""
    doors = _with_port("door", specs)
    for sink, by_scope in file.position.targets.items():
        if sink not in doors:
            yield str(file.refuse(("targets", sink), repr(sink), f"one of {sorted(doors)}"))
            continue
        table = settings.connectors[sink].settings.get(specs[sink].doors)
        if not isinstance(table, dict):
            continue
        for scope, targets in by_scope.items():
            for target in targets:
                if target not in table:
                    expected = f"one of {', '.join(sorted(table))} ({specs[sink].doors} of {_SETTINGS})"
                    yield str(file.refuse(("targets", sink, scope), repr(target), expected))


def _with_port(port: str, specs: Mapping[str, Spec]) -> set[str]:
    return {name for name, spec in specs.items() if port in spec.ports}
