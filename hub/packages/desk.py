"""Where packages are taken: opened, verified, compared with what was taken before, tried, and only then kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from connectors.keys import KeyRing, OwnKeys, PeerKey
from hub.clock import to_us
from hub.identity.operators import Acting, Operators
from hub.keys.book import key_of, life_of
from hub.keys.listing import OWN, SIGNERS, KeyList
from hub.packages.acceptance import Signer, require_fit, require_signers
from hub.packages.in_force import take
from hub.packages.manifest import Manifest
from hub.packages.seals import Verified, opened, sealed, verified
from hub.packages.stored import InUse, StoredPackages, highest
from hub.packages.trial import documents_of, require_working
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import packages as sql
from hub.store.tables.packages import PackageRow
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError, LicetError, TrustError
from schemas.renewal import RenewalRule
from schemas.words import Words, named

USUAL_LIFE = timedelta(days=400)


class HubTrait(NamedTuple):
    """What of a hub matters to packages: name, zone, targets that no rule may open, renewal rules that rules may name.

    ``rules`` is the package by which it judges, if there is one; ``alone``: one person alone may sign.
    """

    name: str
    zone: ZoneInfo
    protected: Collection[str]
    renewals: Mapping[str, RenewalRule]
    rules: str
    alone: bool


class PackageDesk:
    """Takes packages."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        operators: Operators,
        keys: KeyList,
        own: OwnKeys,
        stored: StoredPackages,
        hub: HubTrait,
    ) -> None:
        self._database = database
        self._writer = writer
        self._operators = operators
        self._keys = keys
        self._own = own
        self._stored = stored
        self._hub = hub

    def look(self, text: bytes, now: datetime) -> tuple[bytes, Verified]:
        """A package as it was signed, and what it says; nothing is taken.

        Raises:
            TrustError: It does not open here, or is not signed by people who are trusted.
        """
        package = opened(text, self._own, now)
        return package, self._trusted(package, now)

    def deploy(self, text: bytes, by: str, now: datetime, *, losing: int = 0) -> PackageRow:
        """Take a package: it is in use from the next turn of the hub on. What was refused leaves an entry and no more.

        ``losing``: so many people lose something by rules that come into force with it, as was shown.

        Raises:
            TrustError: Why it is refused, by its code; what was in use stays.
        """
        if not by.strip():
            raise CallError(Words("taking a package needs who does it: --by NAME", "接收签名包须注明操作人：--by 姓名"))
        acting = self._operators.one(by)
        try:
            package = opened(text, self._own, now)
            found = self._trusted(package, now)
        except LicetError as error:
            self._refused(error, acting, None)
            raise
        try:
            return self._taken(text, found, acting, losing, now)
        except LicetError as error:
            self._refused(error, acting, found.manifest)
            raise

    def _trusted(self, package: bytes, now: datetime) -> Verified:
        rows = [row for row in self._keys.of(SIGNERS) if row.person and row.role]
        found = verified(package, KeyRing(key_of(row) for row in rows), now)
        signers = [Signer(row.kid, row.person or "", row.role or "") for row in rows if row.kid in found.kids]
        require_signers(signers, alone=self._hub.alone)
        return found

    def _taken(self, text: bytes, found: Verified, acting: Acting, losing: int, now: datetime) -> PackageRow:
        manifest, contents = found.manifest, found.manifest.contents()
        with self._database.reading() as session:
            require_fit(manifest, self._hub.name, highest(manifest.package, session), now)
        beside = self._stored.versions()
        _require_alone(manifest, contents, self._stored.in_use())
        require_working(manifest, contents, now, self._hub.zone, self._hub.protected, self._hub.renewals)
        row = PackageRow(
            name=manifest.package,
            version=manifest.version,
            kind=manifest.kind,
            digest=manifest.digest,
            signers=orjson.dumps(found.kids).decode(),
            taken_at=to_us(now),
            expires_at=to_us(manifest.expires_at),
            sealed=text,
        )

        def unit(tx: Tx) -> None:
            # Nobody was quicker, neither with this package nor with another one that brings the same.
            require_fit(manifest, self._hub.name, highest(manifest.package, tx.session), now)
            if tuple(tx.session.all(sql.active_packages, {})) != beside:
                _require_alone(manifest, contents, self._stored.in_use_within(tx.session))
            tx.session.run(sql.insert_package, row._asdict())
            tx.log("package", outcome="taken", signers=list(found.kids), actor=acting.member(tx), **_about(manifest))
            if manifest.kind == "rules" and manifest.package == self._hub.rules:
                take(self._stored.rules_in(manifest), tx, actor=acting.member(tx), count=losing)

        self._writer.call(unit)
        return row

    def _refused(self, error: LicetError, acting: Acting, manifest: Manifest | None) -> None:
        about = {} if manifest is None else _about(manifest)
        self._writer.call(
            lambda tx: tx.log("package", outcome="refused", code=error.code, actor=acting.member(tx), **about)
        )

    # --- what was taken --------------------------------------------------------------------------------------

    def rollback(self, name: str, version: int, now: datetime) -> Manifest:
        """The content of an earlier version as the next one, to be signed like any other.

        Raises:
            CallError: No such version was taken.
        """
        rows = [row for row in self._stored.rows() if row.name == name]
        row = next((each for each in rows if each.version == version), None)
        if row is None:
            versions = ", ".join(str(each.version) for each in rows)
            known = named(versions) if versions else Words("none", "无")
            near = meant(name, {each.name for each in self._stored.rows()})
            raise CallError(
                Words(
                    f"{name}: found no version {version}, expected one of those taken into use: {known}{near}",
                    f"{name}：没有版本 {version}，应为已启用过的版本：{known.zh}{near.zh}",
                ),
                cure=Words(
                    "`licet package status` shows every package and version that was taken",
                    "用 `licet package status` 查看已接收的签名包及版本",
                ),
            )
        old = self._stored.manifest(row)
        with self._database.reading() as session:
            last = highest(name, session)
        return old.model_copy(
            update={
                "version": last.version + 1,
                "prev": last.digest,
                "issued": int(now.timestamp()),
                "expires": int((now + USUAL_LIFE).timestamp()),
            }
        )

    def rekey(self, by: str, now: datetime) -> list[PackageRow]:
        """Seal everything that was taken anew to the keys that are in use now; no signature is touched.

        Raises:
            CallError: The hub has no key that is encrypted to, or nobody is named.
        """
        if not by.strip():
            raise CallError(Words("sealing anew needs who does it: --by NAME", "重新加密须注明操作人：--by 姓名"))
        to, acting, rows = self.recipients(now), self._operators.one(by), self._stored.rows()
        fresh = [row._replace(sealed=sealed(self._stored.signed(row), to)) for row in rows]

        def unit(tx: Tx) -> None:
            for row in fresh:
                tx.session.run(sql.seal_package, {"sealed": row.sealed, "of": row.name, "which": row.version})
                about = {"name": row.name, "version": str(row.version), "digest": row.digest}
                tx.log("package", outcome="rekeyed", actor=acting.member(tx), **about)

        self._writer.call(unit)
        return fresh

    def recipients(self, now: datetime) -> Sequence[PeerKey]:
        """The keys of this hub that are encrypted to now.

        Raises:
            CallError: There is none.
        """
        rows = [row for row in self._keys.of(OWN) if row.algorithm.startswith("ecdh")]
        found = [key_of(row) for row in rows if life_of(row).state(now) == "active"]
        if not found:
            raise CallError(
                Words(
                    "the hub has no key that is encrypted to: `licet keys new`",
                    "平台没有可用于加密的密钥：`licet keys new`",
                )
            )
        return found


def _about(manifest: Manifest) -> dict[str, str]:
    return {"name": manifest.package, "version": str(manifest.version), "digest": manifest.digest}


def _require_alone(manifest: Manifest, contents: dict[str, bytes], in_use: Sequence[InUse]) -> None:
    """Return if no other package brings the same."""
    for each in in_use:
        if each.row.name == manifest.package:
            if each.manifest.kind != manifest.kind:
                raise TrustError(
                    "package.conflict",
                    Words(
                        f"{manifest.package} is a package of {each.manifest.kind}",
                        f"{manifest.package} 是 {each.manifest.kind} 类签名包",
                    ),
                )
            continue
        if both := documents_of(contents).keys() & documents_of(each.manifest.contents()).keys():
            raise TrustError(
                "package.conflict",
                Words(
                    f"{each.row.name} brings {', '.join(sorted(both))} already",
                    f"{each.row.name} 已包含 {'、'.join(sorted(both))}",
                ),
            )
