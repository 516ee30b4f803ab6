"""A qualification system asks for the figures of one person over a real socket: signed both ways, on record."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.credential.figures_asked import SPEC, Settings
from connectors.simulators.figures_asker import Asker, Unproven
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.front.figures import KEPT
from hub.store.tables import log
from tests.hub.decision.test_law import NOW, opened, plan, punches, qualified, roster, send_together, study, t, voided
from tests.hub.doors import LiveClock
from tests.hub.front.test_front import serving

THEIRS, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ASKED = {"id": "q-1", "person": "E1", "from": "2026-01-01", "to": "2026-12-31", "reason": "annual review, 2026"}
CAME = [roster("E1"), plan("E1"), *punches("E1", "08:55", "10:00", "10:05", "12:01")]
STUDIED = [
    study("E1", clock, said) for clock, said in (("20:00", "opened"), ("20:10", "point"), ("20:30", "completed"))
]


def instance(**more: Any) -> Instance:
    public = THEIRS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = {"keys": [{"kid": "theirs", "public": public}], "positions": ["dc-operations"]}
    return Instance("asks", SPEC, Settings.model_validate({**made, **more}), "", timedelta(seconds=60))


@contextmanager
def hub(path: Path, url: str = "", **more: Any) -> Iterator[tuple[Assembly, LiveClock, Asker]]:
    clock = LiveClock(NOW)
    with opened(path / "hub", clock, url, instances={"asks": instance(**more)}) as parts:
        (path / "hub" / "keys" / "api.token").write_text("a-token-of-the-api")
        kid = parts.key_desk.new("ed25519", "an operator", clock.now()).kid
        send_together(parts, CAME, clock)
        address: list[str] = []
        app = parts.front(lambda: address[0], dict, list)
        with serving(app=app) as (host, port):
            address.append(f"http://{host}:{port}")
            keys = {kid: parts.own_keys.at(kid, clock.now()).private.public_key()}
            yield parts, clock, Asker(f"{address[0]}/ask/asks", THEIRS, "theirs", keys)


def entries(parts: Assembly, kind: str) -> list[dict]:
    with parts.database.reading() as session:
        found = session.all(log.entries_after, {"seq": 0, "limit": 1000})
    return [entry for row in found if (entry := orjson.loads(row.body))["kind"] == kind]


def enclosed(parts: Assembly, entry: dict, member: str) -> bytes | None:
    with parts.database.reading() as session:
        return parts.enclosures.content(entry["id"], member, session)


def test_one_question_one_signed_answer_that_is_on_record_with_its_reason(tmp_path, database_url):
    with hub(tmp_path, database_url) as (parts, clock, asker):
        status, said = asker.ask(ASKED, clock.now())
        assert status == 200
        sums = {"creditedSeconds": 10800, "attendedSeconds": 10800, "requiredSeconds": 10800, "openSeconds": 0}
        name = parts.folder.courses["dc-safety"].name
        assert said["courses"] == [
            {"course": "dc-safety", "nameZh": name.zh, "nameEn": name.en, **sums, "rate": "1.0000"}
        ]
        assert (said["total"], said["person"], said["from"]) == ({**sums, "rate": "1.0000"}, "E1", "2026-01-01")
        [entry] = entries(parts, "asked")
        assert (entry["outcome"], entry["connector"], entry["auth"]["key_id"]) == ("answered", "asks", "theirs")
        assert enclosed(parts, entry, "reason") == b"annual review, 2026"
        assert json.loads(enclosed(parts, entry, "answer")) == said
        assert json.loads(enclosed(parts, entry, "payload")) == ASKED
        assert "E1" not in json.dumps(entry) and "annual" not in json.dumps(entry)


def test_the_same_in_xml(tmp_path):
    with hub(tmp_path, courses={"dc-safety": "T<17>"}) as (_parts, clock, asker):
        status, said = asker.ask({**ASKED, "courses": ["T<17>"]}, clock.now(), "xml")
        assert (status, said["courses"]["course"]["course"]) == (200, "T<17>")
        assert (said["total"]["creditedSeconds"], said["total"]["rate"]) == ("10800", "1.0000")


def test_least_data_only_courses_that_are_listed_and_asked_for_and_of_the_window(tmp_path):
    with hub(tmp_path, courses={"dc-safety": "T-17"}) as (parts, clock, asker):
        send_together(parts, STUDIED, clock)
        said = asker.ask(ASKED, clock.now())[1]
        assert [each["course"] for each in said["courses"]] == ["T-17"]
        assert said["total"]["creditedSeconds"] == said["courses"][0]["creditedSeconds"]
        assert asker.ask({**ASKED, "id": "q-2", "to": "2026-01-05"}, clock.now())[1]["courses"] == []
        assert asker.ask({**ASKED, "id": "q-3", "from": "2026-01-06", "to": "2026-01-06"}, clock.now())[1]["courses"]
        status, problem = asker.ask({**ASKED, "id": "q-4", "courses": ["dc-ops-online"]}, clock.now())
        assert (status, problem["code"], problem["where"]) == (422, "ref.unknown-name", "/courses")


def test_as_of_an_instant_is_by_what_was_known_then(tmp_path, database_url):
    with hub(tmp_path, database_url) as (parts, clock, asker):
        before = clock.now()
        clock.advance(timedelta(days=1))
        send_together(parts, STUDIED, clock)
        now = asker.ask(ASKED, clock.now())[1]
        then = asker.ask({**ASKED, "id": "q-2", "asOf": before.isoformat()}, clock.now())[1]
        assert {each["course"] for each in now["courses"]} == {"dc-safety", "dc-ops-online"}
        assert {each["course"] for each in then["courses"]} == {"dc-safety"}
        earlier = asker.ask({**ASKED, "id": "q-3", "asOf": "2026-01-06T00:00:00+08:00"}, clock.now())
        assert (earlier[0], earlier[1]["code"]) == (403, "ask.no-right"), "nobody was known by that number then"


@pytest.mark.parametrize("person", ["E9", "nobody here", "E1 "])
def test_nobody_and_somebody_of_whom_it_may_not_ask_are_refused_alike_and_that_is_on_record(tmp_path, person):
    with hub(tmp_path, positions=["network-security"]) as (parts, clock, asker):
        of_another_post = asker.ask(ASKED, clock.now())
        of_nobody = asker.ask({**ASKED, "id": "q-2", "person": person}, clock.now())
        assert of_another_post[0] == of_nobody[0] == 403
        assert of_another_post[1] == of_nobody[1] and of_nobody[1]["code"] == "ask.no-right"
        refused = entries(parts, "asked")
        assert [(each["outcome"], each["code"]) for each in refused] == [("refused", "ask.no-right")] * 2
        assert enclosed(parts, refused[0], "reason") == b"annual review, 2026"


def test_who_is_not_proven_hears_nothing(tmp_path):
    with hub(tmp_path) as (parts, clock, asker):
        now = clock.now()
        wrong = [
            replace(asker, key=OTHER).ask(ASKED, now),
            replace(asker, kid="nobody").ask(ASKED, now),
            asker.ask(ASKED, now, at=now - timedelta(minutes=6)),
            asker.ask(ASKED, now, tag="authority-push"),
            asker.ask(ASKED, now, body=json.dumps({**ASKED, "person": "E2"}).encode()),
        ]
        assert [status for status, _said in wrong] == [401] * 5
        assert len({json.dumps(said) for _status, said in wrong}) == 1
        assert entries(parts, "asked") == [] and len(entries(parts, "refused")) == 5


def test_a_question_that_somebody_recorded_is_not_answered_again(tmp_path):
    with hub(tmp_path) as (_parts, clock, asker):
        assert asker.ask(ASKED, clock.now())[0] == 200
        status, problem = asker.ask(ASKED, clock.now())
        assert (status, problem["code"]) == (409, "ask.repeated")


def test_nor_by_another_process_or_after_a_new_start(tmp_path, database_url):
    with hub(tmp_path, database_url) as (parts, clock, asker):
        assert asker.ask(ASKED, clock.now())[0] == 200
        address: list[str] = []
        with serving(app=parts.front(lambda: address[0], dict, list)) as (host, port):
            address.append(f"http://{host}:{port}")
            other = replace(asker, url=f"{address[0]}/ask/asks")
            for _ in range(2):
                status, problem = other.ask(ASKED, clock.now())
                assert (status, problem["code"]) == (409, "ask.repeated")
            assert other.ask({**ASKED, "id": "q-2"}, clock.now())[0] == 200
        assert len(entries(parts, "asked")) == 2


def test_an_id_is_kept_for_longer_than_its_question_is_believed_and_not_for_good(tmp_path):
    with hub(tmp_path) as (parts, clock, asker):
        asked_at = clock.now()
        assert asker.ask(ASKED, asked_at)[0] == 200
        clock.advance(KEPT)
        assert asker.ask(ASKED, asked_at)[0] == 401, "its own date refuses it"
        assert asker.ask({**ASKED, "id": "q-2"}, clock.now())[0] == 200
        assert ids(parts) == 2, "the clock may be set back by so much"
        clock.advance(timedelta(seconds=1))
        assert asker.ask({**ASKED, "id": "q-3"}, clock.now())[0] == 200
        assert ids(parts) == 2


def ids(parts):
    with parts.database.reading() as session:
        return session.connection.execute("SELECT count(*) FROM questions").fetchone()[0]


def test_an_answer_by_another_key_is_none(tmp_path):
    with hub(tmp_path) as (_parts, clock, asker):
        [kid] = asker.hub_keys
        with pytest.raises(Unproven):
            replace(asker, hub_keys={kid: OTHER.public_key()}).ask(ASKED, clock.now())


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"reason": ""}, "schema.type", "/reason"),
        ({"reason": None}, "schema.missing", "/reason"),
        ({"from": "2026-13-01"}, "time.invalid", "/from"),
        ({"from": "20260101"}, "time.invalid", "/from"),
        ({"to": "2025-12-31"}, "meaning.order", "/to"),
        ({"to": "2099-12-31"}, "schema.range", "/to"),
        ({"asOf": "2026-01-01T00:00:00"}, "time.invalid", "/asOf"),
        ({"asOf": "2099-01-01T00:00:00Z"}, "time.invalid", "/asOf"),
        ({"person": 7}, "schema.type", "/person"),
        ({"courses": [1]}, "schema.type", "/courses"),
        ({"employee": "E1"}, "schema.unknown-field", "/employee"),
    ],
)
def test_what_is_no_question_is_told_where(tmp_path, change, code, where):
    with hub(tmp_path) as (parts, clock, asker):
        question = {name: value for name, value in {**ASKED, **change}.items() if value is not None}
        status, problem = asker.ask(question, clock.now())
        assert (problem["code"], problem["where"]) == (code, where) and 400 <= status < 500
        assert [each["outcome"] for each in entries(parts, "asked")] in ([], ["refused"])


def test_what_is_answered_is_what_the_standing_rests_on(tmp_path):
    with hub(tmp_path) as (parts, clock, asker):
        send_together(parts, qualified("E1"), clock)
        told = asker.ask(ASKED, clock.now())[1]["total"]
        with parts.database.reading() as session:
            person = parts.directory.person_by_number("E1")
            units = parts.evidence.dossier(person, session, now=clock.now()).units
        assert told["creditedSeconds"] == sum(unit.credited for unit in units)
        send_together(parts, [voided(each.statement) for _source, [each] in STUDIED], clock)
        assert asker.ask({**ASKED, "id": "q-2"}, clock.now())[1]["total"] != told
        assert t("2026-01-01T00:00") < clock.now()


def test_without_its_key_the_hub_answers_nothing_and_the_same_id_may_come_again(tmp_path):
    with hub(tmp_path) as (parts, clock, asker):
        [kid] = asker.hub_keys
        parts.key_desk.retire("", kid, clock.now(), "an operator")
        status, problem = asker.ask(ASKED, clock.now())
        assert (status, problem["code"]) == (503, "keys.none")
        assert asker.ask(ASKED, clock.now())[0] == 503 and entries(parts, "asked") == []


def test_of_who_left_before_the_window_nothing_is_told(tmp_path):
    with hub(tmp_path) as (parts, clock, asker):
        clock.advance(timedelta(days=1))
        send_together(parts, [roster("E2", "2026-02-02T09:00", ends="2026-01-20T00:00")], clock)
        of_them = {**ASKED, "person": "E2"}
        assert asker.ask(of_them, clock.now())[0] == 200
        status, problem = asker.ask({**of_them, "id": "q-2", "from": "2026-01-21"}, clock.now())
        assert (status, problem["code"]) == (403, "ask.no-right")


def test_the_api_text_names_where_it_is_asked(tmp_path):
    with hub(tmp_path) as (_parts, clock, asker):
        url = asker.url.replace("/ask/asks", "/api/v1/openapi.json")
        request = urllib.request.Request(url, headers={"authorization": "Bearer a-token-of-the-api"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert "/ask/asks" in json.loads(answer.read())["paths"]
        assert clock.now() == NOW
