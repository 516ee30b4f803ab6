"""A claim holds where somebody looked and everything was as claimed, and nowhere else."""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from hub.demo import story
from hub.demo.company import straight
from hub.demo.stage import patient
from hub.demo.tale import HUB, Seen, Step, Tale, ending
from tests.contract.mailbox import listening
from tests.faults.proxy import Proxy


def step(*seen):
    return Step("2026-01-05 08:00", "E1", "goes in", "may", seen)


AS_CLAIMED, OTHERWISE = Seen("scim2-server", "in dc-ops", True), Seen("mailbox", "no mail", False)


def test_a_claim_that_nobody_looked_at_does_not_hold():
    assert not step().held and str(step()).startswith("✗")
    assert step(AS_CLAIMED).held and str(step(AS_CLAIMED)).startswith("✓")
    assert not step(AS_CLAIMED, OTHERWISE).held


def test_what_is_not_as_claimed_is_marked_where_it_was_seen():
    assert str(step(AS_CLAIMED, OTHERWISE)).endswith("scim2-server: in dc-ops; ✗ mailbox: no mail")


def test_a_tale_of_nothing_or_with_one_broken_claim_did_not_hold():
    tale = Tale(quiet=True)
    assert not tale.held
    tale.tell(step(AS_CLAIMED))
    assert tale.held and "every claim held: 1 steps" in ending(tale, [], 0.1)
    tale.tell(step(OTHERWISE))
    assert not tale.held and "A CLAIM DID NOT HOLD" in ending(tale, [], 0.1)


def told(capsys, enough=patient, way=straight):
    held = story.run(as_json=True, enough=enough, way=way)
    tale = json.loads(capsys.readouterr().out)
    assert tale["held"] == held
    return tale


def test_a_door_that_only_says_it_closed_is_found_out(capsys):
    liars = []
    with ExitStack() as stack:

        def way(instance, port):
            if instance != "iam":
                return port
            liars.append(stack.enter_context(Proxy("127.0.0.1", port)))
            liars[0].fail(*["204"] * 1000)
            return liars[0].port

        def enough(seconds):
            return patient(seconds) or [each.method for each in liars[0].seen].count("PATCH") >= 4

        tale = told(capsys, enough, way)
    assert not tale["held"]
    last = tale["steps"][-1]
    assert not last["held"] and "E1006 is out of dc-ops" in last["seen"][0]["what"]


def test_mail_that_is_only_said_to_be_sent_is_found_out(capsys):
    with listening() as elsewhere:
        tale = told(capsys, way=lambda instance, port: elsewhere.port if instance == "mail" else port)
        assert elsewhere.taken
    assert not tale["held"]
    broken = [each for each in tale["steps"] if not each["held"]]
    assert {seen["where"] for each in broken for seen in each["seen"] if not seen["held"]} == {"mailbox"}
    assert [each["who"] for each in broken] == ["E1002", "E1003", "E1001"]


def test_only_what_nobody_outside_can_show_rests_on_the_hubs_word_alone(capsys):
    tale = told(capsys)
    assert tale["held"]
    alone = [step["what"] for step in tale["steps"] if {seen["where"] for seen in step["seen"]} == {HUB}]
    assert alone == ["is recognised", "lost nothing"]


WITHOUT_SERVERS = (
    "import sys; sys.modules.update({modules}); from hub.cli.app import main; sys.argv[0] = 'licet'; main()"
)


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("scim2_server",), "scim2-server"),
        (("aiosmtpd",), "aiosmtpd"),
        (("zeep", "xmlsec"), "zeep and xmlsec"),
        (("scim2_server", "aiosmtpd"), "scim2-server and aiosmtpd"),
    ],
)
def test_without_its_servers_the_demo_says_in_one_line_what_to_install(missing, named):
    program = WITHOUT_SERVERS.format(modules=dict.fromkeys(missing))
    done = subprocess.run(
        [sys.executable, "-c", program, "demo"], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    more = "(more: licet docs config.invalid)"
    assert done.stderr == f"licet: config.invalid: the demo needs {named}: pip install 'licet[demo]' {more}\n"


def test_every_other_command_does_without_them(tmp_path):
    program = WITHOUT_SERVERS.format(modules=dict.fromkeys(("scim2_server", "aiosmtpd", "zeep", "xmlsec")))
    for command in (["init", str(tmp_path / "hub")], ["check", "-c", str(tmp_path / "hub")], ["-h"], ["demo", "-h"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *command], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr


def test_the_document_of_the_authority_that_is_asked_is_the_one_with_the_golden_cases():
    shipped, tried = (
        Path(each).read_bytes()
        for each in ("hub/demo/hengan.json", "tests/mappings/vendors/credential/soap_authority.json")
    )
    assert shipped == tried
