"""A command speaks one language: all of them are walked through, each in Chinese and in English."""

import json
import re
import shutil
from datetime import timedelta

import pytest
import typer

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.cli.app import app
from hub.cli.docs import names as pages
from hub.config import scaffold
from hub.config.folder import read_folder
from tests.conftest import HandClock
from tests.hub.cli.test_app import commands
from tests.hub.intake.test_words import E1, NOW, S1
from tests.journeys.commands import run

COMMANDS = {" ".join(path): command for path, command in commands(typer.main.get_command(app))}
BASIS = "--reason 样例 --evidence {file} --by a --by b"
AT = "2026-03-01T09:00"
LATER = "2099-01-01"

STORY = f"""
init {{new}}
check
check --online
doctor
connectors
docs
docs log.tamper
why E1
why E1 --position dc-operations --at 2026-03-01
plan
enforce dc-operations --by a
enforce dc-operations --by a --by b --start 2026-03-01
freeze iam --until {LATER} --reason x --by a
unfreeze iam --by a
halts
resume iam dc-ops --by a
reconcile
effectiveness
forecast 90d
people import
people accept --by a
people unresolved
people link terminals 4711 E1 --by a
people unlink terminals 4711 E1 --until {AT} --by a
people courses
people courses --csv {{csv}} --by a
people history E1
people credit E1 dc-safety --on {AT} --hours 1 {BASIS}
people excuse E1 S1 {BASIS}
people enrol E2 S1 {BASIS}
people withdraw E2 S1 {BASIS}
people defer E1 S1 --until {LATER} {BASIS}
people object E1 S1 {BASIS}
people practical E1 dc-operations --at {AT} {BASIS}
people mentor E1 dc-operations --mentor E2 --from {AT} {BASIS}
people incident E1 dc-operations --at {AT} {BASIS}
people incidents
people block E1 dc-operations --review {LATER} {BASIS}
people lift E1 dc-operations {BASIS}
people override E1 dc-operations supervised --until {LATER} {BASIS}
sessions show S1
sessions outside
sessions sign S1 --rows {{rows}} --evidence {{file}} --by a
sessions witness S1 E1 --witness E2 --at {AT} {BASIS}
jobs list
jobs show {{none}}
jobs cancel {{none}}
exams list
exams list --csv {{csv}} --by a
exams retry
partners list
partners retry lms
partners replay lms --since {AT}
credential enter E1 high-voltage-electrician N1 --from {AT} --until {LATER} {BASIS}
credential checks
credential renew E1 dc-operations dc-ops-qualification {BASIS}
credential reopen E1 high-voltage-electrician N1 {BASIS}
certificate list E1
certificate show N1
certificate export N1
certificate key
certificate verify {{file}}
register list E1 --by a
register add E1 {{file}} --about dc-ops-qualification --by a
register add E1 {{scan}} --about dc-ops-qualification --by a
register list E1
register show {{none}} --by a
register export {{none}} --by a
register remove {{none}} --reason x --by a
import opening {{opening}}
import opening {{opening}} --apply
devices list
devices pending
devices approve SN-ATT-0002 --by a
devices reject SN-ATT-0002 --by a
devices retire SN-ATT-0001 --by a
devices query SN-ATT-0001 --from {AT} --to 2026-03-01T10:00 --by a
devices commands SN-ATT-0001
devices clock SN-ATT-0001 --from {AT} --to 2026-03-01T10:00 --minutes 5 {BASIS}
quarantine list
quarantine show {{item}} --by a
quarantine replay {{item}} --by a
quarantine discard {{item}} --reason x --by a
alarms list
alarms list --names --by a
alarms show {{alarm}}
alarms show {{alarm}} --names
alarms ack {{alarm}} --by a
cases list
cases show {{case}}
cases decide {{case}} noted {BASIS}
mapping new people/mine --from people/roster_csv
mapping lint
mapping test
mapping preview {{rows}} --with people/roster_csv --form people
mapping what-if people/roster_csv
mapping diff people/roster_csv people/mine
mapping capture roster --for 1s
mapping page
rules lint
rules test
rules activate --losing 0 --by a
rules what-if {{draft}}
rules prove {{draft}}
rules renewal cisp
rules renewal cisp --toml
package key mine --secret {{secret}} --out {{out}}
package trust {{out}} --person Zhang --role author --by a
package sign mine people/roster_csv --key {{secret}} --out {{out}}
package sign-draft {{file}} --key {{secret}} --out {{out}}
package approve {{file}} --key {{secret}} --out {{out}}
package seal {{file}} --to {{file}} --out {{out}}
package open {{file}}
package deploy {{file}} --by a
package status
package rollback mine --to 1 --out {{out}}
package rekey --by a
authority try http://127.0.0.1:1/in/authority --source urn:x --scheme cisp
drill revoke --issuer authority
break-glass open E1 iam/dc-ops --reason x --by a --by b
break-glass list
break-glass end {{none}} --by a
audit verify
audit who {{token}} --by a
audit enclosed {{none}} --by a
audit erase E1 --reason x --by a --by b
audit prove {{none}}
audit export --to {{export}}
keys new --algorithm ed25519 --by a
keys enter {{file}} --of authority
keys list
keys rotate {{none}}
keys retire {{none}}
keys revoke {{none}} --reason x --by a
keys signed {{none}} --since {AT}
keys jwks
clock
clock believe --by a
tail
tail --names --by a
tail --entries
backup {{backup}}
restore {{backup}} {{restored}}
release --by a
upgrade
schema
support-bundle
support-bundle --show settings.json
demo sign-push {{file}}
connectors new generic/webhook crm --reads learning/x
"""
ELSEWHERE = {
    "serve": "runs until it is ended: tests/journeys/test_first_hour.py",
    "demo": "a story, told by its own test: tests/journeys/test_demo.py",
}
OF_NO_LANGUAGE = {
    "tail --entries": "entries of the log as they stand in it, member by member",
    "people history": "likewise",
    "rules renewal cisp --toml": "a file as it is written",
    "demo sign-push": "a call of curl, to be pasted",
}
NAMED_THERE = {"mapping preview": "name mail language position"}
"""Columns that the document of a line names."""
IN_ENGLISH = "（英文）"
"""So a page of the documentation is marked that is in English alone."""

_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]+")
_AS_WRITTEN = re.compile(
    r"""`[^`]*` | (?<![\w./-])licet(?:[ ]-?-?[a-z][a-z-]*)+ | '[^'\n]*' | "[^"\n]*"
    | [^\s，；：。、（）]*[0-9/_.=@<>*\[\]-][^\s，；：。、（）]*""",
    re.VERBOSE,
)
"""What is to be typed, what was found, and names of a form of their own: of no language."""
_LATIN = re.compile("[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """A hub for each language, alike: two people, a session, an alarm, a row that nobody can read, a statement."""
    place = tmp_path_factory.mktemp("languages")
    home = place / "hub"
    scaffold.write(home, "datacentre", demo=True)
    hr.write_people(home / "roster", [{**E1, "id:terminals": "4710"}, {**E1, "employee_no": "E2", "name": "李四"}])
    hr.write_plan(home / "roster", [{**S1, "starts_at": "2026-03-01 09:00", "ends_at": "2026-03-01 12:00"}])
    clock = HandClock(NOW)
    with Assembly(read_folder(home), clock, deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
        parts.peers.decide("SN-ATT-0001", "approved", parts.operators.one("a"), parts.writer, ["terminals"])
        person = parts.directory.named("E1")
        about = {"connector": "iam", "person": person, "position": "dc-operations", "target": "dc-ops"}
        parts.writer.call(lambda tx: tx.log("alarm", code="sink.unconfirmed", **about))
        clock.advance(timedelta(hours=1))
    with (home / "roster" / "people.csv").open("a", encoding="utf-8") as people:
        people.write("E3,王五,,zh,no-such-post,2026-01-32,,,,,\n")
    for language in ("zh", "en"):
        shutil.copytree(home, place / language / "hub")
    return place


def test_every_command_is_walked_through():
    told = {line for line in STORY.splitlines() if line}
    walked = {command_of(line) for line in told}
    assert COMMANDS.keys() - walked == ELSEWHERE.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_command_says_is_in_one_language(homes, language):
    walk = Walk(homes / language, language)
    said = {line: walk.said(line) for line in STORY.splitlines() if line}
    foreign = chinese_in if language == "en" else english_in
    names = names_of(walk.home)
    wrong = {
        line: found
        for line, text in said.items()
        if not line.startswith(tuple(OF_NO_LANGUAGE))
        and (found := [each for each in text.splitlines() if foreign(each, names, line) and IN_ENGLISH not in each])
    }
    assert wrong == {}
    assert sum(bool(text) for text in said.values()) > len(COMMANDS) * 0.9, "they say something"


def command_of(line):
    """The command that a line calls."""
    return next(name for name in sorted(COMMANDS, key=len, reverse=True) if f"{line} ".startswith(f"{name} "))


class Walk:
    """Commands upon one hub, each after the other."""

    def __init__(self, place, language):
        self.home, self.place, self.language = place / "hub", place, language
        file, rows = place / "file", place / "rows.csv"
        file.write_text("x", encoding="utf-8")
        rows.write_text("employee_no,from,to\nE1,,\n", encoding="utf-8")
        opening = place / "opening.csv"
        scan = place / "scan.pdf"
        scan.write_bytes(b"%PDF-1.4\n%%EOF\n")
        opening.write_text("employee_no,kind,what,required_hours\nE1,hours,dc-annual,40\nE9,hours,x,1\n", "utf-8")
        self.known = {
            "file": file,
            "rows": rows,
            "opening": opening,
            "scan": scan,
            "draft": self.home / "positions" / "dc-operations.toml",
            "none": "0" * 32,
            **{name: place / name for name in ("new", "csv", "secret", "out", "export", "backup", "restored")},
        }

    def said(self, line):
        """What a command prints, on both outputs, without the folder's own path."""
        name = command_of(line)
        given = [self._filled(each) for each in line.removeprefix(name).split()]
        done = run(*name.split(), *given, *self._folder(name), "--lang", self.language)
        assert done.returncode in (0, 1, 2) and "Traceback" not in done.stderr, done
        return (done.stdout + done.stderr).replace(str(self.place), "")

    def _folder(self, name):
        takes_folder = any("--config" in each.opts for each in COMMANDS[name].params)
        return ("-c", str(self.home)) if takes_folder else ()

    def _filled(self, text):
        if found := re.fullmatch(r"\{(item|alarm|case)\}", text):
            listed = {"item": "quarantine list", "alarm": "alarms list", "case": "cases list"}[found[1]]
            rows = json.loads(run(*listed.split(), "--json", *self._folder(listed)).stdout)
            return rows[0]["id"] if rows else self.known["none"]
        if text == "{token}":
            lines = run("tail", "--entries", "--json", *self._folder("tail")).stdout.splitlines()
            return next(entry["person"] for entry in map(json.loads, lines) if "person" in entry)
        return text.format(**self.known)


PEOPLE = ("张三", "李四")
PROPER = ("Licet", "Python", "Airflow", "MiB", "env", "null", "false", "true")
"""What no language translates."""


def names_of(home):
    """What is called the same in both languages: people, and what the folder and the documentation name."""
    texts = [path.read_text("utf-8") for path in sorted(home.rglob("*.toml"))]
    quoted = [each for text in texts for each in re.findall(r'"([^"]*)"|^\[+([^\]]*)', text, re.MULTILINE)]
    named = {word for pair in quoted for each in pair for word in _LATIN.findall(each)}
    return named | {word for page in pages() for word in _LATIN.findall(page)} | {*PEOPLE, *PROPER}


def chinese_in(line, names, _typed):
    """Chinese in a line of English that is no name."""
    plain = _AS_WRITTEN.sub(" ", line)
    return [each for each in _CHINESE.findall(plain) if each not in names]


def english_in(line, names, typed):
    """English words in a line of Chinese that are no names, and no letters that stand for several words."""
    plain, typed = _AS_WRITTEN.sub(" ", line), f"{typed} {NAMED_THERE.get(command_of(typed), '')}"
    return [each for each in _LATIN.findall(plain) if each not in names and each not in typed and not each.isupper()]
