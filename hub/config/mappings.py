"""Which mapping document reads each instance of a hub folder, and what is wrong with the folder's own documents."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import mappings
from hub.config.folder import Instance
from hub.config.settings import MAPPING_NAME as NAME
from mappings import SHIPPED, LintFinding, MappingDocument
from mappings.reading import WORLDS
from schemas.errors import ConfigError
from schemas.record import Names

FOLDER = "mappings"
_SCHEMA = "mapping.schema.json"


def documents(folder: Path, instances: Mapping[str, Instance], names: Names) -> dict[str, MappingDocument]:
    """The document of each instance that brings something: one it names, from the folder before a shipped one.

    What they read is held against the names of positions and courses.

    Raises:
        ConfigError: There is no such document, or something is wrong with it.
    """
    found = {}
    for name, instance in instances.items():
        if instance.reads:
            found[name] = _named(name, instance.reads, folder / FOLDER, names)
        elif instance.spec.mapping:
            found[name] = mappings.load(instance.spec.mapping, names=names)
    return found


def findings(folder: Path, instances: Mapping[str, Instance]) -> Iterator[LintFinding]:
    """Everything that is wrong with the documents of a hub folder; what nobody names is wrong too."""
    own = folder / FOLDER
    named = {own / f"{instance.reads}.json" for instance in instances.values() if instance.reads}
    for path in sorted(own.rglob("*.json")):
        if path.name == _SCHEMA or any(part.endswith(".cases") for part in path.parts):
            continue
        yield from (_below(folder, each) for each in mappings.lint(path))
        if path not in named:
            yield LintFinding(str(path.relative_to(folder)), "", *_unnamed(path.relative_to(own)))


def begin(folder: Path, name: str, shipped: str) -> Path:
    """Copy a shipped document into a hub folder under a name of its own, with the schema that editors use; its path.

    Raises:
        ConfigError: There is no such document, the name is none, or taken.
    """
    world = shipped.partition("/")[0]
    if not re.fullmatch(NAME, name) or name.partition("/")[0] != world:
        raise ConfigError(f"found name {name!r}, expected {world}/ and small letters, digits and _")
    source, target = mappings.find(shipped, SHIPPED), folder / FOLDER / f"{name}.json"
    if target.exists():
        raise ConfigError(f"{target} exists already; choose another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SHIPPED / _SCHEMA, folder / FOLDER / _SCHEMA)
    shutil.copyfile(source, target)
    return target


def _named(name: str, reads: str, own: Path, names: Names) -> MappingDocument:
    try:
        return mappings.load(reads, own, SHIPPED, names=names)
    except ConfigError as error:
        raise ConfigError(f"licet.toml [connectors.{name}]: mappings.read: {error.message}") from error


def _unnamed(path: Path) -> tuple[str, str, str]:
    if len(path.parts) != 2 or path.parts[0] not in WORLDS:
        return f"a document at {path}", f"one folder a world: {', '.join(WORLDS)}", "move it"
    name = path.with_suffix("").as_posix()
    return (
        "a document that no instance reads with",
        f'mappings = {{ read = "{name}" }} in licet.toml',
        "name or remove it",
    )


def _below(folder: Path, finding: LintFinding) -> LintFinding:
    file = str(Path(finding.file).relative_to(folder))
    return LintFinding(file, finding.pointer, finding.found, finding.expected, finding.mend)
