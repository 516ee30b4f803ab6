"""What a body says: mapping documents that turn foreign bytes into canonical records.

``load(name)`` gives the mapping of ``<world>/<name>.json``; its ``read`` turns a transmission into one outcome an item.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from mappings.decode import decoder
from mappings.document import Document, schema
from mappings.finding import LintFinding, WrongFile
from mappings.lint import examine, lint
from mappings.reading import reader, whole_fault
from mappings.sources import contexts
from mappings.writing import writer
from schemas.door import Asked
from schemas.errors import ConfigError, PayloadError
from schemas.record import Names
from schemas.system import why_not
from schemas.transmission import NOTHING, Item, Outcome, Transmission
from schemas.words import Words, quoted

__all__ = ["SHIPPED", "LintFinding", "MappingDocument", "find", "lint", "load", "schema"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHIPPED = Path(__file__).parent
"""The folder of the documents that come with Licet."""


class MappingDocument:
    """One mapping document, compiled. Safe to use from many threads; reading the same bytes gives the same outcomes."""

    def __init__(self, name: str, document: Document, text: bytes, names: Names = NOTHING, within: str = "") -> None:
        self.name = name
        self.document = document
        self.text = text
        """The document's bytes as they stand in its file."""
        self.digest = hashlib.sha256(text).digest()
        version = f"{document.version}+{within}" if within else str(document.version)
        self.identity = {"id": name, "version": version, "sha256": self.digest.hex()}
        """What names the document for good, wherever something rests on what it read."""
        forms = {form: document.resolved(form) for form in document.forms}
        self._readers = {form: reader(rules, names) for form, rules in forms.items()}
        self._beside = {form: frozenset(name for _, name in contexts(rules, "")) for form, rules in forms.items()}
        self._in_lines = {form for form, rules in forms.items() if decoder(rules).in_lines}
        self._asks: dict[str, Callable[[Sequence[Item], Mapping[str, str]], bytes]] = {}
        self.forms = tuple(self._readers)
        """The names of its forms."""

    @classmethod
    def read_from(cls, name: str, path: Path, names: Names = NOTHING) -> Self:
        """The mapping of the document in a file.

        Raises:
            ConfigError: It cannot be read; a ``WrongFile`` with every finding where ``lint`` refuses it.
        """
        try:
            text = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                Words(
                    f"mapping {name}: cannot read {path} ({why_not(error)})",
                    f"映射 {name}：无法读取 {path}（{why_not(error).zh}）",
                ),
                cure=Words(
                    "name a document of mappings/ or a shipped one, then `licet check`",
                    "改为 mappings/ 中的或内置的映射文档，再执行 `licet check`",
                ),
            ) from error
        return cls.parsed(name, str(path), text, names)

    @classmethod
    def parsed(cls, name: str, file: str, text: bytes, names: Names = NOTHING, within: str = "") -> Self:
        """The mapping of a document's text. ``within`` names the version of what it came in.

        Raises:
            WrongFile: Every finding where ``lint`` refuses it.
        """
        document, findings = examine(file, text)
        wrong = [each for each in findings if each.refused]
        if document is None or wrong:
            raise WrongFile(wrong)
        return cls(name, document, text, names, within)

    def in_lines(self, transmission: Transmission) -> bool:
        """Whether each line of a body is read for itself, so that a part of the lines can be read like all of them."""
        return transmission.form in self._in_lines

    def read(self, transmission: Transmission) -> tuple[Outcome, ...]:
        """One outcome per item, in the order of the body; one ``Fault`` without ``raw`` where no item can be found.

        Never raises for what the body holds.
        """
        try:
            read = self._readers[self.form_of(transmission)]
        except PayloadError as error:
            return (whole_fault(error),)
        return read(transmission)

    def beside(self, transmission: Transmission) -> frozenset[str]:
        """The names under which a body's form looks for something beside it: in the context of its transmission."""
        try:
            return self._beside[self.form_of(transmission)]
        except PayloadError:
            return frozenset()

    def writer(self, form: str) -> Callable[[Sequence[Item], Mapping[str, str]], bytes]:
        """What renders items, in a context, as a body that the form reads back as the same items.

        It raises ``PayloadError`` for items that cannot be told so: nothing is written that says something else.

        Raises:
            ConfigError: Bodies of this form are only read.
        """
        rules, read = self.document.resolved(form), self._readers[form]
        render = writer(rules)

        def write(items: Sequence[Item], context: Mapping[str, str]) -> bytes:
            body = render(items, context)
            told = Transmission("write", _EPOCH, "", body, form=form, context=context)
            if read(told) != tuple(items):
                raise PayloadError(
                    "mapping.lossy",
                    Words("found items of which the mapping cannot tell all", "有映射不能完整表达的条目"),
                )
            return body

        return write

    def asked(self, form: str, what: Asked) -> bytes:
        """What a system is asked, as a body of a form: as much of it as the form has a place for.

        Raises:
            ConfigError: There is no such form, or its bodies are only read.
            PayloadError: It cannot be told so.
        """
        if form not in self._readers:
            raise ConfigError(
                Words(
                    f"mapping {self.name}: found no form {form!r}, expected one of {', '.join(self.forms)}",
                    f"映射 {self.name}：没有形式 {form!r}，应为下列之一：{'、'.join(self.forms)}",
                )
            )
        places = {name for rule in self.document.resolved(form).records for name in rule.fields}
        told = Asked.model_validate({name: value for name, value in what.model_dump().items() if name in places})
        if form not in self._asks:
            self._asks[form] = self.writer(form)
        return self._asks[form]([Item((told,), "")], NOTHING)

    def gives(self, form: str) -> frozenset[str]:
        """The records that a form gives, such as ``attendance.Punch``; none where there is no such form."""
        known = form in self._readers
        return frozenset(rule.record for rule in self.document.resolved(form).records) if known else frozenset()

    def form_of(self, transmission: Transmission) -> str:
        """The form that reads a transmission: the one it names, else the only one that there is or that suits it.

        Raises:
            PayloadError: ``schema.form``: none, or several.
        """
        if transmission.form in self._readers:
            return transmission.form
        if not transmission.form:
            fitting = [form for form, rule in self.document.forms.items() if _suits(rule.read, transmission.media_type)]
            for candidates in (list(self._readers), fitting):
                if len(candidates) == 1:
                    return candidates[0]
        media = transmission.media_type
        unnamed = Words(f"no form, and {media!r}", f"未注明形式，内容类型为 {media!r}")
        known = Words(f"one of {', '.join(self._readers)}", f"其中之一：{'、'.join(self._readers)}")
        raise PayloadError("schema.form", quoted(transmission.form) if transmission.form else unnamed, expected=known)


def _suits(read: str, media_type: str) -> bool:
    if read in ("json", "xml"):
        return media_type.endswith(("/" + read, "+" + read))
    if read == "form":
        return media_type == "application/x-www-form-urlencoded"
    if read == "json_lines":
        return "ndjson" in media_type or "jsonl" in media_type or media_type.endswith("/json-lines")
    return media_type.startswith("text/") and not media_type.endswith("xml")


def load(name: str, *folders: Path, names: Names = NOTHING) -> MappingDocument:
    """The mapping of ``<world>/<name>.json`` in the first of these folders that has it; of the shipped ones by default.

    An item with a name that is not among ``names``, of a kind that is, is a fault.

    Raises:
        ConfigError: No such document, or ``lint`` finds something wrong with it.
    """
    return MappingDocument.read_from(name, find(name, *(folders or (SHIPPED,))), names)


def find(name: str, *folders: Path) -> Path:
    """Where the document of a name stands, in the first of these folders that has it.

    Raises:
        ConfigError: None of them has it.
    """
    for folder in folders:
        path = folder / f"{name}.json"
        if path.exists():
            return path
    places = [str(each / f"{name}.json") for each in folders]
    raise ConfigError(
        Words(
            f"mapping {name}: found no document, expected {' or '.join(places)}",
            f"映射 {name}：没有文档，应为 {' 或 '.join(places)}",
        )
    )
