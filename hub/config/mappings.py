"""Which mapping document reads each instance of a hub folder, and what is wrong with the folder's own documents."""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import mappings
from hub.config.instances import Instance
from hub.config.settings import MAPPING_NAME as NAME
from hub.config.settings_file import read_settings_file
from hub.rules.files.finding import Finding, UnreadableFile
from mappings import SHIPPED, LintFinding, MappingDocument
from mappings.cases import shipped
from mappings.finding import WrongFile
from mappings.golden import cases_wrong
from mappings.lint import contexts_unknown
from mappings.records import WORLDS, record_class
from schemas.errors import CallError, ConfigError, SettingError
from schemas.nearest import did_you_mean
from schemas.record import Names
from schemas.words import Words

FOLDER = "mappings"
_SCHEMAS = ("mapping.schema.json", "case.schema.json")


def documents(
    folder: Path | None, instances: Mapping[str, Instance], names: Names, packaged: Mapping[str, MappingDocument]
) -> dict[str, MappingDocument]:
    """The document of each instance that brings something: one of a package, of the folder if there is one, shipped.

    What they read is held against the names of positions and courses.

    Raises:
        ConfigError: There is no such document, or something is wrong with it.
    """
    found, own = {}, [folder / FOLDER] if folder else []
    if folder and (missing := list(_missing(folder, instances, packaged))):
        raise UnreadableFile(missing)
    for name, instance in instances.items():
        asked = instance.reads or instance.spec.mapping
        if asked in packaged:
            found[name] = packaged[asked]
        elif instance.reads:
            found[name] = _named(name, instance.reads, own, names)
        elif instance.spec.mapping:
            found[name] = mappings.load(instance.spec.mapping, names=names)
    for name, document in found.items():
        _require_suited(name, instances[name], document)
    _require_told(own, instances, {each.reads for each in instances.values() if each.reads} - packaged.keys())
    return found


def _require_suited(name: str, instance: Instance, document: MappingDocument) -> None:
    """Return if a document says what its instance needs: facts of a source, words of one that is asked.

    Raises:
        ConfigError: It says something else.
    """
    try:
        if instance.spec.dialect is not None:
            instance.spec.dialect(instance.settings, document)
        elif said := sorted(each for form in document.forms for each in document.gives(form) if not _is_fact(each)):
            found = Words(f"{document.name} gives {said[0]}", f"{document.name} 给出 {said[0]}")
            raise SettingError(found, Words("a document of facts", "给出事实的映射文档"), setting="mappings.read")
    except SettingError as error:
        where = f"licet.toml [connectors.{name}]: {error.setting}: {document.name}"
        raise ConfigError(
            Words(f"{where}: {error.message}", f"{where}：{error.told('zh')}"),
            error.code,
            cure=Words(
                "name another document as mappings.read there, or mend it, then `licet check`",
                "更正该处 mappings.read 所指的文档，再执行 `licet check`",
            ),
        ) from error


def _is_fact(record: str) -> bool:
    model = record_class(record)
    return model is None or model.FACT


def findings(folder: Path, instances: Mapping[str, Instance]) -> Iterator[LintFinding]:
    """Everything that is wrong with the documents of a hub folder; what nobody names is wrong too."""
    own = folder / FOLDER
    named = {own / f"{instance.reads}.json" for instance in instances.values() if instance.reads}
    for path in _files(own):
        yield from _wrong(folder, path, instances)
        if path not in named:
            yield LintFinding(str(path.relative_to(folder)), "", *_unnamed(path.relative_to(own)))


def wrong_documents(folder: Path) -> Iterator[LintFinding]:
    """What is wrong with the documents of a hub folder and their cases, whatever its settings are."""
    for path in _files(folder / FOLDER):
        yield from _wrong(folder, path, {})


def _wrong(folder: Path, path: Path, instances: Mapping[str, Instance]) -> Iterator[LintFinding]:
    """What is wrong with one document; its cases are run where nothing else is."""
    name = _name(path, folder / FOLDER)
    wrong = [each for each in mappings.lint(path) if each.refused]
    wrong += _contexts_unknown(name, path, instances)
    yield from (_below(folder, each) for each in wrong or cases_wrong(name, path))


def _require_told(own: Sequence[Path], instances: Mapping[str, Instance], names: Collection[str]) -> None:
    """Return if documents look beside a body for nothing but what those who read with them say.

    Raises:
        WrongFile: Where one looks for something else.
    """
    paths = {name: mappings.find(name, *own, SHIPPED) for name in sorted(names)}
    if unknown := [each for name, path in paths.items() for each in _contexts_unknown(name, path, instances)]:
        raise WrongFile([_below(own[0].parent, each) if own else each for each in unknown])


def _contexts_unknown(name: str, path: Path, instances: Mapping[str, Instance]) -> Iterator[LintFinding]:
    """What a document looks for beside a body and no instance that reads with it says."""
    reading = [each for each in instances.values() if each.reads == name]
    if reading and all(each.spec.context for each in reading):
        told = frozenset[str]().union(*(each.spec.contexts(each.settings) for each in reading))
        yield from contexts_unknown(path, told)


def has_document(folder: Path, name: str) -> bool:
    """Whether a document of this name stands in a hub folder, or is shipped."""
    return any((each / f"{name}.json").exists() for each in (folder / FOLDER, SHIPPED))


def begin(folder: Path, name: str, original: str) -> Path:
    """Copy a shipped document into a hub folder under a name of its own, with the schema that editors use; its path.

    Raises:
        ConfigError: There is no such document, the name is none, or taken.
    """
    try:
        source = mappings.find(original, SHIPPED)
    except ConfigError as error:
        near = _nearest(original, shipped(SHIPPED))
        raise ConfigError(
            Words(f"--from: found no mapping {original!r}; {near}", f"--from：没有映射 {original!r}；{near.zh}")
        ) from error
    return begin_with(folder, name, original.partition("/")[0], source.read_text("utf-8"))


def begin_with(folder: Path, name: str, world: str, text: str) -> Path:
    """Write a new document of a world into a hub folder, with the schemas that editors use; its path.

    Raises:
        ConfigError: The name is none, or taken.
    """
    if not re.fullmatch(NAME, name) or name.partition("/")[0] != world:
        raise ConfigError(
            Words(
                f"found name {name!r}, expected {world}/ and small letters, digits and _",
                f"名称 {name!r} 无效，应为 {world}/ 加小写字母、数字和 _",
            )
        )
    target = folder / FOLDER / f"{name}.json"
    if target.exists():
        raise CallError(Words(f"{target} exists already; choose another name", f"{target} 已存在；请另取名称"))
    target.parent.mkdir(parents=True, exist_ok=True)
    lay_schemas(folder)
    target.write_text(text, encoding="utf-8")
    return target


def lay_schemas(folder: Path) -> list[str]:
    """Lay the schemas of documents and cases where those of a hub folder look for them: their paths there."""
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    for schema in _SCHEMAS:
        shutil.copyfile(SHIPPED / schema, folder / FOLDER / schema)
    return [f"{FOLDER}/{schema}" for schema in _SCHEMAS]


def keep_case(document: Path, name: str, text: str) -> Path:
    """Write a golden case beside a document; its path.

    Raises:
        ConfigError: The name is none, or taken.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise ConfigError(
            Words(
                f"found case {name!r}, expected letters, digits, _ and -, at most 64",
                f"样例名称 {name!r} 无效，应为字母、数字、_ 和 -，最多 64 个",
            )
        )
    file = document.with_suffix(".cases") / f"{name}.json"
    if file.exists():
        raise CallError(Words(f"{file} exists already; choose another name", f"{file} 已存在；请另取名称"))
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _named(name: str, reads: str, own: Sequence[Path], names: Names) -> MappingDocument:
    try:
        return mappings.load(reads, *own, SHIPPED, names=names)
    except ConfigError as error:
        known = [*(_name(path, folder) for folder in own for path in _files(folder)), *shipped(SHIPPED)]
        near, where = _nearest(reads, known), f"licet.toml [connectors.{name}]: mappings.read"
        hint = Words("", "") if reads in known else Words(f"; {near}", f"；{near.zh}")
        raise ConfigError(
            Words(f"{where}: {error.message}{hint}", f"{where}：{error.told('zh')}{hint.zh}"),
            cure=Words(
                "mend the file that is named; `licet mapping lint FILE` looks at it",
                "更正所指文件，再执行 `licet mapping lint 文件`",
            ),
        ) from error


def _missing(
    folder: Path, instances: Mapping[str, Instance], packaged: Mapping[str, MappingDocument]
) -> Iterator[Finding]:
    """Every document that the settings name and that is nowhere."""
    own = folder / FOLDER
    for name, instance in instances.items():
        reads = instance.reads
        if reads and reads not in packaged and not has_document(folder, reads):
            known = [*(_name(path, own) for path in _files(own)), *shipped(SHIPPED), *packaged]
            expected = Words(
                f"a document of {FOLDER}/ ({FOLDER}/{reads}.json), or a shipped one",
                f"{FOLDER}/ 下的映射文档（{FOLDER}/{reads}.json），或随附的映射文档",
            )
            path = ("connectors", name, "mappings", "read")
            yield read_settings_file(folder).fault(path, repr(reads), expected, known=known, code="ref.unknown-name")


def _unnamed(path: Path) -> tuple[str, str, str]:
    if len(path.parts) != 2 or path.parts[0] not in WORLDS:
        worlds = ", ".join(WORLDS)
        wanted = Words(f"one folder a world: {worlds}", f"按领域分文件夹：{worlds}")
        return Words(f"a document at {path}", f"位于 {path} 的文档"), wanted, Words("move it", "移动该文件")
    name = path.with_suffix("").as_posix()
    return (
        Words("a document that no instance reads with", "没有连接器实例使用的文档"),
        Words(f'mappings = {{ read = "{name}" }} in licet.toml', f'licet.toml 中有 mappings = {{ read = "{name}" }}'),
        Words("name or remove it", "在设置中指定，或删除"),
    )


def _below(folder: Path, finding: LintFinding) -> LintFinding:
    file = Path(finding.file)
    return replace(finding, file=str(file.relative_to(folder) if file.is_relative_to(folder) else file))


def own_documents(folder: Path) -> dict[str, Path]:
    """The documents of a hub folder by their names, wherever below its ``mappings/`` they stand."""
    own = folder / FOLDER
    return {_name(path, own): path for path in _files(own)}


def _name(path: Path, own: Path) -> str:
    return path.relative_to(own).with_suffix("").as_posix()


def named_document(folder: Path, document: str) -> tuple[str, Path]:
    """Name and file of a document that is named as ``licet.toml`` does (the folder's own before a shipped one), or
    by its file.

    Raises:
        ConfigError: There is no such document.
    """
    path = Path(document)
    if path.suffix == ".json":
        if not path.is_file():
            raise ConfigError(
                Words(f"found no file {document}, expected a mapping document", f"没有文件 {document}，应为映射文档")
            )
        return f"{path.resolve().parent.name}/{path.stem}", path
    own = own_documents(folder)
    if document in own:
        return document, own[document]
    try:
        return document, mappings.find(document, SHIPPED)
    except ConfigError as error:
        nearest = _nearest(document, [*own, *shipped(SHIPPED)])
        raise ConfigError(
            Words(f"found no mapping {document!r}; {nearest}", f"没有映射 {document!r}；{nearest.zh}")
        ) from error


def _nearest(document: str, known: Sequence[str]) -> Words:
    one = Words(f"expected one of {', '.join(known)}", f"应为下列之一：{'、'.join(known)}")
    expected = Words(
        f"{one}; one of your own lies in mappings/ as NAME/NAME.json", f"{one.zh}；自建映射存于 mappings/名称/名称.json"
    )
    return did_you_mean(document, known) or expected


def _files(own: Path) -> Iterator[Path]:
    for path in sorted(own.rglob("*.json")):
        if path.name not in _SCHEMAS and not any(part.endswith(".cases") for part in path.parts):
            yield path
