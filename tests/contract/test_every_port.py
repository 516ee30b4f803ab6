"""Every shipped adapter is held to what each of its ports promises: by a suite that all of that port pass."""

import re
from pathlib import Path

import pytest

import connectors

HERE = Path(__file__).parent
SUITES = {
    "push": ("test_push_sources.py",),
    "poll": ("test_poll_sources.py",),
    "messenger": ("test_messengers.py",),
    "door": ("test_doors.py",),
    "partner": ("test_partners.py",),
    "asker": ("test_askers.py",),
}
ELSEWHERE = {
    ("generic/rest_push", "registrar"): "tests/connectors/generic/test_rest_push.py",
    ("learning/exam_webhook", "registrar"): "tests/connectors/learning/test_exam_webhook.py",
    ("attendance/zkteco_push", "recorder"): "tests/connectors/attendance/test_zkteco_completeness.py",
    ("attendance/zkteco_push", "door"): "tests/connectors/attendance/test_zkteco_doors.py",
    ("access/shared_signals", "push"): "tests/connectors/access/test_shared_signals.py",
}
"""Where what a port promises is held for the one or two adapters that have it."""
PORTS = [(name, port) for name in connectors.shipped() for port in connectors.load(name).ports]


@pytest.mark.parametrize(("adapter", "port"), PORTS, ids=map(":".join, PORTS))
def test_each_port_of_each_adapter_has_its_suite_and_stands_in_it(adapter, port):
    system = adapter.rpartition("/")[2]
    if port not in SUITES or (adapter, port) in ELSEWHERE:
        assert re.search(rf"\b{system}\b", (HERE.parents[1] / ELSEWHERE[adapter, port]).read_text("utf-8"))
        return
    texts = [(HERE / each).read_text("utf-8") for each in SUITES[port]]
    assert any(re.search(rf"\b{system}\b", text) for text in texts), f"{adapter} is in no suite of {port}"
