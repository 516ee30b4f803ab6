"""The whole story on real wires, in about half a minute: ``licet demo``.

A new hire earns access, others lose and regain it. A claim is checked where its effect is: at the permission system,
in the mailbox, at the system that heard the answer. Where only the hub can say it, its line says so.
"""

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from hub.demo.cast import (
    ASSIST,
    EXPIRED,
    HIGH,
    HOLDERS,
    INSIDE,
    LAPSED,
    NEW_HIRE,
    OPS,
    REVOKED,
    STRANGER,
    WITHOUT,
    ZONE,
    Person,
)
from hub.demo.company import Company, Way, straight
from hub.demo.stage import Mail, Patience, patient, require_servers
from hub.demo.tale import HUB, Seen, Step, Tale, ending

ATTENDANCE, ACCESS = "SN-ATT-0001", "SN-ACC-0001"
SCIM, MAILBOX, TERMINAL, PLATFORM, AUTHORITY, ASKED = (
    "scim2-server",
    "mailbox",
    "terminal heard",
    "LMS heard",
    "authority heard",
    "SOAP authority",
)


def run(as_json: bool, enough: Patience = patient, way: Way = straight) -> bool:
    """Tell the story; whether every claim held.

    ``enough``: when it gives up to wait; ``way``: how the hub reaches the outside systems.

    Raises:
        ConfigError: The servers that it needs are not installed.
    """
    require_servers()
    tale = Tale(quiet=as_json)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="licet-demo-") as temporary, ExitStack() as stack:
        company = Company(Path(temporary), stack, enough, way)
        Story(company, tale).tell()
        connectors = company.connectors()
    seconds = round(time.perf_counter() - began, 1)
    if as_json:
        told = {"held": tale.held, "seconds": seconds, "connectors": [each.json() for each in connectors]}
        print(json.dumps({**told, "steps": [step.json() for step in tale.steps]}, ensure_ascii=False))
    else:
        print(ending(tale, connectors, seconds))
    return tale.held


DEMANDED = {"rule_id": "review/3y", "demands": "复审前须完成 8 学时安全培训", "hours_required": "8"}


class Story:
    """What happens to the people of the company, and how it is seen."""

    def __init__(self, company: Company, tale: Tale) -> None:
        self._at = company
        self._tale = tale

    def tell(self) -> None:
        """The story, in the order of its calendar. It ends where something waited for does not come."""
        try:
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
            self._asked_over_soap()
            self._warned()
            self._accounts()
        except TimeoutError as error:
            self._say("demo", "goes no further", "something did not come", Seen("demo", str(error), False))

    # --- everything first in observe -------------------------------------------------------------------------

    def _observe_first(self) -> None:
        self._at.import_roster()
        for serial in (ATTENDANCE, ACCESS):
            self._at.handshake(serial)
            before = self._at.punch(serial, NEW_HIRE, "2026-01-05T08:00", "0")
            self._at.approve(serial)
            self._at.handshake(serial)
            after = self._at.punch(serial, NEW_HIRE, "2026-01-05T08:00", "0")
            both = Seen(TERMINAL, f"{before} while pending, {after} once approved", (before, after) == (403, 200))
            self._say(serial, "called by itself, is approved", "punches of an unapproved terminal are refused", both)
        counts = self._at.import_opening()
        heard = [status for person in (REVOKED, LAPSED) for status in self._at.certify(person)]
        heard += self._at.certify(EXPIRED, low_until="2026-01-31", renewal=DEMANDED)
        self._at.settle()
        self._say(
            "4 staff",
            "opening balances in",
            "observe: credentials held, access present, no door moves",
            self._heard(AUTHORITY, heard, 202),
            Seen(HUB, f"{counts.get('applied')} balances applied", counts == {"applied": 11}),
            *self._as_provisioned(),
        )
        planned = self._at.planned()
        self._say(
            "plan",
            "shows what enforcing would do",
            "wanted against what the doors show",
            Seen(HUB, "; ".join(planned), planned == ["absent E1006 dc-assist", "absent E1006 dc-ops"]),
            *self._as_provisioned(),
        )

    def _enforce(self) -> None:
        self._at.go("2026-01-05T12:00")
        self._at.enforce()
        ms = self._at.until_inside(WITHOUT, OPS, False)
        self._say(
            WITHOUT.number,
            "loses access he had without evidence",
            "two people enforced the plan",
            self._door(WITHOUT),
            *(self._members(group, *HOLDERS) for group in (ASSIST, OPS)),
            ms=ms,
        )

    def _new_hire_trains(self) -> None:
        self._at.schedule("S-SAFETY", "dc-safety", "2026-01-06T09:00", "2026-01-06T12:00", NEW_HIRE, STRANGER)
        self._say(NEW_HIRE.number, "starts with nothing", "new hire, course assigned", self._door(NEW_HIRE))
        heard = [
            self._at.punch(ATTENDANCE, NEW_HIRE, f"2026-01-06T{clock}", state)
            for clock, state in (("08:55", "0"), ("10:00", "1"), ("10:20", "0"), ("12:02", "1"))
        ]
        self._at.end_session("2026-01-06T12:31")
        self._say(
            NEW_HIRE.number,
            "attended pre-post training",
            "left 10:00-10:20, which is deducted",
            self._heard(TERMINAL, heard, 200),
            self._hours(NEW_HIRE, "prepost-hours", "2.6"),
            self._door(NEW_HIRE),
        )

    def _stranger_punches(self) -> None:
        self._at.go("2026-01-06T13:00")
        self._at.schedule("S-SAFETY-2", "dc-safety", "2026-01-07T09:00", "2026-01-07T12:00", STRANGER)
        heard = [
            self._at.punch(ACCESS, STRANGER, f"2026-01-07T{clock}", state)
            for clock, state in (("08:58", "0"), ("12:01", "1"))
        ]
        self._at.end_session("2026-01-07T12:31")
        waits = self._at.waits(STRANGER)
        self._say(
            f"PIN {STRANGER.pin}",
            "punched, unknown to HR",
            "held, not lost",
            self._heard(TERMINAL, heard, 200),
            Seen(HUB, "held" if waits else "not held", waits),
        )
        self._at.go("2026-01-08T09:00")
        self._at.hire(STRANGER)
        waits = self._at.waits(STRANGER)
        self._say(
            STRANGER.number,
            "is recognised",
            "HR added him: what was held counts as his",
            self._hours(STRANGER, "prepost-hours", "3.0"),
            Seen(HUB, "still held" if waits else "nothing held", not waits),
        )

    def _new_hire_studies(self) -> None:
        heard = self._at.study(NEW_HIRE, "2026-01-08T14:00", [0, 8, 16, 61, 69, 75])
        self._at.settle()
        state = self._at.verdict(NEW_HIRE, "prepost-course").state
        self._say(
            NEW_HIRE.number,
            "studied online, one break too long",
            "16 -> 61 min is over 30",
            self._heard(PLATFORM, heard, 200),
            Seen(HUB, f"course {state}", state == "not_met"),
            self._door(NEW_HIRE),
        )
        heard = self._at.study(NEW_HIRE, "2026-01-09T14:00", range(0, 64, 7))
        ms = self._at.until_inside(NEW_HIRE, ASSIST)
        self._say(
            NEW_HIRE.number,
            "becomes provisional: supervised",
            "hours, rate and a clean pass",
            self._heard(PLATFORM, heard, 200),
            self._door(NEW_HIRE, ASSIST),
            ms=ms,
        )

    def _new_hire_qualifies(self) -> None:
        self._at.go("2026-01-20T10:00")
        certified = self._at.certify(NEW_HIRE)
        passed = self._at.exam(NEW_HIRE, "dc-ops-exam", 92)
        ms = self._at.until_inside(NEW_HIRE, OPS)
        self._say(
            NEW_HIRE.number,
            "qualifies: full access",
            "exam 92, both certificates",
            self._heard(AUTHORITY, certified, 202),
            self._heard(PLATFORM, [passed], 200),
            self._door(NEW_HIRE, ASSIST, OPS),
            ms=ms,
        )

    # --- the others ------------------------------------------------------------------------------------------

    def _revoked(self) -> None:
        self._at.go("2026-01-21T09:30")
        heard = self._at.push(REVOKED, HIGH, "revoked", as_="xml")
        ms = self._at.until_inside(REVOKED, OPS, False)
        self._say(
            REVOKED.number,
            "certificate revoked by the authority: door closed",
            "signed XML push",
            self._heard(AUTHORITY, [heard], 202),
            self._door(REVOKED, ASSIST),
            self._mailed(REVOKED, "岗位权限已限制"),
            ms=ms,
        )

    def _late_and_forged(self) -> None:
        late = self._at.push(REVOKED, HIGH, "active", sequence=1)
        self._at.settle()
        self._say(
            REVOKED.number,
            "a stale grant arrives late: door stays closed",
            "older sequence than the revocation",
            self._heard(AUTHORITY, [late], 202),
            self._door(REVOKED, ASSIST),
        )
        forged = self._at.push(REVOKED, HIGH, "suspended", forge=True)
        self._at.settle()
        self._say(
            REVOKED.number,
            "a forged push is refused: door stays closed",
            "suspended was signed, the body says active",
            self._heard(AUTHORITY, [forged], 401),
            self._door(REVOKED, ASSIST),
        )

    def _validity_passes(self) -> None:
        self._at.go("2026-01-31T23:59")
        before = self._door(EXPIRED, ASSIST, OPS)
        quoted = [line for line in self._texts(EXPIRED) if "发证机构就该资质告知的续期要求" in line]
        demanded = any(DEMANDED["demands"] in line for line in self._texts(EXPIRED))
        self._at.go("2026-02-01T00:00")
        self._say(
            EXPIRED.number,
            "validity of a certificate passes: door closed",
            "valid until 2026-01-31, counted in full; what its renewal takes was quoted in the warning",
            Seen(MAILBOX, quoted[0] if quoted else "quoted nothing", demanded and "2026年1月5日告知" in quoted[0]),
            Seen(before.where, f"23:59 {before.what}", before.held),
            self._door(EXPIRED, ASSIST),
        )

    def _texts(self, person: Person) -> list[str]:
        """All lines of all mails to somebody."""
        return [line for mail in self._at.mail.messages(person.mail) for line in mail.text.splitlines()]

    def _lapses_and_returns(self) -> None:
        self._at.go("2026-02-15T23:59")
        before = self._door(LAPSED, ASSIST, OPS)
        self._at.go("2026-02-16T08:00")
        self._say(
            LAPSED.number,
            "own qualification lapses: door closed",
            "year ended without re-training",
            Seen(before.where, f"the day before {before.what}", before.held),
            self._door(LAPSED),
        )
        self._at.schedule("S-ANNUAL", "dc-annual", "2026-02-17T09:00", "2026-02-17T16:00", LAPSED, pause=60)
        for clock, state in (("08:57", "0"), ("12:00", "1"), ("13:00", "0"), ("16:01", "1")):
            self._at.punch(ATTENDANCE, LAPSED, f"2026-02-17T{clock}", state)
        self._at.end_session("2026-02-17T16:31")
        hours, still_out = self._hours(LAPSED, "annual-hours", "6.0"), self._door(LAPSED)
        passed = self._at.exam(LAPSED, "dc-ops-reexam", 88)
        ms = self._at.until_inside(LAPSED, OPS)
        self._say(
            LAPSED.number,
            "re-trained and reinstated",
            "annual hours, then exam 88",
            hours,
            Seen(still_out.where, f"before the exam {still_out.what}", still_out.held),
            self._heard(PLATFORM, [passed], 200),
            self._door(LAPSED, ASSIST, OPS),
            ms=ms,
        )

    def _asked_over_soap(self) -> None:
        self._at.go("2026-03-02T09:00")
        for person, state in ((NEW_HIRE, "正常"), (EXPIRED, "正常"), (REVOKED, "注销"), (LAPSED, "注销")):
            self._at.stands(person, HIGH, state)
        questions, alarm = self._at.ask_authority()
        self._at.until_inside(LAPSED, OPS, False)
        self._say(
            LAPSED.number,
            "certificate withdrawn at an authority that only answers: door closed",
            "asked over SOAP, the answer signed (WS-Security)",
            Seen(ASKED, f"{questions} questions", questions == len(INSIDE) and not alarm),
            self._door(LAPSED, ASSIST),
        )
        self._at.forge_answers("in_a_header")
        _questions, alarm = self._at.ask_authority()
        self._say(
            LAPSED.number,
            "a forged answer is refused: door stays closed",
            "signed body moved aside, another one in its place",
            Seen(HUB, alarm or "no alarm", alarm == "wss.wrapped"),
            self._door(LAPSED, ASSIST),
        )

    def _warned(self) -> None:
        self._at.go("2026-10-20T23:00")
        before = len(self._warnings())
        self._at.go("2026-10-21T12:00")
        mails = self._warnings()
        text = mails[-1].text if mails else ""
        lines = " ".join(line for line in text.splitlines() if line.startswith("-"))
        figures = all(each in text for each in ("2027年1月20日", "0.0/6"))
        self._say(
            NEW_HIRE.number,
            "warned three months ahead by mail",
            "his qualification ends on 2027-01-20",
            Seen(MAILBOX, f"{before} the day before, {len(mails)} now", (before, len(mails)) == (0, 1)),
            Seen(MAILBOX, lines[:90] or "no figures", figures),
            self._door(NEW_HIRE, ASSIST, OPS),
        )

    def _warnings(self) -> list[Mail]:
        return [mail for mail in self._at.mail.messages(NEW_HIRE.mail) if "到期" in mail.subject]

    # --- the hub's own accounts ------------------------------------------------------------------------------

    def _accounts(self) -> None:
        connectors = self._at.connectors()
        wrong = [each.name for each in connectors if not each.balanced]
        balanced = Seen(HUB, f"not balanced: {wrong}" if wrong else f"{len(connectors)} connectors", not wrong)
        self._say("hub", "lost nothing", "received = what became of it, for every connector", balanced)
        good, verdict = self._at.audit()
        self._say("log", "is whole", "exported, and checked without the hub", Seen("audit_log.verify", verdict, good))

    # --- how it is seen --------------------------------------------------------------------------------------

    def _say(self, who: str, what: str, why: str, *seen: Seen, ms: float | None = None) -> None:
        when = self._at.clock.now().astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        self._tale.tell(Step(when, who, what, why, seen, ms))

    def _door(self, person: Person, *groups: str) -> Seen:
        """What the permission system shows of somebody, who should be in these groups and no other."""
        inside = self._at.iam.groups(person.number)
        return Seen(SCIM, f"in {', '.join(inside) or 'no group'}", sorted(inside) == sorted(groups))

    def _members(self, group: str, *people: Person) -> Seen:
        inside = self._at.iam.members(group)
        return Seen(SCIM, f"{group}: {' '.join(sorted(inside))}", inside == {person.number for person in people})

    def _as_provisioned(self) -> list[Seen]:
        """Nothing has moved, and nobody was told."""
        mails = len(self._at.mail.messages())
        doors = [self._members(group, *INSIDE) for group in (ASSIST, OPS)]
        return [*doors, Seen(MAILBOX, f"{mails} mails", mails == 0)]

    def _heard(self, where: str, statuses: list[int], wanted: int) -> Seen:
        told = " ".join(map(str, sorted(set(statuses))))
        return Seen(where, f"{len(statuses)} x {told}", set(statuses) == {wanted})

    def _mailed(self, person: Person, wanted: str) -> Seen:
        subjects = [mail.subject for mail in self._at.mail.messages(person.mail)]
        return Seen(MAILBOX, subjects[-1] if subjects else "no mail", any(wanted in subject for subject in subjects))

    def _hours(self, person: Person, requirement: str, done: str) -> Seen:
        hours = dict(self._at.verdict(person, requirement).figures).get("hours", "no figure")
        return Seen(HUB, f"hours {hours}", hours.startswith(done))
