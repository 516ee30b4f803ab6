"""Punches of ZKTeco terminals that push over HTTP (PUSH / ADMS, paths under ``/iclock/``).

Wire:    The terminal is the HTTP client: handshake, uploads of text lines, polls for commands; answers are plain text.
Trust:   The serial in the query, a claim anyone can make, so an operator approves each; optional communication key.
Repeats: An upload is sent again until answered with the count of its lines; it is known by its digest.
Source:  PUSH attendance 2.x and security 3.x, as servers and measured terminals speak them; the dialects differ.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr

from connectors.port import Command, CommandResult, Kept, PeerState, Reception, Reply, Request, Spec
from connectors.reply import wait
from schemas.errors import LicetError, RejectedError, TrustError, UnavailableError, status_of
from schemas.record import ZoneName
from schemas.transmission import Transmission

Dialect = Literal["att2", "acc3", "legacy", "lan-agent"]
_Commands = Sequence[Command]
Memory = Mapping[str, Any]
"""What is kept of one terminal; see ``ZktecoPush``. Never changed in place."""

_SERIAL = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TABLE = re.compile(r"[A-Za-z0-9_]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_PUNCHES = {"ATTLOG": "ATTLOG", "RTLOG": "rtlog"}
_COUNTED = frozenset({"OPERLOG", "BIODATA"})
_WITHOUT_PUNCHES = frozenset({"RTSTATE", "OPTIONS", "ATTPHOTO", "USERPIC", "BIOPHOTO", "FACE", "FINGERTMP", "ERRORLOG"})
_PEOPLE = frozenset(
    {
        "user",
        "identitycard",
        "templatev10",
        "biophoto",
        "attphoto",
        "biodata",
        "userpic",
        "facev7",
        "face",
        "fvtemplate",
    }
    | {"extuser", "mulcarduser", "userauthorize", "timezone", "holiday", "errorlog"}
)
"""Tables of ``tabledata`` that hold no punches but people and their biometric traits: counted and dropped."""
_BIOMETRIC = re.compile(rb"(?i)\b(?:tmp|template|content|photo|facedata)=|\x00")
_LOG_CHANGED = {"21": "clock set", "22": "factory reset", "23": "records deleted"}
_FACTS = frozenset(
    {
        "pushver",
        "DeviceType",
        "language",
        "DeviceName",
        "FirmVer",
        "FWVersion",
        "PushVersion",
        "LockCount",
        "ReaderCount",
    }
    | {"MaxAttLogCount", "MaxUserCount", "UserCount", "TransactionCount", "FaceCount", "FPCount"}
)
"""Of all that a terminal says about itself only this is kept: the rest may hold passwords."""
_QUERY = "DATA QUERY ATTLOG "
_WINDOW = re.compile(_QUERY + r"StartTime=(?P<start>.{19})\tEndTime=(?P<end>.{19})")
_MAX_CHANGES, _PER_POLL = 20, 5
_WRONG_DIALECT: dict[tuple[str, str], Dialect] = {("att2", "-629"): "acc3", ("acc3", "-1004"): "att2"}


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator sets for the terminals of one time zone."""

    zone: ZoneName = Field(default="Asia/Shanghai", description="Time zone of the terminals' clocks.")
    delay_seconds: int = Field(default=10, ge=1, le=300, description="Seconds between two polls of a terminal.")
    gap_seconds: int = Field(default=120, ge=10, description="Silence from which on missing punches are asked for.")
    query_every_seconds: int = Field(default=3600, ge=60, description="Seconds between two routine questions for them.")
    comm_key: SecretStr | None = Field(default=None, description="Communication key set at the terminals, if any.")
    dialects: dict[str, Dialect] = Field(default_factory=dict, description="Serial to dialect, where it misannounces.")


class ZktecoPush:
    """Receives punches; asks a 2.x terminal for those made while it could not reach us, which it keeps to itself.

    ``memory`` of a terminal: ``dialect`` and what was ``announced``; ``options`` it stated; ``registry`` code;
    ``keyed`` once it showed the communication key; ``known_since``; ``queried_at``; ``gap_since`` while punches may be
    missing, and ``gap_noted_at``; ``log_changed``, a list of ``{code, at, what}`` in the terminal's own time.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._zone = ZoneInfo(settings.zone)
        self._gap = timedelta(seconds=settings.gap_seconds)
        self._every = timedelta(seconds=settings.query_every_seconds)
        self._routes: dict[str, _Route] = {
            "cdata": self._cdata,
            "registry": self._register,
            "push": self._parameters,
            "getrequest": self._poll,
            "querydata": self._table_data,
            "rtdata": self._time,
        }

    def peer(self, request: Request) -> str:
        """The serial that the terminal claims.

        Raises:
            TrustError: There is none, or it is not of a serial's form.
        """
        serial = request.query.get("SN", "")
        if not _SERIAL.fullmatch(serial):
            raise TrustError("device.unknown", "no usable serial; expected SN=<1 to 64 letters, digits, . _ ->")
        return serial

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Answer a terminal in its dialect and hand on its punches, unread.

        Raises:
            TrustError: The serial is unknown, waits for approval, is retired, or the communication key is wrong.
        """
        serial, called = self.peer(request), _called(request.path)
        status = _standing(request, state, called)
        self._prove(request, state, called)
        memory = self._contact(request, state, serial)
        idle = status == "pending" and called == "getrequest"  # no commands before approval
        route = _other if idle else self._routes.get(called, _other)
        if called == "devicecmd":
            answer = self._results(request, memory, state.commands)
        else:
            answer = route(request, memory, serial)
        same = status == state.status and answer.memory is state.memory
        return Reception(
            answer.transmissions,
            state if same else state._replace(status=status, memory=answer.memory),
            answer.reply,
            complete_until=_complete_until(answer.memory, request) if status == "approved" else None,
            results=answer.results,
            asks=answer.asks,
            fetches=answer.fetches,
        )

    def history(self, peer: str, state: PeerState, since: datetime, until: datetime) -> str:
        """The command that asks a terminal for its punches of a time.

        Raises:
            RejectedError: Its dialect knows no such command.
        """
        dialect = self._dialect(state.memory, peer) or "unknown"
        if dialect != "att2":
            raise RejectedError("peer.rejected", f"a terminal of dialect {dialect} cannot be asked; only att2 can")
        return self._query(since, until)

    def failure(self, error: Exception) -> Reply:
        """A status that makes the terminal keep its log; never a reason why."""
        if isinstance(error, TrustError):
            return Reply(status_of(error.code), b"refused\n")
        if isinstance(error, UnavailableError):
            return Reply(status_of(error.code), b"ERROR\n", headers=wait(error))
        return Reply(status_of(error.code) if isinstance(error, LicetError) else 500, b"ERROR\n")

    def describe(self, state: PeerState) -> str:
        """The dialect of a terminal."""
        return str(state.memory.get("dialect", ""))

    def _prove(self, request: Request, state: PeerState, called: str) -> None:
        """Return if the communication key is right, or none is set.

        A terminal shows it at its handshake only; what it sends afterwards rests on that.
        """
        if self._settings.comm_key is None:
            return
        shown = request.query.get("pushcommkey")
        handshake = called == "cdata" and request.method == "GET"
        if shown is None and state.memory.get("keyed") and not handshake:
            return
        expected = self._settings.comm_key.get_secret_value().encode()
        if not hmac.compare_digest((shown or "").encode("utf-8", "surrogatepass"), expected):
            raise TrustError("auth.token", "communication key missing or wrong; expected the one of this instance")

    def _contact(self, request: Request, state: PeerState, serial: str) -> Memory:
        """Note what any request may show: that it is the first, that the key was right, that there was a silence."""
        memory = state.memory
        if state.status == "unknown":
            memory = {**memory, "known_since": request.arrived_at.isoformat()}
        if self._settings.comm_key is not None and not memory.get("keyed"):
            memory = {**memory, "keyed": True}
        last = state.last_contact_at
        silent = last is not None and request.arrived_at - last >= self._gap
        if silent and state.status == "approved" and self._dialect(memory, serial) == "att2":
            return _with_gap(memory, last.isoformat() if last else "", request.arrived_at.isoformat())
        return memory

    def _dialect(self, memory: Memory, serial: str) -> str:
        return self._settings.dialects.get(serial) or str(memory.get("dialect", ""))

    def _cdata(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        return (self._handshake if request.method == "GET" else self._upload)(request, memory, serial)

    def _handshake(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        if request.query.get("options") == "all":
            announced = _announced(request)
            if announced != memory.get("announced"):
                memory = {**_with_dialect(memory, announced), "announced": announced}
            memory = _with_facts(memory, request.query.items())
        if self._dialect(memory, serial) == "acc3" and "registry" not in memory:
            return _Answer(memory)  # it registers next, and asks again
        return _Answer(memory, reply=_says(f"GET OPTION FROM: {serial}\n" + self._options(request, memory, serial)))

    def _register(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        code = sha256(f"{self.name}\n{serial}".encode()).hexdigest()[:32]
        if memory.get("registry") != code:
            memory = {**memory, "registry": code}
        memory = _with_facts(_with_dialect(memory, "acc3"), _pairs(request.body, b","))
        return _Answer(memory, reply=_says(f"RegistryCode={code}\n"))

    def _parameters(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        return _Answer(memory, reply=_says(self._options(request, memory, serial)))

    def _options(self, request: Request, memory: Memory, serial: str) -> str:
        """What the terminal shall do. A 3.x terminal given the words of 2.x stays silent for ever, without an error."""
        acc3 = self._dialect(memory, serial) == "acc3"
        delay = self._settings.delay_seconds
        stamps = ("ATTLOGStamp", "OPERLOGStamp", "ATTPHOTOStamp", "BIODATAStamp", "ERRORLOGStamp")
        lines = {
            **({"registry": "ok", "RegistryCode": memory.get("registry", "")} if acc3 else {}),
            "ServerVer": "3.0.1" if acc3 else "2.2.14",
            "PushProtVer": "3.0.1" if acc3 else "2.4.1",
            **dict.fromkeys(stamps, "None"),
            "ErrorDelay": 30,
            "Delay": delay,
            **({"RequestDelay": delay} if acc3 else {}),
            "TransTimes": "00:00;14:05",
            "TransInterval": 1,
            **({"TransTables": "User Transaction"} if acc3 else {}),
            # Words: punches and operations only. What else a terminal could send is about bodies, and dropped.
            "TransFlag": "1111000000" if acc3 else "TransData AttLog OpLog",
            "TimeZone": _signed(request.arrived_at.astimezone(self._zone)),
            "Realtime": 1,
            "Encrypt": 0,
        }
        return "".join(f"{name}={value}\n" for name, value in lines.items())

    def _upload(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        body = request.body
        table = request.query.get("table") or ("ATTLOG" if body[:12].upper() == b"TABLE=ATTLOG" else "")
        if not body or body.isspace():
            return _Answer(memory)
        upper = table.upper()
        if upper in _PUNCHES:
            return self._punches(request, memory, serial, _PUNCHES[upper])
        if upper == "TABLEDATA":
            return self._table_data(request, memory, serial)
        if upper in _COUNTED:
            changed = _with_log_changes(memory, body) if upper == "OPERLOG" else memory
            return _Answer(changed, reply=_says(f"OK: {_lines(body)}\n"))
        if upper in _WITHOUT_PUNCHES:
            return _Answer(_with_facts(memory, _pairs(body, b",")) if upper == "OPTIONS" else memory)
        return _Answer(memory, self._unknown(request, memory, serial, table))

    def _punches(self, request: Request, memory: Memory, serial: str, form: str) -> "_Answer":
        memory = _with_dialect(memory, _seen(request, form, str(memory.get("dialect", ""))))
        taken = self._transmission(request, memory, serial, form)
        return _Answer(memory, (taken,), _counted if form == "ATTLOG" else _ok)

    def _table_data(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        name = request.query.get("tablename", "")
        if not request.body or not _TABLE.fullmatch(name):
            return _Answer(memory, self._unknown(request, memory, serial, name))
        kept = () if name.lower() in _PEOPLE else self._unknown(request, memory, serial, name)
        return _Answer(memory, kept, _says(f"{name}={_lines(request.body)}\n"))

    def _unknown(self, request: Request, memory: Memory, serial: str, table: str) -> tuple[Transmission, ...]:
        """A table nobody foresaw may hold punches: it is handed on, to be kept aside, unless it shows templates."""
        if not request.body or _BIOMETRIC.search(request.body):
            return ()
        return (self._transmission(request, memory, serial, table if _TABLE.fullmatch(table) else "unknown"),)

    def _transmission(self, request: Request, memory: Memory, serial: str, form: str) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type="text/plain",
            body=request.body,
            form=form,
            peer=serial,
            path=f"/iclock/cdata?table={form}",  # without the stamp, which may differ between two tries
            context={"device": serial, "zone": self._settings.zone, "dialect": self._dialect(memory, serial)},
        )

    def _poll(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        now = request.arrived_at
        if self._dialect(memory, serial) != "att2" or not self._due(memory, now):
            return _Answer(memory, reply=_orders, fetches=_PER_POLL)
        since = memory.get("gap_since") or memory.get("queried_at") or memory.get("known_since")
        start = (datetime.fromisoformat(since) if since else now - self._every) - self._gap
        asked = {**memory, "queried_at": now.isoformat()}
        return _Answer(asked, reply=_orders, asks=(self._query(start, now),), fetches=_PER_POLL)

    def _due(self, memory: Memory, now: datetime) -> bool:
        """Ask now? While punches may be missing sooner again, as the question or its answer may be lost."""
        queried_at = memory.get("queried_at")
        every = min(self._every, 5 * self._gap) if "gap_since" in memory else self._every
        return queried_at is None or now - datetime.fromisoformat(queried_at) >= every

    def _query(self, since: datetime, until: datetime) -> str:
        return f"{_QUERY}StartTime={self._local(since)}\tEndTime={self._local(until)}"

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _results(self, request: Request, memory: Memory, commands: _Commands) -> "_Answer":
        asked = {command.id: command.text for command in commands}
        results = []
        for number, result in _returns(request.body):
            text = asked.get(number)
            if text is None:
                continue
            failed = result.startswith("-")
            results.append(CommandResult(number, result[:16], failed))
            if not failed and self._answers(text, memory):
                memory = _without(_without(memory, "gap_since"), "gap_noted_at")
            other = _WRONG_DIALECT.get((str(memory.get("dialect", "")), result))
            memory = _with_dialect(memory, other) if other else memory
        return _Answer(memory, results=tuple(results))

    def _answers(self, text: str, memory: Memory) -> bool:
        """Whether a question for punches was about all of the silence that may have hidden some."""
        window = _WINDOW.fullmatch(text)
        if window is None or "gap_since" not in memory:
            return False
        since, noted = (datetime.fromisoformat(memory[name]) for name in ("gap_since", "gap_noted_at"))
        return window["start"] <= self._local(since) and self._local(noted) <= window["end"]

    def _time(self, request: Request, memory: Memory, serial: str) -> "_Answer":
        if request.query.get("type") not in ("time", "rttime"):
            return _Answer(memory)
        now = request.arrived_at.astimezone(self._zone)
        return _Answer(memory, reply=_says(f"DateTime={_zk_seconds(now)},ServerTZ={now:%z}\n"))


_OK = Reply(body=b"OK\n")


def _ok(_kept: Sequence[Kept], _commands: _Commands) -> Reply:
    return _OK


def _orders(_kept: Sequence[Kept], commands: _Commands) -> Reply:
    return Reply(body="".join(f"C:{each.id}:{each.text}\n" for each in commands).encode()) if commands else _OK


class _Answer(NamedTuple):
    """What a request comes to: see ``Reception``."""

    memory: Memory
    transmissions: tuple[Transmission, ...] = ()
    reply: "_Replier" = _ok
    results: tuple[CommandResult, ...] = ()
    asks: tuple[str, ...] = ()
    fetches: int = 0


_Replier = Callable[[Sequence[Kept], _Commands], Reply]
_Route = Callable[[Request, Memory, str], _Answer]


def _counted(kept: Sequence[Kept], _commands: _Commands) -> Reply:
    """All lines count, good or bad; a repeat hears the first count, or the terminal would send it for ever."""
    return Reply(body=b"OK: %d\n" % kept[0].total)


def _says(text: str) -> _Replier:
    reply = Reply(body=text.encode())
    return lambda _kept, _commands: reply


def _other(request: Request, memory: Memory, serial: str) -> _Answer:
    """Ping, key exchange, photos and paths nobody knows: a 404 would make some firmware ask for ever."""
    return _Answer(memory)


@lru_cache(maxsize=256)
def _called(path: str) -> str:
    """The word after ``/iclock/``; some firmware adds ``.aspx`` or a slash."""
    return path.removeprefix("/iclock/").rstrip("/").lower().removesuffix(".aspx")


def _opens(request: Request, called: str) -> bool:
    if called == "cdata":
        return request.method == "GET" and request.query.get("options") == "all"
    return called == "registry" and request.method == "POST"


def _standing(request: Request, state: PeerState, called: str) -> Literal["pending", "approved"]:
    """The status from now on, if the request may be served at all."""
    if state.status == "approved":
        return "approved"
    if state.status == "unknown" and not _opens(request, called):
        raise TrustError("device.unknown", "serial not on the list; expected a handshake first")
    if state.status in ("rejected", "retired"):
        raise TrustError("device.retired", f"device is {state.status}")
    asks = _opens(request, called) or called in ("getrequest", "push", "ping", "rtdata", "exchange")
    if not asks and not (called == "cdata" and request.method == "GET"):
        raise TrustError("device.pending", "upload of a device that waits for approval; it keeps its log")
    return "pending"


def _announced(request: Request) -> Dialect:
    """The dialect a handshake claims. What says 2.x behaves as 2.x, whatever its menu shows."""
    if request.headers.get("user-agent", "").startswith("zkteco-lan-agent"):
        return "lan-agent"
    version, kind = request.query.get("pushver", ""), request.query.get("DeviceType", "").lower()
    if version.startswith("2"):
        return "att2"
    if version:
        return "att2" if kind == "att" else "acc3"
    return "acc3" if kind == "acc" else "legacy"


def _seen(request: Request, form: str, known: str) -> str:
    """The dialect that an upload shows, if it contradicts what is known."""
    if form == "rtlog":
        return "acc3"
    if request.body[:12].upper() == b"TABLE=ATTLOG":
        return "lan-agent"
    return known if known in ("att2", "legacy", "lan-agent") else "att2"


def _with_dialect(memory: Memory, dialect: str) -> Memory:
    if memory.get("dialect") == dialect:
        return memory
    memory = {**memory, "dialect": dialect}
    # Only 2.x is asked for what is missing: another dialect could never close a gap.
    return memory if dialect == "att2" else _without(_without(memory, "gap_since"), "gap_noted_at")


def _complete_until(memory: Memory, request: Request) -> datetime:
    """A terminal tells at once what it sees: all until now, or until a silence that it was not asked about yet."""
    gap = memory.get("gap_since")
    return datetime.fromisoformat(gap) if gap else request.arrived_at


def _with_gap(memory: Memory, since: str, noted_at: str) -> Memory:
    """Punches since then may be missing; a question that is under way ends too early to answer for this silence."""
    memory = _without(memory, "queried_at")
    return {**memory, "gap_since": memory.get("gap_since", since), "gap_noted_at": noted_at}


def _without(memory: Memory, name: str) -> Memory:
    return {key: value for key, value in memory.items() if key != name} if name in memory else memory


def _with_facts(memory: Memory, pairs: Iterable[tuple[str, str]]) -> Memory:
    known = memory.get("options", {})
    told = {name.lstrip("~"): value[:64] for name, value in pairs if name.lstrip("~") in _FACTS}
    return memory if told.items() <= known.items() else {**memory, "options": {**known, **told}}


def _with_log_changes(memory: Memory, body: bytes) -> Memory:
    """The terminal's own word that its clock or its log was changed (operations 21, 22, 23)."""
    known = memory.get("log_changed", [])
    found = []
    for line in body.splitlines():
        if line.startswith(b"OPLOG "):
            code, _, rest = line[6:].decode("latin-1").partition("\t")
            at = rest.partition("\t")[2].partition("\t")[0][:32]
            change = {"code": code, "at": at, "what": _LOG_CHANGED.get(code, "")}
            if change["what"] and change not in known and change not in found:
                found.append(change)
    return {**memory, "log_changed": [*known, *found][-_MAX_CHANGES:]} if found else memory


def _pairs(body: bytes, separator: bytes) -> Iterator[tuple[str, str]]:
    for each in body.replace(b"\r", separator).replace(b"\n", separator).split(separator):
        name, equals, value = each.decode("utf-8", "replace").strip().partition("=")
        if equals:
            yield name, value.strip()


def _returns(body: bytes) -> Iterator[tuple[int, str]]:
    """Command ids and their results; ``ID=1&Return=0&CMD=..``, or one key a line."""
    number = ""
    for name, value in _pairs(body, b"&"):
        if name == "ID":
            number = value
        elif name == "Return" and _NUMBER.fullmatch(number):
            yield int(number), value
            number = ""


def _lines(body: bytes) -> int:
    return sum(1 for line in body.splitlines() if line.strip())


def _signed(local: datetime) -> str:
    """The offset in hours, or in minutes where it is no whole hour; a wrong one makes the terminal set its clock."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    return str(minutes if minutes % 60 else minutes // 60)


def _zk_seconds(local: datetime) -> int:
    """The vendor's count: every month has 31 days."""
    days = ((local.year - 2000) * 12 + local.month - 1) * 31 + local.day - 1
    return days * 86400 + local.hour * 3600 + local.minute * 60 + local.second


SPEC = Spec(
    title="ZKTeco terminals, PUSH / ADMS",
    settings=Settings,
    build=ZktecoPush,
    ports=("push", "recorder"),
    mapping="attendance/zkteco_push",
    batch="each",
    completeness="contact",
    paths=("/iclock/{rest:path}",),
    max_body=16 << 20,
    approval=True,
    auth="serial",
    commands=True,
)
