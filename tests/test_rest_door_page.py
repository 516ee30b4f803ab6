"""The page about a door without an adapter: what it shows is what is tested."""

import json
import re
import tomllib
from pathlib import Path

from connectors.generic.rest_door import Settings
from connectors.generic.rest_door.forms import require_forms
from connectors.generic.rest_push import Settings as PushSettings
from connectors.generic.rest_push import require_forms as require_told
from mappings import MappingDocument, load
from schemas.door import AnswerWord
from tests.faults.odd_iam import SHOP

PAGE = Path("docs/rest-door.md").read_text("utf-8")
DOCUMENT = Path("tests/mappings/vendors/door/iam.json")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_its_document_is_the_one_that_is_tried():
    assert json.loads(block("json")) == json.loads(DOCUMENT.read_text("utf-8"))


def test_its_settings_are_those_that_are_tried_and_the_document_says_what_they_need():
    table = tomllib.loads(block("toml"))["connectors"]["iam"]
    given = {name: value for name, value in table.items() if name not in ("adapter", "mappings")}
    settings = Settings.model_validate(given)
    assert {name: table[name] for name in SHOP} == {
        **SHOP,
        "grant": {name: value for name, value in SHOP["grant"].items() if name != "method"},
        "revoke": {name: value for name, value in SHOP["revoke"].items() if name != "method"},
    }
    require_forms(settings, MappingDocument.parsed("door/iam", "iam.json", block("json").encode()))


def test_its_exam_system_is_one_that_the_tried_document_can_tell():
    [toml] = [
        each for each in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "admit" in each and "rest_push" in each
    ]
    table = tomllib.loads(toml)["connectors"]["exams"]
    beside = ("adapter", "mappings", "identifiers")
    settings = PushSettings.model_validate({name: each for name, each in table.items() if name not in beside})
    require_told(settings, load("door/exams", DOCUMENT.parent.parent))


def test_it_names_every_word_that_an_answer_may_say():
    rows = "\n".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))
    assert set(AnswerWord.__args__) <= set(re.findall(r"`([a-z_]+)`", rows))
