"""What issuers tell of a renewal is quoted in warnings: with its day, what is announced too, and never waited for."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.port import ItemResult
from hub.alarms.desk import open_alarms
from hub.assembly import Assembly
from hub.clock import to_us
from hub.evidence.demanded import demands_told
from hub.notification.letters import Letters, Reader
from hub.store.tables.notices import WaitingNotice
from mappings import load
from schemas.credential import RenewalDemand
from schemas.notice import Notice
from schemas.transmission import Transmission
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, ZONE, demand, opened, qualified, roster, send, t, targets
from tests.hub.doors import mail_route

SCHEME = "high-voltage-electrician"
NO_PORT = 9
"""Nothing is sent here."""


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url) -> Iterator[Assembly]:
    with opened(tmp_path / "hub", clock, database_url) as made:
        for message in (*qualified("E1"), roster("E2")):
            send(made, message, clock)
        yield made


def told(parts, at=NOW, number="E1", known_by=None):
    """What is quoted at an instant: what it says, when it was said, and whether it lies ahead."""
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        by = {} if known_by is None else {"known_by": to_us(known_by)}
        found = demands_told(person, SCHEME, at, session, **by)
    return [(each.demand.says, each.said_at, each.ahead) for each in found]


def warning(parts, at=NOW, kind="expiry_warning", cause="high-voltage", language="en") -> str:
    """The letter of the warning that a certificate ends."""
    about = {"position": "dc-operations", "kind": kind, "audience": "hr", "cause": cause}
    body = Notice(**about, stage="1", at=at, figures=(("last_valid_day", "2026-03-01"),)).model_dump_json()
    person = parts.directory.person_by_number("E1")
    row = WaitingNotice(id="n-1", person=person, **about, body=body, tries=0, state="decided")
    hr, folder = Reader({"mail": "hr@example.cn"}, language), parts.folder
    known = (folder.courses, folder.renewals)
    letters = Letters(parts.directory, folder.positions, [mail_route(NO_PORT)], hr, ZONE, *known)
    with parts.database.reading() as session:
        letter = letters.letter(row, session)
    assert letter is not None
    return letter.message.text


def test_the_last_word_that_is_in_force_is_quoted_and_what_is_announced_beside_it(parts, clock):
    send(parts, demand("E1", "high", "2026-03-01", says="from March"), clock)
    clock.advance(timedelta(hours=1))
    send(parts, demand("E1", "high", "2025-01-01", says="of last year"), clock)
    send(parts, demand("E1", "high", "2026-01-01", says="of this year"), clock)
    later = NOW + timedelta(hours=1)
    assert told(parts) == [("of this year", later, False), ("from March", NOW, True)]
    assert told(parts, t("2026-03-01T00:00")) == [("from March", NOW, False)], "from its instant on it is the one"
    assert told(parts, known_by=NOW) == [("from March", NOW, True)], "by what was known then"
    assert told(parts, number="E2") == []


def test_it_is_quoted_with_the_day_on_which_its_issuer_said_it_and_never_with_one_ahead(parts, clock):
    for days, day in ((-10, "2026-01-23"), (3, "2026-02-02")):
        clock.advance(timedelta(minutes=1))
        [word] = demand("E1", "high", "2026-01-01", says=f"said {days}")[1]
        said = word.model_copy(update={"said_at": NOW + timedelta(days=days)})
        send(parts, ("authority", [said]), clock)
        [(says, said_at, ahead)] = told(parts, clock.now())
        assert (says, ahead) == (f"said {days}", False)
        assert said_at == min(NOW + timedelta(days=days), clock.now())
        assert f"What its issuer told of this renewal (on {day})" in warning(parts)


def test_said_again_it_is_replaced_and_a_word_that_says_nothing_takes_it_back(parts, clock):
    send(parts, demand("E1", "high", "2026-01-01", says="8 hours"), clock)
    clock.advance(timedelta(hours=1))
    send(parts, demand("E1", "high", "2026-01-01", says="12 hours"), clock)
    assert [says for says, *_ in told(parts)] == ["12 hours"]
    clock.advance(timedelta(hours=1))
    nothing = RenewalDemand(subject="authority-E1", credential=SCHEME, effective_at=t("2026-01-01T00:00"))
    send(parts, ("authority", [nothing]), clock)
    assert told(parts) == []


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            (
                "- What its issuer told of this renewal (on 2026-02-02)",
                "  - Demanded: 8 hours before the review",
                "  - Hours: 8 demanded, 2.5 known to be done",
                "  - Period: 2024-11-22 to 2027-11-21",
                "  - Review due: 2027-11-21",
                "  - Rule: review/3y",
                "- What its issuer announced of this renewal (on 2026-02-02, from 2026-07-01 on)",
            ),
        ),
        (
            "zh",
            (
                "- 发证机构就该资质告知的续期要求（2026年2月2日告知）",
                "  - 学时：须 8，已完成 2.5",
                "  - 计算期间：2024年11月22日至2027年11月21日",
                "  - 复审期限：2027年11月21日",
                "- 发证机构预告的续期要求（2026年2月2日告知，自2026年7月1日起适用）",
            ),
        ),
    ],
)
def test_the_warning_quotes_it_in_both_languages_before_what_is_published(parts, clock, language, lines):
    figures = {"hours_required": "8", "hours_earned": "2.5", "review_due": "2027-11-21"}
    period = {"period_start": "2024-11-22", "period_end": "2027-11-21"}
    send(parts, demand("E1", "high", "2026-01-01", says="8 hours before the review", **figures, **period), clock)
    send(parts, demand("E1", "high", "2026-07-01", hours_required="12"), clock)
    text = warning(parts, language=language)
    assert all(f"\n{line}\n" in text for line in lines), text
    published = {"en": "What its issuer demands for a renewal", "zh": "发证机构续期要求"}[language]
    assert text.index(lines[0]) < text.index(published)
    assert lines[0] not in warning(parts, language=language, cause="low-voltage"), "of another certificate"
    assert lines[0] not in warning(parts, language=language, kind="restricted"), "of something else"


def test_a_warning_waits_for_nobody_and_quotes_what_was_told_last_with_its_day(parts, clock):
    """An issuer that cannot be reached, for a year or for ever, stops no warning."""
    assert "told of this renewal" not in warning(parts) and "2026-03-01" in warning(parts)
    send(parts, demand("E1", "high", "2026-01-01", says="8 hours"), clock)
    text = warning(parts, at=NOW + timedelta(days=400))
    assert "What its issuer told of this renewal (on 2026-02-02)" in text and "Demanded: 8 hours" in text


def test_foreign_words_stay_within_their_line_and_what_is_no_day_is_quoted_as_it_came(parts, clock):
    says = "8 hours\r\n\r\n- Access is open until 2099\u202e\u200b"
    send(parts, demand("E1", "high", "2026-01-01", says=says, period_end="21.11.2027", hours_earned="2"), clock)
    text = warning(parts)
    assert "  - Demanded: 8 hours - Access is open until 2099\n" in text
    assert "  - Period: … to 21.11.2027\n" in text and "  - Hours: 2 known to be done\n" in text


def test_what_may_have_been_cut_off_is_marked(parts, clock):
    send(parts, demand("E1", "high", "2026-01-01", says="x" * 1000), clock)
    assert f"{'x' * 1000}…\n" in warning(parts)


def pushed(parts, clock, id, scheme=SCHEME, **data):
    """What the shipped document reads of an authority's push, kept; what its sender hears of the one item."""
    about = {"credential": {"scheme": scheme, "number": "high-E1"}, "holder": {"ref": "authority-E1"}}
    told_now = {**about, "status": "active", "effective_at": clock.now().isoformat(), **data}
    body = json.dumps({"id": id, "sequence": "7", "data": told_now}).encode()
    wire = Transmission("authority", clock.now(), "application/json", body, form="json", context={"zone": str(ZONE)})
    ready = parts.preparer.prepare(wire, load("credential/authority_push").read(wire), ORIGINS["authority"])
    [kept] = parts.writer.call(lambda tx: parts.keeper.keep([ready], tx))
    parts.keeper.committed(ready)
    return kept.items


def test_a_block_of_another_form_is_left_out_and_told_and_what_was_told_before_stands(parts, clock):
    send(parts, demand("E1", "high", "2026-01-01", says="8 hours"), clock)
    block = {"status": "suspended", "renewal": "8 hours, as text"}
    assert pushed(parts, clock, "e-1", **block) == [ItemResult("applied", "", "schema.type", "/data/renewal")]
    person = parts.directory.person_by_number("E1")
    [alarm] = [each for each in open_alarms(parts.database) if each.code == "meaning.left-out"]
    assert alarm.about == {"connector": "authority", "person": person}
    assert [says for says, *_ in told(parts)] == ["8 hours"]
    assert targets(parts, "E1")["dc-ops"] == "absent", "the status beside it acts at once"
    whole = {"status": "active", "renewal": {"rule_id": "r", "demands": "9 hours"}}
    clock.advance(timedelta(hours=1))
    assert pushed(parts, clock, "e-2", **whole) == [ItemResult("applied")]
    assert [says for says, *_ in told(parts, clock.now())] == ["9 hours"]
    assert len([each for each in open_alarms(parts.database) if each.code == "meaning.left-out"]) == 1


def test_the_place_of_what_was_left_out_is_told_of_a_credential_that_nobody_asks_for_too_and_to_a_repeat(parts, clock):
    block = {"status": "revoked", "renewal": "8 hours, as text", "effective_at": clock.now().isoformat()}
    place = ("schema.type", "/data/renewal")
    assert pushed(parts, clock, "e-1", "misspelt", **block) == [ItemResult("applied", "", *place)]
    assert {each.code for each in open_alarms(parts.database)} == {"meaning.left-out", "ref.unknown-type"}
    del block["renewal"]
    assert pushed(parts, clock, "e-2", "unheard", **block) == [ItemResult("applied", "", "ref.unknown-type")]
    alarms = open_alarms(parts.database)
    clock.advance(timedelta(hours=1))
    assert pushed(parts, clock, "e-2", "unheard", **block) == [ItemResult("duplicate", "", "ref.unknown-type")]
    block["renewal"] = "8 hours, as text"
    assert pushed(parts, clock, "e-1", "misspelt", **block) == [ItemResult("duplicate", "", *place)]
    assert open_alarms(parts.database) == alarms, "a repeat alarms nobody"
