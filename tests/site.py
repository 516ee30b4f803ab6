"""A hub as a user has it: a folder, ``licet serve`` as a process, a real SCIM server behind a recording proxy."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from connectors.simulators import roster_csv
from connectors.simulators.authority import Authority, load_key
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.store.database import Database
from hub.store.version import StoreVersionError
from tests.ports import free_port
from tests.started import Started, ran

POSITION = """
id = "post"
name = {{ zh = "岗位", en = "Post" }}
risk = "medium"
[credential.licence]
issuer = "authority"
name = {{ zh = "证书", en = "Licence" }}
[[ladder]]
scope = "full"
needs = ["licence"]
[targets.iam]
full = [{groups}]
"""


HERE = Path()
PATIENCE_SECONDS = 300.0
"""Nothing takes that long, however busy the machine is."""

_sites: "list[Site]" = []


@dataclass
class Site:
    """One hub folder and the process that serves it, which ends with the test or module that made this."""

    home: Path
    port: int
    process: "Started | subprocess.Popen[str] | None" = None
    environment: dict[str, str] = field(default_factory=dict)
    alone: bool = False
    """Whether a Python of its own reads all that it serves with."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __post_init__(self) -> None:
        _sites.append(self)

    def start(self, errors: int | None = None) -> None:
        """Serve; ``errors`` says where its standard error goes."""
        urls = self.serve("--listen", f"127.0.0.1:{self.port}", errors=errors)
        assert urls == [self.url]

    def serve(self, *options: str, errors: int | None = None) -> list[str]:
        """Serve where the options or the settings say; the URLs of what listens."""
        arguments = ("serve", "-c", str(self.home), *options)
        begin = _python if self.alone else Started
        self.process = begin(arguments, errors=errors, environment=self.environment)
        assert self.process.stdout is not None
        ready, *urls = self.process.stdout.readline().split() or [""]
        assert ready == "ready", ready
        return urls

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process; asked to, it ends well."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == (0 if how == signal.SIGTERM else -how), self.process.returncode
        self.process = None

    def kill(self) -> None:
        """See that no process is left, however the test ended."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            process.communicate()

    def get(self, path: str) -> Any:
        token = (self.home / "keys" / "api.token").read_text()
        request = urllib.request.Request(self.url + path, headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.loads(answer.read())

    def status(self, path: str) -> tuple[int, str]:
        """Code and text of what needs no token; 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except (URLError, ConnectionError, TimeoutError, OSError):
            return 0, ""

    def metrics(self) -> str:
        """What a scraper reads."""
        token = (self.home / "keys" / "api.token").read_text()
        request = urllib.request.Request(f"{self.url}/metrics", headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            text: str = answer.read().decode()
        return text

    def addressed(self) -> None:
        """Have the hub know the address by which others reach it."""
        settings = (self.home / "licet.toml").read_text(encoding="utf-8")
        assert settings.count("[hub]\n") == 1
        told = settings.replace("[hub]\n", f'[hub]\npublic_url = "{self.url}"\n')
        (self.home / "licet.toml").write_text(told, encoding="utf-8")

    def on(self, store: str) -> None:
        """Have the hub keep everything at this URL."""
        settings = (self.home / "licet.toml").read_text(encoding="utf-8")
        assert "sqlite:///data/licet.db" in settings
        (self.home / "licet.toml").write_text(settings.replace("sqlite:///data/licet.db", store), encoding="utf-8")

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method="POST")
        try:
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                    return answer.status, answer.read()
            except HTTPError as error:
                return error.code, error.read()
        except (OSError, HTTPException):  # nobody there, gone in the middle of an answer, or too slow
            return 0, b""

    def handshake(self, serial: str) -> None:
        query = f"SN={serial}&options=all&pushver=2.4.1&DeviceType=att&language=83"
        urllib.request.urlopen(f"{self.url}/iclock/cdata?{query}", timeout=PATIENCE_SECONDS).read()

    def authority(self) -> Authority:
        key = load_key(self.home / "keys" / "demo" / "authority.pem")
        return Authority(f"{self.url}/in/authority", key, "demo-ca-1", "urn:authority:demo-ca")

    def command(self, *arguments: str, of: Path | None = HERE) -> "subprocess.CompletedProcess[str]":
        """Run ``licet`` of this hub, or (``of=None``) of none."""
        called = (*arguments, *(() if of is None else ("-c", str(self.home))))
        return ran(called, PATIENCE_SECONDS, self.environment)

    @contextmanager
    def parts(self) -> Iterator[Assembly]:
        folder = read_folder(self.home)
        try:
            Database(folder.database_url).close()
        except StoreVersionError:  # before the first start
            with Assembly(folder, deciding=True) as first:
                _ = first.writer
        with Assembly(folder) as parts:
            yield parts

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.home / 'data' / 'licet.db'}?mode=ro", uri=True)) as store, store:
            return store.execute(sql).fetchall()

    def balanced(self) -> bool:
        words = "applied + duplicate + ignored + held + quarantined + discarded"
        return not self.rows(f"SELECT connector FROM connectors WHERE received <> {words}")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [
            json.loads(body) for (body,) in self.rows(f"SELECT body FROM entries WHERE kind = '{kind}' ORDER BY seq")
        ]

    def who(self, actor: dict[str, str] | list[dict[str, str]]) -> list[str]:
        """The names that the hub keeps sealed of those whom an entry names by token."""
        tokens = [each["id"] for each in (actor if isinstance(actor, list) else [actor])]
        with self.parts() as parts, parts.database.reading() as session:
            return [parts.directory.name_of(token, session)[1] for token in tokens]

    def enclosed(self, entry: dict[str, Any], member: str) -> bytes | None:
        """What an entry commits to and the hub keeps sealed."""
        with self.parts() as parts, parts.database.reading() as session:
            return parts.enclosures.content(entry["id"], member, session)

    def enforce(self) -> None:
        with self.parts() as parts:
            for name in ("iam", "post"):
                parts.enforcement.enforce(name, datetime.now(UTC), ["A", "B"])


def _python(arguments: Sequence[str], *, errors: int | None, environment: dict[str, str]) -> "subprocess.Popen[str]":
    command, own = [sys.executable, "-m", "hub", *arguments], {**os.environ, **environment}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=own)


def sites() -> Sequence[Site]:
    """Those that this process has made and not ended yet."""
    return tuple(_sites)


def build(
    home: Path, *, scim_url: str = "http://127.0.0.1:9", people: int = 3, groups: Sequence[str] = ("room",)
) -> Site:
    """A folder with one position ``post`` that needs credential ``licence`` and opens ``groups`` at ``iam``."""
    scaffold.write(home, "datacentre", demo=True)
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    settings = settings.replace("http://127.0.0.1:8711/v2", f"{scim_url}/v2").replace(
        'every = "60 seconds"', 'every = "1 seconds"'
    )
    settings = settings.replace(
        "allow_private_address = true", 'allow_private_address = true\ntoken = "file:keys/scim.token"'
    )
    (home / "licet.toml").write_text(settings, encoding="utf-8")
    scaffold.secret(home / "keys" / "scim.token", b"for-tests-only")
    for each in (home / "positions").glob("*.toml"):
        each.unlink()
    shutil.rmtree(home / "cases")  # those of the positions that are gone
    names = ", ".join(f'"{group}"' for group in groups)
    (home / "positions" / "post.toml").write_text(POSITION.format(groups=names), encoding="utf-8")
    next_year = home / "calendar" / f"{datetime.now(UTC).year + 1}.toml"
    next_year.write_text("holidays = []\n", encoding="utf-8")  # or there is an alarm from November on
    write_roster(home, range(people))
    return Site(home, free_port())


def write_roster(home: Path, people: Sequence[int] | range, plan: Sequence[dict[str, str]] = ()) -> None:
    rows = []
    for n in people:
        row = {"employee_no": f"E{n}", "name": f"人{n}", "language": "zh", "mail": f"e{n}@example.cn"}
        row |= {"position": "post", "starts_on": "2026-01-01"}
        rows.append(row | {"id:terminals": str(n), "id:lms": f"l{n}", "id:authority": f"r{n}"})
    roster_csv.write_people(home / "roster", rows)
    roster_csv.write_plan(home / "roster", plan)


def order(n: int, status: str, sequence: int, **more: Any) -> dict[str, Any]:
    """An order for the authority about the licence of person ``n``."""
    base = {"status": status, "number": f"L-{n}", "holder": f"r{n}", "credential": "licence", "sequence": sequence}
    return {**base, "valid_from": "2024-01-01", "valid_until": "2099-12-31", **more}


@contextmanager
def ended_afterwards() -> Iterator[None]:
    """Whatever hub is made meanwhile, none of its processes is left."""
    before = len(_sites)
    try:
        yield
    finally:
        for site in _sites[before:]:
            site.kill()
        del _sites[before:]


def until(what: Callable[[], object], sentence: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is true outside."""
    end = time.monotonic() + seconds
    looked = time.thread_time()
    while not what():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {sentence}"
        # Looking takes no more than a third of the time that others could work.
        cost, looked = time.thread_time() - looked, time.thread_time()
        time.sleep(max(0.02, 2 * cost))
