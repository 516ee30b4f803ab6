"""Bodies of vendors that nobody wrote a line for become records by a document alone.

Their shapes are those of public interfaces: an attendance cloud (`code`, `msg`, `data`, users by number), a drop of
certificates in namespaced XML and GBK, exported tables with title and footer, blocks of names and values, a form whose
text holds JSON that holds XML; and an identity system and an exam centre, of which a
document tells how each is asked and answers.
"""

from pathlib import Path

import pytest

import mappings
from mappings.cases import shipped
from mappings.golden import run_cases

VENDORS = Path(__file__).parent / "vendors"
NAMES = shipped(VENDORS)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_alone_reads_what_an_unknown_vendor_sends(name):
    runs = list(run_cases(name, VENDORS / f"{name}.json"))
    assert runs and all(run.passed for run in runs), [run.json() for run in runs if not run.passed]


@pytest.mark.parametrize("name", NAMES)
def test_its_document_has_nothing_that_is_refused(name):
    assert not [each for each in mappings.lint(VENDORS / f"{name}.json") if each.refused]


def test_all_of_them_are_there():
    assert set(NAMES) == {
        "attendance/cloud",
        "attendance/export",
        "attendance/soap_records",
        "attendance/time_cloud",
        "learning/blocks",
        "learning/form_post",
        "learning/results_drop",
        "credential/personnel_json",
        "credential/personnel_xml",
        "credential/soap_authority",
        "credential/xml_drop",
        "door/exams",
        "door/iam",
    }
