"""Which mapping document reads the transmissions of each connector instance now."""

from collections.abc import Mapping

from mappings import MappingDocument
from schemas.errors import ConfigError


class ActiveMappings:
    """The mapping documents in use, by connector instance."""

    def __init__(self, documents: Mapping[str, MappingDocument]) -> None:
        self._documents = documents

    def of(self, connector: str) -> MappingDocument:
        """The document that reads what a connector instance brings.

        Raises:
            ConfigError: ``licet.toml`` names no such instance, or it brings nothing that is read.
        """
        document = self._documents.get(connector)
        if document is None:
            raise ConfigError(f"found {connector!r}, expected an instance of licet.toml that brings something")
        return document
