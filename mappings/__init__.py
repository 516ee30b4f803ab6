"""What a body says: mapping documents that turn foreign bytes into canonical records.

``load(name)`` gives the mapping of ``<world>/<name>.json``; its ``read`` turns a transmission into one outcome an item.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from mappings.document import Document, schema
from mappings.lint import LintFinding, examine, lint
from mappings.reading import reader, whole_fault
from schemas.errors import ConfigError, PayloadError
from schemas.record import Names
from schemas.transmission import NOTHING, Outcome, Transmission

__all__ = ["SHIPPED", "LintFinding", "MappingDocument", "find", "lint", "load", "schema"]

SHIPPED = Path(__file__).parent
"""The folder of the documents that come with Licet."""


class MappingDocument:
    """One mapping document, compiled. Safe to use from many threads; reading the same bytes gives the same outcomes."""

    def __init__(self, name: str, document: Document, text: bytes, names: Names = NOTHING) -> None:
        self.name = name
        self.document = document
        self.text = text
        """The document's bytes as they stand in its file."""
        self.digest = hashlib.sha256(text).digest()
        self.identity = {"id": name, "version": str(document.version), "sha256": self.digest.hex()}
        """What names the document for good, wherever something rests on what it read."""
        self._readers = {form: reader(document.resolved(form), names) for form in document.forms}
        self.forms = tuple(self._readers)
        """The names of its forms."""

    def in_lines(self, transmission: Transmission) -> bool:
        """Whether each line of a body is read for itself, so that a part of the lines can be read like all of them."""
        form = self.document.forms.get(transmission.form)
        return form is not None and (form.read == "key_value" or (form.read == "delimited" and bool(form.columns)))

    def read(self, transmission: Transmission) -> tuple[Outcome, ...]:
        """One outcome per item, in the order of the body; one ``Fault`` without ``raw`` where no item can be found.

        Never raises for what the body holds.
        """
        try:
            read = self._reader(transmission)
        except PayloadError as error:
            return (whole_fault(error),)
        return read(transmission)

    def _reader(self, transmission: Transmission) -> Callable[[Transmission], tuple[Outcome, ...]]:
        named = self._readers.get(transmission.form)
        if named is not None:
            return named
        if not transmission.form:
            fitting = [form for form, rule in self.document.forms.items() if _suits(rule.read, transmission.media_type)]
            for candidates in (list(self._readers), fitting):
                if len(candidates) == 1:
                    return self._readers[candidates[0]]
        found = transmission.form or f"no form, {transmission.media_type}"
        raise PayloadError("schema.form", f"found {found!r}, expected one of {', '.join(self._readers)}")


def _suits(read: str, media_type: str) -> bool:
    if read in ("json", "xml"):
        return media_type.endswith(("/" + read, "+" + read))
    return media_type.startswith("text/") and not media_type.endswith("xml")


def load(name: str, *folders: Path, names: Names = NOTHING) -> MappingDocument:
    """The mapping of ``<world>/<name>.json`` in the first of these folders that has it; of the shipped ones by default.

    An item with a name that is not among ``names``, of a kind that is, is a fault.

    Raises:
        ConfigError: No such document, or ``lint`` finds something wrong with it.
    """
    path = find(name, *(folders or (SHIPPED,)))
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"mapping {name}: cannot read {path} ({error.strerror})") from error
    document, findings = examine(str(path), text)
    if document is None or findings:
        raise ConfigError("; ".join(map(str, findings[:5])))
    return MappingDocument(name, document, text, names)


def find(name: str, *folders: Path) -> Path:
    """Where the document of a name stands, in the first of these folders that has it.

    Raises:
        ConfigError: None of them has it.
    """
    for folder in folders:
        path = folder / f"{name}.json"
        if path.exists():
            return path
    places = " or ".join(str(each / f"{name}.json") for each in folders)
    raise ConfigError(f"mapping {name}: found no document, expected {places}")
