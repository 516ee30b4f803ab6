"""Packages that were taken, read again: only what the log says was taken is opened, and only as it was then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from connectors.keys import EVER, KeyRing, Life, OwnKeys
from hub.keys.book import key_of
from hub.keys.listing import SIGNERS
from hub.packages.acceptance import Highest
from hub.packages.manifest import Manifest
from hub.packages.seals import opened, verified
from hub.packages.trial import documents_of
from hub.packages.worked import FOLDER
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import packages as sql
from hub.store.tables.keys import keys_of
from hub.store.tables.packages import PackageRow
from hub.store.version import StoreVersionError
from hub.wording import meant
from mappings import MappingDocument
from schemas.errors import TrustError
from schemas.record import Names
from schemas.words import Words

_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


class InUse(NamedTuple):
    """A package that is in use, and what it says."""

    row: PackageRow
    manifest: Manifest


class StoredPackages:
    """Reads packages. ``own`` opens whatever was sealed to a key of the hub, whether that one is used still or not."""

    def __init__(self, database: Callable[[], Database], own: Callable[[], OwnKeys]) -> None:
        self._database = database
        self._own = own

    def versions(self) -> tuple[sql.ActivePackage, ...]:
        """Which versions are in use; none before the first start."""
        database = self.begun()
        if database is None:
            return ()
        with database.reading() as session:
            return tuple(session.all(sql.active_packages, {}))

    def begun(self) -> Database | None:
        """The store; nothing before the first start of its hub."""
        try:
            return self._database()
        except StoreVersionError as error:
            if error.code != "store.missing":
                raise
            return None

    def rows(self) -> list[PackageRow]:
        """Every version that was taken, the latest of each name first."""
        with self._database().reading() as session:
            return session.all(sql.all_packages, {})

    def in_use(self) -> list[InUse]:
        """What is in use.

        Raises:
            TrustError: ``package.changed``: the store has another version than the log says was taken last.
        """
        database = self.begun()
        if database is None:
            return []
        with database.reading() as session:
            return self.in_use_within(session)

    def in_use_within(self, session: Connection) -> list[InUse]:
        """What is in use, as a transaction sees it.

        Raises:
            TrustError: ``package.changed``: the store has another version than the log says was taken last.
        """
        active, taken = session.all(sql.active_packages, {}), taken_last(session)
        rows = [session.one(sql.package, {"name": each.name, "version": each.version}) for each in active]
        found = {row.name: Taken(row.version, row.digest, _signers(row)) for row in rows if row is not None}
        if found != taken:
            raise TrustError(
                "package.changed",
                Words(
                    "the packages in the store are not those that the log says were taken",
                    "存储中的签名包与日志记录的接收情况不符",
                ),
            )
        keys = _signing_keys(session)
        return [InUse(row, self._opened(row, keys)[1]) for row in rows if row is not None]

    def manifest(self, row: PackageRow) -> Manifest:
        """What a stored package says.

        Raises:
            TrustError: It cannot be opened, a signature is not good, or ``package.changed``.
        """
        return self._opened(row, self._keys())[1]

    def signed(self, row: PackageRow) -> bytes:
        """A stored package as it was signed.

        Raises:
            TrustError: As ``manifest``.
        """
        return self._opened(row, self._keys())[0]

    def _keys(self) -> KeyRing:
        with self._database().reading() as session:
            return _signing_keys(session)

    def _opened(self, row: PackageRow, keys: KeyRing) -> tuple[bytes, Manifest]:
        """A stored package as it was signed, and what it says: whoever can write to the store may have sealed it."""
        package = opened(row.sealed, self._own(), _WHENEVER)
        found = verified(package, keys, _WHENEVER)
        manifest = found.manifest
        said = (manifest.digest, manifest.package, manifest.version, found.kids)
        if said != (row.digest, row.name, row.version, _signers(row)):
            raise TrustError(
                "package.changed",
                Words(
                    f"{row.name}: version {row.version} in the store is not what was taken",
                    f"{row.name}：存储中的版本 {row.version} 与接收时不符",
                ),
            )
        return package, manifest

    def documents(self, names: Names) -> dict[str, MappingDocument]:
        """The mapping documents in use, by name; each names the version of its package.

        Raises:
            LicetError: A package cannot be opened, or what it brings is refused here.
        """
        return {
            name: MappingDocument.parsed(name, f"{each.row.name}: {name}", text, names, f"p{each.row.version}")
            for each in self.in_use()
            if each.manifest.kind == "mappings"
            for name, text in documents_of(each.manifest.contents()).items()
        }

    def rules(self, package: str) -> Mapping[str, str]:
        """The position files and courses of a package, by path.

        Raises:
            TrustError: ``package.unsigned``: none of this name was taken; or it cannot be opened.
        """
        for each in self.in_use():
            if each.row.name == package and each.manifest.kind == "rules":
                return self.rules_in(each.manifest)
        near = meant(package, [each.row.name for each in self.in_use() if each.manifest.kind == "rules"])
        found = Words(
            f"licet.toml [packages] rules: no package {package!r} of rules was taken yet{near}",
            f"licet.toml [packages] rules：尚未接收规则包 {package!r}{near.zh}",
        )
        raise TrustError("package.unsigned", found)

    @staticmethod
    def rules_in(manifest: Manifest) -> Mapping[str, str]:
        """The position files and courses of a manifest, by path; without its worked cases."""
        files = manifest.contents().items()
        return {path: content.decode("utf-8") for path, content in files if not path.startswith(FOLDER)}


class Taken(NamedTuple):
    """What the log says was taken of a package: version, digest, and the names of the keys that signed it."""

    version: int
    digest: str
    signers: tuple[str, ...]


def _signing_keys(session: Connection) -> KeyRing:
    """The keys of those who sign, however they stand now: at the taking they stood well, and what was taken stays."""
    keys = (key_of(row) for row in session.all(keys_of, {"owner": SIGNERS}))
    return KeyRing(replace(key, life=Life(EVER)) for key in keys)


def _signers(row: PackageRow) -> tuple[str, ...]:
    return tuple(orjson.loads(row.signers))


def taken_last(session: Connection) -> dict[str, Taken]:
    """The last version of each package that the log says was taken."""
    found: dict[str, Taken] = {}
    for row in session.all(sql.package_entries, {}):
        entry = orjson.loads(row.body)
        if entry["outcome"] == "taken":
            found[entry["name"]] = Taken(int(entry["version"]), entry["digest"], tuple(entry["signers"]))
    return found


def highest(name: str, session: Connection) -> Highest:
    """The last version of a package that was taken."""
    taken = taken_last(session).get(name)
    return Highest(0, "") if taken is None else Highest(taken.version, taken.digest)
