"""What helps others to help: versions, settings, findings, states and figures; nobody's name, number or secret."""

import os
import platform
import re
import sqlite3
import ssl
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import SecretStr

from hub.clock import from_us, stamp
from hub.config.folder import HubFolder
from hub.doctor.ends import values_of
from hub.doctor.outward import Redacted, outward
from hub.doctor.visit import Visit
from hub.store.statement import Connection, Query
from hub.store.tables import access, alarms, connectors, doors, log, looks
from hub.views import status
from schemas.errors import ConfigError, LicetError
from schemas.words import Words

ENTRIES = 2000
"""So many of the last entries are counted by what they say."""
_SHORTEST = 8
"""What is shorter than that cannot be told from a figure."""
LEFT_OUT = Words(
    "left out altogether: people and what they are called anywhere, entries, messages, keys, positions' texts",
    "一律不含：人员及其各系统标识、日志条目、报文、密钥、岗位文件原文",
)
_COUNTED: Mapping[str, Query[looks.Counted]] = {
    "quarantined": looks.unread_by_code,
    "doors": looks.doors_by_state,
    "notices": looks.notices_by_state,
    "cases": looks.cases_by_state,
    "scopes": looks.scopes_by_post,
}


class Bundle(NamedTuple):
    """The files of a bundle, what was redacted in each, and whether any of it could not be looked at."""

    files: Mapping[str, bytes]
    redacted: Mapping[str, Sequence[str]]


def bundle(visit: Visit, now: datetime) -> Bundle:
    """Everything that would be handed on, as of now."""
    findings = list(visit.findings())
    blind: dict[str, str] = {}
    for each in findings:
        if each.state == "unseen":
            blind.setdefault(each.topic, each.code or "unseen")
    redacted = Redacted()
    settings = {"not_taken": blind["folder"]} if "folder" in blind else redacted.settings(visit.folder)
    peers: Sequence[str] = ()
    known: dict[str, Any] = {"states.json": {"not_taken": blind.get("folder") or blind.get("store", "")}}
    if not {"folder", "store"} & blind.keys():
        with visit.parts.database.reading() as session:
            peers = [each.peer for each in session.all(connectors.peers, {})]
            known = {"states.json": _states(visit, session), "codes.json": _codes(session)}
        known["metrics.txt"] = _metrics(visit)
    known |= {"about.json": _about(now), "settings.json": settings}
    known["findings.json"] = list(outward(findings, visit.path, peers))
    files = {name: _bytes(value) for name, value in sorted(known.items())}
    if "folder" not in blind:
        _require_no_secret(files, visit.folder)
    return Bundle(files, {"settings.json": redacted.places})


def write(made: Bundle, file: Path, now: datetime) -> None:
    """Write it as a new file that only its owner may read.

    Raises:
        ConfigError: There is such a file.
    """
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        words = Words(f"{file} is there already; name another file: -o FILE", f"{file} 已存在，请用 -o 指定其他文件")
        raise ConfigError(words, "config.file") from error
    try:
        with os.fdopen(opened, "wb") as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in made.files.items():
                archive.writestr(zipfile.ZipInfo(f"licet-support/{name}", now.timetuple()[:6]), content)
    except OSError as error:  # a disk that is full does not say of which file; half a bundle helps nobody
        file.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from error


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _about(now: datetime) -> dict[str, Any]:
    names = sorted({_name(each) for each in requires("licet") or ()})
    libraries = {name: found for name in names if (found := _version(name))}
    machine = {"system": platform.system(), "release": platform.release(), "machine": platform.machine()}
    python = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "openssl": ssl.OPENSSL_VERSION}
    return {"taken_at": stamp(now), "licet": version("licet"), **python, **machine, "libraries": libraries}


def _name(requirement: str) -> str:
    return re.split(r"[;<>=\[ ]", requirement, maxsplit=1)[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _states(visit: Visit, session: Connection) -> dict[str, Any]:
    """How everything stands, in figures and codes."""
    counted = {
        name: [{"kind": each.kind, "state": each.state, "items": each.items} for each in session.all(query, {})]
        for name, query in _COUNTED.items()
    }
    raised = [each._asdict() for each in session.all(alarms.alarm_counts, {})]
    modes = [each._asdict() for each in session.all(access.modes, {})]
    halted = Counter((each.sink, each.code) for each in session.all(doors.halts, {}))
    halts = [{"sink": sink, "code": code, "targets": count} for (sink, code), count in sorted(halted.items())]
    peers = Counter((each.connector, each.status) for each in session.all(connectors.peers, {}))
    devices = [{"connector": name, "status": how, "peers": count} for (name, how), count in sorted(peers.items())]
    systems = [_system(each) for each in visit.connectors()]
    own = {"connectors": systems, "peers": devices, "alarms": raised, "modes": modes, "halts": halts}
    return {**own, **counted}


def _system(each: status.ConnectorStatus) -> dict[str, Any]:
    """How a connector stands; what its last poll said of single rows is left out."""
    known = each.json()
    return {name: value for name, value in known.items() if name != "summary"}


def _codes(session: Connection) -> list[dict[str, Any]]:
    """What the last entries say, counted: kind, instance, code; and when each was last said."""
    head = session.one(log.head, {})
    after = (0 if head is None else head.size) - ENTRIES - 1
    counts: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], str] = {}
    for row in session.all(log.whole_entries_after, {"seq": max(after, -1), "limit": ENTRIES}):
        said = (row.kind, row.connector or "", str(orjson.loads(row.body).get("code") or ""))
        counts[said] += 1
        last[said] = stamp(from_us(row.at))
    return [
        {"kind": kind, "connector": connector, "code": code, "entries": count, "last_at": last[kind, connector, code]}
        for (kind, connector, code), count in sorted(counts.items())
    ]


def _metrics(visit: Visit) -> bytes:
    parts = visit.parts
    titles = {name: each.spec.title for name, each in visit.folder.instances.items()}
    return status.metrics(parts.database, titles, others=[parts.controls], messenger=parts.messenger)


def _require_no_secret(files: Mapping[str, bytes], folder: HubFolder) -> None:
    """See once more that no secret of the folder stands in what is handed on, whatever put it there."""
    for secret in _secrets(folder):
        if len(secret) >= _SHORTEST and (inside := [name for name, content in files.items() if secret in content]):
            words = Words(
                f"a secret of the hub stands in {inside[0]}; nothing is written", f"{inside[0]} 含有密钥，未写出"
            )
            raise ConfigError(words, "config.secret")


def _secrets(folder: HubFolder) -> Iterator[bytes]:
    yield folder.api_token.encode()
    for instance in folder.instances.values():
        for _place, value in values_of(instance.settings, ""):
            if isinstance(value, SecretStr):
                yield value.get_secret_value().encode()
    try:
        yield folder.master_key
        yield folder.keys_secret
        if folder.settings.keys.pin:
            yield folder.module_pin.get_secret_value().encode()
    except LicetError:  # what is not there is in no file
        return
