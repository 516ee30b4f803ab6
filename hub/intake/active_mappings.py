"""Which mapping document reads the transmissions of each connector instance now; exchangeable while the hub runs."""

from collections.abc import Mapping
from threading import Lock

from hub.store.commit import Tx
from hub.store.writer import Writer
from mappings import MappingDocument
from schemas.errors import CallError
from schemas.words import Words


class ActiveMappings:
    """The mapping documents in use, by connector instance. Safe to ask from many threads."""

    def __init__(self, documents: Mapping[str, MappingDocument]) -> None:
        self._documents = documents
        self._swapping = Lock()

    def all(self) -> Mapping[str, MappingDocument]:
        """The documents in use, by instance."""
        return self._documents

    def of(self, connector: str) -> MappingDocument:
        """The document that reads what a connector instance brings.

        Raises:
            CallError: ``licet.toml`` names no such instance, or it brings nothing that is read.
        """
        document = self._documents.get(connector)
        if document is None:
            raise CallError(
                Words(
                    f"found {connector!r}, expected an instance of licet.toml that brings something",
                    f"现为 {connector!r}，应为 licet.toml 中提供数据的连接器实例",
                )
            )
        return document

    def swap(self, documents: Mapping[str, MappingDocument], writer: Writer) -> list[str]:
        """Read with other documents from now on, all at once; the instances for which that is another one.

        What was read before stays as it was read. Each exchange has its entry before it takes effect.
        """
        with self._swapping:
            changed = [name for name, each in documents.items() if each.identity != self._identity(name)]
            if changed:
                writer.call(lambda tx: self._log(changed, documents, tx))
                self._documents = {**self._documents, **documents}
        return changed

    def _identity(self, connector: str) -> dict[str, str]:
        """What names its document now: the same text in the next version of a package is another one."""
        known = self._documents.get(connector)
        return {} if known is None else known.identity

    def _log(self, changed: list[str], documents: Mapping[str, MappingDocument], tx: Tx) -> None:
        for name in changed:
            before = self._documents.get(name)
            tx.log(
                "mapping",
                connector=name,
                mapping=documents[name].identity,
                mapping_before=None if before is None else before.identity,
            )
