"""The whole story on real wires, in about half a minute: ``licet demo``.

A new hire earns access, others lose and regain it; every claim is checked at the outside systems, not at the hub.
"""

import csv
import json
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub import actions
from hub.assembly import trail_of
from hub.config import scaffold as folder
from hub.demo.stage import Actor, DemoClock, LiveHub, MailServer, PermissionSystem, free_ports, wait_for
from hub.views import status

ZONE = ZoneInfo("Asia/Shanghai")
SOURCE = "urn:authority:demo-ca"
PEOPLE_COLUMNS = [
    "employee_no",
    "name",
    "mail",
    "language",
    "position",
    "starts_on",
    "ends_on",
    "leave_from",
    "leave_until",
    "id:terminals",
    "id:lms",
    "id:authority",
]
PLAN_COLUMNS = [
    "session",
    "course",
    "room",
    "devices",
    "starts_at",
    "ends_at",
    "break_minutes",
    "cancelled",
    "employee_no",
]
STAFF = {
    "E1001": "张三",  # the new hire
    "E1002": "李四",  # certificate revoked by the authority
    "E1003": "王五",  # validity of a certificate passes
    "E1004": "赵六",  # lapses, is re-trained and reinstated
    "E1005": "孙七",  # unknown to HR at first
    "E1006": "周八",  # has access and no evidence
}
HOLDERS = ("E1002", "E1003", "E1004")
HIGH, LOW, OWN = "high-voltage-electrician", "low-voltage-electrician", "dc-ops-qualification"


def at(text: str) -> datetime:
    """An instant of the story, as the site's clocks show it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(slots=True)
class Step:
    """One line of the story."""

    when: str
    who: str
    what: str
    why: str
    confirmed: str
    ms: int | None
    held: bool


@dataclass(slots=True)
class Tale:
    """Steps told so far; prints each as it happens unless it is told to a program."""

    quiet: bool
    steps: list[Step] = field(default_factory=list)

    def tell(self, step: Step) -> None:
        """Tell one step."""
        self.steps.append(step)
        if not self.quiet:
            mark = "✓" if step.held else "✗"
            ms = "" if step.ms is None else f" [{step.ms} ms]"
            print(f"{mark} {step.when}  {step.who:<6} {step.what} — {step.why}; {step.confirmed}{ms}", flush=True)

    @property
    def held(self) -> bool:
        """Whether every claim held."""
        return all(step.held for step in self.steps)


def run(as_json: bool) -> bool:
    """Tell the story; whether every claim held."""
    tale = Tale(quiet=as_json)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="licet-demo-") as temporary, ExitStack() as stack:
        story = Story(Path(temporary), tale, stack)
        story.tell()
        balances, verified = story.balances(), story.verified()
    seconds = round(time.perf_counter() - began, 1)
    result = {"held": tale.held and verified["good"], "seconds": seconds, "connectors": balances, "log": verified}
    if as_json:
        print(json.dumps({**result, "steps": [asdict(each) for each in tale.steps]}, ensure_ascii=False))
    else:
        _print_end(result, len(tale.steps))
    return bool(result["held"])


def _print_end(result: dict[str, Any], steps: int) -> None:
    for each in result["connectors"]:
        words = " ".join(f"{word}={n}" for word, n in each["balance"].items() if n)
        print(
            f"  {each['name']:<10} {'balanced' if each['balanced'] else 'NOT BALANCED'}  {words or 'nothing received'}"
        )
    log = result["log"]
    print(f"  log: {log['size']} entries, {log['heads']} signed heads, {'verified' if log['good'] else 'NOT VERIFIED'}")
    print(f"{'every claim held' if result['held'] else 'A CLAIM DID NOT HOLD'}: {steps} steps in {result['seconds']} s")


class Story:
    """The actors on the stage and what happens to them."""

    def __init__(self, place: Path, tale: Tale, stack: ExitStack) -> None:
        self._tale = tale
        self._home = place / "hub"
        scim_port, mail_port = free_ports(2)
        folder.write(self._home, "datacentre")
        _point(self._home / "licet.toml", scim_port, mail_port)
        self._rows = [_person(number) for number in ("E1001", *HOLDERS, "E1006")]
        self._plan: list[dict[str, str]] = []
        self._write_roster()
        self.iam = PermissionSystem(scim_port)
        stack.callback(self.iam.close)
        self.mail = MailServer(mail_port, place / "mail")
        stack.callback(self.mail.close)
        self._provision()
        self.clock = DemoClock(at("2026-01-05T08:00"))
        self.live = LiveHub(self._home, self.clock)
        stack.callback(self.live.close)
        self.parts = self.live.hub.parts
        self._attendance = self._actor(stack, "zkteco_push", "--serial", "SN-ATT-0001", "--dialect", "att2")
        self._access = self._actor(stack, "zkteco_push", "--serial", "SN-ACC-0001", "--dialect", "acc3")
        password = ["--user", "lms", "--password-file", str(self._home / "keys" / "lms.password")]
        prefix = ["--course-prefix", "https://lms.example.cn/course/"]
        self._lms = self._actor(stack, "xapi_push", *password, *prefix)
        key = str(self._home / "keys" / "demo" / "authority.pem")
        self._authority = Actor(
            "authority",
            "--hub",
            f"{self.live.url}/in/authority",
            "--key",
            key,
            "--kid",
            "demo-ca-1",
            "--source",
            SOURCE,
        )
        stack.callback(self._authority.close)
        self._sequence = 100

    def tell(self) -> None:
        """The story, in the order of its calendar."""
        self._observe_first()
        self._enforce()
        self._new_hire_trains()
        self._stranger_punches()
        self._new_hire_studies()
        self._new_hire_qualifies()
        self._revoked()
        self._late_and_forged()
        self._validity_passes()
        self._lapses_and_returns()
        self._warned()

    # --- everything first in observe -------------------------------------------------------------------------

    def _observe_first(self) -> None:
        self._import_roster()
        for serial, terminal in (("SN-ATT-0001", self._attendance), ("SN-ACC-0001", self._access)):
            terminal.do({"do": "handshake"})
            refused = terminal.do({"do": "upload", "lines": ["1001\t2026-01-05 08:00:00\t0\t15\t0\t0\t0"]})
            actions.approve(self.parts, serial, "approved", "facility manager")
            ready = terminal.do({"do": "handshake"})
            held = refused["status"] == 403 and ready["status"] == 200
            self._say(
                serial, "terminal approved", "it called by itself and was pending", f"{refused['status']} before", held
            )
        preview = actions.preview_opening(self.parts, _opening())
        actions.import_opening(self.parts, preview, ["HR"])
        for person in HOLDERS:
            for number, credential in (("H", HIGH), ("L", LOW)):
                until = "2026-01-31" if (person, credential) == ("E1003", LOW) else "2029-12-31"
                self._status(person, credential, "active", number=f"{number}-{person}", valid_until=until)
        self.live.settle()
        before = (self.iam.members("dc-assist"), self.iam.members("dc-ops"))
        self._say(
            "4 staff",
            "opening balances in",
            "credentials held, access present",
            "observe: no door moved",
            before == ({*HOLDERS, "E1006"}, {*HOLDERS, "E1006"}),
        )
        rows = actions.planned(self.parts)
        shown = sorted(f"{row['wanted']} {row['person']} {row['target']}" for row in rows)
        self._say(
            "plan",
            "shows what enforcing would do",
            "; ".join(shown),
            "nothing sent",
            shown == ["absent E1006 dc-assist", "absent E1006 dc-ops"],
        )

    def _enforce(self) -> None:
        self._go("2026-01-05T12:00")
        for name in ("iam", "dc-operations"):
            actions.enforce(self.parts, name, self.clock.now(), ["HR Chen", "Security Wu"])
        ms = self._until(lambda: "E1006" not in self.iam.members("dc-ops") | self.iam.members("dc-assist"))
        self.live.settle()
        self._say(
            "E1006",
            "loses access he had without evidence",
            "two people enforced the plan",
            "GET at the SCIM server",
            self.iam.members("dc-ops") == set(HOLDERS),
            ms,
        )

    # --- the new hire ----------------------------------------------------------------------------------------

    def _new_hire_trains(self) -> None:
        self._schedule("S-SAFETY", "dc-safety", "2026-01-06T09:00", "2026-01-06T12:00", "E1001", "E1005")
        self._say(
            "E1001",
            "starts with nothing",
            "new hire, course assigned",
            "GET at the SCIM server",
            "E1001" not in self.iam.members("dc-assist"),
        )
        for time_, state in (("08:55", "0"), ("10:00", "1"), ("10:20", "0"), ("12:02", "1")):
            self._punch(self._attendance, "1001", f"2026-01-06T{time_}", state)
        self._session_ends("2026-01-06T12:31")
        figures = self._figures("E1001", "prepost-hours")
        self._say(
            "E1001",
            "attended pre-post training",
            f"left 10:00-10:20, deducted: hours {figures['hours']}",
            "punches at att2 terminal",
            figures["hours"].startswith("2.6"),
        )

    def _stranger_punches(self) -> None:
        self._go("2026-01-06T13:00")
        self._schedule("S-SAFETY-2", "dc-safety", "2026-01-07T09:00", "2026-01-07T12:00", "E1005")
        for time_, state in (("08:58", "0"), ("12:01", "1")):
            self._punch(self._access, "1005", f"2026-01-07T{time_}", state)
        self._session_ends("2026-01-07T12:31")
        waiting = [row for row in actions.unresolved(self.parts) if row["identifier"] == "1005"]
        self._say("PIN 1005", "punched, unknown to HR", "held, not lost", "rtlog of acc3 terminal", bool(waiting))
        self._go("2026-01-08T09:00")
        self._rows.append(_person("E1005"))
        self._import_roster()
        figures = self._figures("E1005", "prepost-hours")
        still = [row for row in actions.unresolved(self.parts) if row["identifier"] == "1005"]
        self._say(
            "E1005",
            "is recognised",
            f"HR added him; his training counts: {figures['hours']} h",
            "held items applied",
            figures["hours"].startswith("3.0") and not still,
        )

    def _new_hire_studies(self) -> None:
        self._study("zhang.san", "2026-01-08T14:00", [0, 8, 16, 61, 69, 75], completes=True)
        self.live.settle()
        found = self._finding("E1001", "prepost-course")
        self._say(
            "E1001",
            "studied online, one break too long",
            f"16 -> 61 min is over 30: {found['state']}",
            "xAPI 1.0.3 statements",
            found["state"] == "not_met" and "E1001" not in self.iam.members("dc-assist"),
        )
        ms = self._study(
            "zhang.san",
            "2026-01-09T14:00",
            [*range(0, 64, 7)],
            completes=True,
            until=lambda: self._in("E1001", "dc-assist"),
        )
        self.live.settle()
        self._say(
            "E1001",
            "becomes provisional: supervised",
            "hours, rate and a clean pass",
            "in dc-assist at the SCIM server",
            self._in("E1001", "dc-assist") and not self._in("E1001", "dc-ops"),
            ms,
        )

    def _new_hire_qualifies(self) -> None:
        self._go("2026-01-20T10:00")
        for number, credential in (("H", HIGH), ("L", LOW)):
            self._status("E1001", credential, "active", number=f"{number}-E1001", valid_until="2029-12-31")
        self._lms.do(
            {"do": "exam", "who": "zhang.san", "exam": "dc-ops-exam", "passed": True, "score": 92, "at": self._now()}
        )
        ms = self._until(lambda: self._in("E1001", "dc-ops"))
        self.live.settle()
        self._say(
            "E1001",
            "qualifies: full access",
            "exam 92, both certificates",
            "in dc-ops at the SCIM server",
            self._in("E1001", "dc-ops"),
            ms,
        )

    # --- the others ------------------------------------------------------------------------------------------

    def _revoked(self) -> None:
        self._go("2026-01-21T09:30")
        self._status("E1002", HIGH, "revoked", number="H-E1002", as_="xml")
        ms = self._until(lambda: not self._in("E1002", "dc-ops"))
        self.live.settle()
        told = [subject for subject, _text in self.mail.messages("li.si@example.cn")]
        self._say(
            "E1002",
            "certificate revoked by the authority: door closed",
            "signed XML push",
            f"not in dc-ops at the SCIM server; mail: {told[-1] if told else 'none'}",
            not self._in("E1002", "dc-ops"),
            ms,
        )

    def _late_and_forged(self) -> None:
        late = self._push("E1002", HIGH, "active", number="H-E1002", sequence=1)
        self.live.settle()
        self._say(
            "E1002",
            "a stale grant arrives late",
            "older sequence than the revocation",
            f"HTTP {late['status']}, door stays closed",
            late["status"] == 202 and not self._in("E1002", "dc-ops"),
        )
        forged = self._push("E1002", HIGH, "suspended", number="H-E1002", forge=True)
        self.live.settle()
        self._say(
            "E1002",
            "a forged push is refused",
            "the body is not what was signed",
            f"HTTP {forged['status']}, door stays closed",
            forged["status"] == 401 and not self._in("E1002", "dc-ops"),
        )

    def _validity_passes(self) -> None:
        self._go("2026-01-31T23:59")
        before = self._in("E1003", "dc-ops")
        self._go("2026-02-01T00:00")
        self._say(
            "E1003",
            "validity of a certificate passes: door closed",
            "valid until 2026-01-31, counted in full",
            "open at 23:59, closed at 00:00, SCIM server",
            before and not self._in("E1003", "dc-ops"),
        )

    def _lapses_and_returns(self) -> None:
        self._go("2026-02-16T08:00")
        lapsed = not self._in("E1004", "dc-ops") and not self._in("E1004", "dc-assist")
        self._say(
            "E1004", "own qualification lapses: door closed", "year ended without re-training", "SCIM server", lapsed
        )
        self._schedule("S-ANNUAL", "dc-annual", "2026-02-17T09:00", "2026-02-17T16:00", "E1004", pause=60)
        for time_, state in (("08:57", "0"), ("12:00", "1"), ("13:00", "0"), ("16:01", "1")):
            self._punch(self._attendance, "1004", f"2026-02-17T{time_}", state)
        self._session_ends("2026-02-17T16:31")
        self._lms.do(
            {"do": "exam", "who": "zhao.liu", "exam": "dc-ops-reexam", "passed": True, "score": 88, "at": self._now()}
        )
        ms = self._until(lambda: self._in("E1004", "dc-ops"))
        self.live.settle()
        self._say(
            "E1004",
            "re-trained and reinstated",
            f"annual hours {self._figures('E1004', 'annual-hours')['hours']}, exam 88",
            "in dc-ops at the SCIM server",
            self._in("E1004", "dc-ops"),
            ms,
        )

    def _warned(self) -> None:
        self._go("2026-10-19T23:00")
        before = len(self._warnings())
        self._go("2026-10-20T12:00")
        mails = self._warnings()
        text = mails[-1][1] if mails else ""
        figures = "0.0/6" in text and "2027-01-20" in text
        lines = [line for line in text.splitlines() if line.startswith("-")]
        self._say(
            "E1001",
            "warned three months ahead by mail",
            " ".join(lines)[:90],
            f"{len(mails)} mail in the mailbox, still full access",
            before == 0 and len(mails) == 1 and figures and self._in("E1001", "dc-ops"),
        )

    def _warnings(self) -> list[tuple[str, str]]:
        return [mail for mail in self.mail.messages("zhang.san@example.cn") if "到期" in mail[0]]

    # --- how things are done ---------------------------------------------------------------------------------

    def _say(self, who: str, what: str, why: str, confirmed: str, held: bool, ms: float | None = None) -> None:
        when = self.clock.now().astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        self._tale.tell(Step(when, who, what, why, confirmed, None if ms is None else round(ms), held))

    def _go(self, text: str) -> None:
        self.live.advance(at(text))

    def _now(self) -> str:
        return self.clock.now().isoformat()

    def _until(self, what: Any) -> float:
        return wait_for(what, "the door shows it")

    def _in(self, person: str, group: str) -> bool:
        return person in self.iam.members(group)

    def _actor(self, stack: ExitStack, module: str, *arguments: str) -> Actor:
        actor = Actor(module, "--hub", self.live.url, *arguments)
        stack.callback(actor.close)
        return actor

    def _punch(self, terminal: Actor, pin: str, when: str, state: str) -> None:
        self._go(when)
        terminal.do({"do": "punch", "pin": pin, "at": at(when).isoformat(), "state": state, "verify": "15"})

    def _session_ends(self, when: str) -> None:
        """After the end both terminals are heard of once more: what they did not send did not happen."""
        self._go(when)
        for _ in range(2):  # a silence is asked about before it counts as heard
            self._attendance.do({"do": "poll"})
            self._access.do({"do": "poll"})
        self.live.settle()
        self.live.advance(self.clock.now() + timedelta(minutes=16))

    def _study(
        self, who: str, start: str, minutes: Iterable[int], *, completes: bool, until: Any = None
    ) -> float | None:
        begin, last = at(start), 0
        verbs = ["initialized"]
        for last in minutes:
            self.live.advance(begin + timedelta(minutes=last))
            order = {
                "do": "study",
                "who": who,
                "course": "dc-ops-online",
                "verb": verbs.pop() if verbs else "progressed",
            }
            self._lms.do({**order, "at": self._now()})
        if completes:
            self._lms.do({"do": "study", "who": who, "course": "dc-ops-online", "verb": "completed", "at": self._now()})
        return None if until is None else self._until(until)

    def _status(self, person: str, credential: str, status_: str, **order: Any) -> None:
        self._sequence += 1
        answer = self._push(person, credential, status_, sequence=self._sequence, **order)
        assert answer["status"] == 202, answer

    def _push(self, person: str, credential: str, status_: str, **order: Any) -> dict[str, Any]:
        order = {"as" if name == "as_" else name: value for name, value in order.items()}
        holder = f"ref-{person[1:]}"
        base = {"do": "push", "holder": holder, "credential": credential, "status": status_, "at": self._now()}
        return self._authority.do(
            {"valid_from": "2024-01-01", "valid_until": "2029-12-31", "sequence": self._sequence, **base, **order}
        )

    def _schedule(self, session: str, course: str, start: str, end: str, *people: str, pause: int = 0) -> None:
        for person in people:
            row = dict.fromkeys(PLAN_COLUMNS, "")
            row |= {"session": session, "course": course, "room": "A", "devices": "SN-ATT-0001;SN-ACC-0001"}
            row |= {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat()}
            self._plan.append({**row, "break_minutes": str(pause), "employee_no": person})
        self._import_roster()

    def _import_roster(self) -> None:
        self._write_roster()
        polled = self.live.hub.polling.one("roster")
        assert polled is not None
        self.live.hub.polling.ask(polled)
        self.live.settle()

    def _write_roster(self) -> None:
        for name, columns, rows in (("people.csv", PEOPLE_COLUMNS, self._rows), ("plan.csv", PLAN_COLUMNS, self._plan)):
            with (self._home / "roster" / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)

    def _provision(self) -> None:
        for number in STAFF:
            self.iam.add_user(number, _account(number))
        for group in ("dc-assist", "dc-ops", "soc", "machine-room"):
            self.iam.add_group(group, (*HOLDERS, "E1006") if group.startswith("dc-") else ())

    def _finding(self, person: str, requirement: str) -> dict[str, Any]:
        view = self.parts.why.person(person)
        assert view is not None
        found: dict[str, Any] = next(f for f in view["positions"][0]["findings"] if f["requirement"] == requirement)
        return found

    def _figures(self, person: str, requirement: str) -> dict[str, str]:
        return dict(self._finding(person, requirement)["figures"])

    def balances(self) -> list[dict[str, Any]]:
        """How each connector stands at the end."""
        known = {name: each.spec.title for name, each in self.parts.folder.instances.items()}
        rows = status.connectors(self.parts.database, known)
        self._tale.steps.append(
            Step("", "hub", "balance", "received = what became of it", "", None, all(r["balanced"] for r in rows))
        )
        return rows

    def verified(self) -> dict[str, Any]:
        """The log, checked in place."""
        self.live.hub.signing.sign(at_once=True)
        report = trail_of(self.parts).verify()
        return {"good": report.good, "size": report.size, "heads": report.heads, "problems": report.problems}


def _person(number: str) -> dict[str, str]:
    account = _account(number)
    row = dict.fromkeys(PEOPLE_COLUMNS, "")
    row |= {"employee_no": number, "name": STAFF[number], "mail": f"{account}@example.cn", "language": "zh"}
    row |= {"position": "dc-operations", "starts_on": "2026-01-05" if number in ("E1001", "E1005") else "2024-03-01"}
    return {**row, "id:terminals": number[1:], "id:lms": account, "id:authority": f"ref-{number[1:]}"}


def _account(number: str) -> str:
    names = {"E1001": "zhang.san", "E1002": "li.si", "E1003": "wang.wu"}
    return names.get(number) or {"E1004": "zhao.liu", "E1005": "sun.qi", "E1006": "zhou.ba"}[number]


def _opening() -> bytes:
    """What people had on the day the hub began: own qualifications with their end dates, and access."""
    ends = {"E1002": "2027-06-30", "E1003": "2027-06-30", "E1004": "2026-02-15"}
    lines = ["employee_no,kind,what,from,until,number,hours,required_hours"]
    lines += [f"{person},credential,{OWN},2025-02-16,{end},Q-{person},," for person, end in ends.items()]
    lines += [
        f"{person},access,iam/{group},,,,," for person in (*HOLDERS, "E1006") for group in ("dc-assist", "dc-ops")
    ]
    return "\n".join(lines).encode()


def _point(settings: Path, scim_port: int, mail_port: int) -> None:
    """Point the example's sinks at the servers of this run."""
    text = settings.read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8711", f"127.0.0.1:{scim_port}").replace("port = 8725", f"port = {mail_port}")
    settings.write_text(text, encoding="utf-8")
