"""The pages about the employer's own qualification system: what they show is what is tested."""

import json
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.credential.figures_asked import FiguresAsker
from connectors.credential.figures_asked import Settings as AskSettings
from connectors.credential.qualification_system import Settings, require_forms
from connectors.generic.webhook import Settings as WebhookSettings
from connectors.port import PeerState, Request
from connectors.simulators.authority import sign
from mappings import MappingDocument, load
from schemas.door import Asked
from schemas.transmission import Transmission

PAGES = {
    name: Path(f"docs/{name}").read_text("utf-8")
    for name in ("qualification-system.md", "qualification-system.zh-CN.md")
}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = datetime(2026, 2, 2, 1, tzinfo=UTC)
TRIED = Path("tests/mappings/vendors/credential/personnel_json.json")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


def test_the_document_is_the_one_that_is_tried():
    shown = blocks("qualification-system.md", "json")[0]
    assert json.loads(shown) == json.loads(TRIED.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_the_settings_are_some_and_the_document_says_what_they_need(page):
    table = tomllib.loads(blocks(page, "toml")[0])["connectors"]["personnel"]
    settings = Settings.model_validate(
        {name: each for name, each in table.items() if name not in ("adapter", "mappings")}
    )
    require_forms(settings, MappingDocument.parsed("credential/personnel_json", "x.json", TRIED.read_bytes()))


@pytest.mark.parametrize("page", PAGES)
def test_every_field_that_is_named_is_one(page):
    rows = re.findall(r"^\| (`.*?) \| .*$", PAGES[page], re.MULTILINE)
    named = {each for row in rows[:8] for each in re.findall(r"`([a-z_]+)`", row)}
    assert named <= set(Asked.model_fields) and {"key", "sequence", "rate", "hours"} <= named


def test_the_event_that_is_shown_is_one_that_the_shipped_document_reads_and_the_settings_are_some():
    event = blocks("qualification-system.md", "json")[1]
    table = tomllib.loads(blocks("qualification-system.md", "toml")[1])["connectors"]["quals"]
    given = {name: each for name, each in table.items() if name not in ("adapter", "mappings", "identifiers")}
    settings = WebhookSettings.model_validate({**given, "secret": "whsec_" + "A" * 44})
    wire = Transmission("quals", NOW, "application/json", event.encode(), form="json", context={"zone": settings.zone})
    [item] = load(table["mappings"]["read"]).read(wire)
    assert item.records[0].credential == "dc-ops-qualification" and item.records[0].status == "active"


def test_the_settings_of_who_asks_are_some_and_the_question_is_read(tmp_path):
    page = "qualification-system.md"
    table = tomllib.loads(blocks(page, "toml")[2])["connectors"]["asks"]
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "personnel.pub.pem").write_bytes(public)
    given = {name: each for name, each in table.items() if name != "adapter"}
    asker = FiguresAsker("asks", AskSettings.model_validate(given, context={"base": tmp_path}))
    [shown] = re.findall(r"```text\nPOST /ask/asks.*?\n\n(.*?)```", PAGES[page], re.DOTALL)
    url, now = "https://hub.example/ask/asks", NOW + timedelta(days=365)
    headers = sign("POST", url, shown.encode(), "application/json", KEY, "personnel-1", now, tag="figures-question")
    fields = {name.lower(): value for name, value in headers.items()}
    asked = asker.question(Request("POST", "/ask/asks", {}, fields, shown.encode(), url, now), PeerState())
    assert (asked.subject, asked.courses, asked.as_of) == ("E1", ("dc-safety",), datetime(2026, 6, 30, 16, tzinfo=UTC))
    answer = json.loads(blocks(page, "json")[2])
    assert set(answer) == {"question", "person", "from", "to", "asOf", "total", "courses"}
