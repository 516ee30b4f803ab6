"""How a credential is known is shown wherever one is shown: a module that begins to show one says here how it does."""

import re
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from hub.certificates.credential import credential_of
from hub.certificates.document import _lines
from hub.cli.headings import HEADINGS, SAID, STATES
from hub.notification.texts import Whom, render
from hub.wording import PROVENANCES, provenance_word
from schemas.position import Provenance
from tests.hub.certificates.test_status_list import facts
from tests.hub.notification.test_texts import POSITION, RESTRICTED

HUB = Path(__file__).parents[2] / "hub"
READ_BY_OTHERS = [
    "cases",
    "certificates",
    "cli",
    "exams",
    "front",
    "jobs",
    "notification",
    "partners",
    "register",
    "views",
    "workbench",
]
"""Packages in which what people and other programs read is made."""
TOUCHES = re.compile(
    r"\.credentials\b|CredentialState\b|CredentialStatus\b|RegisterEntry\b|\bCertificate\b|\.figures\b"
    r"|last_valid_day|valid_until|loads\(body\)"
)
SHOWS = {
    "certificates/credential.py": "model_dump",
    "certificates/document.py": "provenance_word",
    "cli/certificate.py": "known_by",
    "cli/headings.py": "known_by",
    "notification/notices.py": "figures",
    "notification/texts.py": "provenance_word",
    "views/checks.py": "known_by",
    "views/permission.py": "known_by",
    "views/text.py": "provenance_word",
    "views/told.py": "provenance_word",
    "views/why.py": "known_by",
}
"""How each says it: itself, or by handing on figures or a certificate as they are."""
SHOWS_NONE = {
    "cases/partners.py": "compares what a partner claims with what the hub gave",
    "certificates/asking.py": "asks whether one still holds",
    "certificates/facts.py": "makes the facts that others show",
    "certificates/registry.py": "reads certificates that others show",
    "certificates/signature.py": "signs and proves",
    "certificates/standing.py": "says how one stands, beside the certificate",
    "cli/check.py": "looks at settings: whose word is taken about which credentials",
    "cli/credential.py": "enters what a person says; by how many is what it says",
    "cli/drill.py": "tries what is known without an issuer: names of credentials, of nobody",
    "cli/enforcement.py": "its figures are of doors",
    "cli/register.py": "documents, which prove nothing by themselves",
    "views/cases.py": "what a case asks of HR, and until when",
    "front/api.py": "its figures are of doors and jobs",
    "front/figures.py": "hours and rates",
    "front/register_routes.py": "documents",
    "register/description.py": "documents",
    "register/desk.py": "documents",
    "register/documents.py": "documents",
    "register/incoming.py": "documents",
    "views/effectiveness.py": "its figures are of doors",
    "views/redrafted.py": "links between identifiers and people",
}
"""Why each has nothing to say of it."""


def touching() -> set[str]:
    files = (file for each in READ_BY_OTHERS for file in (HUB / each).rglob("*.py"))
    return {each.relative_to(HUB).as_posix() for each in files if TOUCHES.search(each.read_text("utf-8"))}


def test_every_module_that_may_show_a_credential_is_listed_with_how_it_shows_its_source_or_why_not():
    assert touching() == SHOWS.keys() | SHOWS_NONE.keys()
    assert not SHOWS.keys() & SHOWS_NONE.keys()
    assert [name for name, by in SHOWS.items() if by not in (HUB / name).read_text("utf-8")] == []


def test_each_way_has_one_word_in_each_language_and_a_table_says_it():
    assert PROVENANCES.keys() == set(get_args(Provenance))
    for language in ("zh", "en"):
        assert len({provenance_word(each, language) for each in PROVENANCES}) == len(PROVENANCES)
    assert "known_by" in SAID and "known_by" in HEADINGS
    assert all(STATES[name] == words for name, words in PROVENANCES.items())


def test_the_words_stand_in_one_place():
    texts = {each: each.read_text("utf-8") for each in HUB.rglob("*.py")}
    for words in PROVENANCES.values():
        assert [each.relative_to(HUB).as_posix() for each, text in texts.items() if words.zh in text] == ["wording.py"]


@pytest.mark.parametrize("way", get_args(Provenance))
@pytest.mark.parametrize(("language", "label"), [("zh", "来源："), ("en", "Known by: ")])
def test_a_message_about_a_credential_says_it_to_its_reader(way, language, label):
    notice = RESTRICTED.model_copy(update={"figures": (*RESTRICTED.figures, ("known_by", way))})
    text = render(notice, POSITION, Whom("E1"), language, ZoneInfo("Asia/Shanghai")).text
    assert f"{label}{provenance_word(way, language)}" in text


def test_a_certificate_says_it_on_its_page_and_in_what_is_signed():
    certificate = facts(known_by="issuer_file")
    assert credential_of(certificate)["credentialSubject"]["known_by"] == "issuer_file"
    words = provenance_word("issuer_file", "zh"), provenance_word("issuer_file", "en")
    assert ("来源", "Known by", *words) in list(_lines(certificate))
