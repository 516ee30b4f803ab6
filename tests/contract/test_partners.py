"""What every partner promises: only a receipt of the very word that was sent is one, and no word is lost or doubled."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.credential import qualification_system
from connectors.port import Partner, Trained
from connectors.simulators.qualification_system import QualificationSystem
from connectors.simulators.qualification_system import qualification_system as simulated
from mappings import load
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError
from tests.connectors.generic.answering import system
from tests.ports import free_port

_VENDORS = Path("tests/mappings/vendors")
WORD = Trained(
    id="w-1",
    sequence=3,
    learner="E1",
    course="dc-safety",
    named=("安全<培训>&演练", "Safety"),
    from_on=date(2026, 1, 1),
    until_on=date(2026, 12, 31),
    credited=9001,
    counted=9000,
    required=10800,
    open=0,
    since=datetime(2026, 4, 2, 9, 0, 5, tzinfo=UTC),
)


def _qualification(kind: str) -> Callable[..., Partner]:
    document = load(f"credential/personnel_{kind}", _VENDORS)

    def build(url: str, **more: Any) -> Partner:
        tell = {"path": "/training/figures", "body": "told", "content_type": f"application/{kind}"}
        made: Mapping[str, Any] = {"base_url": url, "allow_private_address": True, "tell": tell, **more}
        settings = qualification_system.Settings.model_validate({"deadline_seconds": 10, **made})
        partner: Partner = qualification_system.SPEC.build("partner", settings, lambda: document)
        return partner

    return build


@dataclass(frozen=True)
class Case:
    """One partner: how it is built for an address, and who simulates it."""

    name: str
    build: Callable[..., Partner]
    serve: Callable[[], AbstractContextManager[QualificationSystem]]


CASES = [Case(f"qualification_system_{kind}", _qualification(kind), simulated) for kind in ("json", "xml")]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def there(case: Case) -> Iterator[QualificationSystem]:
    with case.serve() as served:
        yield served


class TestEveryPartner:
    def test_a_word_that_is_taken_has_a_receipt(self, case, there):
        receipt = case.build(there.url).tell(WORD)
        assert receipt.id and len(there.words) == 1

    def test_the_same_word_twice_has_one_effect_and_the_same_receipt(self, case, there):
        partner = case.build(there.url)
        first, again = partner.tell(WORD), partner.tell(WORD)
        assert first.id == again.id and len(there.held) == 1

    def test_a_later_word_takes_the_place_of_an_earlier_one_in_whatever_order(self, case, there):
        partner = case.build(there.url)
        partner.tell(WORD)
        partner.tell(replace(WORD, sequence=2, credited=60))
        later = there.figures()
        partner.tell(replace(WORD, sequence=4, credited=10800))
        assert [hours for hours, *_ in (*later.values(), *there.figures().values())] == ["2.50", "3.00"]

    @pytest.mark.parametrize("wrong", ["other", "bare", "lost"])
    def test_what_is_no_receipt_of_this_word_leaves_it_open(self, case, there, wrong):
        there.wrongs = [wrong]
        with pytest.raises(UnknownOutcomeError):
            case.build(there.url).tell(WORD)

    def test_an_answer_that_does_not_come_leaves_it_open_at_the_deadline(self, case, there):
        there.wrongs, there.slow_seconds = ["slow"], 1.5
        began = time.monotonic()
        with pytest.raises(UnknownOutcomeError):
            case.build(there.url, deadline_seconds=0.3).tell(WORD)
        assert time.monotonic() - began < 1.4

    @pytest.mark.parametrize(
        ("wrong", "raised", "code"),
        [
            ("busy", UnavailableError, "peer.throttled"),
            ("login", RejectedError, "peer.auth"),
            ("missing", RejectedError, "peer.missing"),
            ("gone", RejectedError, "peer.gone"),
            ("refused", RejectedError, "peer.rejected"),
        ],
    )
    def test_a_refusal_took_nothing_and_says_whose_fault_it_is(self, case, there, wrong, raised, code):
        there.wrongs = [wrong]
        with pytest.raises(raised) as failed:
            case.build(there.url).tell(WORD)
        assert failed.value.code == code and there.words == []

    def test_one_that_is_away_can_be_tried_later(self, case):
        with pytest.raises(UnavailableError) as away:
            case.build(f"http://127.0.0.1:{free_port()}").tell(WORD)
        assert away.value.code == "peer.unreachable"

    @pytest.mark.parametrize("answer", [b"", b"<html/>", b"{}", b"null", b"<", b"[1]", b"\xff\xfe", b'"receipt"'])
    def test_rubbish_is_no_receipt_and_raises_nothing_else(self, case, answer):
        with system((200, answer)) as served, pytest.raises(LicetError):
            case.build(served.url).tell(WORD)

    def test_it_takes_what_is_listed_alone_and_says_it_by_its_name_there(self, case, there):
        partner = case.build(there.url, courses={"dc-safety": "T-17"})
        assert (partner.takes("dc-safety"), partner.takes("dc-ops")) == (True, False)
        partner.tell(WORD)
        assert [word["training"] for word in there.words] == ["T-17"]
