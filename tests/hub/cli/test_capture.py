"""``licet mapping capture``: golden cases of what really comes to a hub that runs, about nobody."""

import json
import shutil
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.config import scaffold
from tests.journeys.commands import licet, one_line, told
from tests.journeys.test_learning import PAGE, said
from tests.journeys.test_own_mapping import approved
from tests.site import build, until

CLOUD = Path("tests/mappings/vendors/attendance/cloud.json")
CONNECTOR = """
[connectors.cloud]
adapter = "generic/webhook"
profile = "token"
secret = "file:keys/cloud.token"
mappings = { read = "attendance/cloud" }
"""
OWN = {"terminals": ("attendance/zkteco_push", "attendance/gate"), "lms": ("learning/xapi_push", "learning/ours")}
SERIAL, PIN, LEARNER, NAME, PHONE = "SNCANARY7", "482913", "zhang.sanfeng", "张三丰", "13800138765"
SECRETS = (SERIAL, PIN, LEARNER, NAME, PHONE, "zhang", "sanfeng", "lms.example.cn", "page-3")
DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
ALL = ("--since", "2020-01-01", "--for", "0s")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A terminal, a learning platform and an attendance cloud, each read by a document of the folder, all heard."""
    site = build(tmp_path_factory.mktemp("capture") / "hub")
    scaffold.secret(site.home / "keys" / "cloud.token", b"a-token-of-the-cloud")
    text = (site.home / "licet.toml").read_text("utf-8")
    for connector, (shipped, own) in OWN.items():
        assert licet(site, "mapping", "new", own, "--from", shipped).returncode == 0
        table = f"[connectors.{connector}]\n"
        assert table in text
        text = text.replace(table, f'{table}mappings = {{ read = "{own}" }}\n')
    shutil.copyfile(CLOUD, site.home / "mappings" / "attendance" / "cloud.json")
    (site.home / "licet.toml").write_text(text + CONNECTOR, "utf-8")
    site.start()
    approved(site, SERIAL)
    assert punch(site, 0)[0] == 200
    assert statement(site)[0] == 200
    assert day(site)[0] in (200, 201, 202, 204)
    yield site
    site.end()
    assert site.balanced() and site.command("audit", "verify").returncode == 0


def punch(site, n):
    at = DAY + timedelta(minutes=n)
    body = f"{PIN}\t{at:%Y-%m-%d %H:%M:%S}\t0\t15\n{PIN}\t{at + timedelta(hours=9):%Y-%m-%d %H:%M:%S}\t1\t1\n"
    return site.post(f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=1", body.encode())


def statement(site):
    account = b64encode(b"lms:" + (site.home / "keys" / "lms.password").read_bytes()).decode()
    headers = {"authorization": f"Basic {account}", "x-experience-api-version": "1.0.3"}
    body = said(LEARNER, "completed", PAGE, DAY, result={"completion": True, "score": {"scaled": 1}})
    return site.post("/xapi/statements", json.dumps(body).encode(), **headers, **{"content-type": "application/json"})


def day(site):
    came = {"recordId": 9007199254740993, "checkTime": 1772409662000, "checkType": 1, "deviceId": 7, "score": 98.5}
    came |= {"sourceType": "ATM", "byFace": True, "valid": True}
    data = {"region": "广州", "users": {PIN: {"name": NAME, "phone": PHONE, "checkins": [came]}}}
    body = json.dumps({"code": 0, "msg": "success", "requestId": "r-1", "data": data}, ensure_ascii=False).encode()
    headers = {"authorization": "Bearer a-token-of-the-cloud", "content-type": "application/json"}
    return site.post("/in/cloud", body, **headers)


DOCUMENTS = [("terminals", "attendance/gate"), ("lms", "learning/ours"), ("cloud", "attendance/cloud")]


@pytest.mark.parametrize(("connector", "document"), DOCUMENTS)
def test_what_came_to_a_hub_that_runs_becomes_cases_of_its_document_about_nobody(site, connector, document):
    found = told(site, "mapping", "capture", connector, *ALL)
    assert (found["untold"], len(found["cases"])) == (0, 1) and found["seen"] >= 1, found
    file = Path(found["cases"][0])
    assert file == site.home / "mappings" / f"{document}.cases" / "captured-1.json"
    text = file.read_text("utf-8")
    case = json.loads(text)
    assert case["outcomes"] and all("records" in each for each in case["outcomes"])
    assert not [each for each in SECRETS if each in text + case["body"]] and "2026-03-02" not in text
    tried = told(site, "mapping", "test", document)
    assert tried["failed"] == 0 and [each["case"] for each in tried["cases"]] == ["captured-1"]
    again = told(site, "mapping", "capture", connector, *ALL)
    assert [Path(each).stem for each in again["cases"]] == ["captured-2"], "what is there is not written over"


def test_it_waits_for_what_comes_and_tells_it_in_both_languages(site):
    ended = threading.Event()

    def sends():
        n = 1
        while not ended.wait(0.3):
            punch(site, n := n + 1)

    sender = threading.Thread(target=sends)
    sender.start()
    try:
        english = licet(site, "mapping", "capture", "terminals", "--for", "5m", "--most", "1", "--lang", "en")
    finally:
        ended.set()
        sender.join()
    assert english.returncode == 0 and "1 golden cases; 0 could not be told" in english.stdout, english
    assert english.stdout.rstrip().endswith(f"`licet mapping test attendance/gate -c {site.home}`")
    chinese = licet(site, "mapping", "capture", "terminals", "--for", "0s", "--lang", "zh").stdout
    assert "收到 terminals 的 0 份报文，生成 0 个用例" in chinese


def test_what_cannot_be_told_is_counted_and_not_written(site):
    before = len(site.rows("SELECT 1 FROM transmissions WHERE connector = 'cloud'"))
    headers = {"authorization": "Bearer a-token-of-the-cloud", "content-type": "application/json"}
    assert site.post("/in/cloud", b'{"code": 0, "data": {"users":', **headers)[0] == 422
    until(
        lambda: len(site.rows("SELECT 1 FROM transmissions WHERE connector = 'cloud'")) > before, "the broken one is in"
    )
    found = told(site, "mapping", "capture", "cloud", *ALL)
    assert found["untold"] == 1 and len(found["cases"]) == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("terminal",), "'terminals'"),
        (("iam",), "terminals"),
        (("authority",), "mapping new credential/authority_push --from credential/authority_push"),
        (("terminals", "--for", "ten"), "10m"),
        (("terminals", "--since", "yesterday"), "2026-11-23"),
        (("terminals", "--most", "0"), "--most"),
    ],
)
def test_what_is_meant_must_be_clear(site, words, answer):
    done = licet(site, "mapping", "capture", *words, "--lang", "en")
    assert done.returncode in (1, 2) and answer in done.stderr and "Traceback" not in done.stderr, done
    if done.returncode == 1:
        one_line(done, answer)
