"""Where keys are made, entered, rotated, retired and revoked: each change in one commit with its entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.algorithms import KINDS, Algorithm, public_jwk, read_public
from connectors.keys import KeyRecord
from hub.audit.enclosures import Enclosures
from hub.clock import stamp, to_us
from hub.identity.operators import Acting, Operators
from hub.keys.book import KeyBook, life_of
from hub.keys.listing import OWN, SIGNERS, KeyList, algorithm_of_row, coordinates
from hub.keys.signed import SignedTransmission, persons_of, signed_by
from hub.keys.vault import KeyVault
from hub.store.commit import Tx
from hub.store.tables import keys as sql
from hub.store.tables.keys import KeyRow
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words

ROLES = ("author", "approver")
LEAD = timedelta(minutes=10)
"""A new key is published for so long before it is used: twice what a reader may keep the set."""
OVERLAP = timedelta(days=25)
"""A key that has a follower is believed for so long: the longest time for which a sender tries again."""


Change = Callable[[KeyRow], KeyRow]
"""How a key stands from now on, by how it stands in the commit that changes it."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A key that is believed no more, what it signed since it leaked, and how many persons that concerns."""

    key: KeyRow
    signed: Sequence[SignedTransmission]
    persons: int


class KeyDesk:
    """Takes the words of operators about keys. ``by`` is who does it; ``now`` the calendar of the hub."""

    def __init__(
        self,
        known: KeyList,
        writer: Writer,
        operators: Operators,
        enclosures: Enclosures,
        book: KeyBook,
        vault: KeyVault,
    ) -> None:
        self._known = known
        self._writer = writer
        self._operators = operators
        self._enclosures = enclosures
        self._book = book
        self._vault = vault

    # --- a key becomes known ---------------------------------------------------------------------------------

    def new(self, algorithm: Algorithm, by: str, now: datetime) -> KeyRow:
        """A new key of the hub; at once in use where it has none of that use, else after it was published a while."""
        known = [row for row in self._known.of(OWN) if KINDS[algorithm_of_row(row)].use == KINDS[algorithm].use]
        used = any(life_of(row).state(now) in ("active", "retiring") for row in known)
        row = self._made(algorithm, now + LEAD if used else now)
        return self._kept([(row, _as_it_is, "added")], by)[0]

    def enter(
        self, owner: str, kid: str, algorithm: Algorithm, public: str, start: datetime, by: str, file: str = "the key"
    ) -> KeyRow:
        """Enter the public key of an instance's peer.

        Raises:
            CallError: No such instance, no such key, or the name is taken.
        """
        self._known.require_owner(owner)
        key = public_jwk(read_public(public, kid or file, algorithm), algorithm, kid)
        name = KeyRecord(kid=key["kid"], public=public).kid
        row = KeyRow(owner, name, algorithm, orjson.dumps(key).decode(), "entered", 0, to_us(start))
        taken = Words(
            f"{owner}: found key {name!r} already; a name stands for one key for ever",
            f"{owner}：密钥名称 {name!r} 已被使用；一个名称始终对应一个密钥",
        )
        return self._entered(row, taken, by)

    def trust(self, public: str, person: str, role: str, by: Sequence[str], now: datetime, *, alone: bool) -> KeyRow:
        """Trust a person's key with the signatures of packages, as author or approver; two people say so.

        Raises:
            CallError: No such key, it is known already, or one person alone says so where two have to.
        """
        if role not in ROLES or not person.strip():
            raise CallError(
                Words(
                    f"found role {role!r}, expected one of {', '.join(ROLES)}, of a person: --person NAME",
                    f"角色为 {role!r}，应为下列之一：{'、'.join(ROLES)}，并注明人员：--person 姓名",
                )
            )
        if len({each.strip() for each in by if each.strip()}) < (1 if alone else 2):
            raise CallError(
                Words(
                    "who signs packages is said by two people: --by A --by B", "签名人须由两人共同指定：--by 甲 --by 乙"
                )
            )
        key = public_jwk(read_public(public, "the key"), "ed25519")
        taken = Words(
            f"found key {key['kid']!r} already; a key has one owner and one role",
            f"密钥 {key['kid']!r} 已登记；一个密钥只有一名持有人和一个角色",
        )
        whose = self._operators.one(person)
        row = KeyRow(SIGNERS, key["kid"], "ed25519", orjson.dumps(key).decode(), "entered", 0, to_us(now))
        row = row._replace(person=whose.tokens[0], role=role)
        return self._entered(row, taken, by, [whose])

    def rotate(
        self, kid: str, by: str, now: datetime, *, lead: timedelta = LEAD, overlap: timedelta = OVERLAP
    ) -> tuple[KeyRow, KeyRow]:
        """The old key of the hub, believed for ``overlap`` more, and its follower, in use after ``lead``.

        Raises:
            CallError: No such key, or it is not in use.
        """
        old = self._known.one(OWN, kid)
        _require_in_use(old, now)
        starts = to_us(now + lead)
        ends = starts + to_us(now + overlap) - to_us(now)

        def ending(row: KeyRow) -> KeyRow:
            _require_in_use(row, now)
            return row._replace(retiring_at=starts, retired_at=ends)

        new = self._made(algorithm_of_row(old), now + lead)
        ended, made = self._kept([(old, ending, "rotated"), (new, _as_it_is, "added")], by)
        return ended, made

    # --- a key ends ------------------------------------------------------------------------------------------

    def retire(self, owner: str, kid: str, at: datetime, by: str) -> KeyRow:
        """A key that is not believed from an instant on; what it signed before stands.

        Raises:
            CallError: No such key.
        """
        row = self._known.one(owner, kid)
        return self._kept([(row, lambda now: now._replace(retired_at=to_us(at)), "retired")], by)[0]

    def revoke(self, owner: str, kid: str, since: datetime | None, reason: str, by: str, now: datetime) -> Revoked:
        """Believe a key no more. What it signed since it leaked is doubted, and whom that concerns looked at.

        Raises:
            CallError: No such key, no reason, or ``since`` lies ahead.
        """
        if not reason.strip() or not by.strip():
            raise CallError(
                Words(
                    "revoking a key needs a reason and who does it: --reason TEXT --by NAME",
                    "吊销密钥须注明理由和操作人：--reason 理由 --by 姓名",
                )
            )
        if since is not None and since > now:
            raise CallError(
                Words(
                    f"--compromised-since: found {since.isoformat()}, expected an instant that is past",
                    f"--compromised-since：现为 {since.isoformat()}，应为过去的时刻",
                )
            )
        known = self._known.one(owner, kid)
        acting = self._operators.one(by)
        early = [] if since is None else self._known.signed(owner, known.kid, since)

        def unit(tx: Tx) -> Revoked:
            row = _revoked(_now(known, tx), since, now)
            late = [] if since is None else signed_by(owner, row.kid, since, tx.session, early[-1].seq if early else -1)
            found, entry = [*early, *late], tx.new_id()
            persons = self._doubt(row, [each.transmission for each in found], tx)
            tx.session.run(sql.set_key, row._asdict())
            about = _about(row) | {"actor": acting.member(tx), "count": len(found)}
            said = self._enclosures.keep(entry, "reason", reason.encode(), tx)
            tx.log(
                "keyring",
                entry=entry,
                outcome="revoked",
                reason=said,
                since=None if since is None else stamp(since),
                **about,
            )
            return Revoked(row, found, persons)

        revoked = self._writer.call(unit)
        self._book.invalidate()
        return revoked

    def _doubt(self, row: KeyRow, transmissions: Sequence[str], tx: Tx) -> int:
        doubt = {"owner": row.owner, "kid": row.kid, "at": tx.now_us}
        for each in transmissions:
            tx.session.run(sql.doubt, {**doubt, "transmission": each})
        persons = persons_of(transmissions, tx.session)
        for person in persons:
            tx.due(person, at=tx.now, because="operator")
        return len(persons)

    # --- what all have in common -----------------------------------------------------------------------------

    def _made(self, algorithm: Algorithm, start: datetime) -> KeyRow:
        public = public_jwk(self._vault.make(algorithm), algorithm)  # held before it is known: it can be used
        return KeyRow(OWN, public["kid"], algorithm, orjson.dumps(public).decode(), "made", 0, to_us(start))

    def _entered(self, row: KeyRow, taken: Words, by: str | Sequence[str], also: Sequence[Acting] = ()) -> KeyRow:
        """A key that is somebody else's, kept if its name is free and nobody has revoked it under any."""

        def require_new(tx: Tx) -> None:
            if any(each.kid == row.kid for each in self._known.within(row.owner, tx.session)):
                raise CallError(taken)
            revoked = self._known.revoked_within(tx.session).get(coordinates(row.public))
            if revoked is not None:
                raise CallError(
                    Words(
                        f"found the key that was revoked as {revoked.kid!r}; it is believed under no other name",
                        f"该密钥已作为 {revoked.kid!r} 吊销，不得以其他名称登记",
                    ),
                    cure=Words("ask its owner for a new key pair", "请其所有者重新生成密钥对"),
                )

        return self._kept([(row, _as_it_is, "added")], by, also, require_new)[0]

    def _kept(
        self,
        changes: Sequence[tuple[KeyRow, Change, str]],
        by: str | Sequence[str],
        also: Sequence[Acting] = (),
        require: Callable[[Tx], None] = lambda _tx: None,
    ) -> list[KeyRow]:
        names = [by] if isinstance(by, str) else by
        if not any(each.strip() for each in names):
            raise CallError(Words("a change of keys needs who does it: --by NAME", "变更密钥须注明操作人：--by 姓名"))
        acting = self._operators.named(names)

        def unit(tx: Tx) -> list[KeyRow]:
            require(tx)
            for each in also:
                each.member(tx)
            actor, rows = acting.member(tx), []
            for known, change, outcome in changes:
                row = change(_now(known, tx))
                kept = row._replace(added_at=row.added_at or tx.now_us)
                tx.session.run(sql.set_key, kept._asdict())
                tx.log("keyring", outcome=outcome, actor=actor, **_about(kept))
                rows.append(kept)
            return rows

        rows = self._writer.call(unit)
        self._book.invalidate()
        return rows


def _now(known: KeyRow, tx: Tx) -> KeyRow:
    """A key as it stands in this commit: what was read before it may have been overtaken, by a revocation above all."""
    return tx.session.one(sql.key_to_change, {"owner": known.owner, "kid": known.kid}) or known


def _as_it_is(row: KeyRow) -> KeyRow:
    return row


def _revoked(row: KeyRow, since: datetime | None, now: datetime) -> KeyRow:
    began = row.compromised_since if since is None else min(to_us(since), row.compromised_since or to_us(since))
    return row._replace(revoked_at=row.revoked_at or to_us(now), compromised_since=began)


def _require_in_use(row: KeyRow, now: datetime) -> None:
    if (state := life_of(row).state(now)) != "active":
        raise CallError(
            Words(
                f"key {row.kid!r} is {state}; only one in use is rotated: `licet keys new`",
                f"密钥 {row.kid!r} 的状态为 {state}；只能轮换使用中的密钥：`licet keys new`",
            )
        )


def _about(row: KeyRow) -> dict[str, Any]:
    instance = row.owner if row.owner not in (OWN, SIGNERS) else None
    return {"kid": row.kid, "connector": instance, "person": row.person}
