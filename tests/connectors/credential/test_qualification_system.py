"""A qualification system hears of training in its own words; only a receipt of the very word that was sent is one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from connectors.credential.qualification_system import QualificationSystem, Settings, require_forms
from connectors.envelope.outgoing import no_key
from connectors.keys import OwnKey
from connectors.port import Trained
from connectors.simulators.qualification_system import qualification_system
from mappings import load
from schemas.errors import RejectedError, SettingError, UnavailableError, UnknownOutcomeError
from tests.connectors.generic.answering import system

VENDORS = Path("tests/mappings/vendors")
JSON, XML = (load(f"credential/personnel_{kind}", VENDORS) for kind in ("json", "xml"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WORD = Trained(
    id="w-1",
    sequence=3,
    learner="E1",
    course="dc-safety",
    named=("数据中心安全<培训>&演练", "Data-centre safety"),
    from_on=date(2026, 1, 1),
    until_on=date(2026, 12, 31),
    credited=9001,
    counted=9000,
    required=10800,
    open=0,
    since=datetime(2026, 4, 2, 9, 0, 5, tzinfo=UTC),
)


class Keys:
    """The hub's own keys: one."""

    def signing(self, algorithm, instant):
        if algorithm != "ed25519":
            raise no_key(algorithm, instant)
        return OwnKey("hub-1", "ed25519", KEY)


def partner(url="http://127.0.0.1:9", document=JSON, **more):
    xml = {"content_type": "application/xml"} if document is XML else {}
    tell = {"path": "/training/figures", "body": "told", **xml}
    made = {"base_url": url, "allow_private_address": True, "tell": tell, "deadline_seconds": 0.5, **more}
    return QualificationSystem("personnel", Settings.model_validate(made), lambda: document, own=Keys())


@pytest.mark.parametrize("document", [JSON, XML], ids=["json", "xml"])
def test_it_reads_name_hours_and_rate_in_its_own_words_and_gives_a_receipt(document):
    with qualification_system() as there:
        receipt = partner(there.url, document, courses={"dc-safety": "T-17"}).tell(WORD)
        assert (receipt.id, receipt.detail) == ("R-w13", "done 0")
        [word] = there.words
        assert word == {
            "eventId": "w-1/3",
            "version": 3,
            "changedAt": "2026-04-02T09:00:05Z",
            "employeeNo": "E1",
            "training": "T-17",
            "name": "数据中心安全<培训>&演练",
            "from": "2026-01-01",
            "hours": "2.50",
            "requiredHours": "3.00",
            "rate": "0.8333",
        }


@pytest.mark.parametrize("document", [JSON, XML], ids=["json", "xml"])
def test_where_nothing_was_required_there_is_no_rate_and_hours_are_never_rounded_up(document):
    with qualification_system() as there:
        partner(there.url, document).tell(replace(WORD, required=0, counted=0, credited=35))
        assert [(word["hours"], word["rate"]) for word in there.words] == [("0.00", "")]


@pytest.mark.parametrize("document", [JSON, XML], ids=["json", "xml"])
@pytest.mark.parametrize(
    ("wrong", "raised", "taken"),
    [
        ("lost", UnknownOutcomeError, 1),
        ("slow", UnknownOutcomeError, 1),
        ("other", UnknownOutcomeError, 1),
        ("bare", UnknownOutcomeError, 1),
        ("code", UnknownOutcomeError, 0),
        ("busy", UnavailableError, 0),
        ("login", RejectedError, 0),
        ("refused", RejectedError, 0),
    ],
)
def test_what_is_no_receipt_of_this_word_confirms_nothing(document, wrong, raised, taken):
    with qualification_system(wrongs=[wrong]) as there:
        mine = partner(there.url, document)
        with pytest.raises(raised):
            mine.tell(WORD)
        assert len(there.words) == taken
        assert mine.tell(WORD).detail == ("already 1" if taken else "done 0"), "the same word is known there"
        assert len(there.held) == 1


def test_a_partner_that_is_away_is_away_and_one_that_asks_for_patience_says_for_how_long():
    with qualification_system(wrongs=["busy", "away"]) as there:
        with pytest.raises(UnavailableError) as busy:
            partner(there.url).tell(WORD)
        assert busy.value.retry_after == 1.0
        with pytest.raises((UnavailableError, UnknownOutcomeError)):
            partner(there.url).tell(WORD)
    with pytest.raises(UnavailableError):
        partner(there.url).tell(WORD)


@pytest.mark.parametrize(("wrong", "code"), [("missing", "peer.missing"), ("gone", "peer.gone")])
def test_an_address_at_which_nothing_stands_has_refused_no_word(wrong, code):
    with qualification_system(wrongs=[wrong]) as there, pytest.raises(RejectedError) as failed:
        partner(there.url).tell(WORD)
    assert failed.value.code == code


def test_an_older_word_that_comes_late_changes_nothing_there():
    with qualification_system() as there:
        mine = partner(there.url)
        mine.tell(WORD)
        mine.tell(replace(WORD, sequence=2, credited=1))
        assert there.figures() == {("E1", "dc-safety"): ("2.50", "3.00", "0.8333")}


@pytest.mark.parametrize("answer", [b"<html>login</html>", b"", b'{"code": 0', b'{"code": 0, "data": {}}'])
def test_a_page_of_another_server_that_answers_200_is_no_receipt(answer):
    with system((200, answer)) as there, pytest.raises(UnknownOutcomeError):
        partner(there.url).tell(WORD)


@pytest.mark.parametrize("document", [JSON, XML], ids=["json", "xml"])
def test_a_message_signed_by_the_hubs_key_is_proven_by_a_foreign_library_and_no_other_is(document):
    signed = {"envelope": {"profile": "http-signature"}}
    with qualification_system(keys={"hub-1": KEY.public_key()}) as there:
        partner(there.url, document, **signed).tell(WORD)
        assert there.refused == [] and len(there.words) == 1
        with pytest.raises(RejectedError):
            partner(there.url, document).tell(WORD)
    with qualification_system(keys={"hub-1": Ed25519PrivateKey.generate().public_key()}) as there:
        with pytest.raises(RejectedError):
            partner(there.url, document, **signed).tell(WORD)
        assert there.refused and not there.words


def test_without_its_key_nothing_leaves_and_it_waits():
    with qualification_system() as there:
        with pytest.raises(UnavailableError) as waits:
            partner(there.url, envelope={"profile": "http-signature", "algorithm": "es256"}).tell(WORD)
        assert waits.value.code == "keys.none" and there.asked == 0


def test_only_courses_that_are_named_are_told():
    assert partner().takes("anything")
    assert not partner(courses={"dc-safety": "T-17"}).takes("fire-drill")


@pytest.mark.parametrize(
    "wrong",
    [
        {"former_webhook_secret": "whsec_" + "A" * 44},
        {"envelope": {"profile": "sealed"}},
        {"envelope": {"profile": "http-signature"}, "webhook_secret": "whsec_" + "A" * 44},
        {"tell": {"path": "/figures/{credential}", "body": "told"}},
    ],
)
def test_settings_that_do_not_fit_together_are_refused(wrong):
    with pytest.raises(ValidationError):
        partner(**wrong)


def test_a_document_without_a_receipt_is_refused():
    made = Settings.model_validate({"base_url": "http://127.0.0.1:9", "tell": {"path": "/", "body": "told"}})
    require_forms(made, JSON)

    class Deaf:
        def gives(self, form):
            return frozenset() if form == "answer" else JSON.gives(form)

        def asked(self, form, what):
            return JSON.asked(form, what)

    with pytest.raises(SettingError):
        require_forms(made, Deaf())
