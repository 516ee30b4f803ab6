"""The demo is a test of the whole: real wires, real servers of other people, every claim checked outside."""

import json
import subprocess
import sys


def test_every_claim_of_the_demo_holds_and_its_log_is_good():
    told = subprocess.run(
        [sys.executable, "-m", "hub", "demo", "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    tale = json.loads(told.stdout)
    assert 10 <= len(tale["steps"]) <= 60
    assert [step for step in tale["steps"] if not step["held"]] == []
    assert {each["name"] for each in tale["connectors"]} >= {"terminals", "lms", "authority", "roster", "iam", "mail"}
    for each in tale["connectors"]:
        became = ("applied", "duplicate", "ignored", "held", "quarantined", "discarded")
        assert each["balanced"] and each["balance"]["received"] == sum(each["balance"][word] for word in became), each
    assert sum(each["balance"]["received"] for each in tale["connectors"]) > 20
    [log] = [step for step in tale["steps"] if step["who"] == "log"]
    assert log["seen"][0]["where"] == "audit_log.verify" and log["seen"][0]["what"].startswith("verified: ")


def test_a_failure_before_the_tale_is_one_line_and_no_stack_trace(tmp_path):
    wrong = subprocess.run(
        [sys.executable, "-m", "hub", "check", "-c", str(tmp_path / "nowhere")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr
    assert wrong.stderr.startswith("licet: config.file: ") and wrong.stderr.count("\n") == 1
