"""The company of the story: its outside systems and its hub, and how things are done there."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.simulators import roster_csv
from hub.config import scaffold
from hub.demo.asked import NAME as ASKED
from hub.demo.asked import AskedAuthority
from hub.demo.cast import GROUPS, HIGH, HOLDERS, INSIDE, LOW, NEW_HIRE, STAFF, WITHOUT, Person, at, opening
from hub.demo.live import DemoClock, LiveHub
from hub.demo.stage import Actor, MailServer, Patience, PermissionSystem, free_ports, wait_for
from hub.rules.values import Verdict
from hub.views.status import ConnectorStatus, connectors

_COURSE = "dc-ops-online"
_SOURCE = "urn:authority:demo-ca"
_PREFIX = "https://lms.example.cn/course/"

Way = Callable[[str, int], int]
"""The port by which the hub reaches an outside system, by its instance's name and where it listens."""


def straight(_instance: str, port: int) -> int:
    """Nobody stands between."""
    return port


class Company:
    """Everything that runs in the demo. What is under way is closed by ``stack``."""

    def __init__(self, place: Path, stack: ExitStack, enough: Patience, way: Way) -> None:
        self._place, self._home = place, place / "hub"
        self._enough = enough
        scim_port, mail_port, soap_port = free_ports(3)
        scaffold.write(self._home, "datacentre", demo=True)
        _point(self._home / "licet.toml", way("iam", scim_port), way("mail", mail_port))
        self.clock = DemoClock(at("2026-01-05T08:00"))
        self._asked = AskedAuthority(self._home, soap_port, way(ASKED, soap_port), self.clock.now())
        stack.callback(self._asked.close)
        self._staff = [NEW_HIRE, *HOLDERS, WITHOUT]
        self._plan: list[dict[str, str]] = []
        self._write_roster()
        self.iam = PermissionSystem(scim_port)
        stack.callback(self.iam.close)
        self.mail = MailServer(mail_port, place / "mail")
        stack.callback(self.mail.close)
        self._provision()
        self._asked.asked(self.clock.now())  # it serves, and its certificate is where the hub looks for it
        self._live = LiveHub(self._home, self.clock, enough)
        stack.callback(self._live.close)
        self._parts = self._live.hub.parts
        self._start_actors(stack)
        self._sequence = 100

    def _start_actors(self, stack: ExitStack) -> None:
        keys, url = self._home / "keys", self._live.url
        self.terminals = {
            serial: Actor("zkteco_push", "--hub", url, "--serial", serial, "--dialect", dialect)
            for serial, dialect in (("SN-ATT-0001", "att2"), ("SN-ACC-0001", "acc3"))
        }
        password = ("--user", "lms", "--password-file", str(keys / "lms.password"))
        self._lms = Actor("xapi_push", "--hub", url, *password, "--course-prefix", _PREFIX)
        key = ("--key", str(keys / "demo" / "authority.pem"), "--kid", "demo-ca-1", "--source", _SOURCE)
        self._authority = Actor("authority", "--hub", f"{url}/in/authority", *key)
        for actor in (*self.terminals.values(), self._lms, self._authority):
            stack.callback(actor.close)

    def _provision(self) -> None:
        for person in STAFF:
            self.iam.add_user(person.number, person.account)
        inside = [person.number for person in INSIDE]
        for group in GROUPS:
            self.iam.add_group(group, inside if group.startswith("dc-") else ())

    # --- time ------------------------------------------------------------------------------------------------

    def go(self, text: str) -> None:
        """Let time pass until an instant; all that falls due before takes effect."""
        self._live.advance(at(text))

    def settle(self) -> None:
        """Wait until the hub has nothing under way."""
        self._live.settle()

    def until_inside(self, person: Person, group: str, inside: bool = True) -> float:
        """Milliseconds until the permission system shows somebody inside a group, or outside; then all settles."""
        word = "in" if inside else "out of"
        sentence = f"{person.number} is {word} {group}"
        ms = wait_for(lambda: (person.number in self.iam.members(group)) == inside, sentence, self._enough)
        self.settle()
        return ms

    # --- HR --------------------------------------------------------------------------------------------------

    def hire(self, person: Person) -> None:
        """HR adds somebody to the roster, and it is imported."""
        self._staff.append(person)
        self.import_roster()

    def schedule(self, session: str, course: str, start: str, end: str, *people: Person, pause: int = 0) -> None:
        """HR plans a session in the room of both terminals, and it is imported."""
        row = {"session": session, "course": course, "room": "A", "devices": ";".join(self.terminals)}
        row |= {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat(), "break_minutes": str(pause)}
        self._plan += [{**row, "employee_no": person.number} for person in people]
        self.import_roster()

    def import_roster(self) -> None:
        """The hub reads the roster as HR has written it."""
        self._write_roster()
        polled = self._parts.polling.one("roster")
        assert polled is not None
        self._parts.polling.ask(polled)
        self.settle()

    def _write_roster(self) -> None:
        folder = self._home / "roster"
        roster_csv.write_people(folder, [person.row() for person in self._staff])
        roster_csv.write_plan(folder, self._plan)

    def import_opening(self) -> dict[str, int]:
        """HR brings what people had before; what became of its lines."""
        preview = self._parts.opening.preview(opening(), self.clock.now())
        kept = self._parts.opening.keep(preview, ["HR"])
        self.settle()
        return dict(kept.counts)

    # --- those who answer for the hub ------------------------------------------------------------------------

    def approve(self, serial: str) -> None:
        """Let a terminal deliver."""
        manager = self._parts.operators.one("facility manager")
        self._parts.peers.decide(serial, "approved", manager, self._parts.writer)

    def enforce(self) -> None:
        """Two people carry out what is decided, from now."""
        for name in ("iam", "dc-operations"):
            self._parts.enforcement.enforce(name, self.clock.now(), ["HR Chen", "Security Wu"])

    def planned(self) -> list[str]:
        """What enforcing would change."""
        changes = self._parts.changes.changes()
        return sorted(f"{change.wanted} {change.person} {change.target}" for change in changes)

    def waits(self, person: Person) -> bool:
        """Whether punches of somebody wait for HR to know them."""
        return any(each.identifier == person.pin for each in self._parts.linking.unresolved())

    def verdict(self, person: Person, requirement: str) -> Verdict:
        """How a requirement stands, by the hub's own answer to why."""
        view = self._parts.why.person(person.number)
        assert view is not None
        standing = view.positions[0].standing
        parts = (part for credential in standing.credentials for part in credential.parts)
        return next(each for each in (*standing.verdicts, *parts) if each.requirement == requirement)

    # --- terminals -------------------------------------------------------------------------------------------

    def handshake(self, serial: str) -> None:
        """A terminal introduces itself."""
        self.terminals[serial].do({"do": "handshake"})

    def punch(self, serial: str, person: Person, when: str, state: str) -> int:
        """Somebody punches at a terminal; the status that the terminal heard."""
        self.go(when)
        order = {"do": "punch", "pin": person.pin, "at": at(when).isoformat(), "state": state, "verify": "15"}
        return int(self.terminals[serial].do(order)["status"])

    def end_session(self, when: str) -> None:
        """After the end both terminals ask for a while and send nothing: what they did not send did not happen."""
        self.go(when)
        for minute in range(16):  # a terminal that was silent is believed once it was quiet for the settle time
            for terminal in self.terminals.values():
                terminal.do({"do": "poll"})
            if not minute:
                self.settle()
            self._live.advance(self.clock.now() + timedelta(minutes=1))

    # --- learning platform -----------------------------------------------------------------------------------

    def study(self, person: Person, start: str, minutes: Iterable[int]) -> list[int]:
        """Somebody studies online, heard of at these minutes, and completes; the statuses that the platform heard."""
        began, verbs, heard = at(start), ["initialized"], []
        for minute in minutes:
            self._live.advance(began + timedelta(minutes=minute))
            heard.append(self._learns(person, do="study", course=_COURSE, verb=verbs.pop() if verbs else "progressed"))
        return [*heard, self._learns(person, do="study", course=_COURSE, verb="completed")]

    def exam(self, person: Person, exam: str, score: int) -> int:
        """Somebody passes an exam; the status that the platform heard."""
        return self._learns(person, do="exam", exam=exam, passed=True, score=score)

    def _learns(self, person: Person, **order: Any) -> int:
        return int(self._lms.do({**order, "who": person.account, "at": self.clock.now().isoformat()})["status"])

    # --- authority -------------------------------------------------------------------------------------------

    def certify(self, person: Person, *, low_until: str = "2029-12-31", **low: Any) -> list[int]:
        """The authority grants both certificates; the statuses that it heard. ``low``: what it says of the second."""
        return [
            self.push(person, HIGH, "active", valid_until="2029-12-31"),
            self.push(person, LOW, "active", valid_until=low_until, **low),
        ]

    def push(self, person: Person, credential: str, word: str, *, sequence: int | None = None, **order: Any) -> int:
        """The authority pushes a word about a certificate; the status that it heard. ``sequence``: not its next."""
        self._sequence += 1
        number = _number(person, credential)
        statement = {"do": "push", "holder": person.holder, "credential": credential, "number": number, "status": word}
        dates = {"valid_from": "2024-01-01", "valid_until": "2029-12-31", "at": self.clock.now().isoformat()}
        order = {"as" if name == "as_" else name: value for name, value in order.items()}
        return int(
            self._authority.do({**statement, **dates, "sequence": sequence or self._sequence, **order})["status"]
        )

    # --- authority that is asked -----------------------------------------------------------------------------

    def stands(self, person: Person, credential: str, state: str, since: str = "2024-01-01") -> None:
        """From now on the authority that is asked says so of a certificate."""
        self._asked.stands(_number(person, credential), state, at(since))

    def forge_answers(self, how: str) -> None:
        """Somebody does this to what it answers from now on."""
        self._asked.forged(how)

    def ask_authority(self) -> tuple[int, str]:
        """The hub asks about every certificate that it knows; how many questions came there, and the alarm of it."""
        before = self._asked.asked(self.clock.now())
        polled = self._parts.polling.one(ASKED)
        assert polled is not None
        page = self._parts.polling.ask(polled).page
        self.settle()
        return self._asked.asked(self.clock.now()) - before, "" if page is None else page.alarm

    # --- at the end ------------------------------------------------------------------------------------------

    def connectors(self) -> list[ConnectorStatus]:
        """How each connector stands."""
        adapters = {name: instance.spec.title for name, instance in self._parts.folder.instances.items()}
        return connectors(self._parts.database, adapters)

    def audit(self) -> tuple[bool, str]:
        """Export the log and have it checked by a process that knows nothing of the hub but its key; what it said."""
        copy, vkey = self._place / "log", self._parts.signing.vkey
        self._parts.trail.export(copy)
        command = [sys.executable, "-m", "audit_log.verify", str(copy), "--key", vkey]
        checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return checked.returncode == 0, checked.stdout.partition(", root")[0].strip() or checked.stderr.strip()


def _number(person: Person, credential: str) -> str:
    """The number of a certificate of somebody."""
    return f"{credential[0].upper()}-{person.number}"


def _point(settings: Path, scim_port: int, mail_port: int) -> None:
    """Point the example's sinks at the servers of this run."""
    text = settings.read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8711", f"127.0.0.1:{scim_port}").replace("port = 8725", f"port = {mail_port}")
    settings.write_text(text, encoding="utf-8")
