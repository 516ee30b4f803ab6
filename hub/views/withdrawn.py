"""Which certificates do not hold though their days are not over: the lists of bits that the hub serves to anybody."""

from collections.abc import Iterator
from datetime import datetime
from threading import Lock

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.certificates.credential import PER_LIST, PURPOSES
from hub.certificates.facts import Issuer
from hub.certificates.signature import sign_credential
from hub.certificates.standing import standing_of
from hub.certificates.status_list import list_of
from hub.clock import Clock
from hub.decision.kept import load
from hub.store.database import Database
from hub.store.tables import certificates as sql
from hub.store.tables.certificates import PlacedCertificate
from schemas.decision import Issued

LEAST_SECONDS, SHARE = 1.0, 50
"""A list is served so many seconds at least, and so many times what it took to make: who asks is nobody we know."""
_BY_DATE = ("holds", "not_yet", "over")
_FINAL = ("revoked", "superseded", "replaced")


class StatusLists:
    """Makes the lists, and keeps each for a while. Whoever is undecided is not said to hold."""

    def __init__(self, database: Database, hub: Issuer, key: Ed25519PrivateKey, clock: Clock) -> None:
        self._database = database
        self._hub = hub
        self._key = key
        self._clock = clock
        self._made: dict[int, tuple[float, dict[str, str]]] = {}
        self._lock = Lock()

    def signed(self, purpose: str, n: int) -> str | None:
        """The signed list of a purpose; nothing where there is no such list.

        The first one is there before the first certificate is.
        """
        if purpose not in PURPOSES or not self._hub.url:
            return None
        with self._lock:
            began = self._clock.monotonic()
            until, lists = self._made.get(n, (began, {}))
            if began >= until:
                lists = self._lists(n)
                if not lists:
                    return None
                ends = self._clock.monotonic()
                self._made[n] = ends + max(LEAST_SECONDS, SHARE * (ends - began)), lists
            return lists[purpose]

    def _lists(self, n: int) -> dict[str, str]:
        """The lists of a number, of both purposes, as of one instant."""
        now, first = self._clock.now(), n * PER_LIST
        with self._database.reading() as session:
            [last] = session.all(sql.last_place, {})
            if first > (last.place or 0):
                return {}
            rows = session.all(sql.certificates_placed, {"first": first, "bound": first + PER_LIST})
        set_at: dict[str, list[int]] = {purpose: [] for purpose in PURPOSES}
        for place, purpose in _withdrawn(rows, now):
            set_at[purpose].append(place)
        hub, url = self._hub
        made = {p: list_of(places, hub=hub, url=url, purpose=p, n=n, now=now) for p, places in set_at.items()}
        return {purpose: sign_credential(each, self._key) for purpose, each in made.items()}


def _withdrawn(rows: list[PlacedCertificate], now: datetime) -> Iterator[tuple[int, str]]:
    """Place and purpose of each that does not hold, but for what its own days say."""
    for row in rows:
        issued = orjson.loads(row.issued)
        if row.standing is not None and _is_held(issued, orjson.loads(row.standing)):
            continue
        standings = () if row.standing is None else (load(row.standing),)
        state = standing_of(Issued.model_validate_json(row.issued), standings, now).state
        if state not in _BY_DATE:
            yield row.place, "revocation" if state in _FINAL else "suspension"


def _is_held(issued: dict[str, str], standing: dict[str, list[dict[str, str]]]) -> bool:
    """Whether the holder has the credential by this very number: nearly all do, and it is seen without more."""
    known = (issued["credential"], issued["number"], "active")
    return any((each["credential"], each["number"], each["status"]) == known for each in standing["credentials"])
