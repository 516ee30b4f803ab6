"""Every place of a command where a name is typed: a misspelt one is refused, with the nearest that there is."""

from datetime import timedelta
from typing import get_args

import pytest
import typer

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.cli.app import app
from hub.config import scaffold
from hub.config.folder import read_folder
from schemas.nearest import MEANT
from tests.conftest import HandClock
from tests.hub.cli.test_app import commands
from tests.hub.intake.test_words import E1, NOW, S1
from tests.journeys.commands import run

BASIS = ("--reason", "x", "--evidence", "{file}", "--by", "a", "--by", "b")
WHEN = "2026-03-01T09:00"

NAMES = [
    # command, its arguments with one misspelt name, the parameter, what was meant
    ("why", ("E11",), "person", "E1"),
    ("why", ("E1", "--position", "dc-operation"), "position", "dc-operations"),
    ("enforce", ("dc-operation", "--by", "a", "--by", "b"), "name", "dc-operations"),
    ("enforce", ("iamm", "--by", "a", "--by", "b"), "name", "iam"),
    ("freeze", ("iamm", "--until", "2099-01-01", "--reason", "x", "--by", "a"), "name", "iam"),
    ("unfreeze", ("dc-operation", "--by", "a"), "name", "dc-operations"),
    ("resume", ("iamm", "dc-ops", "--by", "a"), "sink", "iam/dc-ops"),
    ("resume", ("iam", "dc-opps", "--by", "a"), "target", "iam/dc-ops"),
    ("resume", ("iam", "dc-ops", "--by", "a", "--person", "E11"), "person", "E1"),
    ("reconcile", ("iamm",), "sink", "iam"),
    ("cases list", ("--person", "E11"), "person", "E1"),
    ("people link", ("terminal", "17", "E1"), "source", "terminals"),
    ("people link", ("terminals", "17", "E11"), "person", "E1"),
    ("people unlink", ("terminal", "17", "E1", "--until", WHEN), "source", "terminals"),
    ("people unlink", ("terminals", "17", "E11", "--until", WHEN), "person", "E1"),
    ("people history", ("E11",), "person", "E1"),
    ("people credit", ("E11", "dc-safety", "--on", WHEN, "--hours", "1", *BASIS), "person", "E1"),
    ("people credit", ("E1", "dc-safty", "--on", WHEN, "--hours", "1", *BASIS), "course", "dc-safety"),
    ("people courses", ("--course", "dc-safty"), "course", "dc-safety"),
    ("people excuse", ("E11", "S1", *BASIS), "person", "E1"),
    ("people excuse", ("E1", "S11", *BASIS), "session", "S1"),
    ("people enrol", ("E11", "S1", *BASIS), "person", "E1"),
    ("people enrol", ("E1", "S11", *BASIS), "session", "S1"),
    ("people withdraw", ("E11", "S1", *BASIS), "person", "E1"),
    ("people withdraw", ("E1", "S11", *BASIS), "session", "S1"),
    ("people defer", ("E11", "S1", "--until", "2099-01-01", *BASIS), "person", "E1"),
    ("people defer", ("E1", "S11", "--until", "2099-01-01", *BASIS), "session", "S1"),
    ("people object", ("E11", "S1", *BASIS), "person", "E1"),
    ("people object", ("E1", "S11", *BASIS), "session", "S1"),
    ("people practical", ("E11", "dc-operations", "--at", WHEN, *BASIS), "person", "E1"),
    ("people practical", ("E1", "dc-operation", "--at", WHEN, *BASIS), "position", "dc-operations"),
    ("people mentor", ("E11", "dc-operations", "--mentor", "E2", "--from", WHEN, *BASIS), "person", "E1"),
    ("people mentor", ("E1", "dc-operation", "--mentor", "E2", "--from", WHEN, *BASIS), "position", "dc-operations"),
    ("people mentor", ("E1", "dc-operations", "--mentor", "E22", "--from", WHEN, *BASIS), "mentor", "E2"),
    ("people incident", ("E11", "dc-operations", "--at", WHEN, *BASIS), "person", "E1"),
    ("people incident", ("E1", "dc-operation", "--at", WHEN, *BASIS), "position", "dc-operations"),
    ("people incident", ("E1", "dc-operations", "--at", WHEN, "--course", "dc-safty", *BASIS), "course", "dc-safety"),
    ("people block", ("E11", "dc-operations", "--review", "2099-01-01", *BASIS), "person", "E1"),
    ("people block", ("E1", "dc-operation", "--review", "2099-01-01", *BASIS), "position", "dc-operations"),
    (
        "people block",
        ("E1", "dc-operations", "--scope", "supervized", "--review", "2099-01-01", *BASIS),
        "scope",
        "supervised",
    ),
    ("people lift", ("E11", "dc-operations", *BASIS), "person", "E1"),
    ("people lift", ("E1", "dc-operation", *BASIS), "position", "dc-operations"),
    ("people override", ("E11", "dc-operations", "full", "--until", "2099-01-01", *BASIS), "person", "E1"),
    ("people override", ("E1", "dc-operation", "full", "--until", "2099-01-01", *BASIS), "position", "dc-operations"),
    ("people override", ("E1", "dc-operations", "ful", "--until", "2099-01-01", *BASIS), "scope", "full"),
    ("sessions show", ("S11",), "session", "S1"),
    ("sessions sign", ("S11", "--rows", "{rows}", "--evidence", "{file}", "--by", "a"), "session", "S1"),
    ("sessions witness", ("S11", "E1", "--witness", "E2", "--at", WHEN, *BASIS), "session", "S1"),
    ("sessions witness", ("S1", "E11", "--witness", "E2", "--at", WHEN, *BASIS), "person", "E1"),
    ("sessions witness", ("S1", "E1", "--witness", "E22", "--at", WHEN, *BASIS), "other", "E2"),
    ("rules what-if", ("{draft}", "--people", "E11"), "people", "E1"),
    ("rules renewal", ("cisps",), "rule", "cisp"),
    ("exams list", ("--exam", "dc-ops-exan"), "exam", "dc-ops-exam"),
    ("audit erase", ("E11", "--reason", "x", "--by", "a", "--by", "b"), "person", "E1"),
    ("credential enter", ("E11", "high-voltage-electrician", "N1", *BASIS), "person", "E1"),
    ("credential enter", ("E1", "high-voltage-electricain", "N1", *BASIS), "credential", "high-voltage-electrician"),
    ("credential renew", ("E11", "dc-operations", "dc-ops-qualification", *BASIS), "person", "E1"),
    ("credential renew", ("E1", "dc-operation", "dc-ops-qualification", *BASIS), "position", "dc-operations"),
    ("credential renew", ("E1", "dc-operations", "dc-ops-qualificaton", *BASIS), "credential", "dc-ops-qualification"),
    ("credential reopen", ("E11", "high-voltage-electrician", "N1", *BASIS), "person", "E1"),
    ("credential reopen", ("E1", "high-voltage-electricain", "N1", *BASIS), "credential", "high-voltage-electrician"),
    ("register add", ("E11", "{file}", "--about", "dc-ops-exam", "--by", "a"), "person", "E1"),
    ("register add", ("E1", "{file}", "--about", "dc-ops-exan", "--by", "a"), "about", "dc-ops-exam"),
    ("register list", ("E11",), "person", "E1"),
    ("certificate list", ("E11",), "person", "E1"),
    ("devices reject", ("SN-ATT-001",), "serial", "SN-ATT-0001"),
    ("devices retire", ("SN-ATT-001",), "serial", "SN-ATT-0001"),
    ("devices query", ("SN-ATT-001", "--from", WHEN, "--to", "2026-03-01T10:00"), "serial", "SN-ATT-0001"),
    ("devices commands", ("SN-ATT-001",), "serial", "SN-ATT-0001"),
    ("devices clock", ("SN-ATT-001", "--from", WHEN, "--to", "2026-03-01T10:00", *BASIS), "serial", "SN-ATT-0001"),
    ("mapping new", ("people/mine", "--from", "people/roster_cvs"), "shipped", "people/roster_csv"),
    ("mapping new", ("people/mine", "--body", "{file}", "--record", "people.Persn"), "record", "people.Person"),
    ("mapping diff", ("people/roster_cvs", "people/roster_csv"), "before", "people/roster_csv"),
    ("mapping diff", ("people/roster_csv", "people/roster_cvs"), "after", "people/roster_csv"),
    ("mapping lint", ("people/roster_cvs",), "documents", "people/roster_csv"),
    ("mapping test", ("people/roster_cvs",), "documents", "people/roster_csv"),
    ("mapping preview", ("{rows}", "--with", "people/roster_cvs"), "document", "people/roster_csv"),
    ("mapping preview", ("{rows}", "--with", "people/roster_csv", "--form", "poeple"), "form", "people"),
    ("mapping diff", ("people/roster_csv", "people/roster_csv", "--of", "rostr"), "of", "roster"),
    ("mapping what-if", ("people/roster_cvs",), "draft", "people/roster_csv"),
    ("mapping capture", ("rostr",), "connector", "roster"),
    ("mapping what-if", ("people/roster_csv", "--of", "rostr"), "of", "roster"),
    ("connectors new", ("generic/webhok", "x", "--reads", "learning/x"), "adapter", "generic/webhook"),
    ("connectors new", ("generic/webhook", "x", "--reads", "learning/x", "--set", "medai=a/b"), "given", "media"),
    ("serve", ("--roles", "decider,delivery"), "roles", "deliverer"),
    ("drill revoke", ("--issuer", "authorty"), "issuer", "authority"),
    ("break-glass open", ("E11", "iam/dc-ops", "--reason", "x", "--by", "a", "--by", "b"), "person", "E1"),
    ("break-glass open", ("E1", "iam/dc-opps", "--reason", "x", "--by", "a", "--by", "b"), "target", "iam/dc-ops"),
    ("keys enter", ("{file}", "--of", "autority"), "of", "authority"),
    ("keys list", ("--of", "autority"), "of", "authority"),
    ("keys retire", ("k", "--of", "autority"), "of", "authority"),
    ("keys revoke", ("k", "--of", "autority", "--reason", "x", "--by", "a"), "of", "authority"),
    ("keys signed", ("k", "--of", "autority", "--since", WHEN), "of", "authority"),
    ("package sign", ("mine", "people/roster_cvs", "--key", "{file}", "--out", "x"), "documents", "people/roster_csv"),
    ("init", ("{new}", "--example", "datacenter"), "example", "datacentre"),
]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """What stands for the files of a hub with two people, a session and a terminal; no command changes it."""
    place = tmp_path_factory.mktemp("misspelt")
    home, file, rows = place / "hub", place / "file", place / "rows.csv"
    scaffold.write(home, "datacentre", demo=True)
    file.write_text('{"a": 1}', encoding="utf-8")
    rows.write_text("employee_no,from,to\nE1,,\n", encoding="utf-8")
    hr.write_people(home / "roster", [E1, {**E1, "employee_no": "E2"}])
    hr.write_plan(home / "roster", [{**S1, "starts_at": "2026-03-01 09:00", "ends_at": "2026-03-01 12:00"}])
    clock = HandClock(NOW)
    with Assembly(read_folder(home), clock, deciding=True) as parts:
        polling = parts.polling
        assert polling.ask(polling.one("roster")).error is None
        parts.peers.decide("SN-ATT-0001", "approved", parts.operators.one("a"), parts.writer, ["terminals"])
        clock.advance(timedelta(hours=1))
    return {
        "home": str(home),
        "file": str(file),
        "rows": str(rows),
        "new": str(place / "new"),
        "draft": str(home / "positions" / "dc-operations.toml"),
    }


def called(words, command, given):
    takes_folder = any("--config" in each.opts for each in COMMANDS[command].params)
    folder = ("-c", words["home"]) if takes_folder else ()
    return run(*command.split(), *(each.format(**words) for each in given), *folder, "--lang", "en")


COMMANDS = {" ".join(path): command for path, command in commands(typer.main.get_command(app))}


@pytest.mark.parametrize(("command", "given", "parameter", "meant"), NAMES, ids=[f"{n[0]}:{n[2]}" for n in NAMES])
def test_a_misspelt_name_is_refused_with_the_nearest(words, command, given, parameter, meant):
    done = called(words, command, given)
    assert done.returncode in (1, 2) and f"{MEANT} '{meant}'?" in done.stdout + done.stderr, done
    assert "?;" not in done.stdout + done.stderr, "a question is the end of what is said"


IDS = {
    "alarm": ("alarms list", [("alarms show", ("x",)), ("alarms ack", ("x", "--by", "a"))]),
    "case": ("cases list", [("cases show", ("ff",)), ("cases decide", ("ff", "noted", *BASIS))]),
    "item": (
        "quarantine list",
        [
            ("quarantine show", ("x", "--by", "a")),
            ("quarantine replay", ("x", "--by", "a")),
            ("quarantine discard", ("x", "--by", "a", "--reason", "x")),
        ],
    ),
    "id": ("break-glass list", [("break-glass end", ("x", "--by", "a"))]),
    "entry": ("tail --entries --json", [("audit prove", ("x",)), ("audit enclosed", ("x", "--by", "a"))]),
    "token": ("tail --entries --json", [("audit who", ("x", "--by", "a"))]),
    "number": ("certificate list", [("certificate show", ("N9",)), ("certificate export", ("N9",))]),
    "document": (
        "register list",
        [
            ("register show", ("x",)),
            ("register export", ("x",)),
            ("register remove", ("x", "--reason", "x", "--by", "a", "--by", "b")),
        ],
    ),
    "kid": (
        "keys list",
        [
            ("keys rotate", ("x",)),
            ("keys retire", ("x",)),
            ("keys revoke", ("x", "--reason", "x", "--by", "a")),
            ("keys signed", ("x", "--since", WHEN)),
        ],
    ),
}
"""Ids that the hub gave, which nobody knows by heart: a wrong one is told with the command that shows them."""


@pytest.mark.parametrize(
    ("command", "given", "shown_by"),
    [(command, given, shown_by) for shown_by, calls in IDS.values() for command, given in calls],
)
def test_an_id_that_is_none_is_refused_with_the_command_that_shows_them(words, command, given, shown_by):
    done = called(words, command, given)
    assert done.returncode in (1, 2) and f"licet {shown_by}" in done.stdout + done.stderr, done


FREE = {
    "who, why, when": "check_by by reason start until at since end on review ahead",
    "words and numbers that are not names here": "secret prev identifier listen url media_type context audience "
    "algorithm verdict role source scheme to_csv span",
}
"""Parameters that take a text but no name of something that there is."""

ELSEWHERE = {
    # a parameter of FREE's or IDS' name that takes a name there, or a name that is new or optional there
    ("devices approve", "serial"): "one that has not called yet may be approved before it does",
    ("mapping new", "name"): "new",
    ("mapping preview", "keep"): "new",
    ("connectors new", "name"): "new",
    ("connectors new", "reads"): "its document may come later: it is told that there is none",
    ("package key", "name"): "new",
    ("package sign", "name"): "new",
    ("package trust", "person"): "a person who signs, of the house or not",
    ("keys enter", "kid"): "new",
    ("credential enter", "number"): "as it is printed",
    ("credential reopen", "number"): "as it is printed",
    ("register add", "number"): "as it is printed",
    ("cases decide", "person"): "of a case that there is: tests/hub/cases",
    ("cases decide", "session"): "of a case that there is: tests/hub/cases",
    ("jobs list", "state"): "one of those listed",
    ("jobs show", "job"): "of a job that there is: tests/hub/jobs",
    ("jobs cancel", "job"): "of a job that there is: tests/hub/jobs",
    ("partners list", "state"): "one of those listed",
    ("partners list", "partner"): "of a partner that there is: tests/hub/partners",
    ("partners retry", "partner"): "of a partner that there is: tests/hub/partners",
    ("partners replay", "partner"): "of a partner that there is: tests/hub/partners",
    ("package rollback", "name"): "of a package that there is: tests/hub/packages",
    ("package rollback", "to"): "a number",
    ("package seal", "to"): "a file",
    ("docs", "page"): "a page or a code, with the nearest: tests/hub/cli/test_docs.py",
    ("support-bundle", "shown"): "a file of its own: tests/hub/doctor/test_support_bundle.py",
    ("audit export", "target"): "a folder",
    ("authority try", "kid"): "of another's hub, which answers for itself",
    ("authority try", "scheme"): "of another's hub, which answers for itself",
    ("authority try", "holder"): "of another's hub, which answers for itself",
    ("authority try", "profile"): "one of those listed",
}


def test_every_text_that_a_command_takes_is_looked_at():
    named = {(command, parameter) for command, _given, parameter, _meant in NAMES}
    ids = {(command, parameter) for parameter, (_by, calls) in IDS.items() for command, _given in calls}
    free = {name for names in FREE.values() for name in names.split()} | {"lang"}
    asked = {
        (name, each.name)
        for name, command in COMMANDS.items()
        for each in command.params
        if str in (each.type_descriptor.annotation, *get_args(each.type_descriptor.annotation))
    }
    left = {pair for pair in asked - named - ids - ELSEWHERE.keys() if pair[1] not in free}
    assert not left
