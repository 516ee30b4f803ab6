"""The adapter: each request goes to what answers it, with what is kept of its terminal."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from zoneinfo import ZoneInfo

from connectors.attendance.zkteco_push import allowed, clock, completeness, dialects
from connectors.attendance.zkteco_push.admission import admit, introduced, prove
from connectors.attendance.zkteco_push.answers import REFUSED, Answer, Replier, counted, ok, orders, says
from connectors.attendance.zkteco_push.calls import called, is_harmless, opens, serial_of
from connectors.attendance.zkteco_push.commands import returns
from connectors.attendance.zkteco_push.dialects import Rank, with_dialect
from connectors.attendance.zkteco_push.doors import PENDING, TerminalDoors
from connectors.attendance.zkteco_push.memory import Memory, pairs, with_facts
from connectors.attendance.zkteco_push.operations import told_of, with_changes
from connectors.attendance.zkteco_push.options import options
from connectors.attendance.zkteco_push.settings import Settings
from connectors.attendance.zkteco_push.stamps import stamped
from connectors.attendance.zkteco_push.uploads import Part, Upload, upload_of
from connectors.port import Command, CommandResult, PeerState, PeerStatus, Reception, Reply, Request
from connectors.reply import wait
from schemas.errors import LicetError, RejectedError, TrustError, UnavailableError, status_of
from schemas.transmission import Transmission
from schemas.words import Words

_PER_POLL = 5
_LATE = timedelta(minutes=15)
"""So long after it was complete a terminal may still bring what it saw: uploads take turns."""
_Route = Callable[[Request, Memory, str], Answer]


class ZktecoPush(TerminalDoors):
    """Receives punches; asks a 2.x terminal for those made while it could not reach us, which it keeps to itself.

    Opens and closes the doors of 3.x terminals.

    What is kept of each terminal: see ``memory``.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, settings.doors)
        self._settings = settings
        self._zone = ZoneInfo(settings.zone)
        self._zones = {serial: ZoneInfo(each.zone) for serial, each in settings.devices.items() if each.zone}
        self._gap = timedelta(seconds=settings.gap_seconds)
        self._settle = timedelta(seconds=settings.settle_seconds)
        self._every = timedelta(seconds=settings.query_every_seconds)
        self._routes: dict[str, _Route] = {
            "registry": self._register,
            "push": self._parameters,
            "getrequest": self._poll,
            "rtdata": self._time,
            "exchange": self._key_exchange,
        }

    def peer(self, request: Request) -> str:
        """The serial that the terminal claims.

        Raises:
            TrustError: There is none, or it is not of a serial's form.
        """
        return serial_of(request)

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Answer a terminal in its dialect and hand on what it brings, unread. A stranger is put up for approval.

        Raises:
            TrustError: The serial waits for approval, is retired, or the communication key is wrong.
        """
        serial, call = serial_of(request), called(request.path)
        admit(request, state, call)
        handshake = call == "cdata" and request.method == "GET"
        key = self._key(serial)
        if state.status != "unknown" or opens(request, call):
            prove(request, state.memory, key, handshake=handshake)
        if state.status == "approved":
            memory = completeness.contacted(state.memory, state, request.arrived_at, self._gap)
        else:
            memory = introduced(request, call) if state.status == "unknown" else state.memory
            if not is_harmless(request, call):
                return _stays_out(memory, state)
        if key is not None and opens(request, call) and not memory.get("keyed"):
            memory = {**memory, "keyed": True}
        return self._served(request, state, serial, call, memory)

    def history(self, peer: str, state: PeerState, since: datetime, until: datetime) -> str:
        """The command that asks a terminal for its punches of a time.

        Raises:
            RejectedError: Its dialect knows no such command.
        """
        dialect = self._dialect(state.memory, peer) or "unknown"
        if not completeness.can_be_asked(dialect):
            raise RejectedError(
                "peer.rejected",
                Words(
                    f"a terminal of dialect {dialect} cannot be asked; only att2 can",
                    f"协议版本 {dialect} 的终端无法查询，仅 att2 可以",
                ),
            )
        return completeness.query(since, until, self._local(peer))

    def failure(self, error: Exception) -> Reply:
        """A status that makes the terminal keep its log; never a reason why."""
        if isinstance(error, TrustError):
            return Reply(status_of(error.code), REFUSED)
        if isinstance(error, UnavailableError):
            return Reply(status_of(error.code), b"ERROR\n", headers=wait(error))
        return Reply(status_of(error.code) if isinstance(error, LicetError) else 500, b"ERROR\n")

    def describe(self, state: PeerState) -> str:
        """The dialect of a terminal."""
        return str(state.memory.get("dialect", ""))

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """Who a stranger seems to be; that a clock is off, a log was changed, punches may be missing."""
        memory, found = state.memory, []
        if state.status == "pending" and (caller := memory.get("caller")):
            found.append(_stranger(memory.get("address", ""), caller["agent"], caller["path"]))
        if (off := clock.drift(memory)) is not None:
            seconds = int(off.total_seconds())
            right = Words("; set it right", "，请校准") if clock.is_off(memory) else Words("", "")
            found.append(Words(f"clock {seconds:+d} s{right}", f"时钟偏差 {seconds:+d} 秒{right.zh}"))
        found += [told_of(change) for change in memory.get("log_changed", [])[-3:]]
        if (gap := memory.get("gap")) is not None:
            since = gap["since"]
            en, zh = since or "before it was approved", f"自 {since} 起" if since else "批准之前"
            found.append(Words(f"punches may be missing since {en}", f"{zh}的打卡可能缺失"))
        return tuple(found)

    def _served(self, request: Request, state: PeerState, serial: str, call: str, memory: Memory) -> Reception:
        approved = state.status == "approved"
        answer = self._answer(request, state, serial, call, memory, approved=approved)
        memory = answer.memory
        if call == "getrequest" and approved and not answer.asks:
            askable = completeness.can_be_asked(self._dialect(memory, serial))
            memory = completeness.polled(memory, request.arrived_at, self._settle, askable=askable)
        status: PeerStatus = "approved" if approved else "pending"
        same = status == state.status and memory is state.memory
        return Reception(
            answer.transmissions if approved else (),
            state if same else state._replace(status=status, memory=memory),
            answer.reply,
            complete_until=completeness.complete_until(memory, request.arrived_at) if approved else None,
            results=answer.results,
            asks=answer.asks,
            fetches=answer.fetches,
            alarms=(*answer.alarms, *_alarms(state.memory, memory)) if approved else (),
            may_wait=completeness.only_counted(state.memory, memory),
        )

    def _answer(
        self, request: Request, state: PeerState, serial: str, call: str, memory: Memory, *, approved: bool
    ) -> Answer:
        if call == "cdata" and request.method == "GET":
            return self._handshake(request, memory, serial)
        if call == "getrequest" and not approved:
            return Answer(memory)  # no commands before approval
        answer = (
            self._results(request, memory, serial, state.commands)
            if call == "devicecmd"
            else self._routes.get(call, _acknowledged)(request, memory, serial)
        )
        upload = upload_of(request, call)
        if upload is None or answer.results:
            return answer
        if call in self._routes or call == "devicecmd":
            return answer._replace(transmissions=self._parts(request, answer.memory, serial, call, upload.parts()))
        return self._uploaded(request, answer.memory, serial, call, upload)

    # --- who it is ---------------------------------------------------------------------------------------------

    def _key(self, serial: str) -> str | None:
        key = self._settings.of(serial).comm_key or self._settings.comm_key
        return None if key is None else key.get_secret_value()

    def _dialect(self, memory: Memory, serial: str) -> str:
        return self._settings.of(serial).dialect or str(memory.get("dialect", ""))

    def _zone_of(self, serial: str) -> ZoneInfo:
        return self._zones.get(serial, self._zone)

    def _local(self, serial: str) -> completeness.Local:
        return partial(clock.local_text, zone=self._zone_of(serial))

    # --- what it asks ------------------------------------------------------------------------------------------

    def _handshake(self, request: Request, memory: Memory, serial: str) -> Answer:
        if request.query.get("options") == "all":
            memory = with_dialect(memory, dialects.announced(request), Rank.ANNOUNCED)
            memory = with_facts(memory, request.query.items())
        elif request.query.get("table"):
            return Answer(memory)  # it wants the data of a person, of whom terminals are told nothing
        if self._dialect(memory, serial) == "acc3" and "registry" not in memory:
            return Answer(memory)  # it registers next, and asks again
        return Answer(memory, reply=says(f"GET OPTION FROM: {serial}\n" + self._options(request, memory, serial)))

    def _register(self, request: Request, memory: Memory, serial: str) -> Answer:
        code = sha256(f"{self.name}\n{serial}".encode()).hexdigest()[:32]
        if memory.get("registry") != code:
            memory = {**memory, "registry": code}
        memory = with_facts(with_dialect(memory, "acc3", Rank.ANNOUNCED), pairs(request.body, b","))
        return Answer(memory, reply=says(f"RegistryCode={code}\n"))

    def _parameters(self, request: Request, memory: Memory, serial: str) -> Answer:
        return Answer(memory, reply=says(self._options(request, memory, serial)))

    def _options(self, request: Request, memory: Memory, serial: str) -> str:
        acc3 = self._dialect(memory, serial) == "acc3"
        delay, zone = self._settings.delay_seconds, self._zone_of(serial)
        return options(memory, request.arrived_at, zone, delay, acc3=acc3)

    def _time(self, request: Request, memory: Memory, serial: str) -> Answer:
        if request.query.get("type") not in ("time", "rttime"):
            return Answer(memory)
        utc = self._settings.server_time == "utc"
        return Answer(memory, reply=says(clock.server_time(request.arrived_at, self._zone_of(serial), utc=utc)))

    def _key_exchange(self, _request: Request, memory: Memory, _serial: str) -> Answer:
        """Nothing here encrypts: a terminal that wants it is refused, and a person must turn that off at it."""
        return Answer(memory, reply=says("refused\n", 406), alarms=("device.encryption",))

    # --- what it brings ----------------------------------------------------------------------------------------

    def _uploaded(self, request: Request, memory: Memory, serial: str, call: str, upload: Upload) -> Answer:
        known = self._dialect(memory, serial)
        if upload.form and not known.startswith("type:"):
            return self._punches(request, memory, serial, upload)
        name, upper = upload.table, upload.table.upper()
        if upper == "OPERLOG":
            memory = with_changes(memory, upload.body)
        elif upper == "OPTIONS":
            memory = with_facts(memory, pairs(upload.body, b","))
        number = allowed.lines(upload.body)
        heard = f"{name}={number}\n" if upload.listed else f"OK: {number}\n" if upload.counted else "OK\n"
        parts = upload.parts()
        if upload.form:  # of a device type that nobody knows: a person says what its punches are worth
            parts = (*parts, Part(f"{upload.form}_{known[5:]}", allowed.punch_like(upload.body)))
        return Answer(memory, self._parts(request, memory, serial, call, parts), says(heard))

    def _punches(self, request: Request, memory: Memory, serial: str, upload: Upload) -> Answer:
        now, zone, known = request.arrived_at, self._zone_of(serial), memory
        own = self._settings.of(serial).dialect
        shape = own or dialects.shape(upload.body, upload.form, str(memory.get("dialect", "")))
        memory = with_dialect(memory, shape, Rank.SHAPE) if own is None else memory
        if "gap" in memory:
            memory = completeness.uploaded(memory, upload.body, now, self._local(serial))
        else:
            memory = clock.looked_at(memory, upload.body, now, zone)
        memory = stamped(memory, request.query.get("Stamp", ""), now)
        form = "ATTLOG_PID" if upload.form == "ATTLOG" and shape == "pid" else upload.form
        part = Part(form, allowed.punches(upload.body, form))
        taken = self._transmission(request, serial, f"/iclock/cdata?table={upload.form}", part, shape)
        taken = taken._replace(context={**taken.context, **self._doubts(request, known, memory, serial)})
        reply: Replier = counted if upload.form == "ATTLOG" else ok
        if upload.listed:
            reply = says(f"{upload.table}={allowed.lines(upload.body)}\n")
        return Answer(memory, (taken,), reply)

    def _doubts(self, request: Request, known: Memory, memory: Memory, serial: str) -> dict[str, str]:
        """What puts the dates of punches in doubt: a clock that is off, or a time of which all was said to be there."""
        found = {}
        if clock.is_off(memory):
            found["clock_off"] = str(int((clock.drift(memory) or timedelta()).total_seconds()))
        complete = completeness.complete_until(known, request.arrived_at)
        if complete is not None and clock.reaches_back(request.body, complete - _LATE, self._zone_of(serial)):
            found["complete_until"] = complete.isoformat()
        return found

    def _parts(
        self, request: Request, memory: Memory, serial: str, call: str, parts: Sequence[Part]
    ) -> tuple[Transmission, ...]:
        dialect = self._dialect(memory, serial)
        return tuple(
            self._transmission(request, serial, f"/iclock/{call}?table={part.form}", part, dialect)
            for part in parts
            if part.body
        )

    def _transmission(self, request: Request, serial: str, path: str, part: Part, dialect: str) -> Transmission:
        own = self._settings.of(serial)
        context = {"device": serial, "zone": own.zone or self._settings.zone, "dialect": dialect}
        if own.identifiers is not None:
            context["identifiers"] = own.identifiers
        return Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type="text/plain",
            body=part.body,
            form=part.form,
            peer=serial,
            path=path,  # without the stamp, which may differ between two tries
            context=context,
        )

    # --- its orders --------------------------------------------------------------------------------------------

    def _poll(self, request: Request, memory: Memory, serial: str) -> Answer:
        now = request.arrived_at
        if not completeness.can_be_asked(self._dialect(memory, serial)) or not self._due(memory, now):
            return Answer(memory, reply=orders, fetches=_PER_POLL)
        gap = memory.get("gap", {})
        since = gap.get("since") or memory.get("queried_at") or memory.get("known_since")
        start = (datetime.fromisoformat(since) if since else now - self._every) - self._gap
        ask = completeness.query(start, now, self._local(serial))
        return Answer(completeness.asked(memory, now), reply=orders, asks=(ask,), fetches=_PER_POLL)

    def _due(self, memory: Memory, now: datetime) -> bool:
        """Ask now? While punches may be missing sooner again, as the question or its answer may be lost."""
        queried_at, gap = memory.get("queried_at"), memory.get("gap")
        every = self._every
        if gap is not None:  # once it was answered, the rows are waited for before it is asked again
            every = min(every, 5 * self._gap if not gap.get("answered") else 2 * self._settle)
        return queried_at is None or now - datetime.fromisoformat(queried_at) >= every

    def _results(self, request: Request, memory: Memory, serial: str, commands: Sequence[Command]) -> Answer:
        asked = {command.id: command.text for command in commands}
        results = []
        for number, result in returns(request.body):
            text = asked.get(number)
            if text is None:
                continue
            failed = result.startswith("-") and result != PENDING
            results.append(CommandResult(number, result[:16], failed))
            if not failed:
                rows = int(result) if result.isdigit() and len(result) < 9 else 0
                memory = completeness.answered(memory, text, rows, request.arrived_at, self._local(serial))
            other = dialects.corrected(str(memory.get("dialect", "")), result)
            memory = with_dialect(memory, other, Rank.RESULT) if other else memory
        self.answered(serial, commands, {each.id: each.result for each in results})
        return Answer(memory, results=tuple(results))


def _acknowledged(_request: Request, memory: Memory, _serial: str) -> Answer:
    """Ping and paths nobody knows: a 404 would make some firmware ask for ever."""
    return Answer(memory)


def _stays_out(memory: Memory, state: PeerState) -> Reception:
    """A stranger that brings something: it is put up for approval, and hears what makes it keep its log."""
    refusal = TrustError(
        "device.unknown",
        Words(
            "a device that nobody knows brings something; it is put up for approval",
            "未登记的终端发来数据，已列入待批准",
        ),
    )
    return Reception((), state._replace(status="pending", memory=memory), ok, refusal=refusal)


def _alarms(before: Memory, after: Memory) -> tuple[str, ...]:
    """What a person must hear of, once: what a terminal says was done to its log, and that its clock is off."""
    if after is before:
        return ()
    found = ("device.log-changed",) if after.get("log_changed") != before.get("log_changed") else ()
    return (*found, "device.clock") if clock.is_off(after) and not clock.is_off(before) else found


def _stranger(address: str, agent: str, path: str) -> Words:
    """Who somebody seems to be who calls by a serial number that nobody has approved."""
    return Words(
        f"first came from {address or 'an unknown address'} ({agent or 'no agent'}, {path})",
        f"首次来自 {address or '未知地址'}（{agent or '未报程序名'}，{path}）",
    )
