"""The keys of a hub and of those who push to it: listed, changed, published."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

import orjson

from connectors.key_set import PublishedKey
from hub.certificates.signature import published
from hub.keys.book import life_of
from hub.keys.desk import KeyDesk
from hub.keys.fetching import KeyFetching
from hub.keys.listing import OWN, KeyList
from hub.packages.desk import HubTrait, PackageDesk
from hub.parts.core import Core
from hub.rules.files.refusals import PROTECTED

_SHOWN = frozenset({"pending", "active", "retiring"})


class Keyring(Core):
    """What knows keys, and what changes them."""

    @cached_property
    def key_list(self) -> KeyList:
        """What lists keys."""
        configured = {
            name: getattr(each.settings, each.spec.keys)
            for name, each in self.folder.instances.items()
            if each.spec.keys
        }
        return KeyList(self.database, configured)

    @cached_property
    def key_desk(self) -> KeyDesk:
        """What makes, enters, rotates and revokes keys."""
        return KeyDesk(self.key_list, self.writer, self.operators, self.enclosures, self.key_book, self.vault)

    @cached_property
    def key_fetching(self) -> KeyFetching:
        """What follows the keys that peers publish."""
        instances = [each for each in self.folder.instances.values() if each.spec.key_set]
        asked = [each.name for each in instances if getattr(each.settings, each.spec.key_set) is not None]
        sources = {name: partial(self._published_keys, name) for name in asked}
        return KeyFetching(sources, self.key_list, self.key_book, self.writer)

    def _published_keys(self, name: str) -> Sequence[PublishedKey]:
        found: Sequence[PublishedKey] = self.calls.one(name, "poll", self.adapters[name].published_keys)
        return found

    @cached_property
    def package_desk(self) -> PackageDesk:
        """What takes packages."""
        folder, settings = self.folder, self.folder.settings
        protected = PROTECTED | {*settings.hub.protected}
        alone = settings.profile == "dev"
        rules = settings.packages.rules
        hub = HubTrait(settings.hub.name, folder.zone, protected, folder.renewals, rules, alone=alone)
        return PackageDesk(
            self.database, self.writer, self.operators, self.key_list, self.own_keys, self.stored_packages, hub
        )

    def public_keys(self) -> dict[str, Any]:
        """The set of public keys that the hub publishes: of its certificates, and its own that are not over."""
        now = self.clock.now()
        own = [row for row in self.key_list.of(OWN) if life_of(row).state(now) in _SHOWN]
        return {"keys": [*published(self.signer.public)["keys"], *(orjson.loads(row.public) for row in own)]}
