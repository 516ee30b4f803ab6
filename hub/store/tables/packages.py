"""Packages that were taken, as they were sealed to this hub; which was taken last is said by the log."""

from typing import NamedTuple

from hub.store.columns import Table, blob, instant, number, text
from hub.store.statement import Query, RowChange, Statement

PACKAGES = Table(
    "packages",
    text("name", key=True),
    number("version", key=True),
    text("kind"),
    text("digest"),
    text("signers"),
    instant("taken_at"),
    instant("expires_at"),
    blob("sealed"),
    rowid=False,
)
"""``signers`` is a JSON array of the names of their keys."""


class PackageRow(NamedTuple):
    """One version of a package."""

    name: str
    version: int
    kind: str
    digest: str
    signers: str
    taken_at: int
    expires_at: int
    sealed: bytes


class ActivePackage(NamedTuple):
    """Which version of a package is in use."""

    name: str
    version: int
    digest: str


class PackageEntry(NamedTuple):
    """An entry about packages."""

    body: str


# Every version that was taken, the latest of each name first.
all_packages = Query(
    PackageRow,
    """
    SELECT name, version, kind, digest, signers, taken_at, expires_at, sealed FROM packages ORDER BY name, version DESC
    """,
)

# Which versions are in use: the latest of each name.
active_packages = Query(
    ActivePackage,
    """
    SELECT name, version, digest FROM packages AS p
    WHERE version = (SELECT max(version) FROM packages WHERE name = p.name) ORDER BY name
    """,
)

# One version of a package.
package = Query(
    PackageRow,
    """
    SELECT name, version, kind, digest, signers, taken_at, expires_at, sealed FROM packages
    WHERE name = :name AND version = :version
    """,
)

# What the log says of packages, in order.
package_entries = Query(PackageEntry, "SELECT body FROM entries WHERE kind = 'package' ORDER BY seq")

# Keep a package that was taken.
insert_package = Statement("""
    INSERT INTO packages (name, version, kind, digest, signers, taken_at, expires_at, sealed)
    VALUES (:name, :version, :kind, :digest, :signers, :taken_at, :expires_at, :sealed)
""")

# Keep a package as it is sealed from now on.
seal_package = RowChange("UPDATE packages SET sealed = :sealed WHERE name = :of AND version = :which")
