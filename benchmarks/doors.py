"""Revocations at other doors than SCIM, as in ``revoke``: a directory (OpenLDAP's slapd), and a receiver of signals.

2,000 people in groups of 20; 50 pushes a second for 40 s, all of them revocations. At the directory a revocation counts
from the answer of its push to its ``confirmed`` entry, and at the end the directory is asked who is inside. A receiver
of signals confirms nothing: there it counts to the moment at which the receiver has verified and taken the token.
The directory's own time is that of three requests by the same client: compare, remove, compare.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import ldap3
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey

from benchmarks import revoke, site
from tests.contract import signal_receiver, slapd

PEOPLE, RATE = 2000, 50
PATIENCE_SECONDS = 120.0
_DIRECTORY = f"""
[connectors.iam]
adapter = "access/ldap"
identifiers = "roster"
url = "ldap://127.0.0.1:{{port}}"
bind_dn = "{slapd.ADMIN}"
password = "file:keys/directory.password"
people_base = "ou=people,{slapd.SUFFIX}"
groups_base = "ou=groups,{slapd.SUFFIX}"
"""
_RECEIVER = f"""
[connectors.iam]
adapter = "access/shared_signals"
identifiers = "roster"
issuer = "{signal_receiver.ISSUER}"
audience = "{signal_receiver.AUDIENCE}"
endpoint_url = "{{url}}/events"
authorization = "file:keys/receiver.token"
key = "file:keys/signals.pem"
subject_format = "opaque"
allow_private_address = true
"""
_CHANGE = f"{signal_receiver.CAEP}credential-change"
Seen = Callable[[], Mapping[int, float]]
"""When each person was first seen to be out."""


def measure_directory() -> dict[str, float]:
    """slapd_p50_ms, slapd_p99_ms, slapd_own_ms, slapd_cpu_ms."""
    return measured_directory(PEOPLE)


def measured_directory(people: int) -> dict[str, float]:
    """The same with another number of people, a multiple of 20."""
    if why := slapd.missing():
        raise SystemExit(why)
    with tempfile.TemporaryDirectory() as place, slapd.running(Path(place)) as directory:
        home, table = Path(place) / "hub", _DIRECTORY.format(port=directory.port)
        secrets = {"directory.password": slapd.PASSWORD}
        revoke.build_at(home, {"iam": _Directory(directory)}, table, people, secrets)
        own = _own_time(directory)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            revoke.wait_until_delivered(home)
            watcher = revoke.Watcher(home, people)
            times, cpu = _pushed(hub, home, people, lambda: watcher.closed)
            watcher.stop()
        inside = {each for n in range(people // revoke.GROUP) for each in directory.members_of(f"room-{n:03d}")}
        assert inside == {slapd.NOBODY}, "what was confirmed is not what is true"
    return {**_figures("slapd", times), "slapd_own_ms": own, "slapd_cpu_ms": cpu}


def measure_receiver() -> dict[str, float]:
    """signals_p50_ms, signals_p99_ms, signals_cpu_ms."""
    return measured_receiver(PEOPLE)


def measured_receiver(people: int) -> dict[str, float]:
    """The same with another number of people, a multiple of 20."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = RSAKey.import_key(pem)
    public = {**key.as_dict(private=False), "kid": key.thumbprint()}
    secrets = {"receiver.token": signal_receiver.TOKEN, "signals.pem": pem.decode()}
    with tempfile.TemporaryDirectory() as place, signal_receiver.receiving() as receiver:
        receiver.keys = lambda: {"keys": [public]}
        home, table = Path(place) / "hub", _RECEIVER.format(url=receiver.url)
        revoke.build_at(home, {"iam": _Strangers()}, table, people, secrets)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            revoke.wait_until_delivered(home)
            assert sum(map(len, receiver.inside.values())) == people, "everybody was let in"
            times, cpu = _pushed(hub, home, people, lambda: _told(receiver))
        assert not any(receiver.inside.values()), "who was revoked is not inside"
    return {**_figures("signals", times), "signals_cpu_ms": cpu}


def _pushed(hub: site.Server, home: Path, people: int, seen: Seen) -> tuple[list[float], float]:
    """Milliseconds from the answer of each push until its person was seen to be out, and of CPU a push."""
    cpu = hub.cpu()
    _began, answered = revoke.push_all(hub.url, home, ((n, "suspended") for n in range(people)), RATE)
    ends = time.monotonic() + PATIENCE_SECONDS
    while seen().keys() < set(range(people)):
        assert time.monotonic() < ends, f"{people - len(seen())} were not seen to be out"
        time.sleep(0.05)
    cpu = hub.cpu() - cpu
    out = seen()
    return [(out[n] - answered[n]) * 1000 for n in range(people)], cpu / people * 1000


def _figures(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p50_ms": median(times), f"{name}_p99_ms": quantiles(times, n=100)[98]}


def _told(receiver: signal_receiver.Receiver) -> dict[int, float]:
    with receiver.lock:
        taken = dict(receiver.taken)
    out: dict[int, float] = {}
    for jti, claims in taken.items():
        if claims["events"].get(_CHANGE, {}).get("change_type") == "revoke":
            out[int(claims["sub_id"]["id"].removeprefix("E"))] = receiver.taken_at[jti]
    return out


class _Directory:
    """slapd as a peer of the bench; a group may not be empty, so somebody always stands in it."""

    def __init__(self, directory: slapd.Slapd) -> None:
        self._directory = directory

    def add_user(self, employee_no: str, name: str) -> None:
        self._directory.add_person(employee_no)

    def add_group(self, name: str, members: Sequence[str] = ()) -> None:
        self._directory.add_group(name, [slapd.NOBODY, *map(_dn, members)])


class _Strangers:
    """A receiver of signals knows nobody beforehand."""

    def add_user(self, employee_no: str, name: str) -> None:
        pass

    def add_group(self, name: str, members: Sequence[str] = ()) -> None:
        pass


def _dn(number: str) -> str:
    return f"uid={number.lower()},ou=people,{slapd.SUFFIX}"


def _own_time(directory: slapd.Slapd) -> float:
    """What three requests to the directory take: compare, remove, compare."""
    group, person, times = f"cn=room-000,ou=groups,{slapd.SUFFIX}", _dn("E0000"), []
    connection: Any = directory.connect()
    for _ in range(20):
        began = time.perf_counter()
        connection.compare(group, "member", person)
        connection.modify(group, {"member": [(ldap3.MODIFY_DELETE, [person])]})
        connection.compare(group, "member", person)
        times.append((time.perf_counter() - began) * 1000)
        connection.modify(group, {"member": [(ldap3.MODIFY_ADD, [person])]})
    connection.unbind()
    return median(times)
