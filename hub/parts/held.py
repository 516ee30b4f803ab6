"""What a hub holds under lock: its private keys, and the packages that were sealed to them."""

from functools import cached_property
from typing import NamedTuple

from hub.keys.book import KeyBook
from hub.keys.holding import vault_of
from hub.keys.own import HeldKeys, StoredKeys
from hub.keys.vault import KeyVault
from hub.packages.in_force import digest_taken
from hub.packages.stored import StoredPackages
from hub.parts.ground import Ground
from hub.store.tables.packages import ActivePackage, active_packages


class InForce(NamedTuple):
    """Which packages are in use, and by what the rules are known that were taken last."""

    packages: tuple[ActivePackage, ...]
    rules: str


class Held(Ground):
    """Keys and packages, as they are read."""

    @cached_property
    def key_book(self) -> KeyBook:
        """By which keys those who push are believed."""
        return KeyBook(self.database)

    @cached_property
    def vault(self) -> KeyVault:
        """What holds private keys."""
        return vault_of(self.folder)

    @cached_property
    def own_keys(self) -> StoredKeys:
        """The hub's private keys."""
        return StoredKeys(self.key_book, lambda: self.vault)

    @cached_property
    def stored_packages(self) -> StoredPackages:
        """The packages that were taken."""
        return StoredPackages(lambda: self.database, self._kept_keys)

    def in_use(self) -> InForce:
        """Which packages are in use, and which rules of files were taken last."""
        database = self.stored_packages.begun()
        if database is None:
            return InForce((), "")
        with database.reading() as session:
            return InForce(tuple(session.all(active_packages, {})), digest_taken(session))

    @cached_property
    def begun_with(self) -> InForce:
        """What was in use when documents were about to be read: whoever takes others after that is heard."""
        return self.in_use()

    def _kept_keys(self) -> HeldKeys:
        return self.own_keys.whatever_its_state()
